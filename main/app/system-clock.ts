/**
 * The one Clock on the machine's time (HOUSE R15). Only main/app hands it out.
 * @module
 */
import type { Clock } from '../../contract/clock.ts';

/** Milliseconds since 1970-01-01T00:00Z by the machine. */
export const systemClock: Clock = { now: () => Date.now() };
