import { expect, it } from 'vitest';
import type { PrescriptionView } from '../../../contract/pharmacy-desk.ts';
import { checkOutcomes, type OutcomeForm, openForms } from './outcome-form.ts';

const VIEW: PrescriptionView = {
  rxId: 'ab'.repeat(16),
  issued: '2026-11-21',
  expires: '2026-11-24',
  part: 1,
  parts: 1,
  lines: [
    { code: 'C08CA01', dose: 1, unit: 'tablet', timesPerDay: 1, days: 28 },
    { code: 'A10BA02', dose: 1, unit: 'tablet', timesPerDay: 2, days: 28 },
  ],
  owed: [],
  state: 'ready',
};
const forms = (...changes: Partial<OutcomeForm>[]): OutcomeForm[] =>
  openForms(VIEW).map((form, i) => ({ ...form, ...changes[i] }));

it('gives every line that is open', () => {
  expect(checkOutcomes(openForms(VIEW))).toEqual({
    ok: true,
    lines: [
      { line: 1, outcome: 'given' },
      { line: 2, outcome: 'given' },
    ],
  });
  expect(openForms({ ...VIEW, state: 'owing', owed: [2] }).map(({ line }) => line)).toEqual([2]);
});

it('leaves out what is owed, and sends what was chosen with its reason', () => {
  expect(checkOutcomes(forms({ choice: 'owed' }))).toEqual({ ok: true, lines: [{ line: 2, outcome: 'given' }] });
  const chosen = forms(
    { choice: 'substituted', code: ' c08ca05 ', reason: '缺藥' },
    { choice: 'dose-changed', dose: '0.5', timesPerDay: '4', reason: '腎功能' },
  );
  expect(checkOutcomes(chosen)).toEqual({
    ok: true,
    lines: [
      { line: 1, outcome: 'substituted', code: 'C08CA05', reason: '缺藥' },
      { line: 2, outcome: 'dose-changed', dose: 0.5, timesPerDay: 4, reason: '腎功能' },
    ],
  });
});

it('names what is missing, line by line', () => {
  const missing = forms({ choice: 'substituted', reason: ' ' }, { choice: 'dose-changed', dose: '', reason: 'x' });
  expect(checkOutcomes(missing)).toEqual({
    ok: false,
    problems: [
      { line: 1, field: 'code' },
      { line: 1, field: 'reason' },
      { line: 2, field: 'dose' },
    ],
  });
  expect(checkOutcomes(forms({ choice: 'refused' }))).toEqual({ ok: false, problems: [{ line: 1, field: 'reason' }] });
  const none = forms({ choice: 'owed' }, { choice: 'owed' });
  expect(checkOutcomes(none)).toEqual({ ok: false, problems: [{ line: 1, field: 'lines' }] });
});
