import { describe, expect, it } from 'vitest';
import { checkDraft, EMPTY_DRAFT, newLine, supplyOf, wordedAllergen } from './draft-form.ts';

const line = newLine('C08CA01', 'Amlodipine 5 mg tablet', []);
const good = { ...EMPTY_DRAFT, diagnoses: ['I10'], note: '血壓穩定', lines: [line], pharmacy: '5901012345' };

describe('draft form', () => {
  it('hands out the draft that is signed', () => {
    expect(checkDraft(good)).toEqual({
      ok: true,
      draft: {
        diagnoses: ['I10'],
        note: '血壓穩定',
        lines: [{ code: 'C08CA01', dose: 1, unit: 'tablet', timesPerDay: 1, days: 7 }],
        pharmacy: '5901012345',
      },
    });
  });

  it('wants a pharmacy as soon as there is a drug', () => {
    expect(checkDraft({ ...good, pharmacy: '' })).toEqual({ ok: false, problems: [{ field: 'pharmacy' }] });
  });

  it('names no pharmacy when none is chosen, and needs no drug', () => {
    const checked = checkDraft({ ...good, pharmacy: '', lines: [] });
    expect(checked.ok && 'pharmacy' in checked.draft).toBe(false);
    expect(checked.ok).toBe(true);
  });

  it('asks for a diagnosis', () => {
    expect(checkDraft(EMPTY_DRAFT)).toEqual({ ok: false, problems: [{ field: 'diagnoses' }] });
  });

  it.each([
    ['dose', '0'],
    ['dose', ''],
    ['dose', '1001'],
    ['timesPerDay', '1.5'],
    ['timesPerDay', '13'],
    ['days', '31'],
    ['days', 'x'],
  ] as const)('says which line is wrong: %s = "%s"', (field, text) => {
    const second = { ...newLine('A10BA02', '', [line]), [field]: text };
    expect(checkDraft({ ...good, lines: [line, second] })).toEqual({ ok: false, problems: [{ field, line: 1 }] });
  });

  it('hands out parts and the mark of a controlled drug only where there is a drug', () => {
    const slip = { ...good, parts: 3, controlled: true };
    expect(checkDraft(slip)).toMatchObject({ ok: true, draft: { parts: 3, controlled: true } });
    const none = checkDraft({ ...slip, lines: [] });
    expect(none.ok && ('parts' in none.draft || 'controlled' in none.draft)).toBe(false);
    expect(none.ok).toBe(true);
  });

  it('says how long a supply lasts, by the longest line', () => {
    const second = { ...newLine('A10BA02', '', [line]), days: '28' };
    expect(supplyOf({ ...good, lines: [line, second], parts: 3 })).toEqual({ part: 28, all: 84 });
    expect(supplyOf({ ...good, lines: [{ ...line, days: '' }] })).toBeUndefined();
  });

  it('hands out allergies only where there are any', () => {
    const allergies = [{ substance: { kind: 'class', code: 'penicillins' }, criticality: 'high' }] as const;
    expect(checkDraft({ ...good, allergies })).toMatchObject({ ok: true, draft: { allergies } });
    const none = checkDraft(good);
    expect(none.ok && 'allergies' in none.draft).toBe(false);
  });

  it('takes an allergen in words that fit the card', () => {
    expect(wordedAllergen(' 花生 ')?.substance).toEqual({ kind: 'text', code: '花生' });
    for (const text of ['', ' ', '花'.repeat(12)]) expect(wordedAllergen(text)).toBeUndefined();
  });

  it('numbers lines apart and guesses the unit', () => {
    expect(newLine('A02BC01', 'Omeprazole 20 mg capsule', [line])).toMatchObject({ key: 2, unit: 'capsule' });
    expect(newLine('R03AC02', 'Salbutamol inhaler', [])).toMatchObject({ unit: 'puff' });
  });
});
