/**
 * The digits of a PIN while they are typed: never a string, never React state, overwritten as soon as they are handed over (HOUSE R9).
 * @module
 */

/** Fewest and most digits of a PIN. */
export const PIN_LENGTH = { least: 4, most: 12 } as const;

/** Holds digits; only their number can be read. */
export interface PinBuffer {
  readonly count: () => number;
  /** Ignores what is no digit, and more digits than a PIN can have. */
  push(digit: number): void;
  pop(): void;
  clear(): void;
  /** Hands the digits over and keeps none; undefined while there are too few. The taker wipes what it got. */
  take(): number[] | undefined;
}

/** An empty buffer. */
export function createPinBuffer(): PinBuffer {
  const digits = new Uint8Array(PIN_LENGTH.most);
  let count = 0;
  const clear = (): void => {
    digits.fill(0);
    count = 0;
  };
  return {
    count: () => count,
    push(digit) {
      if (!Number.isInteger(digit) || digit < 0 || digit > 9 || count === digits.length) return;
      digits[count] = digit;
      count += 1;
    },
    pop() {
      if (count === 0) return;
      count -= 1;
      digits[count] = 0;
    },
    clear,
    take() {
      if (count < PIN_LENGTH.least) return undefined;
      const taken = Array.from(digits.subarray(0, count));
      clear();
      return taken;
    },
  };
}
