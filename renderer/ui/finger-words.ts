/**
 * Fingers on a screen: where each is on the hands, and the key that asks for it.
 * @module
 */
import type { AskedFinger } from '../../contract/taken-finger.ts';

/** Positions of ISO/IEC 19794-2 as they lie side by side: the left hand from its little finger, the right one from its thumb. */
export const HANDS = {
  left: [10, 9, 8, 7, 6],
  right: [1, 2, 3, 4, 5],
} as const satisfies Record<string, readonly AskedFinger[]>;

const NAMES = [
  'finger.name.0',
  'finger.name.1',
  'finger.name.2',
  'finger.name.3',
  'finger.name.4',
  'finger.name.5',
  'finger.name.6',
  'finger.name.7',
  'finger.name.8',
  'finger.name.9',
  'finger.name.10',
] as const;

/** Where the name of a finger stands in the copy; what is none is a finger that nobody can name. */
export const nameKey = (finger: number): (typeof NAMES)[number] => NAMES[finger] ?? NAMES[0];

/** The digit on the keyboard: 1 to 5 are the right hand, 6 to 9 and 0 the left. */
export const keyOfFinger = (finger: number): string => String(finger % 10);

/** Worth asking for first: index and middle fingers and thumbs are the largest and the most often enrolled. */
export const USUAL: ReadonlySet<number> = new Set([1, 2, 3, 6, 7, 8]);

/** Likeness and grades as badges. */
export const BADGE_OF_GRADE = { good: 'ok', fair: 'warn', poor: 'bad' } as const;
export const BADGE_OF_LIKENESS = { strong: 'ok', fair: 'warn', weak: 'bad' } as const;
