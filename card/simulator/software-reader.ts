/**
 * The tray: a CardReader over named slots into which software cards are put and from which they are taken, with the faults that real readers
 * and people make (card note 4.3).
 * @module
 */
import { CardError } from '../card-error.ts';
import type { CardConnection, CardReader, SlotState, Unsubscribe } from '../transport/card-reader.ts';
import type { SoftwareCard } from './card-os.ts';

/**
 * Something that goes wrong in a slot, counted in commands from now, 0 being the next one:
 * `garbage` answers these bytes instead of the card's; `removed-before` and `removed-after` take the card away when that command comes or when
 * the card has carried it out, its answer lost; `empty` is the same as `removed-after` but answers 0 bytes, as vpcd does; `mute` (at once) is a
 * card that does not answer a reset.
 */
export type SlotFault =
  | { readonly kind: 'garbage'; readonly at: number; readonly answer: Uint8Array }
  | { readonly kind: 'removed-before' | 'removed-after' | 'empty'; readonly at: number }
  | { readonly kind: 'mute' };

/** A reader one can reach into. */
export interface SoftwareReader extends CardReader {
  /** Puts a card in and powers it. Throws RangeError for an unknown slot or one that is taken. */
  insert(slot: string, card: SoftwareCard): void;
  /** Takes the card out, without power; undefined when the slot was empty. */
  remove(slot: string): SoftwareCard | undefined;
  /** The next fault of a slot; undefined calls it off. It happens once, `mute` until called off. */
  setFault(slot: string, fault: SlotFault | undefined): void;
}

interface Slot {
  readonly name: string;
  card: SoftwareCard | undefined;
  insertion: number;
  commands: number;
  fault: SlotFault | undefined;
  /** Who has the card to itself, and when that ends. */
  holder: { readonly by: object; readonly ended: Promise<unknown> } | undefined;
}

/** A reader with these slots, all empty. */
export function createSoftwareReader(names: readonly string[]): SoftwareReader {
  const slots = new Map(
    names.map((name): [string, Slot] => [
      name,
      { name, card: undefined, insertion: 0, commands: 0, fault: undefined, holder: undefined },
    ]),
  );
  const listeners = new Set<(slots: readonly SlotState[]) => void>();
  let closed = false;

  const slotNamed = (name: string): Slot => {
    const slot = slots.get(name);
    if (slot === undefined) throw new RangeError(`no slot ${name}`);
    return slot;
  };
  const states = (): readonly SlotState[] => Array.from(slots.values(), stateOf);
  const tell = (): void => {
    for (const listener of listeners) listener(states());
  };
  const refuseClosed = (): void => {
    if (closed) throw new CardError('READER_FAILED', 'the reader was closed');
  };

  function takeOut(slot: Slot): SoftwareCard | undefined {
    const { card } = slot;
    if (card === undefined) return undefined;
    slot.card = undefined;
    card.powerOff();
    tell();
    return card;
  }

  async function carryOut(slot: Slot, insertion: number, command: Uint8Array): Promise<Uint8Array> {
    refuseClosed();
    const { card } = slot;
    if (card === undefined || slot.insertion !== insertion) throw lost();
    const fault = faultNow(slot);
    if (fault?.kind === 'removed-before') {
      takeOut(slot);
      throw lost();
    }
    const answer = await card.transmit(command);
    if (slot.insertion !== insertion || slot.card === undefined) throw lost();
    switch (fault?.kind) {
      case 'garbage':
        return fault.answer.slice();
      case 'removed-after':
        takeOut(slot);
        throw lost();
      case 'empty':
        takeOut(slot);
        return new Uint8Array(0);
      case undefined:
        return answer;
    }
  }

  function connection(slot: Slot): CardConnection {
    const { insertion } = slot;
    let last: Promise<unknown> = Promise.resolve();
    let left = false;
    const self = {};
    const turn = async (): Promise<void> => {
      while (slot.holder !== undefined && slot.holder.by !== self) await slot.holder.ended;
    };
    return {
      transmit(command, signal) {
        if (left) return Promise.reject(new CardError('CARD_LOST', 'the connection was left'));
        const bytes = command.slice();
        const next = last.then(turn).then(() => {
          if (signal?.aborted === true) throw new CardError('CANCELLED', 'cancelled', { cause: signal.reason });
          return carryOut(slot, insertion, bytes);
        });
        const done = next.finally(() => bytes.fill(0));
        // Only waits for its turn; the caller of each command hears of its failure.
        last = done.then(
          () => undefined,
          () => undefined,
        );
        return done;
      },
      async exclusively(work) {
        await turn();
        const ended = Promise.withResolvers<void>();
        slot.holder = { by: self, ended: ended.promise };
        try {
          return await work();
        } finally {
          slot.holder = undefined;
          ended.resolve();
        }
      },
      async disconnect() {
        left = true;
      },
    };
  }

  return {
    async slots() {
      refuseClosed();
      return states();
    },
    subscribe(listener): Unsubscribe {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    async connect(name, signal) {
      refuseClosed();
      if (signal?.aborted === true) throw new CardError('CANCELLED', 'cancelled', { cause: signal.reason });
      const slot = slots.get(name);
      if (slot === undefined) throw new CardError('READER_FAILED', 'no such slot');
      if (slot.card === undefined) throw new CardError('CARD_ABSENT', 'the slot is empty');
      if (slot.fault?.kind === 'mute') throw new CardError('CARD_MUTE', 'the card does not answer');
      return connection(slot);
    },
    async close() {
      closed = true;
      listeners.clear();
      for (const slot of slots.values()) takeOut(slot);
    },
    insert(name, card) {
      const slot = slotNamed(name);
      if (slot.card !== undefined) throw new RangeError(`slot ${name} is taken`);
      Object.assign(slot, { card, insertion: slot.insertion + 1, commands: 0 });
      card.powerOn();
      tell();
    },
    remove: (name) => takeOut(slotNamed(name)),
    setFault(name, fault) {
      Object.assign(slotNamed(name), { fault, commands: 0 });
      if (fault === undefined || fault.kind === 'mute') tell();
    },
  };
}

function stateOf({ name, card, fault }: Slot): SlotState {
  if (card === undefined) return { slot: name, state: 'empty' };
  if (fault?.kind === 'mute') return { slot: name, state: 'mute' };
  return { slot: name, state: 'present', atr: card.atr.slice() };
}

function faultNow(slot: Slot): Exclude<SlotFault, { kind: 'mute' }> | undefined {
  const { fault } = slot;
  const number = slot.commands;
  slot.commands += 1;
  if (fault === undefined || fault.kind === 'mute' || fault.at !== number) return undefined;
  slot.fault = undefined;
  return fault;
}

const lost = (): CardError => new CardError('CARD_LOST', 'the card left its slot');
