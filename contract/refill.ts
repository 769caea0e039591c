/**
 * Terms of a prescription in parts (product.md 3; rules of the National Health Insurance for refill slips of chronic illness): up to three parts
 * of up to thirty days, so ninety in all, each but the first within the last ten days of the supply before it. Desk, bureau and paper read
 * them here.
 * @module
 */
import { dayAfter } from './calendar.ts';

/** Most parts of a prescription. */
export const MAX_PARTS = 3;

/** Most days of supply in one part. */
export const MAX_DAYS_PER_PART = 30;

/** Days before the end of a part's supply from which on the next part may be collected. */
const WINDOW_DAYS = 10;

/** Days within which the first part is to be collected. */
const FIRST_WITHIN_DAYS = 30;

/** What the doctor wrote: how many parts, and for how many days the longest line of one is. */
export interface RefillTerms {
  readonly parts: number;
  readonly daysPerPart: number;
}

/** First day (YYYY-MM-DD in Taiwan) on which a part may be collected when the one before was on `before`, ms. */
export const opensAfter = (before: number, daysPerPart: number): string =>
  dayAfter(before, Math.max(daysPerPart - WINDOW_DAYS, 0));

/**
 * Last day of the prescription, for its last part too: who comes for the first part on its last day and for each other on the last day of
 * the supply before it still gets all.
 */
export const expiresOn = (issued: number, { parts, daysPerPart }: RefillTerms): string =>
  dayAfter(issued, FIRST_WITHIN_DAYS + (parts - 1) * daysPerPart);

/** The earliest day of each part, in order: every one collected as soon as it may be, the first on the day of issue. */
export const earliestDays = (issued: number, { parts, daysPerPart }: RefillTerms): readonly string[] =>
  Array.from({ length: parts }, (_, i) => dayAfter(issued, i * Math.max(daysPerPart - WINDOW_DAYS, 0)));
