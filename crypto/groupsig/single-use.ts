/**
 * Values that come out once: what is left behind after a signature would publish A and Q if it were used again.
 * @module
 */
import { GroupSigError } from './groupsig-error.ts';

/** Holds values in a closure until they are taken or destroyed. */
export interface SingleUse<T> {
  /** The values, once; COUPON_USED afterwards and after {@link SingleUse.destroy}. */
  take(): T;
  /** Forgets the values: card removed, epoch over. */
  destroy(): void;
}

/** Makes a holder of `values`; the caller keeps no other reference. */
export function createSingleUse<T extends object>(values: T): SingleUse<T> {
  let kept: T | undefined = values;
  return {
    take: () => {
      const taken = kept;
      kept = undefined;
      if (taken === undefined) throw new GroupSigError('COUPON_USED', 'coupon or presignature was used or destroyed');
      return taken;
    },
    destroy: () => {
      kept = undefined;
    },
  };
}
