/**
 * CardReader over PC/SC. One client watches the first four readers of the system; readers beyond them, which must be named in the
 * configuration, are asked for their state in turn. A heartbeat compares what events said with what readers answer, because events get lost.
 * When the service dies everything is dropped and a new client is tried after 0.25 to 5 s (card.md 0.4 to 0.7, 5.1).
 * @module
 */
import { CardError } from '../card-error.ts';
import type { CardConnection, CardReader } from './card-reader.ts';
import { createPcscConnection } from './pcsc-connection.ts';
import { pcscCode, translatePcscError } from './pcsc-errors.ts';
import {
  ANY_PROTOCOL,
  DIRECT,
  LEAVE,
  loadPcscLibrary,
  type PcscClient,
  type PcscLibrary,
  SHARED,
} from './pcsc-library.ts';
import { type AnswerBuffers, createPcscSessions, type PcscSessions } from './pcsc-sessions.ts';
import { createSlotTable } from './slot-table.ts';

/** Bits of SCARD_READERSTATE.dwEventState. */
const READER = { unknown: 0x4, unavailable: 0x8, present: 0x20, mute: 0x200 } as const;
/** Bit of the state that SCardStatus reports. */
const CARD_PRESENT = 0x4;
const UNWATCHED_POLL_MS = 250;
/** So that what was lost is found within 5 s, the asking included. */
const HEARTBEAT_MS = 4_000;
const BACKOFF_MS = { first: 250, last: 5_000 } as const;
/** pcsc-mini had no room to tell an event; the watching goes on. */
const EVENT_LOST = 'StatusEventBufferOverflow';

export interface PcscReaderOptions {
  /** Only these slots, in this order. Without it: what PC/SC reports by itself, at most four. */
  readonly names?: readonly string[];
  readonly library?: PcscLibrary;
  /** Told of every failure that was survived. */
  readonly onFailure?: (error: CardError) => void;
}

/** One life of the service: the client that watches, and the handles of that time. */
interface Life {
  readonly watcher: PcscClient;
  readonly sessions: PcscSessions;
  /** Readers that tell their events. */
  readonly watched: Set<string>;
  /** Readers whose answer is waited for; one that froze must not hold up the others. */
  readonly asked: Map<string, Promise<void>>;
  /** How many connections to a reader are being made, and transactions last: pcscd answers nobody else before they end. */
  readonly occupied: Map<string, number>;
}

