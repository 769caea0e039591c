/**
 * The three entries of a PIN change while they are typed: like PinBuffer outside React, never a string, overwritten once handed over (HOUSE R9).
 * @module
 */

/** What goes to the station: the old PIN or the PUK, and the new PIN twice. Whoever takes it wipes it. */
export interface PinEntries {
  readonly given: number[];
  readonly next: number[];
  readonly again: number[];
}

/** Holds entries; only their number can be read. */
export interface PinSheet {
  readonly count: () => number;
  /** Takes over the next entry; with the third it hands all of them over and keeps none. */
  add(digits: number[]): PinEntries | undefined;
  clear(): void;
}

/** An empty sheet. */
export function createPinSheet(): PinSheet {
  let entries: number[][] = [];
  return {
    count: () => entries.length,
    add(digits) {
      const [given, next] = entries;
      if (given === undefined || next === undefined) {
        entries.push(digits);
        return undefined;
      }
      entries = [];
      return { given, next, again: digits };
    },
    clear() {
      for (const digits of entries) digits.fill(0);
      entries = [];
    },
  };
}
