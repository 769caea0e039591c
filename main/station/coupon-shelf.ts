/**
 * What a clinic makes ahead for the doctor's card that is in: the loaded credential and a few coupons, so that the signature itself is two
 * hashes and the card's answer (groupsig note, "Sign"). In memory only, for one stay of one card and one epoch; gone when the card leaves.
 * @module
 */
import { hex } from '../../crypto/common/bytes.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { type Coupon, createCoupon } from '../../crypto/groupsig/coupon.ts';
import type { GroupKey } from '../../crypto/groupsig/group-key.ts';
import type { MemberCredential } from '../../crypto/groupsig/member-credential.ts';

/** A record and a prescription: what one visit needs. */
const STOCK = 2;
/** Attributes begin with the epoch. */
const EPOCH_BYTES = 6;

interface Compartment {
  readonly stay: string;
  /** epoch(6) in hexadecimal. */
  readonly epoch: string;
  readonly credential: MemberCredential;
  readonly coupons: Coupon[];
}

export interface CouponShelf {
  /**
   * The credential of a stay, loaded once. `attributes` = epoch(6) ‖ class(2). What that stay has of any other epoch is destroyed: one
   * epoch is over when the next is asked for.
   */
  credential(
    stay: string,
    attributes: Uint8Array,
    load: () => Promise<MemberCredential | undefined>,
  ): Promise<MemberCredential | undefined>;
  /** A coupon for that credential, if one was made. */
  take(credential: MemberCredential): Coupon | undefined;
  /** Makes coupons up to the stock, for every credential on the shelf. */
  stock(): void;
  /** Destroys everything of cards that are not among these stays. */
  keepOnly(stays: ReadonlySet<string>): void;
}

export function createCouponShelf(backend: GroupBackend, groupKey: GroupKey): CouponShelf {
  const shelf = new Map<string, Compartment>();
  /** The one epoch of each stay for which anything may be kept. */
  const epochs = new Map<string, string>();

  const destroy = (over: (compartment: Compartment) => boolean): void => {
    for (const [name, compartment] of shelf) {
      if (!over(compartment)) continue;
      for (const coupon of compartment.coupons) coupon.destroy();
      shelf.delete(name);
    }
  };

  return {
    credential: async (stay, attributes, load) => {
      const epoch = hex(attributes.subarray(0, EPOCH_BYTES));
      epochs.set(stay, epoch);
      destroy((one) => one.stay === stay && one.epoch !== epoch);
      const name = `${stay} ${hex(attributes)}`;
      const known = shelf.get(name);
      if (known !== undefined) return known.credential;
      const credential = await load();
      // Meanwhile the card may have left, or the epoch be over.
      if (credential !== undefined && epochs.get(stay) === epoch && !shelf.has(name))
        shelf.set(name, { stay, epoch, credential, coupons: [] });
      return credential;
    },
    take: (credential) => [...shelf.values()].find((one) => one.credential === credential)?.coupons.pop(),
    stock: () => {
      for (const { credential, coupons } of shelf.values())
        while (coupons.length < STOCK) coupons.push(createCoupon(backend, groupKey, credential));
    },
    keepOnly: (stays) => {
      destroy(({ stay }) => !stays.has(stay));
      for (const stay of epochs.keys()) if (!stays.has(stay)) epochs.delete(stay);
    },
  };
}
