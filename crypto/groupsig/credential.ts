/**
 * BBS credentials: B = P1 + sum m_i*H_i, A = B/(gamma + e), checked by e(A, w + e*g2) = e(B, g2)
 * (Tessaro and Zhu, EUROCRYPT 2023; draft-irtf-cfrg-bbs-signatures). The same code holds the draft's vectors and issues ours.
 * @module
 */
import type { Rng } from '../common/random.ts';
import type { G1, G2, GroupBackend } from './backend.ts';
import { GroupSigError } from './groupsig-error.ts';
import { inverseOfSecret, modOrder } from './scalar.ts';

/** B = P1 + sum m_i*H_i. Throws RangeError when bases and messages differ in number or are none. */
export const messageBase = (backend: GroupBackend, P1: G1, bases: readonly G1[], messages: readonly bigint[]): G1 =>
  backend.add(P1, backend.msm(bases, messages));

/** A = B/(gamma + e). Throws ISSUE_REFUSED when gamma + e = 0 or B = O. */
export function issueOver(backend: GroupBackend, gamma: bigint, e: bigint, B: G1, rng: Rng): G1 {
  const sum = modOrder(gamma + e);
  if (sum === 0n || backend.isIdentity(B)) throw new GroupSigError('ISSUE_REFUSED', 'gamma + e = 0 or B = O');
  return backend.mulSecret(B, inverseOfSecret(sum, rng));
}

/** Is A != O and e(A, w) * e(e*A - B, g2) = 1, which is e(A, w + e*g2) = e(B, g2) with fixed G2 arguments? */
export const isIssuedOver = (backend: GroupBackend, w: G2, A: G1, e: bigint, B: G1): boolean =>
  !backend.isIdentity(A) && backend.pairsToOne(A, w, backend.sub(backend.mul(A, e), B));
