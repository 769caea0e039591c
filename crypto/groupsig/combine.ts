/**
 * From t shares to the doctor's Q = E2 - sum lambda_i*D_i, lambda_i the Lagrange coefficients at 0 (Shamir 1979). Constant in the group's size.
 * @module
 */
import type { G1, GroupBackend } from './backend.ts';
import { GroupSigError } from './groupsig-error.ts';
import { lagrangeAtZero } from './lagrange.ts';
import { decodeOpeningShare, isOpeningShareValid, type OpeningCase, type OpeningShare } from './opening-share.ts';
import { ciphertextOf } from './signature.ts';
import { verifySignature } from './verify.ts';

function checkShares(
  backend: GroupBackend,
  opening: OpeningCase,
  E1: G1,
  shares: readonly Uint8Array[],
): OpeningShare[] {
  const { n, t } = opening.openerSet;
  if (shares.length !== t) throw new GroupSigError('SHARE_COUNT', `${shares.length} shares where ${t} are needed`);
  const decoded = shares.map((bytes) => {
    const share = decodeOpeningShare(backend, bytes);
    if (share === undefined) throw new GroupSigError('SHARE_INVALID', 'a share is malformed', claimedIndex(bytes));
    return share;
  });
  const seen = new Set<number>();
  for (const { index } of decoded) {
    if (index < 1 || index > n) throw new GroupSigError('SHARE_INDEX_RANGE', `no opener ${index}`, { index });
    // A repeated index is an error and not a wrong answer: its Lagrange coefficient does not exist.
    if (seen.has(index)) throw new GroupSigError('SHARE_INDEX_REPEATED', `opener ${index} twice`, { index });
    seen.add(index);
  }
  for (const share of decoded) {
    if (isOpeningShareValid(backend, opening, E1, share)) continue;
    throw new GroupSigError('SHARE_INVALID', `the proof of opener ${share.index} fails`, { index: share.index });
  }
  return decoded;
}

const claimedIndex = (bytes: Uint8Array): { index?: number } => {
  const [high, low] = bytes;
  return high === undefined || low === undefined ? {} : { index: high * 256 + low };
};

/**
 * Q, 48 bytes, out of exactly t shares of 114 bytes with distinct indices. Throws SIGNATURE_INVALID, SHARE_COUNT, SHARE_INDEX_RANGE,
 * SHARE_INDEX_REPEATED or SHARE_INVALID; the error's `index` names the opener.
 */
export function combineShares(backend: GroupBackend, opening: OpeningCase, shares: readonly Uint8Array[]): Uint8Array {
  const { groupKey, ctx, messageHash, signature } = opening;
  if (!verifySignature(backend, groupKey, ctx, messageHash, signature)) {
    throw new GroupSigError('SIGNATURE_INVALID', 'the signature to open does not verify');
  }
  const parts = ciphertextOf(backend, signature);
  const checked = checkShares(backend, opening, parts.E1, shares);
  const lambdas = lagrangeAtZero(checked.map(({ index }) => index));
  const mask = backend.msm(
    checked.map(({ D }) => D),
    lambdas,
  );
  return backend.encodeG1(backend.sub(parts.E2, mask));
}
