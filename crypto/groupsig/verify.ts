/**
 * Verification of NHI-GSIG-V1. The G1 part comes first: it is cheaper than the pairing, and most bad signatures fail there.
 * @module
 */
import { equalBytes } from '../common/bytes.ts';
import type { G1, GroupBackend } from './backend.ts';
import { attributesOf, HEAD_BYTES, isContext } from './context.ts';
import type { GroupKey } from './group-key.ts';
import { challengePartsOf, encodedPointsOf, SIGNATURE_BYTES } from './signature.ts';
import { challengeOf, transcriptHash } from './transcript.ts';

/**
 * The part in G1: decodes sigma, recomputes T1..T4, tx and c. Returns A' and Abar, or undefined when anything is malformed or c differs;
 * what is left to ask is e(A', w) * e(-Abar, g2) = 1, alone or in a batch.
 */
export function verifyInG1(
  groupKey: GroupKey,
  ctx: Uint8Array,
  messageHash: Uint8Array,
  signature: Uint8Array,
): { readonly A: G1; readonly Abar: G1 } | undefined {
  const { base, encoded } = groupKey.baseOf(attributesOf(ctx));
  const recomputed = groupKey.recompute(base, signature);
  if (recomputed === undefined) return undefined;
  const { A, Abar, commitments } = recomputed;
  const points = encodedPointsOf(signature);
  const tx = transcriptHash({ pkh: groupKey.pkh, B: encoded, ctx, points, commitments: [commitments] });
  const { n, c } = challengePartsOf(signature);
  const expected = challengeOf({ pkh: groupKey.pkh, n, head: ctx.subarray(0, HEAD_BYTES), messageHash, tx });
  return equalBytes(expected, c) ? { A, Abar } : undefined;
}

/**
 * Is sigma a signature of the group on (ctx, H_M)? False for a malformed sigma or ctx. Throws RangeError when H_M has not 32 bytes: the caller
 * computes it. Whether ctx is the one the receiver expects is the receiver's question.
 */
export function verifySignature(
  backend: GroupBackend,
  groupKey: GroupKey,
  ctx: Uint8Array,
  messageHash: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (messageHash.length !== 32) throw new RangeError('verifySignature: H_M has 32 bytes');
  if (signature.length !== SIGNATURE_BYTES || !isContext(ctx)) return false;
  if (groupKey.prepared !== undefined) return groupKey.prepared.verify({ ctx, messageHash, signature });
  const points = verifyInG1(groupKey, ctx, messageHash, signature);
  return points !== undefined && backend.pairsToOne(points.A, groupKey.w, backend.neg(points.Abar));
}
