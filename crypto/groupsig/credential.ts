/**
 * BBS credentials: B = P1 + sum m_i*H_i, A = B/(gamma + e), checked by e(A, w + e*g2) = e(B, g2)
 * (Tessaro and Zhu, EUROCRYPT 2023; draft-irtf-cfrg-bbs-signatures). The same code holds the draft's vectors and issues ours.
 * @module
 */
import type { Rng } from '../common/random.ts';
import type { G1, G2, GroupBackend } from './backend.ts';
import { GroupSigError } from './groupsig-error.ts';
import { inversesOfSecrets, modOrder } from './scalar.ts';

/** B = P1 + sum m_i*H_i. Throws RangeError when bases and messages differ in number or are none. */
export const messageBase = (backend: GroupBackend, P1: G1, bases: readonly G1[], messages: readonly bigint[]): G1 =>
  backend.add(P1, backend.msm(bases, messages));

/** What a credential is issued over, and its exponent. */
export interface Issue {
  readonly e: bigint;
  readonly B: G1;
}

/** A = B/(gamma + e) for each; one inversion serves all. Throws ISSUE_REFUSED when a gamma + e = 0 or a B = O. */
export function issueOver(backend: GroupBackend, gamma: bigint, issues: readonly Issue[], rng: Rng): readonly G1[] {
  const sums = issues.map(({ e }) => modOrder(gamma + e));
  if (sums.includes(0n) || issues.some(({ B }) => backend.isIdentity(B)))
    throw new GroupSigError('ISSUE_REFUSED', 'gamma + e = 0 or B = O');
  const inverses = inversesOfSecrets(sums, rng);
  return issues.map(({ B }, i) => backend.mulSecret(B, inverses[i] ?? 0n));
}

/** Is A != O and e(A, w) * e(e*A - B, g2) = 1, which is e(A, w + e*g2) = e(B, g2) with fixed G2 arguments? */
export const isIssuedOver = (backend: GroupBackend, w: G2, A: G1, e: bigint, B: G1): boolean =>
  !backend.isIdentity(A) && backend.pairsToOne(A, w, backend.sub(backend.mul(A, e), B));
