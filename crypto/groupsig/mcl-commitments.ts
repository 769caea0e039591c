/**
 * T1..T4 of a signature in mcl's heap, in two thirds of the time of decoding the points and summing.
 * mcl spends three quarters of a decoding on the subgroup check z^2*P = -phi(P) (Scott 2021: for P on the curve it holds exactly in G1), which
 * doubles P 127 times; c*E and the halves of z_r*Abar and z_e*A' need the same doublings when digits are used lowest first (Yao 1976).
 * @module
 */
import { concat, fromHex } from '../common/bytes.ts';
import type { FixedBase, RecomputedCommitments } from './backend.ts';
import { MclFixedBase } from './mcl-fixed-base.ts';
import { hasCanonicalFlags, type MclModule, onStack, readPoint, SIZE } from './mcl-heap.ts';
import { nafDigits } from './scalar-digits.ts';
import { decodeAnswers } from './signature.ts';
import { challengeScalar } from './transcript.ts';

/** z^2, with z the curve's parameter -0xd201000000010000; phi(x, y) = (BETA*x, y) is multiplication by -z^2 in G1. */
const Z_SQUARED = 0xd201000000010000n ** 2n;
const BETA = '5f19672fdf76ce51ba69c6076a0f77eaddb3a93be6f89688de17d813620a00022e01fffffffefffe';
/** L = z^2 - 1, so k = a + b*L splits a scalar in two halves (Gallant, Lambert, Vanstone 2001); phi(phi(P)) = L*P. */
const L = Z_SQUARED - 1n;

const HALF_BITS = 128;
const WIDTH = 4;
/** Digits are odd and below 8: buckets for 1, 3, 5, 7. */
const BUCKETS = 4;
const CHAIN = HALF_BITS + 1;
const { g1: G1 } = SIZE;

/** Places where z^2 has a bit; it has 17, and no signed form has fewer. */
const CHECK_BITS = Array.from({ length: HALF_BITS }, (_, i) => i).filter((i) => (Z_SQUARED >> BigInt(i)) & 1n);

/** A scalar's digits and the buckets they are counted into. */
interface Counted {
  readonly digits: Int8Array;
  readonly buckets: number;
}

/** The bases of one group key. */
export interface CommitmentBases {
  readonly h: MclFixedBase;
  readonly G: MclFixedBase;
  readonly K1: MclFixedBase;
  readonly twin: MclFixedBase;
}

