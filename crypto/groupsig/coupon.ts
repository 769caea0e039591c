/**
 * Coupons: everything of a signature that does not depend on the message, made ahead by the host. They live in memory only, in one process,
 * for one card and one epoch. A second use of (r, rho, k_r, k_e, k_rho) would publish A and Q, so the values come out once.
 * @module
 */

import { concat } from '../common/bytes.ts';
import { type Rng, randomScalar, secureRng } from '../common/random.ts';
import type { G1, GroupBackend } from './backend.ts';
import type { GroupKey } from './group-key.ts';
import type { MemberCredential } from './member-credential.ts';
import { inverse, modOrder, ORDER } from './scalar.ts';
import { createSingleUse, type SingleUse } from './single-use.ts';

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
export interface Coupon extends SingleUse<CouponValues> {
  readonly pkh: Uint8Array;
  /** epoch(6) ‖ class(2) it is good for. */
  readonly attributes: Uint8Array;
}

/** r, rho, k_r, k_e, k_rho <- Zr*; A' = r*A; Abar = r*d0; E1 = rho*G; E2 = Q + rho*K1; E3 = Q + rho*K2; and the host's parts of T1..T4. */
export function createCoupon(
  backend: GroupBackend,
  groupKey: GroupKey,
  credential: MemberCredential,
  rng: Rng = secureRng,
): Coupon {
  const { G, K1, twin } = groupKey.bases;
  const { Q, e } = credential;
  const { A, d0 } = credential.bases;
  const [r, rho, kr, ke, krho] = [
    randomScalar(ORDER, rng),
    randomScalar(ORDER, rng),
    randomScalar(ORDER, rng),
    randomScalar(ORDER, rng),
    randomScalar(ORDER, rng),
  ];
  const E2 = backend.add(Q, K1.mul(rho));
  // E3 = Q + rho*K2 = E2 + rho*(K2-K1)
  const E3 = backend.add(E2, twin.mul(rho));
  const values: CouponValues = {
    Q,
    points: concat(...[A.mul(r), d0.mul(r), G.mul(rho), E2, E3].map((point) => backend.encodeG1(point))),
    // k_r*Abar + k_e*A' = (k_r*r)*d0 + (k_e*r)*A
    T1: backend.add(d0.mul(modOrder(kr * r)), A.mul(modOrder(ke * r))),
    T2: backend.encodeG1(G.mul(krho)),
    T3: K1.mul(krho),
    T4: backend.encodeG1(twin.mul(krho)),
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
    ...createSingleUse(values),
  };
}
