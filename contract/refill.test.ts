import { describe, expect, it } from 'vitest';
import { earliestDays, expiresOn, MAX_DAYS_PER_PART, MAX_PARTS, opensAfter } from './refill.ts';

/** 2026-11-29 23:30 in Taiwan, which is still the 29th there. */
const at = Date.parse('2026-11-29T15:30:00.000Z');
const dayMs = 86_400_000;

describe('a prescription in parts', () => {
  it.each([
    [1, 7, '2026-12-29'],
    [1, 30, '2026-12-29'],
    [2, 28, '2027-01-26'],
    [3, 28, '2027-02-23'],
    [3, 30, '2027-02-27'],
  ])('of %i parts of %i days ends on %s', (parts, daysPerPart, last) => {
    expect(expiresOn(at, { parts, daysPerPart })).toBe(last);
  });

  it('of the most there may be ends after ninety days', () => {
    const last = expiresOn(at, { parts: MAX_PARTS, daysPerPart: MAX_DAYS_PER_PART });
    expect(Date.parse(last) - Date.parse('2026-11-29')).toBe(90 * dayMs);
  });

  it('opens each part ten days before the supply of the one before ends, and at once where that is shorter', () => {
    expect(opensAfter(at, 30)).toBe('2026-12-19');
    expect(opensAfter(at, 28)).toBe('2026-12-17');
    expect(opensAfter(at, 7)).toBe('2026-11-29');
  });

  it('says the earliest day of each part', () => {
    expect(earliestDays(at, { parts: 1, daysPerPart: 28 })).toEqual(['2026-11-29']);
    expect(earliestDays(at, { parts: 3, daysPerPart: 28 })).toEqual(['2026-11-29', '2026-12-17', '2027-01-04']);
    expect(earliestDays(at, { parts: 3, daysPerPart: 7 })).toEqual(['2026-11-29', '2026-11-29', '2026-11-29']);
  });
});