/** Makes {@link GroupBackend.prepareCommitments}'s function for one group key. */
export function createMclCommitments(mod: MclModule, bases: CommitmentBases) {
  const address = (base: number, i: number): number => base + i * G1;

  // The curve equation and the flags only: the subgroup is looked at with the chain of doublings at hand.
  const decodeOnCurve = (to: number, bytes: Uint8Array, scratch: number): boolean => {
    if (!hasCanonicalFlags(bytes) || ((bytes[0] ?? 0) & 0x40) !== 0) return false;
    mod.HEAP8.set(bytes, scratch);
    mod._mclBn_verifyOrderG1(0);
    try {
      return mod._mclBnG1_deserialize(to, scratch, bytes.length) === bytes.length;
    } finally {
      mod._mclBn_verifyOrderG1(1);
    }
  };

  /** chain[i] = 2^i * P, P being at chain[0]; is z^2*P = -phi(P)? */
  const isInSubgroup = (chain: number, beta: number, scratch: number): boolean => {
    for (let i = 1; i < CHAIN; i++) mod._mclBnG1_dbl(address(chain, i), address(chain, i - 1));
    const [sum, image] = [scratch, scratch + G1];
    mod._mclBnG1_clear(sum);
    for (const i of CHECK_BITS) mod._mclBnG1_add(sum, sum, address(chain, i));
    mod._mclBnG1_neg(image, chain);
    mod._mclBnFp_mul(image, image, beta);
    return mod._mclBnG1_isEqual(sum, image) === 1;
  };

  const count = (chain: number, { digits, buckets }: Counted): void => {
    for (let i = 0; i < digits.length; i++) {
      const digit = digits[i] ?? 0;
      if (digit === 0) continue;
      const bucket = address(buckets, Math.abs(digit) >> 1);
      if (digit > 0) mod._mclBnG1_add(bucket, bucket, address(chain, i));
      else mod._mclBnG1_sub(bucket, bucket, address(chain, i));
    }
  };

  /** B1 + 3*B3 + 5*B5 + 7*B7 into the last bucket; the others are spent. */
  const collect = (buckets: number): number => {
    const [B1, B3, B5, B7] = [buckets, address(buckets, 1), address(buckets, 2), address(buckets, 3)];
    // B5 <- B7+B5 ; B3 <- B7+B5+B3 ; B7 <- B7 + (B7+B5) + (B7+B5+B3)
    mod._mclBnG1_add(B5, B5, B7);
    mod._mclBnG1_add(B3, B3, B5);
    mod._mclBnG1_add(B7, B7, B5);
    mod._mclBnG1_add(B7, B7, B3);
    mod._mclBnG1_dbl(B7, B7);
    mod._mclBnG1_add(B7, B7, B3);
    mod._mclBnG1_add(B7, B7, B1);
    // 2*(3*B7 + 2*B5 + B3) + (B7 + B5 + B3) + B1
    return B7;
  };

  return (B: FixedBase, signature: Uint8Array): RecomputedCommitments | undefined => {
    if (!(B instanceof MclFixedBase)) throw new TypeError('fixed base of another backend');
    const answers = decodeAnswers(signature);
    if (answers === undefined) return undefined;
    const { zs, zr, ze, zrho } = answers;
    const c = challengeScalar(answers.c);
    const sets = 5;
    return onStack(mod, G1 * (5 + CHAIN + sets * BUCKETS + 5 + 2) + 3 * SIZE.fp, (stack) => {
      let free = stack;
      const points = (number: number): number => {
        const at = free;
        free += number * G1;
        return at;
      };
      const decoded = points(5);
      const chain = points(CHAIN);
      const buckets = points(sets * BUCKETS);
      const T = points(4);
      const hs = points(1);
      const scratch = points(2);
      const beta = free;
      const bytes = beta + SIZE.fp;
      mod.HEAP8.set(fromHex(BETA.padStart(96, '0')), bytes);
      if (mod._mclBnFp_deserialize(beta, bytes, 48) !== 48) throw new Error('mcl-wasm refused beta');
      for (let i = 0; i < 5; i++) {
        if (!decodeOnCurve(address(decoded, i), signature.subarray(48 * i, 48 * (i + 1)), bytes)) return undefined;
      }
      for (let i = 0; i < sets * BUCKETS; i++) mod._mclBnG1_clear(address(buckets, i));
      const set = (i: number): number => address(buckets, i * BUCKETS);
      const half = (k: bigint, buckets: number): Counted => ({ digits: nafDigits(k, WIDTH, HALF_BITS), buckets });
      const challenge = half(c, 0).digits;
      const work: readonly (readonly Counted[])[] = [
        [half(ze % L, set(0)), half(ze / L, set(1))],
        [half(zr % L, set(0)), half(zr / L, set(1))],
        [{ digits: challenge, buckets: set(2) }],
        [{ digits: challenge, buckets: set(3) }],
        [{ digits: challenge, buckets: set(4) }],
      ];
      for (const [i, counted] of work.entries()) {
        mod.HEAP8.copyWithin(chain, address(decoded, i), address(decoded, i + 1));
        if (!isInSubgroup(chain, beta, scratch)) return undefined;
        for (const one of counted) count(chain, one);
      }
      const [T1, T2, T3, T4] = [T, address(T, 1), address(T, 2), address(T, 3)];
      for (const at of [T2, T4, hs, scratch]) mod._mclBnG1_clear(at);
      // T1 = (a_r*Abar + a_e*A') + phi(phi(b_r*Abar + b_e*A')) - z_s*h - c*B
      const image = collect(set(1));
      mod._mclBnFp_mul(image, image, beta);
      mod._mclBnFp_mul(image, image, beta);
      mod._mclBnG1_add(T1, collect(set(0)), image);
      bases.h.addTo(hs, zs);
      mod._mclBnG1_sub(T1, T1, hs);
      B.addTo(scratch, c);
      mod._mclBnG1_sub(T1, T1, scratch);
      const [cE1, cE2, cE3] = [collect(set(2)), collect(set(3)), collect(set(4))];
      // T2 = z_rho*G - c*E1
      bases.G.addTo(T2, zrho);
      mod._mclBnG1_sub(T2, T2, cE1);
      // T3 = z_s*h + z_rho*K1 - c*E2
      mod._mclBnG1_sub(T3, hs, cE2);
      bases.K1.addTo(T3, zrho);
      // T4 = z_rho*(K2-K1) - c*E3 + c*E2
      bases.twin.addTo(T4, zrho);
      mod._mclBnG1_sub(T4, T4, cE3);
      mod._mclBnG1_add(T4, T4, cE2);
      mod._mclBnG1_normalizeVec(T, T, 4);
      const commitments = [T1, T2, T3, T4].map((at) => {
        if (mod._mclBnG1_serialize(bytes, 48, at) !== 48) throw new Error('mcl-wasm did not serialise a point');
        return Uint8Array.from(new Uint8Array(mod.HEAP8.buffer, bytes, 48));
      });
      return { A: readPoint(decoded), Abar: readPoint(address(decoded, 1)), commitments: concat(...commitments) };
    });
  };
}
