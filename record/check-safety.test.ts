import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AllergyDraft, type Finding, Severity, type Substance, wantsReason } from '../contract/safety.ts';
import { utf8 } from '../crypto/common/bytes.ts';
import { activeCodes, checkSafety, type SafetyQuestion } from './check-safety.ts';
import { parseSafetyTable, type SafetyTable } from './safety-table.ts';

const CODES = ['B01AA03', 'M01AE01', 'M01AB05', 'J01CA04', 'J01FA09', 'C10AA01', 'C10AA05', 'A10BA02', 'A10BB01'];
const GROUPS = ['B01', 'B01A', 'M01A', 'M01AE', 'J01C', 'J01FA', 'C10AA', 'C10AA01', 'A10B', ...CODES];

const tableOf = (interactions: readonly { a: string; b: string; severity: Severity }[]): SafetyTable =>
  parseSafetyTable(
    utf8(
      JSON.stringify({
        format: 'imis-safety-table',
        version: 1,
        edition: '1',
        date: '2026-11-29',
        source: 'test',
        licence: 'CC0-1.0',
        interactions: interactions.map((row) => ({ ...row, zh: '文', en: 'text' })),
        allergens: [{ id: 'penicillins', zh: '青黴素類', en: 'Penicillins', atc: ['J01C'] }],
        duplicates: { substance: 'serious', group: 'moderate', exceptions: ['A10B'] },
      }),
    ),
  );

const severity = fc.constantFrom(...Severity.options);
const table = fc
  .uniqueArray(fc.record({ a: fc.constantFrom(...GROUPS), b: fc.constantFrom(...GROUPS), severity }), {
    selector: ({ a, b }) => [a, b].sort().join(),
    maxLength: 12,
  })
  .map((rows) => tableOf(rows.filter(({ a, b }) => a !== b || a.length < 7)));
const substance: fc.Arbitrary<Substance> = fc.oneof(
  fc.constantFrom(...GROUPS).map((code): Substance => ({ kind: 'atc', code })),
  fc.constantFrom('penicillins', 'unheard-of').map((code): Substance => ({ kind: 'class', code })),
  fc.constantFrom('花生', 'bee stings').map((code): Substance => ({ kind: 'text', code })),
);
const allergy: fc.Arbitrary<AllergyDraft> = fc.record({
  substance,
  criticality: fc.constantFrom('low', 'high', 'unable-to-assess'),
});
const question: fc.Arbitrary<SafetyQuestion> = fc.record({
  codes: fc.array(fc.constantFrom(...CODES), { maxLength: 6 }),
  active: fc.uniqueArray(fc.constantFrom(...CODES), { maxLength: 5 }).map((codes) => new Set(codes)),
  allergies: fc.array(allergy, { maxLength: 5 }),
  table: fc.option(table, { nil: undefined }),
});
const ids = (findings: readonly Finding[]): string[] => findings.map(({ id }) => id);

/** The gravest entry whose two groups two codes belong to, found by looking at every entry. */
function gravest({ interactions }: SafetyTable, a: string, b: string): Severity | undefined {
  const meets = [...interactions.values()].filter(
    (row) => (a.startsWith(row.a) && b.startsWith(row.b)) || (a.startsWith(row.b) && b.startsWith(row.a)),
  );
  return Severity.options.find((one) => meets.some(({ severity }) => severity === one));
}

