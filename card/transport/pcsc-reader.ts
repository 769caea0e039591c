/**
 * CardReader over PC/SC (pcsc-mini). A Client of that library watches and holds at most four readers, so sessions are spread over
 * several Clients, and readers beyond the first four, which must be named in the configuration, are asked for their state in turn.
 * When the service dies everything is dropped and a new Client is tried after 0.25 to 5 s (card.md 0.4 to 0.7, 5.1).
 * @module
 */
import type { Client } from 'pcsc-mini/build/addon.node.js';
import { CardError } from '../card-error.ts';
import type { CardConnection, CardReader, SlotState } from './card-reader.ts';
import { ANY_PROTOCOL, createPcscConnection, DIRECT, LEAVE, SHARED } from './pcsc-connection.ts';
import { pcscCode, translatePcscError } from './pcsc-errors.ts';

/** Bits of SCARD_READERSTATE.dwEventState. */
const READER = { unknown: 0x4, unavailable: 0x8, present: 0x20, mute: 0x200 } as const;
/** Bits of the state that SCardStatus reports. */
const CARD_PRESENT = 0x4;
const SESSIONS_PER_CLIENT = 4;
const UNWATCHED_POLL_MS = 250;
const HEARTBEAT_MS = 5_000;
const BACKOFF_MS = { first: 250, last: 5_000 } as const;

/** The part of pcsc-mini that is used; a test may pass its own. */
export interface PcscLibrary {
  newClient(): Client;
}

export interface PcscReaderOptions {
  /** Only these slots, in this order. Without it: what PC/SC reports by itself, at most four. */
  readonly names?: readonly string[];
  readonly library?: PcscLibrary;
  /** Told of every failure that was survived. */
  readonly onFailure?: (error: CardError) => void;
}

/**
 * Every Client of the process, kept on purpose: when one is collected after the service died, the native module's finalizer fails with
 * InvalidHandle where nothing can catch it, and the process ends. There is one Client for each life of the service and four sessions.
 */
const KEPT = new Set<Client>();

async function loadLibrary(): Promise<PcscLibrary> {
  try {
    const loaded = await import('pcsc-mini/build/addon.node.js');
    return {
      newClient: () => {
        const client = loaded.default.newClient();
        KEPT.add(client);
        return client;
      },
    };
  } catch (cause) {
    throw new CardError('READER_SERVICE_DOWN', 'the PC/SC library of this system cannot be loaded', { cause });
  }
}

