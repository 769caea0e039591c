/**
 * T1..T4 of a signature with a backend's ordinary operations: the way every backend can go, and the check on those that have a shorter one.
 * @module
 */
import { concat } from '../common/bytes.ts';
import type { FixedBase, G1, GroupBackend, RecomputeCommitments } from './backend.ts';
import { decodeSignature } from './signature.ts';
import { challengeScalar } from './transcript.ts';

/** The fixed bases that one group key signs and verifies with. */
export interface KeyBases {
  readonly h: FixedBase;
  readonly G: FixedBase;
  readonly K1: FixedBase;
  /** K2 - K1 */
  readonly twin: FixedBase;
}

/** Prepares them; tables come later, when they pay. */
export const prepareKeyBases = (backend: GroupBackend, K1: G1, twinBase: G1): KeyBases => ({
  h: backend.prepareBase(backend.generators.h),
  G: backend.prepareBase(backend.generators.G),
  K1: backend.prepareBase(K1),
  twin: backend.prepareBase(twinBase),
});

/** {@link RecomputeCommitments} out of decoding, products and sums. */
export function createCommitments(backend: GroupBackend, { h, G, K1, twin }: KeyBases): RecomputeCommitments {
  return (B, signature) => {
    const parts = decodeSignature(backend, signature);
    if (parts === undefined) return undefined;
    const { A, Abar, E1, E2, E3, zs, zr, ze, zrho } = parts;
    // Minus goes to the points: c has 128 bits, r - c twice as many.
    const c = challengeScalar(parts.c);
    const shared = h.mul(zs);
    // T1 = z_r*Abar + z_e*A' - z_s*h - c*B
    const T1 = backend.sub(backend.msm([Abar, A], [zr, ze]), backend.add(shared, B.mul(c)));
    // T2 = z_rho*G - c*E1
    const T2 = backend.sub(G.mul(zrho), backend.mul(E1, c));
    // T3 = z_s*h + z_rho*K1 - c*E2
    const T3 = backend.sub(backend.add(shared, K1.mul(zrho)), backend.mul(E2, c));
    // T4 = z_rho*(K2-K1) - c*(E3-E2)
    const T4 = backend.sub(twin.mul(zrho), backend.mul(backend.sub(E3, E2), c));
    return { A, Abar, commitments: concat(...[T1, T2, T3, T4].map((point) => backend.encodeG1(point))) };
  };
}
