/**
 * Coupons: everything of a signature that does not depend on the message, made ahead by the host. They live in memory only, in one process,
 * for one card and one epoch. A second use of (r, rho, k_r, k_e, k_rho) would publish A and Q, so the values come out once.
 * @module
 */

import { concat } from '../common/bytes.ts';
import { type Rng, randomScalar, secureRng } from '../common/random.ts';
import type { G1, GroupBackend } from './backend.ts';
import type { GroupKey } from './group-key.ts';
import { GroupSigError } from './groupsig-error.ts';
import type { MemberCredential } from './member-credential.ts';
import { inverse, modOrder, ORDER } from './scalar.ts';

/** The values of one coupon. T1 and T3 still lack the card's N. */
export interface CouponValues {
  readonly Q: G1;
  /** A' ‖ Abar ‖ E1 ‖ E2 ‖ E3, 240 bytes. */
  readonly points: Uint8Array;
  /** k_r*Abar + k_e*A' */
  readonly T1: G1;
  /** k_rho*G, 48 bytes. */
  readonly T2: Uint8Array;
  /** k_rho*K1 */
  readonly T3: G1;
  /** k_rho*(K2-K1), 48 bytes. */
  readonly T4: Uint8Array;
  readonly rInverse: bigint;
  readonly e: bigint;
  readonly rho: bigint;
  readonly kr: bigint;
  readonly ke: bigint;
  readonly krho: bigint;
}

/** Single use. */
export interface Coupon {
  readonly pkh: Uint8Array;
  /** epoch(6) ‖ class(2) it is good for. */
  readonly attributes: Uint8Array;
  /** The values, once; COUPON_USED afterwards and after {@link Coupon.destroy}. */
  take(): CouponValues;
  /** Forgets the values: card removed, epoch over. */
  destroy(): void;
}

/** r, rho, k_r, k_e, k_rho <- Zr*; A' = r*A; Abar = r*d0; E1 = rho*G; E2 = Q + rho*K1; E3 = Q + rho*K2; and the host's parts of T1..T4. */
export function createCoupon(
  backend: GroupBackend,
  groupKey: GroupKey,
  credential: MemberCredential,
  rng: Rng = secureRng,
): Coupon {
  const { G, K2 } = backend.generators;
  const { Q, A, d0, e } = credential;
  const [r, rho, kr, ke, krho] = [
    randomScalar(ORDER, rng),
    randomScalar(ORDER, rng),
    randomScalar(ORDER, rng),
    randomScalar(ORDER, rng),
    randomScalar(ORDER, rng),
  ];
  const blinded = backend.mul(A, r);
  const Abar = backend.mul(d0, r);
  const E1 = backend.mul(G, rho);
  const E2 = backend.add(Q, backend.mul(groupKey.K1, rho));
  const E3 = backend.add(Q, backend.mul(K2, rho));
  let values: CouponValues | undefined = {
    Q,
    points: concat(...[blinded, Abar, E1, E2, E3].map((point) => backend.encodeG1(point))),
    T1: backend.msm([Abar, blinded], [kr, ke]),
    T2: backend.encodeG1(backend.mul(G, krho)),
    T3: backend.mul(groupKey.K1, krho),
    T4: backend.encodeG1(backend.mul(groupKey.twinBase, krho)),
    rInverse: inverse(r),
    e: modOrder(e),
    rho,
    kr,
    ke,
    krho,
  };
  return {
    pkh: credential.pkh,
    attributes: credential.attributes,
    take: () => {
      const taken = values;
      values = undefined;
      if (taken === undefined) throw new GroupSigError('COUPON_USED', 'coupon was used or destroyed');
      return taken;
    },
    destroy: () => {
      values = undefined;
    },
  };
}