describe('what a draft meets', () => {
  it('does not depend on the order of lines, therapy or allergies', () => {
    fc.assert(
      fc.property(question, fc.infiniteStream(fc.nat()), (asked, numbers) => {
        const shuffled = <T>(list: readonly T[]): T[] =>
          list
            .map((item) => ({ item, at: numbers.next().value ?? 0 }))
            .sort((x, y) => x.at - y.at)
            .map(({ item }) => item);
        const other = {
          ...asked,
          codes: shuffled(asked.codes),
          active: new Set(shuffled([...asked.active])),
          allergies: shuffled(asked.allergies),
        };
        expect(checkSafety(other)).toEqual(checkSafety(asked));
      }),
    );
  });

  it('grows with the draft: another line takes no finding away', () => {
    fc.assert(
      fc.property(question, fc.constantFrom(...CODES), (asked, code) => {
        const before = ids(checkSafety(asked).findings);
        const after = ids(checkSafety({ ...asked, codes: [...asked.codes, code] }).findings);
        expect(before.filter((id) => !after.includes(id))).toEqual([]);
      }),
    );
  });

  it('is about the draft: every finding names a drug of it, once, gravest first', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const { findings } = checkSafety(asked);
        expect(new Set(ids(findings)).size).toBe(findings.length);
        for (const { codes } of findings) expect(codes.some((code) => asked.codes.includes(code))).toBe(true);
        const grades = findings.map((one) => Severity.options.indexOf(one.severity));
        expect(grades).toEqual([...grades].sort((a, b) => a - b));
      }),
    );
  });

  it('has the interactions that looking at every entry of the table gives', () => {
    fc.assert(
      fc.property(question, table, ({ codes, active, allergies }, rows) => {
        const all = new Set([...codes, ...active]);
        const expected = new Map<string, Severity>();
        for (const a of new Set(codes))
          for (const b of all) {
            const found = a === b ? undefined : gravest(rows, a, b);
            if (found !== undefined) expected.set(`interaction:${[a, b].sort().join('+')}`, found);
          }
        const { findings } = checkSafety({ codes, active, allergies, table: rows });
        const interactions = findings.filter(({ kind }) => kind === 'interaction');
        expect(new Map(interactions.map((one) => [one.id, one.severity]))).toEqual(expected);
      }),
    );
  });

  it('is always answered for every allergy: compared, or said to be unchecked', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const { unchecked } = checkSafety(asked);
        for (const { substance } of asked.allergies) {
          const comparable =
            substance.kind === 'atc' ||
            (substance.kind === 'class' && asked.table?.allergens.has(substance.code) === true);
          expect(unchecked.some(({ kind, code }) => kind === substance.kind && code === substance.code)).toBe(
            !comparable,
          );
        }
      }),
    );
  });
});

describe('a finding', () => {
  const rows = tableOf([
    { a: 'M01A', b: 'B01', severity: 'moderate' },
    { a: 'M01AE', b: 'B01AA03', severity: 'serious' },
  ]);
  const check = (codes: string[], more: Partial<SafetyQuestion> = {}) =>
    checkSafety({ codes, active: new Set(), allergies: [], table: rows, ...more });

  it('takes the gravest of the entries that meet', () => {
    expect(check(['B01AA03', 'M01AE01']).findings).toMatchObject([
      { severity: 'serious', codes: ['B01AA03', 'M01AE01'] },
    ]);
    expect(check(['B01AA03', 'M01AB05']).findings).toMatchObject([{ severity: 'moderate' }]);
  });

  it('is duplicate therapy for the same substance, twice in the draft or still being taken', () => {
    expect(check(['C10AA01', 'C10AA01']).findings).toMatchObject([
      { id: 'duplicate:C10AA01', severity: 'serious', earlier: false },
    ]);
    expect(check(['C10AA01'], { active: new Set(['C10AA01']) }).findings).toMatchObject([
      { id: 'duplicate:C10AA01', severity: 'serious', earlier: true },
    ]);
  });

  it('is milder for two of one group, and none where the table excepts the group', () => {
    expect(check(['C10AA05', 'C10AA01']).findings).toMatchObject([
      { id: 'duplicate:C10AA01+C10AA05', severity: 'moderate', codes: ['C10AA01', 'C10AA05'] },
    ]);
    expect(check(['A10BA02', 'A10BB01']).findings).toEqual([]);
  });

  it('is contraindicated where the next reaction may be grave, and always wants a reason for an allergy', () => {
    const penicillins = { kind: 'class', code: 'penicillins' } as const;
    const at = (criticality: AllergyDraft['criticality']) =>
      check(['J01CA04'], { allergies: [{ substance: penicillins, criticality }] }).findings;
    expect(at('high')).toMatchObject([{ severity: 'contraindicated', substance: penicillins }]);
    for (const one of ['low', 'unable-to-assess'] as const) {
      expect(at(one)).toMatchObject([{ severity: 'serious' }]);
      expect(at(one).every(wantsReason)).toBe(true);
    }
  });

  it('compares an allergy to a code even where no table is loaded, and nothing else', () => {
    const asked = {
      table: undefined,
      allergies: [{ substance: { kind: 'atc', code: 'J01C' }, criticality: 'low' }],
    } as const;
    expect(ids(check(['J01CA04', 'J01CA04', 'M01AE01', 'B01AA03'], asked).findings)).toEqual([
      'allergy:atc:J01C+J01CA04',
    ]);
  });
});

describe('therapy from before', () => {
  it('counts to the last day of its supply, the day of issue being the first', () => {
    const line = { code: 'C08CA01', day: '2026-02-27', days: 3 };
    const on = (day: string) => [...activeCodes([line], day)];
    expect(on('2026-02-27')).toEqual(['C08CA01']);
    expect(on('2026-03-01')).toEqual(['C08CA01']);
    expect(on('2026-03-02')).toEqual([]);
  });
});
