/**
 * Days as Taiwan's cards write them: seven digits, year of the Republic (common year - 1911), month, day.
 * @module
 */

/** `0730517` -> `1984-05-17`. Undefined for anything but a day that the calendar has; there is no year 0, and no way to write an earlier one. */
export function isoOfRoc(text: string): string | undefined {
  const [, roc, month, day] = /^([0-9]{3})([0-9]{2})([0-9]{2})$/u.exec(text) ?? [];
  if (roc === undefined || month === undefined || day === undefined || Number(roc) === 0) return undefined;
  const year = Number(roc) + 1911;
  const at = new Date(Date.UTC(year, Number(month) - 1, Number(day)));
  // A day that the month does not have has rolled over into the next.
  if (at.getUTCMonth() !== Number(month) - 1 || at.getUTCDate() !== Number(day)) return undefined;
  return at.toISOString().slice(0, 10);
}
