/**
 * The signature on the wire, 400 bytes: A' ‖ Abar ‖ E1 ‖ E2 ‖ E3 (48 each) ‖ n(16) ‖ c(16) ‖ z_s ‖ z_r ‖ z_e ‖ z_rho (32 each).
 * @module
 */
import { concat } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import type { G1, GroupBackend } from './backend.ts';
import { decodeScalar } from './scalar.ts';

/** Length of sigma. */
export const SIGNATURE_BYTES = 400;
/** Length of core(sigma): everything but the answers, which the issuer could vary. */
const CORE_BYTES = 272;

const POINTS = 5;
const POINT_BYTES = 48;

/** core(sigma) = sigma[0..272). Throws RangeError unless sigma has 400 bytes. */
export function coreOf(signature: Uint8Array): Uint8Array {
  if (signature.length !== SIGNATURE_BYTES) throw new RangeError('sigma has 400 bytes');
  return signature.slice(0, CORE_BYTES);
}

/** H256(ctx ‖ H_M ‖ core), 32 bytes: the name of a signed message, for receipts, shares and idempotency. */
export const messageId = (ctx: Uint8Array, messageHash: Uint8Array, signature: Uint8Array): Uint8Array =>
  h256(ctx, messageHash, coreOf(signature));

/** The five points as they are sent, in order: A', Abar, E1, E2, E3. */
export const encodedPointsOf = (signature: Uint8Array): Uint8Array => signature.slice(0, POINTS * POINT_BYTES);

/** n (16 bytes) and c (16 bytes) as they are sent. */
export const challengePartsOf = (signature: Uint8Array): { readonly n: Uint8Array; readonly c: Uint8Array } => ({
  n: signature.slice(240, 256),
  c: signature.slice(256, 272),
});

/** sigma in parts; `n` has 16 bytes. */
export interface SignatureParts {
  readonly A: G1;
  readonly Abar: G1;
  readonly E1: G1;
  readonly E2: G1;
  readonly E3: G1;
  readonly n: Uint8Array;
  /** The 128-bit challenge. */
  readonly c: Uint8Array;
  readonly zs: bigint;
  readonly zr: bigint;
  readonly ze: bigint;
  readonly zrho: bigint;
}

/** n, c and the four answers; undefined unless sigma has 400 bytes and every answer is below r. */
export function decodeAnswers(
  signature: Uint8Array,
): Pick<SignatureParts, 'n' | 'c' | 'zs' | 'zr' | 'ze' | 'zrho'> | undefined {
  if (signature.length !== SIGNATURE_BYTES) return undefined;
  const scalar = (i: number): bigint | undefined =>
    decodeScalar(signature.subarray(CORE_BYTES + 32 * i, CORE_BYTES + 32 * (i + 1)));
  const zs = scalar(0);
  const zr = scalar(1);
  const ze = scalar(2);
  const zrho = scalar(3);
  if (zs === undefined || zr === undefined || ze === undefined || zrho === undefined) return undefined;
  return { ...challengePartsOf(signature), zs, zr, ze, zrho };
}

/** Undefined unless 400 bytes hold five canonical subgroup points, none of them O, and four scalars below r. */
export function decodeSignature(backend: GroupBackend, signature: Uint8Array): SignatureParts | undefined {
  const answers = decodeAnswers(signature);
  if (answers === undefined) return undefined;
  const point = (i: number): G1 | undefined => {
    const decoded = backend.decodeG1(signature.subarray(POINT_BYTES * i, POINT_BYTES * (i + 1)));
    // A verifier that takes O in any place accepts forgeries by outsiders.
    return decoded === undefined || backend.isIdentity(decoded) ? undefined : decoded;
  };
  const A = point(0);
  const Abar = point(1);
  const E1 = point(2);
  const E2 = point(3);
  const E3 = point(4);
  if (A === undefined || Abar === undefined || E1 === undefined || E2 === undefined || E3 === undefined)
    return undefined;
  return { A, Abar, E1, E2, E3, ...answers };
}

/** E1 and E2 of a signature that has been verified: what opening needs, without checking the other points again. */
export function ciphertextOf(backend: GroupBackend, signature: Uint8Array): { readonly E1: G1; readonly E2: G1 } {
  const point = (i: number): G1 | undefined =>
    backend.decodeG1(signature.subarray(POINT_BYTES * i, POINT_BYTES * (i + 1)));
  const [E1, E2] = [point(2), point(3)];
  if (E1 === undefined || E2 === undefined) throw new Error('ciphertextOf: a verified signature decodes');
  return { E1, E2 };
}

/** sigma out of its parts as bytes: points 240, n 16, c 16, answers 32 each. */
export const encodeSignature = (
  points: Uint8Array,
  n: Uint8Array,
  c: Uint8Array,
  answers: readonly Uint8Array[],
): Uint8Array => concat(points, n, c, ...answers);
