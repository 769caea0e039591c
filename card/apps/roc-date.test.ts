import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoOfRoc } from './roc-date.ts';

describe('days of the Republic', () => {
  it.each([
    ['0730517', '1984-05-17'],
    ['0010101', '1912-01-01'],
    ['0991231', '2010-12-31'],
    ['1000101', '2011-01-01'],
    ['1130229', '2024-02-29'],
    ['0890229', '2000-02-29'],
    ['1151130', '2026-11-30'],
  ])('%s is %s', (roc, iso) => {
    expect(isoOfRoc(roc)).toBe(iso);
  });

  it.each([
    ['year 0, which there was not', '0000101'],
    ['a year before the first, with a sign', '-010101'],
    ['29 February of a common year', '1140229'],
    ['29 February of 2100', '1890229'],
    ['31 April', '0730431'],
    ['month 0', '0730017'],
    ['month 13', '0731317'],
    ['day 0', '0730500'],
    ['day 32', '0730532'],
    ['six digits', '730517'],
    ['eight digits', '19840517'],
    ['seven digits of a common date cut short', '1984051'],
    ['blanks', '       '],
    ['NULs', '\0\0\0\0\0\0\0'],
    ['letters', '073O517'],
    ['digits of another script', '０７３０５１７'],
    ['a line end', '0730517\n'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(isoOfRoc(text)).toBeUndefined();
  });

  it('knows every day from 1912 to 2910 and no other', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1912-01-01'), max: new Date('2910-12-31'), noInvalidDate: true }),
        (date) => {
          const iso = date.toISOString().slice(0, 10);
          const roc = `${String(date.getUTCFullYear() - 1911).padStart(3, '0')}${iso.slice(5, 7)}${iso.slice(8)}`;
          expect(isoOfRoc(roc)).toBe(iso);
        },
      ),
    );
  });
});
