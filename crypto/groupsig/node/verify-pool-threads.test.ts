/** The pool over threads that a test can end: what an item that ends its thread does to the others. */
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SignedItem } from '../backend.ts';
import { createVerifyPool, type VerifyThread } from './verify-pool.ts';
import { type Batch, unpackItems, type Verdicts } from './verify-protocol.ts';

/** First byte of the hash of a message that ends the thread it is verified in. */
const POISON = 0xdd;
/** First bytes of the hashes of each batch, in the order in which the threads got them. */
const batches: number[][] = [];

class Thread extends EventEmitter implements VerifyThread {
  ref(): void {}
  unref(): void {}
  async terminate(): Promise<number> {
    this.emit('exit', 1);
    return 1;
  }
  postMessage({ id, packed }: Batch): void {
    const marks = unpackItems(packed).map(({ messageHash }) => messageHash[0] ?? 0);
    batches.push(marks);
    setImmediate(() => {
      if (marks.includes(POISON)) {
        this.emit('error', new Error('out of memory'));
        this.emit('exit', 1);
      } else {
        const answer: Verdicts = { id, verdicts: Uint8Array.from(marks, () => 1) };
        this.emit('message', answer);
      }
    });
  }
}
const options = { groupKey: new Uint8Array(209), launch: () => new Thread() };

const marked = (mark: number): SignedItem => ({
  ctx: new Uint8Array(74),
  messageHash: new Uint8Array(32).fill(mark),
  signature: new Uint8Array(400),
});
const signal = new AbortController().signal;

beforeEach(() => {
  batches.length = 0;
});

describe('a thread that ends', () => {
  it('takes nobody with it but the item that ends it', async () => {
    const pool = createVerifyPool({ ...options, workers: 1, batch: 4 });
    const marks = [1, 2, POISON, 3, 4, 5];
    const verdicts = await Promise.allSettled(marks.map((mark) => pool.verify(marked(mark), signal)));
    const lost = { status: 'rejected', reason: { message: 'a verifying thread ended' } };
    expect(verdicts).toMatchObject(
      marks.map((mark) => (mark === POISON ? lost : { status: 'fulfilled', value: true })),
    );
    // Whoever was in the batch is tried once more, alone, after those who wait.
    expect(batches).toEqual([[1, 2, POISON, 3], [4, 5], [1], [2], [POISON], [3]]);
    await pool.close();
  });

  it('keeps several such items apart', async () => {
    const pool = createVerifyPool({ ...options, workers: 2, batch: 3 });
    const marks = [POISON, 1, POISON, 2, 3, POISON, 4];
    const verdicts = await Promise.allSettled(marks.map((mark) => pool.verify(marked(mark), signal)));
    expect(verdicts.map(({ status }) => status)).toEqual(
      marks.map((mark) => (mark === POISON ? 'rejected' : 'fulfilled')),
    );
    await pool.close();
  });

  it('is not waited for by whoever cancelled', async () => {
    const pool = createVerifyPool({ ...options, workers: 1, batch: 2 });
    const stop = new AbortController();
    const kept = pool.verify(marked(1), signal);
    const dropped = pool.verify(marked(POISON), stop.signal);
    const refused = expect(dropped).rejects.toThrow('the desk closed');
    // In a turn of its own: both are with the thread by then.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    stop.abort(new Error('the desk closed'));
    await refused;
    expect(await kept).toBe(true);
    expect(batches).toEqual([[1, POISON], [1]]);
    await pool.close();
  });
});
