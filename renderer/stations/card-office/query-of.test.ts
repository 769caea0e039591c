import { describe, expect, it } from 'vitest';
import { queryOf } from './query-of.ts';

const serial = '4f2b7c0e91d35a6688a1b2c3d4e5f607';

describe('the search field of the card office', () => {
  it.each(['A123456789', ' a123456789 ', 'Ａ１２３４５６７８９', 'A12345 6789'])(
    'takes %j for a national number',
    (text) => {
      expect(queryOf(text)).toEqual({ by: 'national-id', nationalId: 'A123456789' });
    },
  );

  it.each([serial, serial.toUpperCase(), '4f2b 7c0e 91d3 5a66 88a1 b2c3 d4e5 f607', `${serial}\n`])(
    'takes %j for a serial number',
    (text) => {
      expect(queryOf(text)).toEqual({ by: 'serial', serial });
    },
  );

  it.each(['', ' ', 'A12345678', 'A1234567890', '王小明', serial.slice(1), `${serial}0`, `g${serial.slice(1)}`])(
    'takes %j for nothing',
    (text) => {
      expect(queryOf(text)).toBeUndefined();
    },
  );
});