/** Starts watching. Rejects with READER_SERVICE_DOWN only where PC/SC is not installed; a service that is down is waited for. */
export async function createPcscReader(options: PcscReaderOptions = {}): Promise<CardReader> {
  const library = options.library ?? (await loadLibrary());
  const failed = options.onFailure ?? (() => undefined);
  const listeners = new Set<(slots: readonly SlotState[]) => void>();
  const states = new Map<string, SlotState>();
  const counts = new Map<string, number>();
  const timers = new Set<NodeJS.Timeout>();
  let watcher: Client | undefined;
  let sessions: { client: Client; open: number }[] = [];
  let watched = new Set<string>();
  let closed = false;
  let backoff: number = BACKOFF_MS.first;

  const wanted = (name: string): boolean => options.names === undefined || options.names.includes(name);
  const list = (): readonly SlotState[] =>
    (options.names ?? [...states.keys()]).flatMap((name) => states.get(name) ?? []);
  const same = (a: SlotState | undefined, b: SlotState): boolean => a?.state === b.state;

  /** `status` is the raw state of PC/SC: its upper half counts insertions and removals, so a swap between two looks is seen. */
  const put = (state: SlotState, status: number): void => {
    if (!wanted(state.slot)) return;
    const count = status >>> 16;
    const swapped = counts.get(state.slot) !== count && states.get(state.slot)?.state === 'present';
    counts.set(state.slot, count);
    if (swapped && state.state === 'present') {
      states.set(state.slot, { slot: state.slot, state: 'empty' });
      for (const listener of listeners) listener(list());
    }
    if (same(states.get(state.slot), state)) return;
    states.set(state.slot, state);
    for (const listener of listeners) listener(list());
  };
  const drop = (name: string): void => {
    if (states.delete(name)) for (const listener of listeners) listener(list());
  };

  const later = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!closed) work();
    }, ms);
    timer.unref();
    timers.add(timer);
  };

  const stopWatching = (client: Client | undefined): void => {
    try {
      client?.stop();
    } catch (cause) {
      // stop() throws NoService after the service died; there is nothing left to stop.
      translatePcscError(cause, 'stop');
    }
  };

  const serviceLost = (cause: unknown): void => {
    if (closed || watcher === undefined) return;
    failed(translatePcscError(cause, 'PC/SC service'));
    const dead = watcher;
    watcher = undefined;
    sessions = [];
    watched = new Set();
    for (const name of Array.from(states.keys())) drop(name);
    // Stopping inside the library's own callback would wait for itself.
    later(0, () => stopWatching(dead));
    later(backoff, start);
    backoff = Math.min(backoff * 2, BACKOFF_MS.last);
  };

  function start(): void {
    const client = library.newClient();
    watcher = client;
    try {
      client.start(
        (name, status, atr) => {
          if (watcher !== client) return;
          backoff = BACKOFF_MS.first;
          if ((status & (READER.unknown | READER.unavailable)) !== 0) {
            watched.delete(name);
            drop(name);
            return;
          }
          watched.add(name);
          if ((status & READER.present) === 0) put({ slot: name, state: 'empty' }, status);
          else if ((status & READER.mute) !== 0) put({ slot: name, state: 'mute' }, status);
          else put({ slot: name, state: 'present', atr: atr.slice() }, status);
        },
        (cause) => {
          if (watcher === client) serviceLost(cause);
        },
      );
    } catch (cause) {
      serviceLost(cause);
    }
  }

  /** Asks one reader for its state without touching the card. */
  const query = async (name: string): Promise<void> => {
    const client = watcher;
    if (client === undefined) return;
    try {
      const handle = await client.connect(name, DIRECT, 0);
      try {
        const now = await handle.state();
        if (watcher !== client) return;
        if ((now.status & CARD_PRESENT) === 0) put({ slot: name, state: 'empty' }, now.status);
        else if (now.atr.length > 0) put({ slot: name, state: 'present', atr: now.atr.slice() }, now.status);
        else put({ slot: name, state: 'mute' }, now.status);
      } finally {
        await handle.disconnect(LEAVE);
      }
    } catch (cause) {
      const code = translatePcscError(cause, `state of ${name}`).code;
      if (watcher !== client) return;
      if (pcscCode(cause) === 'UnknownReader') drop(name);
      else if (code === 'READER_SERVICE_DOWN') serviceLost(cause);
    }
  };
  const queryAll = async (names: readonly string[]): Promise<void> => {
    for (const name of names) if (!closed) await query(name);
  };
  const poll = (ms: number, names: () => readonly string[]): void => {
    later(ms, () => {
      void queryAll(names()).finally(() => {
        if (!closed) poll(ms, names);
      });
    });
  };

  start();
  const unwatched = (): readonly string[] => (options.names ?? []).filter((name) => !watched.has(name));
  poll(UNWATCHED_POLL_MS, unwatched);
  poll(HEARTBEAT_MS, () => [...watched].filter(wanted));

  const connect = async (slot: string, signal?: AbortSignal): Promise<CardConnection> => {
    signal?.throwIfAborted();
    if (watcher === undefined) throw new CardError('READER_SERVICE_DOWN', 'the PC/SC service does not run');
    let holder = sessions.find((candidate) => candidate.open < SESSIONS_PER_CLIENT);
    if (holder === undefined) {
      holder = { client: library.newClient(), open: 0 };
      sessions.push(holder);
    }
    const chosen = holder;
    chosen.open += 1;
    try {
      const card = await chosen.client.connect(slot, SHARED, ANY_PROTOCOL);
      return createPcscConnection(card, () => {
        chosen.open -= 1;
      });
    } catch (cause) {
      chosen.open -= 1;
      throw translatePcscError(cause, `connect ${slot}`);
    }
  };

  return {
    slots: async () => list(),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    connect,
    close: async () => {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      stopWatching(watcher);
      watcher = undefined;
      listeners.clear();
    },
  };
}
