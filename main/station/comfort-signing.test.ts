import { describe, expect, it } from 'vitest';
import type { cardServiceContract } from '../../contract/card-service.ts';
import { COMFORT_LIMIT } from '../../contract/clinic-desk.ts';
import type { Api } from '../../contract/dispatch.ts';
import { createComfortSigning } from './comfort-signing.ts';

const CARD = { slot: 'clinic/left', insertion: 4 };
const signal = new AbortController().signal;

/** A card service that notes what it was asked, and a clock that stands still. */
function laidOut() {
  const asked: unknown[] = [];
  // Only the operations of a session are called; each answers nothing.
  const cards = new Proxy({} as Api<typeof cardServiceContract>, {
    get: (_target, name) => async (input: unknown) => {
      asked.push([name, structuredClone(input)]);
      return {};
    },
  });
  const clock = { time: 1_000_000, now: () => clock.time };
  const jobs = new Set<{ ms: number; work: () => void }>();
  const later = (ms: number, work: () => void) => {
    const job = { ms, work };
    jobs.add(job);
    return () => void jobs.delete(job);
  };
  let changes = 0;
  const comfort = createComfortSigning({ cards, clock, later, log: () => undefined }, () => {
    changes += 1;
  });
  return { asked, clock, jobs, comfort, changes: () => changes };
}

describe('comfort signing', () => {
  it('asks the card for 250 signatures, of everything a clinic signs and no emergency', async () => {
    const { comfort, asked } = laidOut();
    await comfort.open(CARD, [1, 2, 3, 4, 5, 6], signal);
    expect(asked).toEqual([
      ['doctorVerifyPin', { slot: CARD.slot, pin: [1, 2, 3, 4, 5, 6] }],
      ['doctorSession', { slot: CARD.slot, purposes: [5, 1, 2], count: 250 }],
    ]);
  });

  it('covers 250 signatures and refuses the 251st', async () => {
    const { comfort, asked } = laidOut();
    await comfort.open(CARD, [], signal);
    for (let i = 0; i < COMFORT_LIMIT; i++) {
      await comfort.cover(CARD, 1);
      comfort.spend();
    }
    expect(comfort.view()?.remaining).toBe(0);
    await expect(comfort.cover(CARD, 1)).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
    expect(comfort.view()).toBeUndefined();
    expect(asked.at(-1)).toEqual(['doctorEndSession', { slot: CARD.slot }]);
  });

  it('covers no prescription when one signature is left: record and prescription are signed together', async () => {
    const { comfort } = laidOut();
    await comfort.open(CARD, [], signal);
    for (let i = 1; i < COMFORT_LIMIT; i++) comfort.spend();
    await expect(comfort.cover(CARD, 2)).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
  });

  it('covers no other card, and not the same one at its next stay', async () => {
    for (const other of [
      { ...CARD, insertion: 5 },
      { ...CARD, slot: 'clinic/right' },
    ]) {
      const { comfort } = laidOut();
      await comfort.open(CARD, [], signal);
      await expect(comfort.cover(other, 1)).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
    }
  });

  it('ends by its timer after 24 hours, and calls the timer off when it ends before', async () => {
    const { comfort, jobs, asked, changes } = laidOut();
    await comfort.open(CARD, [], signal);
    const [job] = jobs;
    expect(job?.ms).toBe(24 * 3_600_000);
    job?.work();
    expect(comfort.view()).toBeUndefined();
    expect(asked.at(-1)).toEqual(['doctorEndSession', { slot: CARD.slot }]);
    expect(changes()).toBe(2);
    await comfort.open(CARD, [], signal);
    comfort.follow([]);
    expect(jobs.size).toBe(0);
  });
});
