/**
 * Starts the card process and speaks to it. When it dies, what was running is refused with READER_FAILED and a new one is started
 * (card-process-life.ts): the desk stays, and the cards in the slots are recognised again.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { cardServiceContract } from '../../contract/card-service.ts';
import type { Clock } from '../../contract/clock.ts';
import { type Api, type Bridge, createClient } from '../../contract/dispatch.ts';
import { ImisError, isErrorCode } from '../../contract/errors.ts';
import type { StationLog } from '../station/ports.ts';
import { watchCardProcess } from './card-process-life.ts';
import { type CardSource, FromCards, type ToCards } from './card-process-protocol.ts';
import { systemClock } from './system-clock.ts';

/** The card service of another process. */
export interface CardProcess {
  /** The contract as the terminal with this id uses it. */
  as(terminal: string): Api<typeof cardServiceContract>;
  readonly source: 'pcsc' | 'software';
  readonly pid: () => number | undefined;
  /** Real readers: everything about them is dropped and found anew, in a new process. A tray of software cards stays as it is. */
  rebuild(): void;
  close(): Promise<void>;
}

/** What a test may put in the place of the process and of the time. */
export interface CardProcessParts {
  readonly launch: () => ChildProcess;
  readonly clock: Clock;
}

/** Beside this file: a TypeScript source, or a bundle of its own name (electron.config.ts). */
const ENTRY = join(import.meta.dirname, `card-process${extname(import.meta.filename)}`);
/** Every PC/SC call that waits takes a thread of libuv's pool: sixteen slots, their heartbeats, and what Node itself needs. */
const POOL_THREADS = '40';
/** What a process may take to save its cards and end, ms. */
const END_MS = 3_000;
/** Numbers of insertions that each process has for itself. */
const INSERTIONS = 1_000_000;

const forkCardProcess = (): ChildProcess =>
  fork(ENTRY, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, UV_THREADPOOL_SIZE: POOL_THREADS },
  });

/**
 * `terminals` are the desk folders whose keys open channels to cards. Resolves once the readers are watched; rejects with READER_SERVICE_DOWN
 * where PC/SC was demanded and is not installed.
 */
export async function startCardProcess(
  source: CardSource,
  terminals: readonly string[],
  log: StationLog,
  { launch, clock }: CardProcessParts = { launch: forkCardProcess, clock: systemClock },
): Promise<CardProcess> {
  const listeners = new Set<(name: string, event: unknown) => void>();
  const waiting = new Map<number, (reply: unknown) => void>();
  const first = Promise.withResolvers<'pcsc' | 'software'>();
  let child: ChildProcess;
  let next = 0;
  let launches = 0;
  let opened: 'pcsc' | 'software' | undefined;
  let closed = false;
  /** No card was in when slots were told last. */
  let empty = true;

  const send = (message: ToCards): void => {
    // Killed a moment ago, its pipe is broken before its end is known. Without a callback that would be an uncaught error; the end tells the rest.
    if (child.connected) child.send(message, () => undefined);
  };
  const tell = (name: string, event: unknown): void => {
    const slots = name === 'slots' ? cardServiceContract.events.slots.safeParse(event) : undefined;
    if (slots?.success) empty = slots.data.every(({ state }) => state === 'empty');
    for (const listener of listeners) listener(name, event);
  };

  const begin = (): void => {
    const mine = launch();
    child = mine;
    life.started({ ping: () => send({ kind: 'ping' }), kill: () => mine.kill('SIGKILL') });
    mine.on('message', (raw) => {
      const message = FromCards.parse(raw);
      switch (message.kind) {
        case 'ready':
          opened ??= message.source;
          life.ready(message.source);
          first.resolve(message.source);
          break;
        case 'failed': {
          const code = isErrorCode(message.code) ? message.code : 'READER_FAILED';
          const cause = new ImisError(code, 'the card process could not open its readers');
          if (opened === undefined) closed = true;
          else log('card process', cause);
          first.reject(cause);
          // It holds nothing; at a desk that runs already the next one may find more.
          mine.kill('SIGKILL');
          break;
        }
        case 'pong':
          break;
        case 'reply':
          waiting.get(message.id)?.(message.reply);
          waiting.delete(message.id);
          break;
        case 'event':
          tell(message.name, message.event);
          break;
      }
      life.signOfLife();
    });
    const ended = (how: string | number | null): void => {
      for (const answer of waiting.values()) answer({ ok: false, refusal: { code: 'READER_FAILED' } });
      waiting.clear();
      const cause = new ImisError('READER_FAILED', `the card process ended with ${how}`);
      // A start that failed is the caller's: there is no desk yet that could wait.
      if (opened === undefined) closed = true;
      first.reject(cause);
      if (closed) return life.close();
      log('card process', cause);
      tell('slots', []);
      life.ended();
    };
    mine.on('exit', (code, signal) => ended(code ?? signal));
    // One that could not even be started has no exit.
    mine.on('error', (cause) => {
      if (mine.pid === undefined) ended(cause.message);
    });
    send({ kind: 'start', source, terminals: [...terminals], firstInsertion: launches * INSERTIONS });
    launches += 1;
  };
  const life = watchCardProcess({
    clock,
    restart: begin,
    atRest: () => empty && waiting.size === 0,
    told: (what) =>
      log('card process', new ImisError('READER_FAILED', what === 'slept' ? 'the machine slept' : 'no sign of life')),
  });

  const bridge = (terminal: string): Bridge => ({
    call: (name, input, signal) => {
      const id = next++;
      const { promise, resolve } = Promise.withResolvers<unknown>();
      waiting.set(id, resolve);
      const cancel = (): void => send({ kind: 'cancel', id });
      signal?.addEventListener('abort', cancel, { once: true });
      send({ kind: 'call', id, terminal, name, input });
      if (!child.connected) {
        waiting.delete(id);
        resolve({ ok: false, refusal: { code: 'READER_FAILED' } });
      }
      return promise.finally(() => signal?.removeEventListener('abort', cancel));
    },
    on: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  });
  begin();
  const kind = await first.promise;
  return {
    as: (terminal) => createClient(cardServiceContract, bridge(terminal)),
    source: kind,
    pid: () => child.pid,
    rebuild: life.renew,
    close: async () => {
      closed = true;
      life.close();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once('exit', () => resolve());
      child.disconnect();
      // One that froze does not hear it.
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      await promise;
      clearTimeout(timer);
    },
  };
}
