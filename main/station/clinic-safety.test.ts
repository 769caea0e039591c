import { describe, expect, it } from 'vitest';
import type { RecordSummary, VisitDraft } from '../../contract/clinic-desk.ts';
import type { Finding, KnownAllergy } from '../../contract/safety.ts';
import { utf8 } from '../../crypto/common/bytes.ts';
import { parseSafetyTable } from '../../record/safety-table.ts';
import type { OpenedVisit } from './clinic-opening.ts';
import { demandAnswers, reviewDraft } from './clinic-safety.ts';

const safetyTable = parseSafetyTable(
  utf8(
    JSON.stringify({
      format: 'imis-safety-table',
      version: 1,
      edition: '7',
      date: '2026-11-29',
      source: 'test',
      licence: 'CC0-1.0',
      interactions: [],
      allergens: [],
      duplicates: { substance: 'serious', group: 'moderate', exceptions: [] },
    }),
  ),
);
/** 2026-11-29 08:00 in Taiwan. */
const clock = { now: () => Date.parse('2026-11-29T00:00:00.000Z') };
const line = (code: string, days = 7) => ({ code, dose: 1, unit: 'tablet', timesPerDay: 1, days }) as const;
const record = (more: Partial<RecordSummary>): RecordSummary => ({
  id: 'r',
  day: '2026-11-25',
  institution: '',
  diagnoses: [],
  lines: [line('C08CA01')],
  verified: true,
  ...more,
});
const visitWith = (more: Partial<OpenedVisit>): OpenedVisit => ({
  visitId: '',
  pid: '',
  certificate: new Uint8Array(0),
  presence: '',
  person: { name: '', birthYear: 1950, sex: 'male' },
  records: [],
  allergies: [],
  allergyRecords: 0,
  mayControl: true,
  unreadableAllergies: 0,
  ...more,
});
const draft: VisitDraft = { diagnoses: ['I10'], note: '', lines: [line('C08CA01')], pharmacy: '5901010012' };
const review = (more: Partial<OpenedVisit>, given: VisitDraft = draft) =>
  reviewDraft({ clock, safetyTable }, visitWith(more), given);

describe('the review of a draft', () => {
  it('compares with therapy whose supply reaches into today', () => {
    expect(review({ records: [record({})] }).findings).toMatchObject([{ id: 'duplicate:C08CA01', earlier: true }]);
    expect(review({ records: [record({ day: '2026-11-22' })] }).findings).toEqual([]);
    // Seven days, three times.
    expect(review({ records: [record({ day: '2026-11-22', parts: 3 })] }).findings).toHaveLength(1);
    expect(review({ records: [record({ day: '2026-11-08', parts: 3 })] }).findings).toEqual([]);
  });

  it('relies on no record that did not verify, and says how many there are', () => {
    expect(review({ records: [record({ verified: false })] })).toMatchObject({ findings: [], unverifiedRecords: 1 });
  });

  it('says which table it is, and none where there is none', () => {
    expect(review({}).table).toMatchObject({ edition: '7' });
    const without = reviewDraft({ clock }, visitWith({ records: [record({})] }), draft);
    expect(without).toEqual({ findings: [], unchecked: [], unverifiedRecords: 0, notOnCard: 0 });
  });

  it('counts every record of the card as taken, those it cannot read too', () => {
    const peanuts = { kind: 'text', code: '花生' } as const;
    const known: KnownAllergy = {
      substance: peanuts,
      criticality: 'low',
      recorded: '2026-01-01',
      confirmed: true,
      atBureau: 'low',
    };
    const given = { ...draft, allergies: [{ substance: { kind: 'atc', code: 'J01C' }, criticality: 'high' }] } as const;
    const held = { allergies: [known], unreadableAllergies: 1 };
    expect(review({ ...held, allergyRecords: 8 }, { ...given, allergies: [...given.allergies] }).notOnCard).toBe(0);
    expect(review({ ...held, allergyRecords: 9 }, { ...given, allergies: [...given.allergies] }).notOnCard).toBe(1);
  });
});

describe('the answers without which a draft is not signed', () => {
  const finding = (id: string, severity: Finding['severity']): Finding => ({
    id,
    kind: 'interaction',
    severity,
    codes: ['B01AA03', 'M01AE01'],
    earlier: false,
  });
  const findings = [finding('grave', 'contraindicated'), finding('mild', 'moderate')];
  const shown = new Set(['grave', 'mild']);
  const answered = (...ids: string[]): VisitDraft => ({
    ...draft,
    overrides: ids.map((id) => ({ finding: id, reason: '理由' })),
  });
  const code = (code: string) => expect.objectContaining({ code });

  it('are a reason for what is grave; what is moderate may have one', () => {
    expect(() => demandAnswers(findings, answered('grave'), shown)).not.toThrow();
    expect(() => demandAnswers(findings, answered('grave', 'mild'), shown)).not.toThrow();
    expect(() => demandAnswers([], draft, new Set())).not.toThrow();
  });

  it('are missing without a reason, or where a finding was not shown', () => {
    expect(() => demandAnswers(findings, draft, shown)).toThrow(code('SAFETY_UNANSWERED'));
    expect(() => demandAnswers(findings, answered('mild'), shown)).toThrow(code('SAFETY_UNANSWERED'));
    expect(() => demandAnswers(findings, answered('grave'), new Set(['grave']))).toThrow(code('SAFETY_UNANSWERED'));
  });

  it('are refused against what was not found, and twice against one', () => {
    expect(() => demandAnswers(findings, answered('grave', 'other'), shown)).toThrow(code('SAFETY_OVERRIDE_UNKNOWN'));
    expect(() => demandAnswers(findings, answered('grave', 'grave'), shown)).toThrow(code('SAFETY_OVERRIDE_UNKNOWN'));
  });

  it('name no drug in what goes to the log', () => {
    expect(() => demandAnswers(findings, draft, shown)).toThrow(/^interaction of severity contraindicated$/u);
  });
});
