/**
 * SHA-256 and what is built on it: HMAC, expand_message_xmd (RFC 9380 5.3.1), hash to scalar.
 * @module
 */
import { expand_message_xmd } from '@noble/curves/abstract/hash-to-curve.js';
import { expand } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, utf8 } from './bytes.ts';

/** H256: SHA-256 over the parts one after another, 32 bytes. */
export const h256 = (...parts: readonly Uint8Array[]): Uint8Array => sha256(concat(...parts));

/** HMAC-SHA-256, 32 bytes. */
export const hmac256 = (key: Uint8Array, data: Uint8Array): Uint8Array => hmac(sha256, key, data);

/** HKDF-Expand with SHA-256 (RFC 5869 2.3): `key` 32 bytes, at most 8,160 bytes out. */
export const hkdfExpand = (key: Uint8Array, info: Uint8Array, length: number): Uint8Array =>
  expand(sha256, key, info, length);

/** expand_message_xmd with SHA-256; `dst` at most 255 bytes. */
export const expandMessage = (message: Uint8Array, dst: Uint8Array | string, length: number): Uint8Array =>
  expand_message_xmd(message, typeof dst === 'string' ? utf8(dst) : dst, length, sha256);

/** Big-endian integer of any length. */
export function bigintOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** 32 bytes, big-endian. Throws RangeError when the value is negative or needs more. */
export function bytes32(value: bigint): Uint8Array {
  if (value < 0n || value >> 256n !== 0n) throw new RangeError('bytes32: out of range');
  const out = new Uint8Array(32);
  let rest = value;
  for (let i = 31; i >= 0; i--) {
    out[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return out;
}

/** H2S(x, dst) = expand_message_xmd(x, dst, 48 bytes) mod order (groupsig note, "Exact algebra"). */
export const hashToScalar = (message: Uint8Array, dst: Uint8Array | string, order: bigint): bigint =>
  bigintOf(expandMessage(message, dst, 48)) % order;
