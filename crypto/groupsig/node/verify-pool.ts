/**
 * A pool of verifying threads. What waits when a thread becomes free goes to it together, as one batch: under load each signature costs
 * what it costs in a batch, and a single one waits for nobody. Callers wait in one line, first come, first served; `verifyAll` never has
 * more in it than the pool has room for (back-pressure).
 * @module
 */
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SignedItem } from '../backend.ts';
import { createAbortWatch } from './abort-watch.ts';
import { type Batch, isPackable, packItems, type Verdicts, type WorkerMaterial } from './verify-protocol.ts';

/** Beside this file: a TypeScript source, or a bundle of its own name (electron.config.ts). */
const ENTRY = join(import.meta.dirname, `verify-worker${extname(import.meta.filename)}`);

/** A thread as the pool uses it. */
export type VerifyThread = Pick<Worker, 'ref' | 'unref' | 'postMessage' | 'terminate'> & {
  on(event: 'error', listener: (cause: unknown) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  on(event: 'message', listener: (verdicts: Verdicts) => void): unknown;
};

/** What may be chosen. */
export interface PoolOptions {
  /** Encoded group key, 209 bytes. */
  readonly groupKey: Uint8Array;
  /** Threads; as many as the machine runs at once when left out. They start when they are needed. */
  readonly workers?: number;
  /** Most items a thread gets at once. */
  readonly batch?: number;
  /** Most items of one `verifyAll` under way at once. */
  readonly queue?: number;
  /** How a thread is started; what a test puts in its place. */
  readonly launch?: (material: WorkerMaterial) => VerifyThread;
}

/** Verifies in other threads. */
export interface VerifyPool {
  /**
   * One signature; false for a malformed one. Rejects with the signal's reason when it is cancelled, and with a plain Error when the thread
   * that had it ended twice or the pool was closed.
   */
  verify(item: SignedItem, signal: AbortSignal): Promise<boolean>;
  /** Many, in order. Takes from `items` only what the pool has room for. */
  verifyAll(items: Iterable<SignedItem> | AsyncIterable<SignedItem>, signal: AbortSignal): AsyncGenerator<boolean>;
  /** Ends the threads; what still waits is rejected. */
  close(): Promise<void>;
}

interface Job {
  readonly item: SignedItem;
  readonly resolve: (good: boolean) => void;
  readonly reject: (cause: unknown) => void;
  /** How often a thread ended while it had this one. */
  lost: number;
  /** Nobody waits for it any more. */
  dropped: boolean;
}

interface Thread {
  readonly worker: VerifyThread;
  /** What it is verifying; empty when idle. */
  jobs: Job[];
}

const BATCH = 256;
/**
 * What was with a thread that ended is tried once more, at the end of the line and each in a batch of its own: an item that ends threads
 * then takes no innocent ones with it.
 */
const TRIES = 2;

export function createVerifyPool(options: PoolOptions): VerifyPool {
  const limit = options.workers ?? availableParallelism();
  const batch = options.batch ?? BATCH;
  const launch = options.launch ?? ((workerData: WorkerMaterial): VerifyThread => new Worker(ENTRY, { workerData }));
  const room = options.queue ?? 2 * limit * batch;
  const threads: Thread[] = [];
  /** The line, in order of arrival: whoever cancels leaves it at once, wherever they stand. */
  const line = new Set<Job>();
  const watch = createAbortWatch();
  let closed = false;
  let batches = 0;

  /** Takes the next batch out of the line. */
  const next = (): Job[] => {
    // The load is shared: one thread does not take everything while others are idle.
    const most = Math.min(batch, Math.max(1, Math.ceil(line.size / limit)));
    const jobs: Job[] = [];
    for (const job of line) {
      if (jobs.length >= most || (job.lost > 0 && jobs.length > 0)) break;
      line.delete(job);
      jobs.push(job);
      if (job.lost > 0) break;
    }
    return jobs;
  };

  const send = (thread: Thread): void => {
    const jobs = next();
    thread.jobs = jobs;
    if (jobs.length === 0) {
      thread.worker.unref();
      return;
    }
    const message: Batch = { id: batches++, packed: packItems(jobs.map(({ item }) => item)) };
    thread.worker.ref();
    thread.worker.postMessage(message, [message.packed.buffer as ArrayBuffer]);
  };

  const end = (thread: Thread, cause: unknown): void => {
    const at = threads.indexOf(thread);
    if (at < 0) return;
    threads.splice(at, 1);
    for (const job of thread.jobs) {
      job.lost++;
      if (closed || job.lost >= TRIES) job.reject(new Error('a verifying thread ended', { cause }));
      else if (!job.dropped) line.add(job);
    }
    thread.jobs = [];
    if (!closed) work();
  };

  const start = (): Thread => {
    const material: WorkerMaterial = { groupKey: options.groupKey };
    const worker = launch(material);
    const thread: Thread = { worker, jobs: [] };
    worker.unref();
    worker.on('error', (cause) => end(thread, cause));
    worker.on('exit', () => end(thread, undefined));
    worker.on('message', ({ verdicts }) => {
      const { jobs } = thread;
      thread.jobs = [];
      for (const [i, job] of jobs.entries()) job.resolve(verdicts[i] === 1);
      send(thread);
    });
    threads.push(thread);
    return thread;
  };

  function work(): void {
    while (line.size > 0) {
      const idle = threads.find(({ jobs }) => jobs.length === 0);
      if (idle !== undefined) send(idle);
      else if (threads.length < limit) send(start());
      else return;
    }
  }

  let scheduled = false;
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    // After everybody who asks in this turn has asked: they go together.
    setImmediate(() => {
      scheduled = false;
      if (!closed) work();
    });
  };

  const submit = (item: SignedItem, signal: AbortSignal): Promise<boolean> => {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const forget = watch(signal, () => {
      job.dropped = true;
      line.delete(job);
      reject(signal.reason);
    });
    const job: Job = {
      item,
      lost: 0,
      dropped: false,
      resolve: (good) => {
        forget();
        resolve(good);
      },
      reject: (cause) => {
        forget();
        reject(cause);
      },
    };
    line.add(job);
    schedule();
    return promise;
  };

  const verify = async (item: SignedItem, signal: AbortSignal): Promise<boolean> => {
    signal.throwIfAborted();
    if (!isPackable(item)) return false;
    const { ctx, messageHash, signature } = item;
    if (closed) throw new Error('the pool is closed');
    return submit({ ctx: ctx.slice(), messageHash: messageHash.slice(), signature: signature.slice() }, signal);
  };

  return {
    verify,
    verifyAll: async function* (items, signal) {
      const stop = new AbortController();
      const both = AbortSignal.any([signal, stop.signal]);
      const going: Promise<boolean>[] = [];
      try {
        for await (const item of items) {
          both.throwIfAborted();
          const verdict = verify(item, both);
          // Awaited below in its turn; until then nobody may call it unhandled.
          verdict.catch(() => undefined);
          going.push(verdict);
          if (going.length >= room) yield await (going.shift() ?? verdict);
        }
        while (going.length > 0) yield (await going.shift()) ?? false;
      } finally {
        // Whoever stops asking wants no more of it.
        stop.abort(new Error('no longer asked for'));
      }
    },
    close: async () => {
      closed = true;
      for (const job of line) job.reject(new Error('the pool is closed'));
      line.clear();
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
