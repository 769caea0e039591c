import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../crypto/common/bytes.ts';
import { MEDICATIONS } from './catalogue.ts';
import { checkSafety } from './check-safety.ts';
import { pairKey, parseSafetyTable, SAFETY_TABLE_LIMIT } from './safety-table.ts';

const EXAMPLE = new Uint8Array(readFileSync(join(import.meta.dirname, 'safety-table.example.json')));
interface Pair {
  a: string;
  b: string;
  severity: string;
  zh: string;
  en: string;
}
const pair: Pair = { a: 'B01AA03', b: 'M01A', severity: 'serious', zh: '出血', en: 'Bleeding' };
const penicillins = { id: 'penicillins', zh: '青黴素類', en: 'Penicillins', atc: ['J01C'] };
const file = {
  format: 'imis-safety-table',
  version: 1,
  edition: '1',
  date: '2026-11-29',
  source: 'test',
  licence: 'CC0-1.0',
  interactions: [pair],
  allergens: [penicillins],
  duplicates: { substance: 'serious', group: 'moderate', exceptions: ['A10B'] },
};
const parse = (changes: object) => parseSafetyTable(utf8(JSON.stringify({ ...file, ...changes })));
const code = (code: string) => expect.objectContaining({ code });

describe('the example table', () => {
  const table = parseSafetyTable(EXAMPLE);
  const found = (codes: string[], active: string[] = []) =>
    checkSafety({ codes, active: new Set(active), allergies: [], table }).findings.map(({ id, severity }) => [
      id,
      severity,
    ]);

  it('says what it is and under which licence', () => {
    expect(table.head).toEqual({
      edition: 'example-1',
      date: '2026-11-29',
      source: 'IMIS 示範表，非臨床依據 / IMIS example, no clinical reference',
      licence: 'CC0-1.0',
    });
  });

  // From the prescribing information that the comments of the file name.
  it.each([
    [['C10AA01', 'J01FA09'], 'interaction:C10AA01+J01FA09', 'contraindicated'],
    [['J01FA09', 'C10AA05'], 'interaction:C10AA05+J01FA09', 'serious'],
    [['C10AA01', 'C08CA01'], 'interaction:C08CA01+C10AA01', 'moderate'],
    [['B01AA03', 'M01AE01'], 'interaction:B01AA03+M01AE01', 'serious'],
    [['B01AC04', 'A02BC01'], 'interaction:A02BC01+B01AC04', 'serious'],
    [['C09CA01', 'C03DA01'], 'interaction:C03DA01+C09CA01', 'serious'],
    [['G04BE03', 'C01DA02'], 'interaction:C01DA02+G04BE03', 'contraindicated'],
  ])('knows of %j', (codes, id, severity) => {
    expect(found(codes)).toContainEqual([id, severity]);
    expect(found(codes.slice(0, 1), codes.slice(1))).toContainEqual([id, severity]);
  });

  it('finds nothing in the usual therapy of the demonstration', () => {
    expect(found(['C08CA01', 'A10BA02', 'C10AA05', 'N02BE01', 'R06AE07', 'R03AC02'])).toEqual([]);
  });

  it('cites a source for every fact, and names drugs that a desk can prescribe in most', () => {
    const raw = JSON.parse(new TextDecoder().decode(EXAMPLE)) as {
      interactions: { a: string; b: string; comment?: string }[];
      allergens: { comment?: string }[];
    };
    for (const { comment } of [...raw.interactions, ...raw.allergens]) expect(comment ?? '').toMatch(/\w{3}/u);
    const known = ({ a, b }: { a: string; b: string }): boolean =>
      MEDICATIONS.some(({ code }) => code.startsWith(a) || code.startsWith(b));
    expect(raw.interactions.filter(known).length).toBeGreaterThan(raw.interactions.length / 2);
  });
});

describe('a safety table', () => {
  it('is found by its pair, in either order', () => {
    expect(parse({}).interactions.get(pairKey('M01A', 'B01AA03'))).toMatchObject(pair);
  });

  it.each([
    ['another format', { format: 'something' }],
    ['a later version', { version: 2 }],
    ['no date', { date: '29.11.2026' }],
    ['no licence', { licence: undefined }],
    ['a field nobody knows', { colour: 'red' }],
    ['a severity that is none', { interactions: [{ ...pair, severity: 'bad' }] }],
    ['a code in small letters', { interactions: [{ ...pair, a: 'b01aa03' }] }],
    ['a code of no level', { interactions: [{ ...pair, a: 'B01AA0' }] }],
    ['an interaction in one language', { interactions: [{ ...pair, zh: '' }] }],
    ['a class of nothing', { allergens: [{ ...penicillins, atc: [] }] }],
    ['an exception of another length', { duplicates: { ...file.duplicates, exceptions: ['A10BA'] } }],
  ])('is refused with %s', (_what, changes) => {
    expect(() => parse(changes)).toThrow(code('SAFETY_TABLE_MALFORMED'));
  });

  it('names the place that is wrong', () => {
    expect(() => parse({ interactions: [pair, { ...pair, a: 'x' }] })).toThrow(/interactions\.1\.a/u);
  });

  it.each([
    ['no JSON', utf8('{')],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['nothing', new Uint8Array(0)],
  ])('is refused when it is %s', (_what, bytes) => {
    expect(() => parseSafetyTable(bytes)).toThrow(code('SAFETY_TABLE_MALFORMED'));
  });

  it.each([
    ['a pair twice', { interactions: [pair, { ...pair, severity: 'moderate' }] }],
    ['a pair twice, the other way round', { interactions: [pair, { ...pair, a: 'M01A', b: 'B01AA03' }] }],
    ['a substance with itself', { interactions: [{ ...pair, b: 'B01AA03' }] }],
    ['a class twice', { allergens: [penicillins, { ...penicillins, atc: ['J01D'] }] }],
    ['a code twice in a class', { allergens: [{ ...penicillins, atc: ['J01C', 'J01C'] }] }],
    ['an exception twice', { duplicates: { ...file.duplicates, exceptions: ['A10B', 'A10B'] } }],
  ])('is refused with %s', (_what, changes) => {
    expect(() => parse(changes)).toThrow(code('SAFETY_TABLE_CONTRADICTORY'));
  });

  it('lets a group interact with itself: two drugs of it', () => {
    expect(parse({ interactions: [{ ...pair, a: 'M01A', b: 'M01A' }] }).interactions.size).toBe(1);
  });

  it('is refused before it is read when it is too large', () => {
    expect(() => parseSafetyTable(new Uint8Array(SAFETY_TABLE_LIMIT + 1))).toThrow(code('SAFETY_TABLE_TOO_LARGE'));
  });
});
