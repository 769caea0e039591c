/**
 * The host's half of signing. Host and card together make the 400 bytes; the card alone holds sk.
 * @module
 */

import type { AbortSignalLike } from '../common/abort-signal-like.ts';
import { equalBytes } from '../common/bytes.ts';
import type { Rng } from '../common/random.ts';
import type { GroupBackend } from './backend.ts';
import { attributesOf, decodeContext, HEAD_BYTES } from './context.ts';
import type { Coupon } from './coupon.ts';
import type { GroupKey } from './group-key.ts';
import { GroupSigError } from './groupsig-error.ts';
import type { MemberCredential } from './member-credential.ts';
import { type CardCommitment, joinCommitment, type Presignature } from './presign.ts';
import { decodeScalar, encodeScalar, modOrder } from './scalar.ts';
import { encodeSignature } from './signature.ts';
import { challengeOf, challengeScalar, transcriptHash } from './transcript.ts';

/** The card's two commands of signing. `head` 8 bytes, `hm` and `tx` 32, `n` 16, `zs` 32. */
export interface GroupCard {
  commit(signal: AbortSignalLike): Promise<CardCommitment>;
  respond(
    input: { readonly id: Uint8Array; readonly head: Uint8Array; readonly hm: Uint8Array; readonly tx: Uint8Array },
    signal: AbortSignalLike,
  ): Promise<{ readonly n: Uint8Array; readonly zs: Uint8Array }>;
}

/** Input of {@link signWithCard}; `coupon` and `commitment` may have been made ahead, or both at once as `presignature`. */
export interface SignInput {
  readonly backend: GroupBackend;
  readonly groupKey: GroupKey;
  readonly credential: MemberCredential;
  /** 74 bytes. */
  readonly ctx: Uint8Array;
  /** H_M, 32 bytes. */
  readonly messageHash: Uint8Array;
  readonly card: GroupCard;
  readonly signal: AbortSignalLike;
  readonly coupon?: Coupon;
  readonly commitment?: CardCommitment;
  readonly presignature?: Presignature;
  readonly rng?: Rng;
}

/** Throws EPOCH_MISMATCH unless the thing was made for this group and for ctx's epoch and class. */
function assertFits(
  thing: { readonly pkh: Uint8Array; readonly attributes: Uint8Array },
  pkh: Uint8Array,
  ctx: Uint8Array,
): void {
  if (!equalBytes(thing.pkh, pkh) || !equalBytes(thing.attributes, attributesOf(ctx))) {
    throw new GroupSigError('EPOCH_MISMATCH', 'credential or coupon of another group, epoch or class');
  }
}

/** What was made ahead, or is made now: the given presignature, or one of the given or fresh coupon and commitment. */
async function presignatureFor(input: SignInput): Promise<Presignature> {
  const { backend, groupKey, credential, card, signal, rng } = input;
  if (input.presignature !== undefined) return input.presignature;
  if (input.coupon !== undefined) assertFits(input.coupon, groupKey.pkh, input.ctx);
  const commitment = input.commitment ?? (await card.commit(signal));
  return joinCommitment({
    backend,
    groupKey,
    credential,
    commitment,
    ...(input.coupon === undefined ? {} : { coupon: input.coupon }),
    ...(rng === undefined ? {} : { rng }),
  });
}

/**
 * sigma, 400 bytes. B comes from ctx's own bytes, and coupon or presignature is spent even when the card then fails. Rejects with
 * CONTEXT_INVALID, EPOCH_MISMATCH, COUPON_USED, CARD_ANSWER_INVALID (N or z_s does not fit Q: another card, or a fault), or what the card or
 * signal throws.
 */
export async function signWithCard(input: SignInput): Promise<Uint8Array> {
  const { backend, groupKey, credential, card, signal } = input;
  // Copies: what is hashed before the card answers must be what is hashed after.
  const ctx = input.ctx.slice();
  const messageHash = input.messageHash.slice();
  if (messageHash.length !== 32) throw new RangeError('signWithCard: H_M has 32 bytes');
  if (input.presignature !== undefined && (input.coupon !== undefined || input.commitment !== undefined)) {
    throw new RangeError('signWithCard: a presignature holds its own coupon and commitment');
  }
  decodeContext(ctx);
  assertFits(credential, groupKey.pkh, ctx);
  signal.throwIfAborted();
  const presignature = await presignatureFor({ ...input, ctx });
  assertFits(presignature, groupKey.pkh, ctx);
  const values = presignature.take();
  if (!backend.equal(values.Q, credential.Q)) {
    throw new GroupSigError('EPOCH_MISMATCH', 'coupon of another credential');
  }
  const { encoded: B } = groupKey.baseOf(attributesOf(ctx));
  const { points, commitments } = values;
  const tx = transcriptHash({ pkh: groupKey.pkh, B, ctx, points, commitments: [commitments] });
  const head = ctx.slice(0, HEAD_BYTES);
  signal.throwIfAborted();
  const { n, zs } = await card.respond({ id: values.id, head, hm: messageHash, tx }, signal);

  const s = decodeScalar(zs);
  if (n.length !== 16 || s === undefined) throw new GroupSigError('CARD_ANSWER_INVALID', 'the answer is malformed');
  const challenge = challengeOf({ pkh: groupKey.pkh, n, head, messageHash, tx });
  const c = challengeScalar(challenge);
  // z_s*h = N + c*Q, or the card holds another secret than the credential.
  const expected = backend.add(values.N, credential.bases.Q.mul(c));
  if (!backend.equal(groupKey.bases.h.mul(s), expected)) {
    throw new GroupSigError('CARD_ANSWER_INVALID', 'the answer does not fit Q');
  }
  // z_r = k_r + c/r ; z_e = k_e + c*e/r ; z_rho = k_rho + c*rho
  const cOverR = modOrder(c * values.rInverse);
  const zr = encodeScalar(modOrder(values.kr + cOverR));
  const ze = encodeScalar(modOrder(values.ke + cOverR * values.e));
  const zrho = encodeScalar(modOrder(values.krho + c * values.rho));
  return encodeSignature(values.points, n, challenge, [zs, zr, ze, zrho]);
}
