import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedItem } from '../backend.ts';
import { createMclBackend } from '../backend-mcl.ts';
import { signWithCard } from '../sign-host.ts';
import { at, createSampleGroup, flipped, hashOf, neverAborted, sampleContext } from '../testing/sample-group.ts';
import { createVerifyPool, type VerifyPool } from './verify-pool.ts';
import { packItems, unpackItems } from './verify-protocol.ts';

const signal = new AbortController().signal;

let groupKey: Uint8Array;
const good: SignedItem[] = [];
let pool: VerifyPool;

beforeAll(async () => {
  const backend = await createMclBackend();
  const group = createSampleGroup(backend, 3, 'pool');
  groupKey = group.groupKey.encoded;
  for (let i = 0; i < 12; i++) {
    const { credential, card } = at(group.members, i % 3);
    const ctx = sampleContext();
    const messageHash = hashOf(`message ${i}`);
    const input = { backend, groupKey: group.groupKey, credential, ctx, messageHash, card, signal: neverAborted };
    good.push({ ctx, messageHash, signature: await signWithCard(input) });
  }
  pool = createVerifyPool({ groupKey, workers: 2, batch: 5, queue: 8 });
});
afterAll(() => pool.close());

const bad = (item: SignedItem): SignedItem => ({ ...item, signature: flipped(item.signature, 300) });
const item = (i: number): SignedItem => at(good, i % good.length);

describe('the protocol', () => {
  it('packs items and unpacks them', () => {
    expect(unpackItems(packItems(good))).toEqual(good);
    expect(packItems([])).toHaveLength(0);
  });
});

describe('the pool', () => {
  it('verifies one, and many at once, each by itself', async () => {
    expect(await pool.verify(item(0), signal)).toBe(true);
    const mixed = Array.from({ length: 40 }, (_, i) => (i % 7 === 3 ? bad(item(i)) : item(i)));
    const verdicts = await Promise.all(mixed.map((one) => pool.verify(one, signal)));
    expect(verdicts).toEqual(mixed.map((_, i) => i % 7 !== 3));
  });

  it('says false to what has not the lengths, and takes no notice of bytes changed after asking', async () => {
    expect(await pool.verify({ ...item(0), ctx: new Uint8Array(73) }, signal)).toBe(false);
    expect(await pool.verify({ ...item(0), signature: new Uint8Array(400) }, signal)).toBe(false);
    const own = { ctx: item(1).ctx.slice(), messageHash: item(1).messageHash, signature: item(1).signature.slice() };
    const asked = pool.verify(own, signal);
    own.signature.fill(0);
    expect(await asked).toBe(true);
  });

  it('answers in order and takes no more than it has room for', async () => {
    let taken = 0;
    let answered = 0;
    let most = 0;
    function* source(): Generator<SignedItem> {
      for (; taken < 60; ) {
        most = Math.max(most, taken - answered);
        yield taken % 9 === 4 ? bad(item(taken)) : item(taken);
        taken++;
      }
    }
    const verdicts: boolean[] = [];
    for await (const verdict of pool.verifyAll(source(), signal)) {
      verdicts.push(verdict);
      answered++;
    }
    expect(verdicts).toEqual(Array.from({ length: 60 }, (_, i) => i % 9 !== 4));
    // The queue of 8, and the one in hand.
    expect(most).toBeLessThanOrEqual(9);
  });

  it('lets more single callers wait in line than it takes at once', async () => {
    const small = createVerifyPool({ groupKey, workers: 1, batch: 2, queue: 2 });
    const verdicts = await Promise.all(Array.from({ length: 15 }, (_, i) => small.verify(item(i), signal)));
    expect(verdicts.every(Boolean)).toBe(true);
    await small.close();
  });

  it('keeps twenty thousand single callers of one signal in line, and lets them all go when it is cancelled', async () => {
    const crowded = createVerifyPool({ groupKey, workers: 1, queue: 8 });
    const stop = new AbortController();
    // Told apart by its first point, so that the crowd costs no pairing.
    const cheap: SignedItem = { ...item(0), signature: new Uint8Array(400) };
    const crowd = (one: AbortSignal): Promise<PromiseSettledResult<boolean>[]> =>
      Promise.allSettled(
        Array.from({ length: 20_000 }, (_, i) => crowded.verify(i % 999 === 0 ? item(i) : cheap, one)),
      );
    const answered = await crowd(stop.signal);
    expect(answered).toEqual(answered.map((_, i) => ({ status: 'fulfilled', value: i % 999 === 0 })));
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    const cancelled = crowd(stop.signal);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
    stop.abort(new Error('the desk closed'));
    const reason = { status: 'rejected', reason: { message: 'the desk closed' } };
    for (const one of await cancelled) expect(one).toMatchObject(reason);
    expect(await crowded.verify(item(0), signal)).toBe(true);
    await crowded.close();
  });

  it('forgets what is cancelled, waiting or not', async () => {
    const small = createVerifyPool({ groupKey, workers: 1, batch: 1, queue: 2 });
    const stop = new AbortController();
    const asked = Array.from({ length: 6 }, (_, i) => small.verify(item(i), stop.signal));
    const settled = Promise.allSettled(asked);
    stop.abort(new Error('the desk closed'));
    for (const one of await settled)
      expect(one).toMatchObject({ status: 'rejected', reason: { message: 'the desk closed' } });
    expect(await small.verify(item(0), signal)).toBe(true);
    await expect(small.verify(item(0), stop.signal)).rejects.toThrow('the desk closed');
    const many = small.verifyAll(good, stop.signal);
    await expect(many.next()).rejects.toThrow('the desk closed');
    // A reader who leaves early leaves nothing running.
    for await (const verdict of small.verifyAll(good, signal)) {
      expect(verdict).toBe(true);
      break;
    }
    expect(await small.verify(item(3), signal)).toBe(true);
    await small.close();
  });

  it('rejects what waits when it is closed, and everything after', async () => {
    const small = createVerifyPool({ groupKey, workers: 1, batch: 1, queue: 1 });
    const asked = Promise.allSettled(Array.from({ length: 4 }, (_, i) => small.verify(item(i), signal)));
    await small.close();
    for (const one of await asked) expect(one.status).toBe('rejected');
    await expect(small.verify(item(0), signal)).rejects.toThrow('closed');
  });

  it('gives up on a thread that cannot start, and says why', async () => {
    const broken = createVerifyPool({ groupKey: new Uint8Array(209), workers: 1 });
    await expect(broken.verify(item(0), signal)).rejects.toMatchObject({ message: 'a verifying thread ended' });
    await broken.close();
  });
});
