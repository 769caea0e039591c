/**
 * The form in which a PIN reaches a card: ISO 9564-1 format 2, eight bytes: 2, length, digits, filler F.
 * @module
 */
import { CardError } from '../card-error.ts';

declare const pinBlockBrand: unique symbol;

/** Eight bytes that hold a PIN. Used once: whoever sends it wipes it. Never logged, never part of an error. */
export type PinBlock = Uint8Array & { readonly [pinBlockBrand]: true };

/** How long a PIN may be, in digits. */
export interface PinLength {
  readonly min: number;
  readonly max: number;
}

/** What format 2 can hold. */
const PIN_BLOCK_LENGTH: PinLength = { min: 4, max: 12 };

/** A block from ASCII digits. Throws PIN_FORMAT for another character or a length outside `length`. The caller wipes `digits`. */
export function pinBlock(digits: Uint8Array, length: PinLength = PIN_BLOCK_LENGTH): PinBlock {
  const fits = digits.length >= length.min && digits.length <= length.max && length.max <= PIN_BLOCK_LENGTH.max;
  if (!fits || digits.some((digit) => digit < 0x30 || digit > 0x39)) {
    throw new CardError('PIN_FORMAT', `a PIN here is ${length.min} to ${length.max} digits`);
  }
  const nibble = (at: number): number => {
    const digit = digits[at];
    return digit === undefined ? 0xf : digit - 0x30;
  };
  const block = new Uint8Array(8);
  block[0] = 0x20 | digits.length;
  for (let i = 0; i < 7; i++) block[i + 1] = (nibble(2 * i) << 4) | nibble(2 * i + 1);
  // Made just above with the form the brand promises.
  return block as PinBlock;
}

/** True when eight bytes are a format 2 block of an allowed length. */
export function isPinBlock(bytes: Uint8Array, length: PinLength = PIN_BLOCK_LENGTH): bytes is PinBlock {
  const first = bytes[0] ?? 0;
  const digits = first & 0xf;
  if (bytes.length !== 8 || first >> 4 !== 2 || digits < length.min || digits > length.max) return false;
  for (let i = 0; i < 14; i++) {
    const byte = bytes[1 + (i >> 1)] ?? 0;
    const nibble = i % 2 === 0 ? byte >> 4 : byte & 0xf;
    if (i < digits ? nibble > 9 : nibble !== 0xf) return false;
  }
  return true;
}
