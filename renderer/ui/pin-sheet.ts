/**
 * Several entries of digits while they are typed: like PinBuffer outside React, never a string, overwritten once handed over (HOUSE R9).
 * @module
 */

/** What goes to the station: the old PIN or the PUK, and the new PIN twice. Whoever takes it wipes it. */
export interface PinEntries {
  readonly given: number[];
  readonly next: number[];
  readonly again: number[];
}

/** Holds entries; only their number can be read. */
export interface EntrySheet<T> {
  readonly count: () => number;
  /** Takes over the next entry; with the last it hands all of them over and keeps none. */
  add(digits: number[]): T | undefined;
  clear(): void;
}

function createSheet<T>(handOver: (entries: readonly number[][]) => T | undefined): EntrySheet<T> {
  let entries: number[][] = [];
  return {
    count: () => entries.length,
    add(digits) {
      entries.push(digits);
      const whole = handOver(entries);
      if (whole !== undefined) entries = [];
      return whole;
    },
    clear() {
      for (const digits of entries) digits.fill(0);
      entries = [];
    },
  };
}

/** An empty sheet for a PIN that is changed or chosen. */
export const createPinSheet = (): EntrySheet<PinEntries> =>
  createSheet(([given, next, again]) =>
    given === undefined || next === undefined || again === undefined ? undefined : { given, next, again },
  );

/** The agent's PIN on the holder's card and that of the agent's own card. */
export interface PinPair {
  readonly pin: number[];
  readonly own: number[];
}

/** An empty sheet for an agent with two cards. */
export const createPinPair = (): EntrySheet<PinPair> =>
  createSheet(([pin, own]) => (pin === undefined || own === undefined ? undefined : { pin, own }));
