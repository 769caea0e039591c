/**
 * The group of NHI-PROXY-V1: P-256, points compressed (SEC 1, 2.3.3), scalars of 32 bytes in [1, n). Decoders take one encoding and never
 * the identity.
 * @module
 */
import { p256 } from '@noble/curves/nist.js';
import { concat, equalBytes, lp1, utf8, wipe } from '../common/bytes.ts';
import { bigintOf, bytes32, hashToScalar, hkdfExpand, hmac256 } from '../common/hash.ts';
import { P256_SPKI_PREFIX } from '../common/p256-spki.ts';
import { type Rng, randomScalar } from '../common/random.ts';

/** A point of the curve. */
export type Point = InstanceType<typeof p256.Point>;

/** n, the order of the group. */
export const ORDER: bigint = p256.Point.CURVE().n;

/** Bytes of a compressed point and of a scalar. */
export const POINT_LENGTH = 33;
const SCALAR_LENGTH = 32;

/** k*G; k in [1, n). */
export const baseTimes = (k: bigint): Point => p256.Point.BASE.multiply(k);

/** k*P in a time that depends on k, for public values only; any k. O for k = 0. */
export const publicTimes = (point: Point, k: bigint): Point => point.multiplyUnsafe(modN(k));

/** Is r ‖ s (64 bytes) an ECDSA signature with SHA-256 by this key (33 or 65 bytes) over the message? False for a key that is none. */
export function isEcdsaSigned(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const compressed = key.length === POINT_LENGTH ? key : compressPoint(key);
  if (signature.length !== 64 || compressed === undefined || readPoint(compressed) === undefined) return false;
  // Cards do not halve s (FIPS 186-5 does not ask it).
  return p256.verify(signature, message, compressed, { lowS: false });
}

/** 33 bytes. */
export const pointBytes = (point: Point): Uint8Array => point.toBytes(true);

/** The point of 33 bytes; undefined for any other encoding, a point off the curve, and the identity. */
export function readPoint(bytes: Uint8Array): Point | undefined {
  if (bytes.length !== POINT_LENGTH || (bytes[0] !== 2 && bytes[0] !== 3)) return undefined;
  try {
    const point = p256.Point.fromBytes(bytes);
    return point.is0() ? undefined : point;
  } catch {
    // The library has no other way to say that the bytes are no point.
    return undefined;
  }
}

/** The compressed form of an uncompressed point (65 bytes); undefined when it is none. */
export function compressPoint(uncompressed: Uint8Array): Uint8Array | undefined {
  if (uncompressed.length !== 65 || uncompressed[0] !== 4) return undefined;
  const compressed = concat(Uint8Array.of(2 + ((uncompressed[64] ?? 0) & 1)), uncompressed.subarray(1, 33));
  const point = readPoint(compressed);
  // An x with another y is another point.
  return point !== undefined && equalBytes(point.toBytes(false), uncompressed) ? compressed : undefined;
}

/** The compressed key (33 bytes) of a SubjectPublicKeyInfo; undefined when it is no P-256 key. */
export function keyOfSpki(spki: Uint8Array): Uint8Array | undefined {
  const head = spki.subarray(0, P256_SPKI_PREFIX.length);
  return equalBytes(head, P256_SPKI_PREFIX) ? compressPoint(spki.subarray(P256_SPKI_PREFIX.length)) : undefined;
}

/** A scalar in [1, n); undefined for another length or value. */
export function readScalar(bytes: Uint8Array): bigint | undefined {
  if (bytes.length !== SCALAR_LENGTH) return undefined;
  const value = bigintOf(bytes);
  return value > 0n && value < ORDER ? value : undefined;
}

/** 32 bytes of a scalar. */
export const scalarBytes = (value: bigint): Uint8Array => bytes32(value);

/** value mod n, never negative. */
export const modN = (value: bigint): bigint => ((value % ORDER) + ORDER) % ORDER;

/** The purposes of {@link hashTo}. */
type HashTag = 'deleg' | 'accept' | 'bind' | 'psign' | 'share';

/** H_tag: expand_message_xmd to 48 bytes modulo n, domain `NHI-PROXY-V1-` and the tag (proxysig note). */
export const hashTo = (tag: HashTag, ...parts: readonly Uint8Array[]): bigint =>
  hashToScalar(concat(...parts), `NHI-PROXY-V1-${tag}`, ORDER);

/** A secret scalar that depends on nothing. */
export const freshScalar = (rng: Rng): bigint => randomScalar(ORDER, rng);

/**
 * A nonce of one key for one purpose: HMAC(key, label ‖ digest ‖ 32 random bytes) widened to 48 bytes, modulo n. A weak generator alone does
 * not repeat it, and no label's nonce serves another algorithm.
 */
export function nonceOf(key: bigint, label: string, digest: Uint8Array, rng: Rng): bigint {
  for (;;) {
    const secret = scalarBytes(key);
    const seed = hmac256(secret, concat(lp1(label), digest, rng(32)));
    const wide = hkdfExpand(seed, utf8('NHI-PROXY-V1-nonce'), 48);
    const nonce = bigintOf(wide) % ORDER;
    wipe(secret, seed, wide);
    if (nonce !== 0n) return nonce;
  }
}
