/**
 * Fingerprints at the card office (eq 1): how the holder of the card in the reader stands, what was taken so far, what was decided. What was
 * enrolled before is never shown.
 * @module
 */
import { z } from 'zod';
import { Refusal } from './errors.ts';
import { FingerprintStanding } from './fingerprints.ts';
import { ScannerWait, TakenFinger } from './taken-finger.ts';

/** Impressions of each finger that is given, and the fewest fingers. */
export const IMPRESSIONS = 3;
const LEAST_FINGERS = 2;

/** Fingers that were begun, and how many impressions of each there are. */
export function impressionsOf(taken: readonly { readonly finger: number }[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { finger } of taken) counts.set(finger, (counts.get(finger) ?? 0) + 1);
  return counts;
}

/** Whether a set is whole: {@link LEAST_FINGERS} or more, {@link IMPRESSIONS} of each. */
export function isWholeSet(taken: readonly { readonly finger: number }[]): boolean {
  const counts = [...impressionsOf(taken).values()];
  return counts.length >= LEAST_FINGERS && counts.every((count) => count === IMPRESSIONS);
}

/** The holder's fingerprints, open at the card office. */
export const FingerprintsStep = z.strictObject({
  step: z.literal('fingerprints'),
  standing: FingerprintStanding,
  /** Impressions of a finger stand together, oldest first. */
  taken: z.array(TakenFinger).max(10 * IMPRESSIONS),
  waiting: ScannerWait.exactOptional(),
  /** What was decided here just now. */
  done: z.enum(['enrolled', 'renewed', 'refused', 'withdrawn']).exactOptional(),
  /** Somebody else has these fingers: a clerk has to look into it before they are sent again. */
  duplicate: z.literal(true).exactOptional(),
  refusal: Refusal.exactOptional(),
});
