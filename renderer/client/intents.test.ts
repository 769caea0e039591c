import { describe, expect, it } from 'vitest';
import type { DeskState } from '../../contract/station.ts';
import type { Station } from './connection.ts';
import { performIntent } from './intents.ts';

const state: DeskState = { desk: 'clinic', slots: [], bureau: { online: true, waiting: 0 }, flow: { step: 'idle' } };

/** A station that only notes what it was asked. */
function spyStation(answer: () => Promise<DeskState>): { station: Station; asked: unknown[] } {
  const asked: unknown[] = [];
  // Every call of the contract is answered alike here; nothing else is touched.
  const station = new Proxy({} as Station, {
    get: (_target, name) => (input: unknown) => {
      asked.push([name, structuredClone(input)]);
      return answer();
    },
  });
  return { station, asked };
}

describe('intents', () => {
  const signal = new AbortController().signal;

  it('becomes the call of the same name at the desk', async () => {
    const { station, asked } = spyStation(() => Promise.resolve(state));
    await performIntent(station, 'pharmacy', { call: 'lookUp' }, signal);
    await performIntent(station, 'pharmacy', { call: 'dispense', rxId: 'a' }, signal);
    const step = { event: 'suspend', reason: 'b' } as const;
    await performIntent(station, 'card-office', { call: 'findCards', query: { by: 'reader' } }, signal);
    await performIntent(station, 'card-office', { call: 'takeCardStep', serial: 'c', step }, signal);
    await performIntent(station, 'pharmacy', { call: 'openWorkList', page: 2 }, signal);
    await performIntent(station, 'pharmacy', { call: 'openWorkItem', rxId: 'd' }, signal);
    await performIntent(station, 'pharmacy', { call: 'readPickupCode', text: 'e' }, signal);
    await performIntent(station, 'clinic', { call: 'printed', rxId: 'f' }, signal);
    await performIntent(station, 'clinic', { call: 'openIssued', scope: 'open', page: 3 }, signal);
    expect(asked).toEqual([
      ['lookUp', { desk: 'pharmacy' }],
      ['dispense', { desk: 'pharmacy', rxId: 'a' }],
      ['findCards', { desk: 'card-office', query: { by: 'reader' } }],
      ['takeCardStep', { desk: 'card-office', serial: 'c', step }],
      ['openWorkList', { desk: 'pharmacy', page: 2 }],
      ['openWorkItem', { desk: 'pharmacy', rxId: 'd' }],
      ['readPickupCode', { desk: 'pharmacy', text: 'e' }],
      ['printed', { desk: 'clinic', rxId: 'f' }],
      ['openIssued', { desk: 'clinic', scope: 'open', page: 3 }],
    ]);
  });

  it('wipes the PIN once the call is over, also when it was refused', async () => {
    const { station, asked } = spyStation(() => Promise.reject(new Error('refused')));
    const pin = [1, 2, 3, 4];
    await expect(performIntent(station, 'clinic', { call: 'openVisit', pin }, signal)).rejects.toThrow('refused');
    expect(asked).toEqual([['openVisit', { desk: 'clinic', pin: [1, 2, 3, 4] }]]);
    expect(pin).toEqual([0, 0, 0, 0]);
  });

  it('wipes the PIN of a hand-out, a designation and a cancellation', async () => {
    const { station, asked } = spyStation(() => Promise.resolve(state));
    const [handedOut, named, cancelled] = [
      [1, 2, 3, 4],
      [2, 3, 4, 5],
      [3, 4, 5, 6],
    ];
    const about = { rxId: 'a', reason: 'b' };
    await performIntent(station, 'pharmacy', { call: 'dispense', rxId: 'a', handOut: {}, pin: handedOut }, signal);
    await performIntent(station, 'pharmacy', { call: 'designateHere', rxId: 'a', pin: named }, signal);
    await performIntent(station, 'clinic', { call: 'cancelPrescription', ...about, pin: cancelled }, signal);
    expect(asked).toEqual([
      ['dispense', { desk: 'pharmacy', rxId: 'a', pin: [1, 2, 3, 4] }],
      ['designateHere', { desk: 'pharmacy', rxId: 'a', pin: [2, 3, 4, 5] }],
      ['cancelPrescription', { desk: 'clinic', ...about, pin: [3, 4, 5, 6] }],
    ]);
    expect([handedOut, named, cancelled].flat()).toEqual(Array(12).fill(0));
  });

  it('wipes the PUK and both copies of a new PIN', async () => {
    const { station, asked } = spyStation(() => Promise.resolve(state));
    const [puk, next, again] = [
      [8, 7, 6, 5],
      [1, 3, 5, 7],
      [1, 3, 5, 7],
    ] as const;
    const copies = { puk: [...puk], next: [...next], again: [...again] };
    await performIntent(station, 'clinic', { call: 'unblockPin', card: 'doctor', ...copies }, signal);
    expect(asked).toEqual([['unblockPin', { desk: 'clinic', card: 'doctor', puk, next, again }]]);
    expect(Object.values(copies).flat()).toEqual(Array(12).fill(0));
  });
});
