import { describe, expect, it } from 'vitest';
import type { LineOutcome } from '../../../contract/messages.ts';
import type { HandOutPaper } from '../../../contract/paper.ts';
import type { PrescriptionView } from '../../../contract/pharmacy-desk.ts';
import { OWED_PER_SHEET, sheetsOf } from './label-sheets.ts';

const codes = ['C08CA01', 'A10BA02', 'C10AA05', 'A02BC01', 'J01CA04', 'N02BE01'];
const LINES = codes.map((code) => ({ code, dose: 1, unit: 'tablet' as const, timesPerDay: 2, days: 28 }));
const view = (owed: number[]): PrescriptionView => ({
  rxId: 'a1'.repeat(16),
  issued: '2026-11-21',
  expires: '2026-12-21',
  part: 1,
  parts: 3,
  lines: LINES,
  owed,
  state: owed.length > 0 ? 'owing' : 'collected',
});
const OUTCOMES: LineOutcome[] = [
  { line: 1, outcome: 'given' },
  { line: 2, outcome: 'substituted', code: 'A10BB09', reason: '缺藥' },
  { line: 3, outcome: 'dose-changed', dose: 0.5, timesPerDay: 1, reason: '血壓低' },
  { line: 4, outcome: 'refused', reason: '病人不要' },
];
const paper = (labels: number[], owed?: number): HandOutPaper => ({
  day: '2026-11-29',
  labels: labels.map((line) => ({ line, printed: line })),
  ...(owed === undefined ? {} : { owedSlip: { printed: owed } }),
});

describe('labels', () => {
  it('say what was given, as it was given', () => {
    const sheets = sheetsOf({ prescription: view([]), outcomes: OUTCOMES, paper: paper([1, 2, 3]) });
    expect(sheets).toEqual([
      { kind: 'label', line: 1, of: 6, given: LINES[0], insteadOf: undefined, doseChanged: false, printed: 1 },
      {
        kind: 'label',
        line: 2,
        of: 6,
        given: { ...LINES[1], code: 'A10BB09' },
        insteadOf: 'A10BA02',
        doseChanged: false,
        printed: 2,
      },
      {
        kind: 'label',
        line: 3,
        of: 6,
        given: { ...LINES[2], dose: 0.5, timesPerDay: 1 },
        insteadOf: undefined,
        doseChanged: true,
        printed: 3,
      },
    ]);
  });

  it('are none for a line that was refused, that is owed, or that nobody knows, whatever was counted', () => {
    expect(sheetsOf({ prescription: view([5]), outcomes: OUTCOMES, paper: paper([4, 5, 9]) })).toEqual([]);
  });

  it.each([
    [[5], [1]],
    [[4, 5, 6], [OWED_PER_SHEET]],
    [
      [3, 4, 5, 6],
      [OWED_PER_SHEET, 1],
    ],
  ])('are followed by what is owed, a few a sheet: %j', (owed, counts) => {
    const sheets = sheetsOf({ prescription: view(owed), outcomes: [], paper: paper([], 2) });
    expect(sheets.map((sheet) => (sheet.kind === 'owed' ? sheet.codes.length : 0))).toEqual(counts);
    expect(sheets).toMatchObject(counts.map((_, i) => ({ sheet: i + 1, sheets: counts.length, printed: 2 })));
    expect(sheets.flatMap((sheet) => (sheet.kind === 'owed' ? sheet.codes : []))).toEqual(
      owed.map((line) => codes[line - 1]),
    );
  });
});
