/**
 * What a desk shows, and who may still change it: a piece of work that was begun before the desk was cleared shows nothing any more, so
 * that nothing of the last patient comes back (HOUSE section 4, "Privacy").
 * @module
 */

/** The flow of one desk. */
export interface DeskScreen<F> {
  readonly flow: () => F;
  /** Shows a flow at once. */
  readonly set: (flow: F) => void;
  /** A `set` for one piece of work: once the desk was cleared it does nothing and answers false. */
  readonly showing: () => (flow: F) => boolean;
  /** Back to `idle`; what still runs has lost its screen. */
  readonly clear: () => void;
}

/** A screen that begins with `idle`; `changed` is called after every change. */
export function createDeskScreen<F>(idle: F, changed: () => void): DeskScreen<F> {
  let flow = idle;
  let round = 0;
  const set = (next: F): void => {
    flow = next;
    changed();
  };
  return {
    flow: () => flow,
    set,
    showing: () => {
      const mine = round;
      return (next) => {
        if (mine !== round) return false;
        set(next);
        return true;
      };
    },
    clear: () => {
      round += 1;
      set(idle);
    },
  };
}
