/**
 * The one Clock port (HOUSE R15): nobody else reads the time.
 * @module
 */

/** Milliseconds since 1970-01-01T00:00Z. */
export interface Clock {
  now(): number;
}
