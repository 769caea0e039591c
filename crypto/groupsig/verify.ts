/**
 * Verification of NHI-GSIG-V1. The G1 part comes first: it is cheaper than the pairing, and most bad signatures fail there.
 * @module
 */
import { equalBytes } from '../common/bytes.ts';
import type { GroupBackend } from './backend.ts';
import { attributesOf, HEAD_BYTES, isContext } from './context.ts';
import type { GroupKey } from './group-key.ts';
import { modOrder } from './scalar.ts';
import { decodeSignature, encodedPointsOf, SIGNATURE_BYTES, type SignatureParts } from './signature.ts';
import { challengeOf, challengeScalar, transcriptHash } from './transcript.ts';

/**
 * The part in G1: decodes sigma, recomputes T1..T4, tx and c. Returns the decoded parts, or undefined when anything is malformed or c differs;
 * what is left to ask is e(A', w) * e(-Abar, g2) = 1, alone or in a batch.
 */
export function verifyInG1(
  backend: GroupBackend,
  groupKey: GroupKey,
  ctx: Uint8Array,
  messageHash: Uint8Array,
  signature: Uint8Array,
): SignatureParts | undefined {
  const parts = decodeSignature(backend, signature);
  if (parts === undefined) return undefined;
  const { A, Abar, E1, E2, E3, n, zs, zr, ze, zrho } = parts;
  const { h, G } = backend.generators;
  const { B, encoded } = groupKey.baseOf(attributesOf(ctx));
  // Minus goes to the points: c has 128 bits, r - c twice as many, and the sums take the shorter way.
  const c = challengeScalar(parts.c);
  // T1 = z_r*Abar + z_e*A' - z_s*h - c*B
  const T1 = backend.msm([Abar, A, h, backend.neg(B)], [zr, ze, modOrder(-zs), c]);
  // T2 = z_rho*G - c*E1
  const T2 = backend.msm([G, backend.neg(E1)], [zrho, c]);
  // T3 = z_s*h + z_rho*K1 - c*E2
  const T3 = backend.msm([h, groupKey.K1, backend.neg(E2)], [zs, zrho, c]);
  // T4 = z_rho*(K2-K1) - c*(E3-E2)
  const T4 = backend.msm([groupKey.twinBase, backend.sub(E2, E3)], [zrho, c]);
  const tx = transcriptHash({
    pkh: groupKey.pkh,
    B: encoded,
    ctx,
    points: encodedPointsOf(signature),
    commitments: [T1, T2, T3, T4].map((point) => backend.encodeG1(point)),
  });
  const recomputed = challengeOf({ pkh: groupKey.pkh, n, head: ctx.subarray(0, HEAD_BYTES), messageHash, tx });
  return equalBytes(recomputed, parts.c) ? parts : undefined;
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
  const parts = verifyInG1(backend, groupKey, ctx, messageHash, signature);
  return parts !== undefined && backend.pairsToOne(parts.A, groupKey.w, backend.neg(parts.Abar));
}
