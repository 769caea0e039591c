/**
 * PC/SC with everything in the test's hand: readers, cards, other programs, a service that dies, events that get lost. Answers as pcsc-mini on
 * pcsc-lite does (card.md 4.3).
 * @module
 */
import type { PcscCard, PcscClient, PcscLibrary, PcscTransaction } from './pcsc-library.ts';
import { SESSIONS_PER_CLIENT } from './pcsc-library.ts';

const STATE = { unknown: 0x4, empty: 0x10, present: 0x20 } as const;
const STATUS = { absent: 0x2, present: 0x4, powered: 0x34 } as const;
const EXCLUSIVE_TO_US = 'us';

/** How long a connection is being made, in turns of the microtask queue. */
export const CONNECTING_TURNS = 8;

/** Lets so many turns of the microtask queue go by. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

/** As pcsc-mini throws. */
const pcscFailure = (code: string): Error => Object.assign(new Error(code), { code });

interface Reader {
  atr: Uint8Array | undefined;
  count: number;
  powered: boolean;
  /** What SCardStatus tells; 0 once the service took the power by itself, which it tells nobody. */
  protocol: number;
  /** Handles, and connections that are being made: while one is, giving the only handle back makes pcscd take the power (1.9.9). */
  handles: number;
  connecting: number;
  /** Resets that happened, so that each handle can tell one it did not see. */
  resets: number;
  /** Who has the card in a transaction or for itself. */
  holder: string | undefined;
  readonly waiting: (() => void)[];
}

/** The world behind the library. */
export interface FakePcsc extends PcscLibrary {
  plug(reader: string): void;
  unplug(reader: string): void;
  insert(reader: string, atr?: Uint8Array): void;
  remove(reader: string): void;
  /** Another program resets the card, or leaves it without power. */
  reset(reader: string, power?: boolean): void;
  /** The service takes the power of a card in use, and tells nobody. */
  starve(reader: string): void;
  /** Another program takes the card for itself, and lets go. */
  hold(reader: string): void;
  letGo(reader: string): void;
  /** The service dies and comes back. */
  die(): void;
  revive(): void;
  /** Events are not told any more. */
  deaf: boolean;
  /** Tells a watcher's error by itself. */
  complain(code: string): void;
  /** How a card answers. */
  answer: (command: Uint8Array) => Promise<Uint8Array>;
  /** Told of every buffer that comes with a command. */
  buffers: (buffer: ArrayBuffer) => void;
  /** Calls that began while a handle was being made or given back, which pcsc-lite 1.9.9 does not always survive. */
  readonly clashes: () => number;
  /** What was asked, in order: `transmit`, `begin`, `end`, `reconnect 0` and so on. */
  readonly log: string[];
  readonly clients: () => number;
  /** Connections that were asked for. */
  readonly connections: () => number;
}

