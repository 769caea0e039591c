import { describe, expect, it } from 'vitest';
import { type Allergy, Substance } from '../contract/safety.ts';
import { allergiesForCard, mergeAllergies, statedAllergies } from './merge-allergies.ts';

const PENICILLINS = { kind: 'class', code: 'penicillins' } as const;
const IBUPROFEN = { kind: 'atc', code: 'M01AE01' } as const;
const entry = (substance: Substance, criticality: Allergy['criticality'], recorded = '2026-01-01'): Allergy => ({
  substance,
  criticality,
  recorded,
});
const stated = (...given: Parameters<typeof entry>) => ({ ...entry(...given), confirmed: true });

describe('allergies of card and bureau', () => {
  it('say which source has each', () => {
    const known = mergeAllergies([entry(IBUPROFEN, 'low')], [[stated(PENICILLINS, 'high')]]);
    expect(known).toEqual([
      { ...entry(IBUPROFEN, 'low'), confirmed: false, onCard: 'low' },
      { ...entry(PENICILLINS, 'high'), confirmed: true, atBureau: 'high' },
    ]);
  });

  it('count by the worse word where the sources disagree, and keep both words', () => {
    for (const [card, bureau, worse] of [
      ['low', 'high', 'high'],
      ['high', 'low', 'high'],
      ['low', 'unable-to-assess', 'unable-to-assess'],
    ] as const)
      expect(mergeAllergies([entry(IBUPROFEN, card)], [[stated(IBUPROFEN, bureau)]])).toMatchObject([
        { criticality: worse, onCard: card, atBureau: bureau },
      ]);
  });

  it('are corrected by a later record, and on the card by a later day', () => {
    const card = [entry(IBUPROFEN, 'high', '2026-03-01'), entry(IBUPROFEN, 'low', '2026-02-01')];
    const records = [[stated(IBUPROFEN, 'low', '2026-01-05')], [stated(IBUPROFEN, 'high', '2026-01-05')]];
    expect(mergeAllergies(card, records)).toMatchObject([{ onCard: 'high', atBureau: 'high', recorded: '2026-01-05' }]);
  });

  it('are all stated in the next record, the new ones confirmed', () => {
    const known = mergeAllergies([entry(IBUPROFEN, 'low')], [[stated(PENICILLINS, 'low')]]);
    const next = statedAllergies(known, [{ substance: PENICILLINS, criticality: 'high' }], '2026-11-29');
    expect(next).toEqual([
      { ...entry(IBUPROFEN, 'low'), confirmed: false },
      { ...entry(PENICILLINS, 'high', '2026-11-29'), confirmed: true },
    ]);
  });

  it('go on the card where it lacks them, what is recorded now first', () => {
    const known = mergeAllergies([entry(IBUPROFEN, 'low')], [[stated(PENICILLINS, 'high')]]);
    const text = { kind: 'text', code: '花生' } as const;
    const onCard = allergiesForCard(known, [{ substance: text, criticality: 'low' }], '2026-11-29');
    expect(onCard).toEqual([entry(text, 'low', '2026-11-29'), entry(PENICILLINS, 'high')]);
    expect(allergiesForCard(known, [{ substance: IBUPROFEN, criticality: 'low' }], '2026-11-29')).toEqual([
      entry(PENICILLINS, 'high'),
    ]);
    expect(allergiesForCard(known, [{ substance: IBUPROFEN, criticality: 'high' }], '2026-11-29')).toContainEqual(
      entry(IBUPROFEN, 'high', '2026-11-29'),
    );
  });
});

describe('a substance', () => {
  it.each(['', ' peanuts', 'a'.repeat(36), '花'.repeat(12), 'a\nb', 'a\u202eb'])(
    'in free words is refused as %j',
    (code) => {
      expect(Substance.safeParse({ kind: 'text', code }).success).toBe(false);
    },
  );
  it('in free words fits the card', () => {
    expect(Substance.safeParse({ kind: 'text', code: '花'.repeat(11) }).success).toBe(true);
    expect(Substance.safeParse({ kind: 'text', code: '𠮷'.repeat(8) }).success).toBe(true);
    expect(Substance.safeParse({ kind: 'text', code: '𠮷'.repeat(9) }).success).toBe(false);
  });
});
