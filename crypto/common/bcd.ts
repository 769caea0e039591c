/**
 * Institution codes on cards: ten digits in five bytes of binary coded decimal.
 * @module
 */
import { fromHex, hex } from './bytes.ts';

/** 5 bytes of a ten-digit code. Throws RangeError for anything else. */
export function bcdOf(code: string): Uint8Array {
  if (!/^[0-9]{10}$/u.test(code)) throw new RangeError('an institution code has ten digits');
  return fromHex(code);
}

/** The ten digits of 5 bytes, or undefined when a half-byte is no digit. */
export function digitsOf(bytes: Uint8Array): string | undefined {
  const text = hex(bytes);
  return /^[0-9]{10}$/u.test(text) ? text : undefined;
}
