/**
 * A clock that stands still until a test moves it.
 * @module
 */
import type { Clock } from '../../contract/clock.ts';

export interface MovingClock extends Clock {
  /** Forward, in ms; negative goes back. */
  advance(ms: number): void;
}

export const MINUTE = 60_000;
export const DAY = 86_400_000;

/** Starts at `start`, ms since 1970. */
export function createMovingClock(start: number): MovingClock {
  let now = start;
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

/**
 * Yesterday's noon in Taiwan: certificates made then are valid for TLS, which asks the machine's own clock, and no test runs into
 * midnight.
 */
export const yesterdayNoon = (): number => Math.floor(Date.now() / DAY) * DAY - DAY + 4 * 60 * MINUTE;
