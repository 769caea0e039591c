/**
 * A result must not stay on a shared screen: after 45 s without a touch it asks, after 60 s it clears (HOUSE section 4).
 * @module
 */

/** Milliseconds without a touch until the question, and until the screen is cleared. */
const IDLE = { warn: 45_000, clear: 60_000 } as const;

/** What the screen does after a time without a touch, in milliseconds; `left` in whole seconds. */
export function idlePhase(
  quiet: number,
): { readonly phase: 'shown' } | { readonly phase: 'asking'; readonly left: number } | { readonly phase: 'over' } {
  if (quiet >= IDLE.clear) return { phase: 'over' };
  if (quiet >= IDLE.warn) return { phase: 'asking', left: Math.ceil((IDLE.clear - quiet) / 1000) };
  return { phase: 'shown' };
}
