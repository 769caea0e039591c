/**
 * Starts the card process and speaks to it. When it dies, what was running is refused with READER_FAILED and a new one is started.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { cardServiceContract } from '../../contract/card-service.ts';
import { type Api, type Bridge, createClient } from '../../contract/dispatch.ts';
import { ImisError, isErrorCode } from '../../contract/errors.ts';
import type { StationLog } from '../station/ports.ts';
import { type CardSource, FromCards, type ToCards } from './card-process-protocol.ts';

/** The card service of another process. */
export interface CardProcess {
  /** The contract as the terminal with this id uses it. */
  as(terminal: string): Api<typeof cardServiceContract>;
  readonly source: 'pcsc' | 'software';
  readonly pid: () => number | undefined;
  close(): Promise<void>;
}

const RESTART_MS = 500;
/** Beside this file: a TypeScript source, or a bundle of its own name (electron.config.ts). */
const ENTRY = join(import.meta.dirname, `card-process${extname(import.meta.filename)}`);

/** `terminals` are the desk folders whose keys open channels to cards. Resolves once the readers are watched; rejects with READER_SERVICE_DOWN where PC/SC was demanded and is not installed. */
export async function startCardProcess(
  source: CardSource,
  terminals: readonly string[],
  log: StationLog,
): Promise<CardProcess> {
  const listeners = new Set<(name: string, event: unknown) => void>();
  const waiting = new Map<number, (reply: unknown) => void>();
  let child: ChildProcess;
  let next = 0;
  let closed = false;

  const send = (message: ToCards): void => {
    if (child.connected) child.send(message);
  };
  const launch = (): Promise<'pcsc' | 'software'> => {
    const { promise, resolve, reject } = Promise.withResolvers<'pcsc' | 'software'>();
    child = fork(ENTRY, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.on('message', (raw) => {
      const message = FromCards.parse(raw);
      switch (message.kind) {
        case 'ready':
          resolve(message.source);
          break;
        case 'failed':
          reject(
            new ImisError(
              isErrorCode(message.code) ? message.code : 'READER_FAILED',
              'the card process could not open its readers',
            ),
          );
          break;
        case 'reply':
          waiting.get(message.id)?.(message.reply);
          waiting.delete(message.id);
          break;
        case 'event':
          for (const listener of listeners) listener(message.name, message.event);
          break;
      }
    });
    child.on('exit', (code) => {
      for (const answer of waiting.values()) answer({ ok: false, refusal: { code: 'READER_FAILED' } });
      waiting.clear();
      reject(new ImisError('READER_FAILED', `the card process ended with ${code}`));
      if (closed) return;
      log('card process ended', new Error(`exit ${code}`));
      for (const listener of listeners) listener('slots', []);
      setTimeout(() => {
        if (!closed) launch().catch((cause: unknown) => log('card process', cause));
      }, RESTART_MS).unref();
    });
    send({ kind: 'start', source, terminals: [...terminals] });
    return promise;
  };

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
  const kind = await launch();
  return {
    as: (terminal) => createClient(cardServiceContract, bridge(terminal)),
    source: kind,
    pid: () => child.pid,
    close: async () => {
      closed = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once('exit', () => resolve());
      child.disconnect();
      await promise;
    },
  };
}
