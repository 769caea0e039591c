/**
 * Tables of the documents, for tests that hold them against the code.
 * @module
 */

/** Cells of every table line, without the padding a formatter may put in. */
export const cellsOf = (markdown: string): readonly (readonly string[])[] =>
  markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
