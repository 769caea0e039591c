/**
 * What the scheme needs of BLS12-381, behind one interface: mcl in wasm, native code where it was built, @noble/curves as the independent voice.
 * Encodings are the compressed ones of ZCash and draft-irtf-cfrg-pairing-friendly-curves appendix C: 48 bytes for G1, 96 for G2.
 * @module
 */
import type { Generators } from './generators.ts';

/** A point of the order-r subgroup of E(Fp). Opaque: only the backend that made it can read it. */
export interface G1 {
  readonly group: 'G1';
}

/** A point of the order-r subgroup of E'(Fp2). Opaque; a backend keeps its precomputed lines with it. */
export interface G2 {
  readonly group: 'G2';
}

/** One signature to verify: ctx 74 bytes, H_M 32, sigma 400. */
export interface SignedItem {
  readonly ctx: Uint8Array;
  readonly messageHash: Uint8Array;
  readonly signature: Uint8Array;
}

/** Whole verifications, each in one call. The caller has checked lengths and the form of ctx. */
export interface PreparedVerifier {
  verify(item: SignedItem): boolean;
  /** A verdict for each item, in order. `seed`: 32 random bytes drawn after the items are fixed; the exponents of every split follow from it. */
  verifyBatch(items: readonly SignedItem[], seed: Uint8Array): readonly boolean[];
  /** The same outside the calling thread; items are copied before it returns. */
  verifyBatchAsync(items: readonly SignedItem[], seed: Uint8Array): Promise<readonly boolean[]>;
}

/** A point that is multiplied again and again, with whatever table the backend keeps for it. */
export interface FixedBase {
  /** k*P for public k and one-time randomness; may take variable time and look tables up by k. */
  mul(k: bigint): G1;
  /** Makes the table now, where the backend keeps one; otherwise it is made after some uses. */
  warm?(): void;
}

/** What the G1 part of a verification leaves: T1 ‖ T2 ‖ T3 ‖ T4, 192 bytes, to be hashed, and the two points of the pairing equation. */
export interface RecomputedCommitments {
  readonly A: G1;
  readonly Abar: G1;
  readonly commitments: Uint8Array;
}

/** T1..T4 of a 400-byte signature for the attributes' B; undefined unless its points are canonical, in G1 and not O and its answers below r. */
export type RecomputeCommitments = (B: FixedBase, signature: Uint8Array) => RecomputedCommitments | undefined;

/** The bytes a whole verifier is prepared for: pkh (32), w (96) and K1 (48), already checked. */
export interface VerifierKey {
  readonly pkh: Uint8Array;
  readonly w: Uint8Array;
  readonly K1: Uint8Array;
}

/** Group operations. Scalars are bigint in [0, r). A point of another backend is misuse and throws TypeError. */
export interface GroupBackend {
  /** For logs and benchmarks. */
  readonly name: string;
  /** The scheme's fixed points in this backend's form. */
  readonly generators: Generators;
  /** The standard generator of G2. */
  readonly g2: G2;
  /** The subgroup point, or undefined for any other length, a non-canonical, an off-curve or a non-subgroup encoding. O is decoded. */
  decodeG1(bytes: Uint8Array): G1 | undefined;
  /** 48 bytes. */
  encodeG1(point: G1): Uint8Array;
  /** As decodeG1, for 96 bytes. */
  decodeG2(bytes: Uint8Array): G2 | undefined;
  /** 96 bytes. */
  encodeG2(point: G2): Uint8Array;
  /** Is it O? */
  isIdentity(point: G1 | G2): boolean;
  equal(a: G1, b: G1): boolean;
  add(a: G1, b: G1): G1;
  sub(a: G1, b: G1): G1;
  neg(a: G1): G1;
  /** k*P for public k and one-time randomness; may take variable time. */
  mul(point: G1, k: bigint): G1;
  /** k*P for a long-term secret or its nonce, in the backend's most regular way. */
  mulSecret(point: G1, k: bigint): G1;
  /** Sum of k_i*P_i, public or one-time k_i. Throws RangeError when the lengths differ or are 0. */
  msm(points: readonly G1[], scalars: readonly bigint[]): G1;
  addG2(a: G2, b: G2): G2;
  mulG2(point: G2, k: bigint): G2;
  /** hash_to_curve of BLS12381G1_XMD:SHA-256_SSWU_RO_ (RFC 9380 8.8.1); `dst` at most 255 bytes. */
  hashToG1(message: Uint8Array, dst: Uint8Array): G1;
  /** Is e(p, w) * e(q, g2) = 1? The lines of w are computed once and kept with it. */
  pairsToOne(p: G1, w: G2, q: G1): boolean;
  /** Prepares a fixed base for scalars of at most `bits` bits (255); made once for a key or a credential and kept. */
  prepareBase(point: G1, bits?: number): FixedBase;
  /** Where the backend has a shorter way to T1..T4 than its other operations: prepares it for one group key. */
  prepareCommitments?(key: { readonly K1: G1; readonly twinBase: G1 }): RecomputeCommitments;
  /** Where the backend can verify a signature as a whole: makes such a verifier for one group key. */
  prepareVerifier?(key: VerifierKey): PreparedVerifier;
}
