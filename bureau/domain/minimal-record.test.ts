import { describe, expect, it } from 'vitest';
import type { VisitDraft } from '../../contract/clinic-desk.ts';
import type { StatedAllergy } from '../../contract/safety.ts';
import { readVisitRecord, type VisitRecord, writeVisitRecord } from '../../record/visit-documents.ts';
import { minimalRecord } from './minimal-record.ts';

const NOW = Date.parse('2026-11-21T04:00:00.000Z');

/** The record of a visit on a day, as the clinic writes it. */
function visit(day: string, draft: Partial<VisitDraft>, allergies: readonly StatedAllergy[] = []): VisitRecord {
  const facts = { pid: 'ab'.repeat(16), visitId: 'cd'.repeat(16), institution: '0401180014', day };
  const whole = { diagnoses: ['I10'], note: '', lines: [], ...draft };
  const record = readVisitRecord(writeVisitRecord(facts, whole, { allergies, findings: [] }));
  if (record === undefined) throw new Error('not a record');
  return record;
}
const line = (code: string, days: number) => ({ code, dose: 1, unit: 'tablet', timesPerDay: 1, days }) as const;
const penicillin = (criticality: StatedAllergy['criticality'], recorded: string): StatedAllergy => ({
  substance: { kind: 'class', code: 'penicillins' },
  criticality,
  recorded,
  confirmed: true,
});

describe('the minimal record', () => {
  it('of somebody without records is empty', () => {
    expect(minimalRecord([], NOW)).toEqual({ allergies: [], medication: [], diagnoses: [] });
  });

  it('has medication of six months with its last day, all parts counted, newest first', () => {
    const { medication } = minimalRecord(
      [
        visit('2026-11-20', { lines: [line('A10BA02', 7)] }),
        visit('2026-05-22', { lines: [line('C08CA01', 28)], parts: 3 }),
        visit('2026-05-21', { lines: [line('N02BE01', 3)] }),
      ],
      NOW,
    );
    expect(medication.map(({ code, from, until }) => [code, from, until])).toEqual([
      ['A10BA02', '2026-11-20', '2026-11-26'],
      ['C08CA01', '2026-05-22', '2026-08-13'],
    ]);
  });

  it('has each diagnosis once with its newest day, however old', () => {
    const { diagnoses } = minimalRecord(
      [
        visit('2026-11-20', { diagnoses: ['J45.9', 'I10'] }),
        visit('2026-11-01', { diagnoses: ['I10'] }),
        visit('2016-01-01', { diagnoses: ['E11.9'] }),
      ],
      NOW,
    );
    expect(diagnoses).toEqual([
      { code: 'J45.9', at: '2026-11-20' },
      { code: 'I10', at: '2026-11-20' },
      { code: 'E11.9', at: '2016-01-01' },
    ]);
  });

  it('has allergies as the newest record states them', () => {
    const { allergies } = minimalRecord(
      [
        visit('2026-11-20', {}, [penicillin('high', '2020-02-02')]),
        visit('2020-02-02', {}, [penicillin('low', '2020-02-02')]),
      ],
      NOW,
    );
    expect(allergies).toEqual([penicillin('high', '2020-02-02')]);
  });
});
