import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CLAUSE } from './check.ts';

it('every section of docs/card.md that a clause names is there', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'card.md'), 'utf8');
  const headings = [...text.matchAll(/^#+ (.+)$/gmu)].map(([, heading]) => heading ?? '');
  const named = Object.values(CLAUSE)
    .map((clause) => clause.split('docs/card.md, ')[1])
    .filter((section) => section !== undefined);
  expect(named.length).toBeGreaterThan(8);
  // A clause may name two sections, and a heading may have a comma: what is left when headings are taken away must be nothing.
  const longestFirst = headings.toSorted((a, b) => b.length - a.length);
  const left = named.map((section) =>
    longestFirst.reduce((rest, heading) => rest.replace(heading, ''), section).replaceAll(/[, ]/gu, ''),
  );
  expect(left.filter((rest) => rest !== '')).toEqual([]);
});