/** A world without readers, its service running. */
export function createFakePcsc(): FakePcsc {
  const readers = new Map<string, Reader>();
  const watchers = new Set<{
    onState: (reader: string, status: number, atr: Uint8Array) => void;
    onError: (cause: unknown) => void;
  }>();
  const log: string[] = [];
  let running = true;
  let clients = 0;
  let changing = 0;
  let clashes = 0;
  let connections = 0;
  /** A call begins. */
  const begins = (): void => {
    if (changing > 0) clashes += 1;
  };

  const statusOf = ({ atr, count }: Reader): number =>
    (count << 16) | (atr === undefined ? STATE.empty : STATE.present);
  const tell = (name: string): void => {
    const reader = readers.get(name);
    if (world.deaf) return;
    for (const { onState } of watchers)
      onState(name, reader === undefined ? STATE.unknown : statusOf(reader), reader?.atr ?? new Uint8Array(0));
  };
  const named = (name: string): Reader => {
    const reader = readers.get(name);
    if (reader === undefined) throw pcscFailure('UnknownReader');
    return reader;
  };
  const release = (reader: Reader): void => {
    reader.holder = undefined;
    reader.waiting.shift()?.();
  };

  function openCard(name: string, direct: boolean): PcscCard {
    const reader = named(name);
    if (!direct && reader.atr === undefined) throw pcscFailure('NoSmartCard');
    if (reader.holder === 'another, exclusively') throw pcscFailure('SharingViolation');
    const { count } = reader;
    let { resets } = reader;
    const here = (): void => {
      if (!running) throw pcscFailure('CommError');
      if (!readers.has(name)) throw pcscFailure('ReaderUnavailable');
      if (reader.count !== count && !direct) throw pcscFailure('RemovedCard');
      if (reader.resets !== resets) throw pcscFailure('ResetCard');
    };
    const transaction: PcscTransaction = {
      end: async () => {
        begins();
        log.push('end');
        here();
        release(reader);
      },
    };
    return {
      protocol: () => 2,
      attributeGet: async () => new Uint8Array(0),
      transmit: async (_protocol, command, buffer) => {
        begins();
        log.push('transmit');
        world.buffers(buffer);
        here();
        if (reader.protocol === 0) throw pcscFailure('ProtoMismatch');
        if (!reader.powered) throw pcscFailure('UnresponsiveCard');
        const answer = await world.answer(command);
        here();
        return answer;
      },
      state: async () => {
        begins();
        here();
        const looksPowered = reader.powered || reader.protocol === 0;
        const status = reader.atr === undefined ? STATUS.absent : looksPowered ? STATUS.powered : STATUS.present;
        const { protocol } = reader;
        return { status: (reader.count << 16) | status, atr: reader.atr ?? new Uint8Array(0), protocol };
      },
      transaction: async () => {
        begins();
        log.push('begin');
        here();
        while (reader.holder !== undefined) {
          const { promise, resolve } = Promise.withResolvers<void>();
          reader.waiting.push(resolve);
          await promise;
        }
        reader.holder = EXCLUSIVE_TO_US;
        return transaction;
      },
      reconnect: async (_mode, disposition) => {
        begins();
        log.push(`reconnect ${disposition}`);
        if (reader.count !== count) throw pcscFailure('RemovedCard');
        if (disposition !== 0) reader.powered = true;
        reader.protocol = 2;
        ({ resets } = reader);
        return 2;
      },
      disconnect: async () => {
        if (!running) throw pcscFailure('NoService');
        if (readers.get(name) !== reader) throw pcscFailure('InvalidHandle');
        if (reader.holder === EXCLUSIVE_TO_US && !direct) release(reader);
      },
    };
  }

  const world: FakePcsc = {
    log,
    deaf: false,
    clients: () => clients,
    clashes: () => clashes,
    connections: () => connections,
    answer: async () => Uint8Array.of(0x90, 0x00),
    buffers: () => undefined,
    plug: (name) => {
      readers.set(name, {
        atr: undefined,
        count: 0,
        powered: false,
        protocol: 2,
        handles: 0,
        connecting: 0,
        resets: 0,
        holder: undefined,
        waiting: [],
      });
      tell(name);
    },
    unplug: (name) => {
      readers.delete(name);
      tell(name);
    },
    insert: (name, atr = Uint8Array.of(0x3b, 0x80)) => {
      const reader = named(name);
      Object.assign(reader, { atr, count: reader.count + 1, powered: true, protocol: 2 });
      tell(name);
    },
    remove: (name) => {
      const reader = named(name);
      Object.assign(reader, { atr: undefined, count: reader.count + 1, powered: false });
      tell(name);
    },
    reset: (name, power = true) => {
      const reader = named(name);
      reader.resets += 1;
      reader.powered = power;
    },
    starve: (name) => {
      Object.assign(named(name), { powered: false, protocol: 0 });
    },
    hold: (name) => {
      named(name).holder = 'another, exclusively';
    },
    letGo: (name) => release(named(name)),
    die: () => {
      running = false;
      for (const { onError } of watchers) onError(pcscFailure('CommError'));
      watchers.clear();
    },
    revive: () => {
      running = true;
    },
    complain: (code) => {
      for (const { onError } of watchers) onError(pcscFailure(code));
    },
    newClient: (): PcscClient => {
      clients += 1;
      let taken = 0;
      return {
        connect: async (name, mode) => {
          begins();
          connections += 1;
          if (taken >= SESSIONS_PER_CLIENT) throw pcscFailure('TooManyCardConnections');
          taken += 1;
          // pcsc-mini forgets a place when the service cannot be reached, and when a disconnect fails.
          if (!running) throw pcscFailure('NoService');
          try {
            const card = openCard(name, mode === 3);
            const reader = named(name);
            if (mode !== 3) reader.connecting += 1;
            changing += 1;
            await turns(CONNECTING_TURNS);
            changing -= 1;
            if (mode !== 3) reader.connecting -= 1;
            reader.handles += 1;
            return {
              ...card,
              disconnect: async (disposition) => {
                begins();
                await card.disconnect(disposition);
                taken -= 1;
                reader.handles -= 1;
                if (reader.handles === 0 && reader.connecting > 0) world.starve(name);
              },
            };
          } catch (cause) {
            taken -= 1;
            throw cause;
          }
        },
        start: (onState, onError) => {
          if (!running) throw pcscFailure('NoService');
          watchers.add({ onState, onError });
          for (const [name, reader] of [...readers].slice(0, 4))
            if (!world.deaf) onState(name, statusOf(reader), reader.atr ?? new Uint8Array(0));
        },
      };
    },
  };
  return world;
}
