/**
 * The group public key: w = gamma*g2, the opening key K1, and the issuer's proof of knowledge of gamma (Schnorr 1989, Fiat-Shamir).
 * Encoded, 209 bytes: ver(1)=01 ‖ w(96) ‖ K1(48) ‖ c(32) ‖ z(32). Generators and K2 are derived, never read.
 * @module
 */
import { concat, lp1 } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import { type Rng, randomScalar } from '../common/random.ts';
import { type AttributeBase, createBaseOf } from './attribute-base.ts';
import type { G1, G2, GroupBackend, PreparedVerifier, RecomputeCommitments } from './backend.ts';
import { createCommitments, type KeyBases, prepareKeyBases } from './commitments.ts';
import { GroupSigError } from './groupsig-error.ts';
import { decodeScalar, encodeScalar, modOrder, ORDER, scalarOfHash } from './scalar.ts';
import { PREFIX, SCALAR_DST } from './tags.ts';

/** Length of an encoded group key. */
const GROUP_KEY_BYTES = 209;

const VERSION = 1;

/** A group key that has been checked, with its points in one backend's form. */
export interface GroupKey {
  /** The 209 bytes it was read from. */
  readonly encoded: Uint8Array;
  /** H256 over scheme, generators, w and K1: the key's name, 32 bytes. */
  readonly pkh: Uint8Array;
  readonly w: G2;
  readonly K1: G1;
  /** K2 - K1, the base of the twin ciphertext's proof. */
  readonly twinBase: G1;
  /** B for epoch(6) ‖ class(2), remembered: no interface takes B beside ctx. */
  readonly baseOf: (attributes: Uint8Array) => AttributeBase;
  /** h, G, K1 and K2 - K1, for public scalars and one-time randomness. */
  readonly bases: KeyBases;
  /** T1..T4 of a signature, the backend's shortest way. */
  readonly recompute: RecomputeCommitments;
  /** The backend's whole verifications, where it has them. */
  readonly prepared: PreparedVerifier | undefined;
}

const issuerChallenge = (backend: GroupBackend, w: Uint8Array, N: G2): bigint =>
  scalarOfHash(concat(lp1(PREFIX.issuer), backend.encodeG2(backend.g2), w, backend.encodeG2(N)), SCALAR_DST.issuer);

/** The issuer's proof: k random, c = H2S(.. w ‖ k*g2), z = k + c*gamma; c ‖ z, 64 bytes. */
export function proveIssuerKey(backend: GroupBackend, gamma: bigint, w: Uint8Array, rng: Rng): Uint8Array {
  const k = randomScalar(ORDER, rng);
  const c = issuerChallenge(backend, w, backend.mulG2(backend.g2, k));
  return concat(encodeScalar(c), encodeScalar(modOrder(k + c * gamma)));
}

function isIssuerProofValid(backend: GroupBackend, w: G2, encodedW: Uint8Array, proof: Uint8Array): boolean {
  const c = decodeScalar(proof.subarray(0, 32));
  const z = decodeScalar(proof.subarray(32));
  if (c === undefined || z === undefined) return false;
  // N = z*g2 - c*w
  const N = backend.addG2(backend.mulG2(backend.g2, z), backend.mulG2(w, modOrder(-c)));
  return issuerChallenge(backend, encodedW, N) === c;
}

/** 209 bytes out of w (96), K1 (48) and the issuer's proof (64). Check it with {@link decodeGroupKey}. */
export function encodeGroupKey(parts: {
  readonly w: Uint8Array;
  readonly K1: Uint8Array;
  readonly proof: Uint8Array;
}): Uint8Array {
  const encoded = concat(Uint8Array.of(VERSION), parts.w, parts.K1, parts.proof);
  if (parts.w.length !== 96 || parts.K1.length !== 48 || encoded.length !== GROUP_KEY_BYTES) {
    throw new RangeError('encodeGroupKey: w, K1 and proof have 96, 48 and 64 bytes');
  }
  return encoded;
}

/** pkh = H256(lp1(scheme) ‖ g1 ‖ h ‖ h_ep ‖ h_cls ‖ G ‖ K2 ‖ w ‖ K1). */
function hashOfKey(backend: GroupBackend, w: Uint8Array, K1: Uint8Array): Uint8Array {
  const { g1, h, hEpoch, hClass, G, K2 } = backend.generators;
  const points = [g1, h, hEpoch, hClass, G, K2].map((point) => backend.encodeG1(point));
  return h256(lp1(PREFIX.scheme), ...points, w, K1);
}

/** Strict; throws GROUP_KEY_INVALID unless w and K1 are in their groups, not O, K1 != K2 and the proof of gamma holds. */
export function decodeGroupKey(backend: GroupBackend, bytes: Uint8Array): GroupKey {
  const refuse = (why: string): GroupSigError => new GroupSigError('GROUP_KEY_INVALID', why);
  if (bytes.length !== GROUP_KEY_BYTES) throw refuse(`group key has ${bytes.length} bytes`);
  if (bytes[0] !== VERSION) throw refuse(`group key version ${bytes[0]}`);
  const encoded = bytes.slice();
  const encodedW = encoded.slice(1, 97);
  const encodedK1 = encoded.slice(97, 145);
  const w = backend.decodeG2(encodedW);
  const K1 = backend.decodeG1(encodedK1);
  if (w === undefined || backend.isIdentity(w)) throw refuse('w is not a point of G2 other than O');
  if (K1 === undefined || backend.isIdentity(K1)) throw refuse('K1 is not a point of G1 other than O');
  const { K2 } = backend.generators;
  if (backend.equal(K1, K2)) throw refuse('K1 = K2');
  if (!isIssuerProofValid(backend, w, encodedW, encoded.subarray(145))) throw refuse('proof of gamma fails');
  const pkh = hashOfKey(backend, encodedW, encodedK1);
  const prepared = backend.prepareVerifier?.({ pkh, w: encodedW, K1: encodedK1 });
  const twinBase = backend.sub(K2, K1);
  const bases = prepareKeyBases(backend, K1, twinBase);
  const recompute = backend.prepareCommitments?.({ K1, twinBase }) ?? createCommitments(backend, bases);
  return { encoded, pkh, w, K1, twinBase, baseOf: createBaseOf(backend), bases, recompute, prepared };
}
