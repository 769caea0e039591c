/**
 * Byte strings: joining, fixed-width integers, length prefixes, comparison. Integers are big-endian (groupsig note, "Exact algebra").
 * @module
 */
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/** Lower-case hexadecimal, two digits a byte. */
export const hex = (bytes: Uint8Array): string => bytesToHex(bytes);

/** Inverse of {@link hex}; throws a plain Error on odd length or a foreign character. */
export const fromHex = (text: string): Uint8Array => hexToBytes(text);

/** UTF-8 bytes of a text. */
export const utf8 = (text: string): Uint8Array => utf8ToBytes(text);

/** Text of UTF-8 bytes; undefined when they are not UTF-8 (overlong forms and surrogates are not). */
export function readUtf8(bytes: Uint8Array): string | undefined {
  let escaped = '';
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`;
  try {
    return decodeURIComponent(escaped);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** One byte string out of many. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Compares in time that depends on the lengths only. Different lengths are unequal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Order of byte strings, the shorter first where one begins the other: negative, 0 or positive. Variable time. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Unsigned integer in `width` bytes, big-endian. Throws RangeError when it does not fit. */
export function uint(value: number, width: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * width)) {
    throw new RangeError(`uint: ${value} does not fit ${width} bytes`);
  }
  const out = new Uint8Array(width);
  let rest = value;
  for (let i = width - 1; i >= 0; i--) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return out;
}

/** Reads an unsigned big-endian integer of at most 6 bytes. */
export function readUint(bytes: Uint8Array): number {
  if (bytes.length > 6) throw new RangeError('readUint: more than 6 bytes');
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

/** lp1(x): one length byte, then x. Throws RangeError above 255 bytes. */
export const lp1 = (part: Uint8Array | string): Uint8Array => {
  const bytes = typeof part === 'string' ? utf8(part) : part;
  return concat(uint(bytes.length, 1), bytes);
};

/** lp(x): four length bytes, then x. */
export const lp = (part: Uint8Array): Uint8Array => concat(uint(part.length, 4), part);

/** Overwrites a secret with zeros. */
export const wipe = (...secrets: readonly Uint8Array[]): void => {
  for (const secret of secrets) secret.fill(0);
};
