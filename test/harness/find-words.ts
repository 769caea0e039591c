/**
 * What somebody with a copied disk would grep for: words in the bytes of files, in every writing a program might leave them in.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The middle of base64 is the same wherever a word begins, but for three shifts and the characters at both ends. */
const base64Forms = (bytes: Uint8Array): readonly Buffer[] =>
  [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const inner = text.slice(shift === 0 ? 0 : shift + 1, -1);
    return inner.length < 6 ? [] : [Buffer.from(inner), Buffer.from(inner.replaceAll('+', '-').replaceAll('/', '_'))];
  });

/** A word as text in UTF-8 and UTF-16, hexadecimal, base64; hexadecimal digits also as the bytes they stand for. */
function formsOf(word: string): readonly Buffer[] {
  const bytes = Buffer.from(word);
  const forms: Buffer[] = [bytes, Buffer.from(word, 'utf16le'), Buffer.from(word, 'utf16le').swap16()];
  const hex = bytes.toString('hex');
  forms.push(Buffer.from(hex), Buffer.from(hex.toUpperCase()), ...base64Forms(bytes));
  if (/^(?:[0-9a-f]{2}){8,}$/u.test(word)) {
    const raw = Buffer.from(word, 'hex');
    forms.push(raw, Buffer.from(word.toUpperCase()), ...base64Forms(raw));
  }
  return forms;
}

/** Every file below the folders. */
export const filesBelow = (...folders: readonly string[]): readonly string[] =>
  folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
    ),
  );

/** Those of the words that stand in any of the files. */
export function findWords(files: readonly string[], words: readonly string[]): readonly string[] {
  const contents = files.map((file) => readFileSync(file));
  return words.filter((word) => formsOf(word).some((form) => contents.some((bytes) => bytes.includes(form))));
}
