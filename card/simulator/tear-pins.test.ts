import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import type { CardSession } from '../apdu/card-session.ts';
import type { HolderOperations } from '../apps/holder.ts';
import { openStaffApp } from '../apps/staff-app.ts';
import { attributesOf, issueStaff, PUK, pin, refusalOf, reinsert, terminal } from './cards.fixture.ts';
import { loadCard } from './load-card.ts';
import { createStaffCard } from './staff-card.ts';
import { type Cells, tearAtEveryByte, without } from './tear.fixture.ts';

// Thousands of cuts: seconds on a quiet machine.
vi.setConfig({ testTimeout: 120_000 });

const HOLDER = 'pin/01';
const UNBLOCK = 'pin/02';
let backend: GroupBackend;
let fresh: Uint8Array;
let oneTryUsed: Uint8Array;
let blocked: Uint8Array;

beforeAll(async () => {
  backend = await createMclBackend();
  const card = createStaffCard();
  await issueStaff(card);
  fresh = card.save();
  const app = await openStaffApp(reinsert(card), await terminal('pharmacy'));
  await refusalOf(app.verifyPin(pin('000000')));
  oneTryUsed = card.save();
  await refusalOf(app.verifyPin(pin('000000')));
  await refusalOf(app.verifyPin(pin('000000')));
  blocked = card.save();
});

/** The cells with another number of tries left. */
const withTries = (cells: Cells, cell: string, tries: number): Cells => ({
  ...cells,
  [cell]: `0${tries.toString(16)}${(cells[cell] ?? '').slice(2)}`,
});

const on =
  (command: (app: HolderOperations) => Promise<unknown>) =>
  async (session: CardSession): Promise<() => Promise<unknown>> => {
    const app = await openStaffApp(session, await terminal('pharmacy'));
    return () => command(app);
  };

describe('the supply is cut at every byte of', () => {
  it('VERIFY with a wrong PIN: the try is gone before the comparison', async () => {
    const bytes = await tearAtEveryByte({
      image: fresh,
      backend,
      ready: on((app) => app.verifyPin(pin('000000'))),
      refused: ['PIN_WRONG', 2],
      lasting: without(HOLDER),
    });
    expect(bytes).toBeGreaterThan(40);
  });

  it('VERIFY with a wrong PIN, again and again: never more guesses than tries', async () => {
    for (let bytes = 0; bytes < 60; bytes++) {
      const { card } = loadCard(fresh, { backend });
      let answers = 0;
      for (let guess = 0; guess < 10; guess++) {
        const app = await openStaffApp(reinsert(card), await terminal('pharmacy'));
        card.cutPowerAfterBytes(bytes, guess % 2 === 0);
        const outcome = await refusalOf(app.verifyPin(pin('000000')));
        card.cutPowerAfterBytes(undefined);
        if (outcome !== 'CARD_LOST' && outcome !== 'PIN_BLOCKED') answers += 1;
      }
      expect(answers).toBeLessThanOrEqual(3);
    }
  });

  it('VERIFY with the right PIN: old, one try fewer, or all of them back', async () => {
    await tearAtEveryByte({
      image: oneTryUsed,
      backend,
      ready: on((app) => app.verifyPin(pin())),
      between: (before) => [withTries(before, HOLDER, 1)],
    });
  });

  it('CHANGE REFERENCE DATA: one PIN or the other, never neither', async () => {
    await tearAtEveryByte({
      image: oneTryUsed,
      backend,
      ready: on((app) => app.changePin(pin(), pin('654321'))),
      between: (before) => [withTries(before, HOLDER, 1), withTries(before, HOLDER, 3)],
      // Said again after it took effect, the old PIN is a wrong one.
      lasting: (cells) => withTries(cells, HOLDER, 3),
    });
  });

  it('RESET RETRY COUNTER: a use of the PUK is never given back', async () => {
    const bytes = await tearAtEveryByte({
      image: blocked,
      backend,
      ready: on((app) => app.unblockPin(pin(PUK), pin('654321'))),
      between: (before) => [withTries(before, UNBLOCK, 9)],
      lasting: without(UNBLOCK),
    });
    expect(bytes).toBeGreaterThan(80);
  });

  it('COMPUTE SIGNATURE: no signature without its counter and its line in the log', async () => {
    const attributes = attributesOf('sign-on');
    const bytes = await tearAtEveryByte({
      image: fresh,
      backend,
      ready: async (session) => {
        const app = await openStaffApp(session, await terminal('pharmacy'));
        await app.verifyPin(pin());
        return () => app.signAttributes(attributes);
      },
      lasting: without('counter', 'ef/0301'),
    });
    expect(bytes).toBeGreaterThan(100);
  });
});
