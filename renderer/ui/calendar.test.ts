import { describe, expect, it } from 'vitest';
import { dayTime, rocDay, rocYear, shortId } from './calendar.ts';

describe('calendar', () => {
  it('counts years of the Republic', () => {
    expect(rocYear(1958)).toBe(47);
    expect(rocDay('2027-03-31', 'zh-TW')).toBe('民國 116 年 3 月 31 日');
    expect(rocDay('2027-03-31', 'en')).toBe('ROC 116-03-31');
  });

  it('says the day of what may end on another', () => {
    expect(dayTime(new Date(2026, 10, 30, 9, 5).toISOString())).toBe('11/30 09:05');
  });

  it('shortens identifiers', () => {
    expect(shortId('a1b2c3d4e5f60718293a4b5c6d7e8f90')).toBe('a1b2 c3d4');
  });
});
