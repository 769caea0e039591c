import { describe, expect, it } from 'vitest';
import type { DeskState } from '../../contract/station.ts';
import { NO_DESK, reduceDesk, shownRefusal } from './desk-model.ts';

const registration = (
  flow: (DeskState & { desk: 'registration' })['flow'],
  more: Partial<DeskState & { desk: 'registration' }> = {},
): DeskState => ({
  desk: 'registration',
  slots: [],
  bureau: { online: true, waiting: 0 },
  identity: { state: 'none' },
  virtualCards: false,
  ...more,
  flow,
});
const idle = registration({ step: 'idle' });
const working = registration({ step: 'working', task: 'check-in', stages: [] });

describe('desk model', () => {
  it('takes an answer only when no push came since the call', () => {
    const asked = reduceDesk(reduceDesk(NO_DESK, { type: 'pushed', state: idle }), { type: 'asked' });
    expect(reduceDesk(asked, { type: 'answered', state: working, pushes: asked.pushes }).state).toBe(working);
    const overtaken = reduceDesk(asked, { type: 'pushed', state: idle });
    expect(reduceDesk(overtaken, { type: 'answered', state: working, pushes: asked.pushes }).state).toBe(idle);
  });

  it('is busy no longer once the outcome was pushed, and a late answer ends no later call', () => {
    let model = reduceDesk(reduceDesk(NO_DESK, { type: 'pushed', state: idle }), { type: 'asked' });
    model = reduceDesk(model, { type: 'pushed', state: working });
    expect(model.busy).toBe(true);
    model = reduceDesk(model, { type: 'pushed', state: idle });
    expect(model.busy).toBe(false);
    model = reduceDesk(model, { type: 'asked' });
    expect(reduceDesk(model, { type: 'answered', state: idle, pushes: 0, attempt: 1 }).busy).toBe(true);
    const late = reduceDesk(model, { type: 'refused', refusal: { code: 'CARD_ABSENT' }, attempt: 1 });
    expect(late).toEqual(model);
    expect(reduceDesk(model, { type: 'answered', state: idle, pushes: 0, attempt: 2 }).busy).toBe(false);
  });

  it('stays busy when somebody else asks for the state meanwhile', () => {
    const asked = reduceDesk(reduceDesk(NO_DESK, { type: 'pushed', state: idle }), { type: 'asked' });
    expect(reduceDesk(asked, { type: 'answered', state: idle, pushes: 1 }).busy).toBe(true);
    expect(reduceDesk(asked, { type: 'refused', refusal: { code: 'CARD_ABSENT' } }).busy).toBe(true);
  });

  it('shows a refusal until the next call', () => {
    let model = reduceDesk(NO_DESK, { type: 'pushed', state: idle });
    model = reduceDesk(reduceDesk(model, { type: 'asked' }), {
      type: 'refused',
      refusal: { code: 'CARD_ABSENT' },
      attempt: 1,
    });
    expect(shownRefusal(model)).toEqual({ code: 'CARD_ABSENT' });
    expect(shownRefusal(reduceDesk(model, { type: 'asked' }))).toBeUndefined();
    expect(shownRefusal(reduceDesk(model, { type: 'dismissed' }))).toBeUndefined();
  });

  it('forgets a refusal when the desk moves on by itself, not on a push of the same step', () => {
    let model = reduceDesk(NO_DESK, { type: 'pushed', state: idle });
    model = reduceDesk(reduceDesk(model, { type: 'asked' }), {
      type: 'refused',
      refusal: { code: 'CARD_ABSENT' },
      attempt: 1,
    });
    expect(shownRefusal(reduceDesk(model, { type: 'pushed', state: idle }))).toEqual({ code: 'CARD_ABSENT' });
    expect(reduceDesk(model, { type: 'pushed', state: working }).refusal).toBeUndefined();
  });

  it('prefers what the flow says', () => {
    const refused = registration({ step: 'refused', refusal: { code: 'INSURANCE_UNPAID' }, stages: [] });
    const model = { ...NO_DESK, state: refused, refusal: { code: 'CANCELLED' } as const };
    expect(shownRefusal(model)).toEqual({ code: 'INSURANCE_UNPAID' });
  });

  it('shows a failed sign-on only while nobody is on', () => {
    const failed = { signOnRefusal: { code: 'PIN_WRONG', triesLeft: 2 } } as const;
    const off = registration({ step: 'idle' }, failed);
    const on = registration(
      { step: 'idle' },
      { ...failed, operator: { role: 'registrar', until: '2026-11-21T12:00:00.000Z' } },
    );
    expect(shownRefusal({ ...NO_DESK, state: off })).toEqual({ code: 'PIN_WRONG', triesLeft: 2 });
    expect(shownRefusal({ ...NO_DESK, state: on })).toBeUndefined();
  });
});
