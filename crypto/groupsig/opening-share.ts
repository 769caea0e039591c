/**
 * An opener's share of an opening: D_i = kappa_i*E1 with a proof of equal logarithms (Chaum and Pedersen, CRYPTO 1992).
 * Encoded, 114 bytes: i(2) ‖ D_i(48) ‖ c_i(32) ‖ z_i(32).
 * @module
 */
import { concat, lp1, readUint, uint } from '../common/bytes.ts';
import type { G1, GroupBackend } from './backend.ts';
import type { GroupKey } from './group-key.ts';
import type { OpenerSet } from './opener-set.ts';
import { decodeScalar, encodeScalar, modOrder, scalarOfHash } from './scalar.ts';
import { messageId } from './signature.ts';
import { PREFIX, SCALAR_DST } from './tags.ts';

/** Length of an encoded share. */
const OPENING_SHARE_BYTES = 114;

/** What is to be opened, by whose keys and under which order; `orderHash` = H256(signed order), 32 bytes. */
export interface OpeningCase {
  readonly groupKey: GroupKey;
  readonly openerSet: OpenerSet;
  /** 74 bytes. */
  readonly ctx: Uint8Array;
  /** H_M, 32 bytes. */
  readonly messageHash: Uint8Array;
  /** sigma, 400 bytes. */
  readonly signature: Uint8Array;
  readonly orderHash: Uint8Array;
}

/** A share in parts. */
export interface OpeningShare {
  readonly index: number;
  readonly D: G1;
  readonly c: bigint;
  readonly z: bigint;
}

/** 114 bytes. */
export const encodeOpeningShare = (backend: GroupBackend, share: OpeningShare): Uint8Array =>
  concat(uint(share.index, 2), backend.encodeG1(share.D), encodeScalar(share.c), encodeScalar(share.z));

/** Undefined unless 114 bytes hold a canonical subgroup point other than O and two scalars below r. */
export function decodeOpeningShare(backend: GroupBackend, bytes: Uint8Array): OpeningShare | undefined {
  if (bytes.length !== OPENING_SHARE_BYTES) return undefined;
  const D = backend.decodeG1(bytes.subarray(2, 50));
  const c = decodeScalar(bytes.subarray(50, 82));
  const z = decodeScalar(bytes.subarray(82));
  if (D === undefined || backend.isIdentity(D) || c === undefined || z === undefined) return undefined;
  return { index: readUint(bytes.subarray(0, 2)), D, c, z };
}

/** c_i = H2S(lp1(scheme) ‖ pkh ‖ H256(OS_v) ‖ i(2) ‖ H256(ctx ‖ H_M ‖ core) ‖ H256(order) ‖ G ‖ K_i ‖ E1 ‖ D_i ‖ a_i ‖ b_i, "dleq"). */
export function openingChallenge(
  backend: GroupBackend,
  opening: OpeningCase,
  points: { readonly index: number; readonly E1: G1; readonly D: G1; readonly a: G1; readonly b: G1 },
): bigint {
  const { groupKey, openerSet, ctx, messageHash, signature, orderHash } = opening;
  if (orderHash.length !== 32) throw new RangeError('H256(order) has 32 bytes');
  const { index, E1, D, a, b } = points;
  const encoded = [backend.generators.G, openerSet.shareKey(index), E1, D, a, b].map((point) =>
    backend.encodeG1(point),
  );
  const id = messageId(ctx, messageHash, signature);
  return scalarOfHash(
    concat(lp1(PREFIX.scheme), groupKey.pkh, openerSet.hash, uint(index, 2), id, orderHash, ...encoded),
    SCALAR_DST.opening,
  );
}

/** Does the share's proof hold for this case? a = z*G - c*K_i, b = z*E1 - c*D_i. The index must be in 1..n. */
export function isOpeningShareValid(backend: GroupBackend, opening: OpeningCase, E1: G1, share: OpeningShare): boolean {
  const { index, D, c, z } = share;
  const minusC = modOrder(-c);
  const a = backend.msm([backend.generators.G, opening.openerSet.shareKey(index)], [z, minusC]);
  const b = backend.msm([E1, D], [z, minusC]);
  return openingChallenge(backend, opening, { index, E1, D, a, b }) === c;
}
