/**
 * The threads that search. Tasks wait in one line; what a thread had when it ended is done once more by another, and only then given up.
 * @module
 */
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MAX_THREADS } from './gallery-memory.ts';
import type { FromThread, SearchTask, ThreadMaterial, ToThread } from './search-protocol.ts';

/** Beside this file: a TypeScript source, or a bundle of its own name. */
const ENTRY = join(import.meta.dirname, `search-worker${extname(import.meta.filename)}`);
const TRIES = 2;

/** Searches in other threads. */
export interface SearchThreads {
  /** Rejects when the task failed twice, or with the signal's reason before it was begun. */
  run(task: SearchTask, signal: AbortSignal): Promise<Uint16Array | Float32Array>;
  close(): Promise<void>;
}

interface Job {
  readonly task: SearchTask;
  readonly signal: AbortSignal;
  readonly resolve: (scores: Uint16Array | Float32Array) => void;
  readonly reject: (cause: unknown) => void;
  tries: number;
}

interface Thread {
  readonly worker: Worker;
  readonly number: number;
  /** Memories that it has been shown. */
  shown: number;
  job: Job | undefined;
}

/** `memories` may grow in number; they are shown to a thread before its next task. */
export function createSearchThreads(
  count: number,
  memories: readonly WebAssembly.Memory[],
  launch = (material: ThreadMaterial): Worker => new Worker(ENTRY, { workerData: material }),
): SearchThreads {
  if (!(count >= 1 && count <= MAX_THREADS)) throw new RangeError(`1 to ${MAX_THREADS} threads`);
  const threads = new Map<number, Thread>();
  const waiting: Job[] = [];
  let nextId = 0;
  let isClosed = false;

  const give = (thread: Thread, job: Job): void => {
    thread.job = job;
    job.tries += 1;
    for (; thread.shown < memories.length; thread.shown++) {
      const memory = memories[thread.shown];
      if (memory === undefined) throw new Error('a memory went away');
      const show: ToThread = { kind: 'memory', number: thread.shown, memory };
      thread.worker.postMessage(show);
    }
    nextId += 1;
    const order: ToThread = { kind: 'task', id: nextId, task: job.task };
    thread.worker.ref();
    thread.worker.postMessage(order);
  };
  const next = (thread: Thread): void => {
    thread.job = undefined;
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      if (!job.signal.aborted) {
        give(thread, job);
        return;
      }
      job.reject(job.signal.reason);
    }
    thread.worker.unref();
  };
  const again = (job: Job, cause: unknown): void => {
    if (isClosed || job.tries >= TRIES) job.reject(cause);
    else {
      waiting.unshift(job);
      pump();
    }
  };
  const start = (number: number): Thread => {
    const worker = launch({ thread: number });
    const thread: Thread = { worker, number, shown: 0, job: undefined };
    threads.set(number, thread);
    worker.on('message', (answer: FromThread) => {
      const { job } = thread;
      next(thread);
      if (job === undefined) return;
      if ('scores' in answer) job.resolve(answer.scores);
      else again(job, new Error(`searching failed: ${answer.failed}`));
    });
    const end = (cause: unknown): void => {
      if (threads.get(number) !== thread) return;
      threads.delete(number);
      const { job } = thread;
      thread.job = undefined;
      if (job !== undefined) again(job, cause);
      else pump();
    };
    worker.on('error', end);
    worker.on('exit', () => end(new Error('a searching thread ended')));
    return thread;
  };
  /** Gives what waits to threads that are idle or not yet there. */
  const pump = (): void => {
    for (let number = 0; number < count && waiting.length > 0 && !isClosed; number++) {
      const thread = threads.get(number) ?? start(number);
      if (thread.job === undefined) next(thread);
    }
  };
  return {
    run: (task, signal) => {
      if (isClosed) return Promise.reject(new Error('the gallery is closed'));
      const { promise, resolve, reject } = Promise.withResolvers<Uint16Array | Float32Array>();
      waiting.push({ task, signal, resolve, reject, tries: 0 });
      pump();
      return promise;
    },
    close: async () => {
      isClosed = true;
      const underWay = [...threads.values()].flatMap(({ job }) => job ?? []);
      for (const job of [...waiting.splice(0), ...underWay]) job.reject(new Error('the gallery is closed'));
      await Promise.all([...threads.values()].map(({ worker }) => worker.terminate()));
    },
  };
}
