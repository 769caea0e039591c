import { describe, expect, it } from 'vitest';
import type { ClinicFlow } from '../../../contract/clinic-desk.ts';
import { NO_VISIT, reduceClinic } from './clinic-view.ts';
import { EMPTY_DRAFT } from './draft-form.ts';

const opened = (visitId: string, more: Partial<ClinicFlow & { step: 'opened' }> = {}): ClinicFlow => ({
  step: 'opened',
  visitId,
  person: { name: '王○明', birthYear: 1958, sex: 'male' },
  records: [],
  allergies: [],
  unreadableAllergies: 0,
  stages: [],
  ...more,
});
const flow = (next: ClinicFlow) => ({ type: 'flow', flow: next }) as const;
const form = { ...EMPTY_DRAFT, note: '血壓穩定' };
const editing = reduceClinic(reduceClinic(NO_VISIT, flow(opened('a'))), { type: 'edited', form });
const reviewing = reduceClinic(editing, { type: 'review' });

describe('clinic view', () => {
  it('keeps the content while signing and after a refused signing', () => {
    const signing = reduceClinic(reviewing, flow({ step: 'working', task: 'signing', stages: [] }));
    expect(signing).toBe(reviewing);
    const refused = reduceClinic(signing, flow(opened('a', { refusal: { code: 'PIN_WRONG', triesLeft: 2 } })));
    expect(refused.form).toBe(form);
    expect(refused.reviewing).toBe(true);
  });

  it('goes back to editing with nothing lost', () => {
    expect(reduceClinic(reviewing, { type: 'back' })).toEqual({ ...reviewing, reviewing: false });
  });

  it.each<ClinicFlow>([
    { step: 'idle' },
    { step: 'issued', scope: 'today', items: [], page: 1, pages: 1, total: 0, stages: [] },
    { step: 'refused', refusal: { code: 'CARD_LOST' }, stages: [] },
    { step: 'working', task: 'opening', stages: [] },
    {
      step: 'signed',
      person: { name: '王○明', birthYear: 1958, sex: 'male' },
      recordId: 'r',
      fingerprint: 'f',
      acknowledged: true,
      onCard: true,
      stages: [],
    },
  ])('forgets everything when the desk is $step', (next) => {
    expect(reduceClinic(reviewing, flow(next))).toEqual(NO_VISIT);
  });

  it('never carries a draft over to another visit', () => {
    expect(reduceClinic(editing, flow(opened('b'))).form).toBe(EMPTY_DRAFT);
  });

  it('keeps a reason while the draft is mended, and not for another visit', () => {
    const given = reduceClinic(reviewing, { type: 'reason', finding: 'duplicate:C08CA01', text: '調整劑量' });
    const back = reduceClinic(reduceClinic(given, { type: 'back' }), { type: 'review' });
    expect(back.reasons).toEqual({ 'duplicate:C08CA01': '調整劑量' });
    expect(reduceClinic(back, flow(opened('b'))).reasons).toEqual({});
  });

  it('has nothing to review without a visit', () => {
    expect(reduceClinic(NO_VISIT, { type: 'review' })).toBe(NO_VISIT);
  });
});
