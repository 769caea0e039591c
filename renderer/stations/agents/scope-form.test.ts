import { describe, expect, it } from 'vitest';
import { emptyScope, offered, scopeOf, withControlled } from './scope-form.ts';

const A = 'aa'.repeat(16);
const B = 'bb'.repeat(16);
const rx = (rxId: string, partsLeft: number) => ({
  rxId,
  issued: '2026-11-01',
  expires: '2027-01-30',
  partsLeft,
  pharmacy: '5901010012',
});
const LATEST = '2027-05-27';
const form = emptyScope(LATEST);

describe('what an agent may collect', () => {
  it('is anything anywhere, a few times, to begin with', () => {
    expect(scopeOf(form, [rx(A, 1)], LATEST)).toEqual({
      prescriptions: [],
      pharmacies: [],
      uses: 3,
      until: '2026-12-28',
    });
  });

  it('is as often as the chosen prescriptions have parts left', () => {
    const chosen = { ...form, chosen: [A, B], uses: 'x', pharmacy: '5901010012' };
    expect(scopeOf(chosen, [rx(A, 2), rx(B, 1), rx('cc'.repeat(16), 3)], LATEST)).toMatchObject({
      prescriptions: [A, B],
      pharmacies: ['5901010012'],
      uses: 3,
    });
  });

  it('is controlled drugs only where they are wanted, and none stays ticked without', () => {
    const list = [rx(A, 1), { ...rx(B, 1), controlled: true } as const];
    expect(offered(list, form).map(({ rxId }) => rxId)).toEqual([A]);
    const wanted = { ...withControlled(form, list, true), chosen: [A, B] };
    expect(offered(list, wanted)).toEqual(list);
    expect(scopeOf(wanted, list, LATEST)).toMatchObject({ prescriptions: [A, B], controlled: true });
    expect(scopeOf(withControlled(wanted, list, false), list, LATEST)).toEqual({
      prescriptions: [A],
      pharmacies: [],
      uses: 1,
      until: '2026-12-28',
    });
  });

  it.each([{ uses: '' }, { uses: '0' }, { uses: '1.5' }, { uses: '256' }, { until: '' }, { until: '2027-05-28' }])(
    'is not said yet with %j',
    (more) => {
      expect(scopeOf({ ...form, ...more }, [], LATEST)).toBeUndefined();
    },
  );
});
