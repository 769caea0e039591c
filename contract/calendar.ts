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

/** The day in Taiwan as a number since 1970-01-01, and the instant it began. */
export function startOfDay(ms: number): { readonly day: number; readonly start: number } {
  const day = Math.floor((ms + TAIPEI_OFFSET) / DAY);
  return { day, start: day * DAY - TAIPEI_OFFSET };
}

/** The day `days` later. */
export const dayAfter = (ms: number, days: number): string => dayOf(ms + days * DAY);

/** The last second of a day in Taiwan (YYYY-MM-DD), seconds since 1970. */
export const lastSecondOf = (day: string): number => Date.parse(`${day}T23:59:59+08:00`) / 1000;
