/**
 * A scanner is a keyboard that types faster than people do: a burst under 35 ms a key that ends in Enter is a scan (HOUSE section 4).
 * @module
 */

/** Longest time between two keys of a scan, ms. */
const SCAN_GAP_MS = 35;

/** Shorter bursts are people with quick fingers. */
const SCAN_LENGTH = 16;

/** Keys that arrived close together, and when the last one came. */
export interface ScanBurst {
  readonly text: string;
  readonly at: number;
}

/** Before the first key. */
export const NO_BURST: ScanBurst = { text: '', at: Number.NEGATIVE_INFINITY };

/** Takes one key, as KeyboardEvent names it, at a time in ms. `scan` is what was read, when this key ended a scan. */
export function takeKey(
  burst: ScanBurst,
  key: string,
  at: number,
): { readonly burst: ScanBurst; readonly scan?: string } {
  // Capitals come with keys of their own.
  if (key === 'Shift' || key === 'CapsLock') return { burst };
  const goesOn = at - burst.at <= SCAN_GAP_MS;
  const text = goesOn ? burst.text : '';
  if (key === 'Enter') return text.length >= SCAN_LENGTH ? { burst: NO_BURST, scan: text } : { burst: NO_BURST };
  if (Array.from(key).length !== 1) return { burst: NO_BURST };
  return { burst: { text: text + key, at } };
}
