/**
 * Searching threads that end, fail or hang on: the work is done by another once, then given up and said.
 */
import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../crypto/groupsig/testing/seeded-rng.ts';
import type { SearchTask, ToThread } from './search-protocol.ts';
import { createSearchThreads } from './search-threads.ts';
import { bestOf } from './staged-search.ts';

const signal = new AbortController().signal;
const task = (at: number): SearchTask => ({
  stage: 'scan',
  memory: 0,
  segments: [{ at, rows: 1 }],
  codes: new Uint8Array(16),
});

type Behaviour = (thread: EventEmitter, id: number, at: number) => void;
const answers: Behaviour = (thread, id, at) => thread.emit('message', { id, scores: Uint16Array.of(at) });
const dies: Behaviour = (thread) => thread.emit('exit', 1);
const fails: Behaviour = (thread, id) => thread.emit('message', { id, failed: 'out of luck' });

/** Threads of which each behaves as the list says, the last for all after it. */
function createThreads(count: number, behaviours: readonly Behaviour[]) {
  let started = 0;
  const pool = createSearchThreads(count, [], () => {
    const behaviour = behaviours[Math.min(started, behaviours.length - 1)] ?? answers;
    started += 1;
    const thread = new EventEmitter();
    const worker = {
      on: thread.on.bind(thread),
      ref: () => undefined,
      unref: () => undefined,
      terminate: async () => 0,
      postMessage: (message: ToThread) => {
        if (message.kind !== 'task' || message.task.stage !== 'scan') return;
        const at = message.task.segments[0]?.at ?? 0;
        queueMicrotask(() => behaviour(thread, message.id, at));
      },
    };
    // As much of a thread as the pool uses.
    return worker as unknown as Worker;
  });
  return { pool, started: () => started };
}

describe('searching threads', () => {
  it('do more tasks than there are threads, each once', async () => {
    const { pool, started } = createThreads(2, [answers]);
    const scores = await Promise.all(Array.from({ length: 9 }, (_, at) => pool.run(task(at), signal)));
    expect(scores.map(([first]) => first)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(started()).toBe(2);
  });

  it.each([
    ['ends', dies],
    ['fails', fails],
  ])('do again what one had that %s', async (_how, behaviour) => {
    const { pool } = createThreads(1, [behaviour, answers]);
    const first = pool.run(task(7), signal);
    if (behaviour === dies) expect(await first).toEqual(Uint16Array.of(7));
    else await expect(first).rejects.toThrow('out of luck');
  });

  it('give up what two had that ended', async () => {
    const { pool } = createThreads(1, [dies, dies, answers]);
    await expect(pool.run(task(1), signal)).rejects.toThrow('ended');
    expect(await pool.run(task(2), signal)).toEqual(Uint16Array.of(2));
  });

  it('leave what was called off before it began', async () => {
    const called = new AbortController();
    const { pool } = createThreads(1, [answers]);
    const first = pool.run(task(1), signal);
    const second = pool.run(task(2), called.signal);
    called.abort(new Error('enough'));
    expect(await first).toEqual(Uint16Array.of(1));
    await expect(second).rejects.toThrow('enough');
  });

  it('reject what waits when they are closed', async () => {
    const { pool } = createThreads(1, [() => undefined]);
    const waiting = [pool.run(task(1), signal), pool.run(task(2), signal)];
    const outcomes = Promise.allSettled(waiting);
    await pool.close();
    await expect(pool.run(task(3), signal)).rejects.toThrow('closed');
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('the best of many scores', () => {
  it('are as many as wanted, none that was not compared', () => {
    const scores = Float32Array.of(5, 0, 3, 9, 3, 3, 1);
    expect(new Set(bestOf(scores, 2))).toEqual(new Set([0, 3]));
    expect(bestOf(scores, 3)).toHaveLength(3);
    expect(new Set(bestOf(scores, 100))).toEqual(new Set([0, 2, 3, 4, 5, 6]));
    expect(bestOf(new Float32Array(4), 2)).toEqual([]);
    const rng = seededRng('scores');
    for (const most of [1, 2, 17, 250, 499]) {
      // Many of them equal.
      const many = Float32Array.from(rng(500), (byte) => 1 + (byte % 40));
      const limit = [...many].sort((a, b) => b - a)[most - 1] ?? 0;
      const best = bestOf(many, most);
      expect(new Set(best).size).toBe(most);
      expect(best.every((at) => (many[at] ?? 0) >= limit)).toBe(true);
    }
  });
});
