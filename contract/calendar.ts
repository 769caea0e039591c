/**
 * Instants and days as messages write them. Days are days in Taiwan (UTC+8, no daylight saving).
 * @module
 */

const TAIPEI_OFFSET = 8 * 3_600_000;
const DAY = 86_400_000;

/** ISO 8601 UTC with milliseconds. */
export const instantOf = (ms: number): string => new Date(ms).toISOString();

/** The calendar day in Taiwan, YYYY-MM-DD. */
export const dayOf = (ms: number): string => new Date(ms + TAIPEI_OFFSET).toISOString().slice(0, 10);

/** The day `days` later. */
export const dayAfter = (ms: number, days: number): string => dayOf(ms + days * DAY);
