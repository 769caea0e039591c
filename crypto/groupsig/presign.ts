/**
 * A presignature: a coupon and a commitment of the card put together ahead, so that signing is two hashes, one check and sums modulo r.
 * Like a coupon it lives in memory only, for one card and one epoch, and its values come out once.
 * @module
 */
import { concat } from '../common/bytes.ts';
import { type Rng, secureRng } from '../common/random.ts';
import type { G1, GroupBackend } from './backend.ts';
import { type Coupon, type CouponValues, createCoupon } from './coupon.ts';
import type { GroupKey } from './group-key.ts';
import { GroupSigError } from './groupsig-error.ts';
import type { MemberCredential } from './member-credential.ts';
import { createSingleUse, type SingleUse } from './single-use.ts';

/** A commitment the card keeps under `id` until it has answered it once; N has 48 bytes. */
export interface CardCommitment {
  readonly id: Uint8Array;
  readonly N: Uint8Array;
}

/** The values of one presignature: a coupon's, with the card's N in T1 and T3. */
export interface PresignatureValues
  extends Pick<CouponValues, 'Q' | 'points' | 'rInverse' | 'e' | 'rho' | 'kr' | 'ke' | 'krho'> {
  /** The card's name for its commitment. */
  readonly id: Uint8Array;
  readonly N: G1;
  /** T1 ‖ T2 ‖ T3 ‖ T4, 192 bytes. */
  readonly commitments: Uint8Array;
}

/** Single use; destroy it when the card is removed or the epoch is over. The card's commitment is lost with it. */
export interface Presignature extends SingleUse<PresignatureValues> {
  readonly pkh: Uint8Array;
  /** epoch(6) ‖ class(2) it is good for. */
  readonly attributes: Uint8Array;
}

/** What a presignature is made of; without a coupon a fresh one is made. */
export interface PresignInput {
  readonly backend: GroupBackend;
  readonly groupKey: GroupKey;
  readonly credential: MemberCredential;
  readonly commitment: CardCommitment;
  readonly coupon?: Coupon;
  readonly rng?: Rng;
}

function decodeCommitment(backend: GroupBackend, bytes: Uint8Array): G1 {
  const N = backend.decodeG1(bytes);
  if (N === undefined || backend.isIdentity(N)) {
    throw new GroupSigError('CARD_ANSWER_INVALID', 'N is not a point other than O');
  }
  return N;
}

/** Coupon and commitment in one, without the tables of {@link presign}: for a signature that is made at once. Throws the same. */
export function joinCommitment(input: PresignInput): Presignature {
  const { backend, groupKey, credential, commitment, rng = secureRng } = input;
  const N = decodeCommitment(backend, commitment.N);
  const coupon = input.coupon ?? createCoupon(backend, groupKey, credential, rng);
  const { T1, T2, T3, T4, ...values } = coupon.take();
  // T1 = k_r*Abar + k_e*A' - N ; T3 = N + k_rho*K1
  const commitments = concat(backend.encodeG1(backend.sub(T1, N)), T2, backend.encodeG1(backend.add(N, T3)), T4);
  return {
    pkh: coupon.pkh,
    attributes: coupon.attributes,
    ...createSingleUse({ ...values, id: commitment.id.slice(), N, commitments }),
  };
}

/** Spends the coupon. Throws CARD_ANSWER_INVALID for a malformed N, before that, and COUPON_USED. */
export function presign(input: PresignInput): Presignature {
  const presignature = joinCommitment(input);
  // The check of the card's answer is on line and uses both; the tables cost a few milliseconds once for key and credential.
  input.groupKey.bases.h.warm?.();
  input.credential.bases.Q.warm?.();
  return presignature;
}
