/**
 * What is known of every slot, and who is told of changes. PC/SC counts the events of a reader in the upper half of its status, so a swap of
 * cards between two looks is seen, and told as a removal and an insertion.
 * @module
 */
import type { SlotState, Unsubscribe } from './card-reader.ts';

/** States by slot. */
export interface SlotTable {
  /** In the order of the configuration, or as readers appeared. */
  states(): readonly SlotState[];
  /** Whether a slot belongs to us. */
  wanted(slot: string): boolean;
  /** `status`: raw status of PC/SC with the count of events in its upper 16 bits. */
  put(state: SlotState, status: number): void;
  /** A reader that went away. */
  drop(slot: string): void;
  /** Every reader went away. */
  clear(): void;
  subscribe(listener: (slots: readonly SlotState[]) => void): Unsubscribe;
  /** Tells nobody any more. */
  close(): void;
}

/** An empty table, of these slots only where they are given. */
export function createSlotTable(names: readonly string[] | undefined): SlotTable {
  const known = new Map<string, { readonly state: SlotState; readonly count: number }>();
  const listeners = new Set<(slots: readonly SlotState[]) => void>();
  const wanted = (slot: string): boolean => names?.includes(slot) ?? true;
  const states = (): readonly SlotState[] =>
    (names ?? [...known.keys()]).flatMap((slot) => known.get(slot)?.state ?? []);
  const tell = (): void => {
    for (const listener of listeners) listener(states());
  };
  return {
    states,
    wanted,
    put(state, status) {
      const { slot } = state;
      if (!wanted(slot)) return;
      const count = status >>> 16;
      const before = known.get(slot);
      // An answer that was on its way while an event came tells of the past.
      if (before !== undefined && ((before.count - count) & 0xffff) - 1 < 0x7fff && before.count !== count) return;
      const swapped = before?.state.state === 'present' && state.state === 'present' && before.count !== count;
      if (swapped) {
        known.set(slot, { state: { slot, state: 'empty' }, count });
        tell();
      }
      known.set(slot, { state, count });
      if (swapped || before?.state.state !== state.state) tell();
    },
    drop(slot) {
      if (known.delete(slot)) tell();
    },
    clear() {
      for (const slot of Array.from(known.keys())) {
        known.delete(slot);
        tell();
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close: () => listeners.clear(),
  };
}