/** Starts watching. Rejects with READER_SERVICE_DOWN only where PC/SC is not installed; a service that is down is waited for. */
export async function createPcscReader(options: PcscReaderOptions = {}): Promise<CardReader> {
  const library = options.library ?? (await loadPcscLibrary());
  const failed = options.onFailure ?? (() => undefined);
  const table = createSlotTable(options.names);
  const buffers: AnswerBuffers = [];
  const timers = new Set<NodeJS.Timeout>();
  let life: Life | undefined;
  let closed = false;
  let backoff: number = BACKOFF_MS.first;

  const later = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!closed) work();
    }, ms);
    timer.unref();
    timers.add(timer);
  };

  const serviceLost = (of: Life, cause: unknown): void => {
    if (closed || life !== of) return;
    life = undefined;
    failed(translatePcscError(cause, 'PC/SC service'));
    table.clear();
    later(backoff, start);
    backoff = Math.min(backoff * 2, BACKOFF_MS.last);
  };

  function start(): void {
    const now: Life = {
      watcher: library.newClient(),
      sessions: createPcscSessions(library, buffers),
      watched: new Set(),
      asked: new Map(),
      occupied: new Map(),
    };
    life = now;
    try {
      now.watcher.start(
        (name, status, atr) => {
          if (closed || life !== now) return;
          backoff = BACKOFF_MS.first;
          if ((status & (READER.unknown | READER.unavailable)) !== 0) {
            now.watched.delete(name);
            table.drop(name);
            return;
          }
          now.watched.add(name);
          if ((status & READER.present) === 0) table.put({ slot: name, state: 'empty' }, status);
          else if ((status & READER.mute) !== 0) table.put({ slot: name, state: 'mute' }, status);
          else table.put({ slot: name, state: 'present', atr: atr.slice() }, status);
        },
        (cause) => {
          if (pcscCode(cause) !== EVENT_LOST) return serviceLost(now, cause);
          failed(translatePcscError(cause, 'an event was lost'));
          askAll([...now.watched]);
        },
      );
    } catch (cause) {
      serviceLost(now, cause);
    }
  }

  /** The state of one reader, without touching the card; the handle with which it was asked is given back. */
  const look = async (now: Life, name: string): Promise<{ readonly status: number; readonly atr: Uint8Array }> => {
    const session = await now.sessions.open(name, DIRECT, 0);
    let clean = false;
    try {
      const { status, atr } = await session.card.state();
      return { status, atr: atr.slice() };
    } finally {
      await session.card.disconnect(LEAVE).then(
        () => {
          clean = true;
        },
        () => undefined,
      );
      session.released(clean);
    }
  };
  const ask = async (now: Life, name: string): Promise<void> => {
    try {
      const { status, atr } = await look(now, name);
      if (closed || life !== now) return;
      if ((status & CARD_PRESENT) === 0) table.put({ slot: name, state: 'empty' }, status);
      else if (atr.length > 0) table.put({ slot: name, state: 'present', atr }, status);
      else table.put({ slot: name, state: 'mute' }, status);
    } catch (cause) {
      if (closed || life !== now) return;
      if (pcscCode(cause) === 'UnknownReader') table.drop(name);
      else if (translatePcscError(cause, name).code === 'READER_SERVICE_DOWN') serviceLost(now, cause);
    }
  };
  const askAll = (names: readonly string[]): void => {
    const now = life;
    if (now === undefined) return;
    for (const name of names) {
      if (now.asked.has(name) || now.occupied.has(name)) continue;
      now.asked.set(
        name,
        ask(now, name).finally(() => now.asked.delete(name)),
      );
    }
  };
  const every = (ms: number, names: () => readonly string[]): void => {
    later(ms, () => {
      askAll(names());
      every(ms, names);
    });
  };

  start();
  every(UNWATCHED_POLL_MS, () => (options.names ?? []).filter((name) => life?.watched.has(name) !== true));
  every(HEARTBEAT_MS, () => [...(life?.watched ?? [])].filter(table.wanted));

  /** Works while the reader is not asked: that it answers will be seen. */
  const occupying = async <T>({ occupied }: Life, slot: string, work: () => Promise<T>): Promise<T> => {
    occupied.set(slot, (occupied.get(slot) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const others = (occupied.get(slot) ?? 0) - 1;
      if (others > 0) occupied.set(slot, others);
      else occupied.delete(slot);
    }
  };

  /**
   * Not while the reader is asked: a handle given back in the moment in which another is asked for makes pcscd take the card's power
   * (see pcsc-connection.ts).
   */
  const connect = async (slot: string, signal?: AbortSignal): Promise<CardConnection> => {
    signal?.throwIfAborted();
    const now = life;
    if (now === undefined) throw new CardError('READER_SERVICE_DOWN', 'the PC/SC service does not run');
    try {
      const connection = await occupying(now, slot, async () => {
        await now.asked.get(slot);
        if (life !== now) throw new CardError('READER_SERVICE_DOWN', 'the PC/SC service ended');
        return createPcscConnection(await now.sessions.open(slot, SHARED, ANY_PROTOCOL));
      });
      return {
        ...connection,
        exclusively: (work) => occupying(now, slot, () => connection.exclusively(work)),
      };
    } catch (cause) {
      const error = translatePcscError(cause, `connect ${slot}`);
      if (error.code === 'READER_SERVICE_DOWN') serviceLost(now, cause);
      throw error;
    }
  };

  return {
    slots: async () => table.states(),
    subscribe: table.subscribe,
    connect,
    close: async () => {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      life = undefined;
      table.close();
    },
  };
}
