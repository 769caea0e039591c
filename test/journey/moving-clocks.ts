/**
 * Clocks that stand still until a test moves them: one for the bureau, one for the desks, so that they can differ.
 * @module
 */
import { dayOf } from '../../contract/calendar.ts';
import type { Clock } from '../../contract/clock.ts';

export const MINUTE = 60_000;

/** A clock a test may set wrong or move. */
export interface MovingClock extends Clock {
  /** Forward, in ms; negative goes back. */
  advance(ms: number): void;
}

/**
 * Now, unless midnight in Taiwan is near: then a minute after it, for a visit must be opened on the day of its check-in. Certificates
 * that were just made are good either way.
 */
function aQuietHour(): number {
  const now = Date.now();
  const soon = now + 45 * MINUTE;
  if (dayOf(now) === dayOf(soon)) return now;
  return Date.parse(`${dayOf(soon)}T00:01:00.000+08:00`);
}

/** Two clocks that agree to begin with. */
export function createClocks(): {
  readonly bureau: MovingClock;
  readonly desk: MovingClock;
  /** Moves both. */
  advance(ms: number): void;
  /** The desks' clock shows again what the bureau's shows. */
  agree(): void;
} {
  const start = aQuietHour();
  const clock = (): MovingClock => {
    let now = start;
    return {
      now: () => now,
      advance: (ms) => {
        now += ms;
      },
    };
  };
  const [bureau, desk] = [clock(), clock()];
  return {
    bureau,
    desk,
    advance: (ms) => {
      bureau.advance(ms);
      desk.advance(ms);
    },
    agree: () => desk.advance(bureau.now() - desk.now()),
  };
}
