import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorEntry, isErrorCode } from './errors.ts';
import { isUsableAnswer, virtualCardRefusal } from './virtual-card-codes.ts';

describe('numbers of the NHI control software', () => {
  it('takes 0, 5010 and 5174 as usable and nothing else', () => {
    const usable = Array.from({ length: 10_000 }, (_, number) => number).filter(isUsableAnswer);
    expect(usable).toEqual([0, 5010, 5174]);
    expect(isUsableAnswer(-1)).toBe(false);
  });

  it.each([
    [1018, 'VIRTUAL_CARD_EXPIRED'],
    [1020, 'VIRTUAL_CARD_REUSED'],
    [1021, 'VIRTUAL_CARD_EXPIRED'],
    [1042, 'VIRTUAL_CARD_NOT_OFFERED'],
    [1046, 'VIRTUAL_CARD_NOT_OFFERED'],
    [1099, 'VIRTUAL_CARD_UNAVAILABLE'],
    [1520, 'VIRTUAL_CARD_INVALID'],
    [1521, 'VIRTUAL_CARD_EXPIRED'],
    [1525, 'VIRTUAL_CARD_REUSED'],
    [1529, 'VIRTUAL_CARD_REUSED'],
    [1531, 'VIRTUAL_CARD_INVALID'],
    [4061, 'VIRTUAL_CARD_UNAVAILABLE'],
    [5002, 'NHI_CARD_CANCELLED'],
    [5012, 'INSURANCE_UNPAID'],
    [-1, 'VIRTUAL_CARD_UNAVAILABLE'],
    [77_777, 'VIRTUAL_CARD_UNAVAILABLE'],
  ])('%d is %s', (number, code) => {
    expect(virtualCardRefusal(number)).toBe(code);
  });

  it('has a meaning of its own for every token number of the virtual card that is about the token', () => {
    // 1526 and 1527 are about calls that we never make.
    for (const number of [1520, 1521, 1522, 1523, 1524, 1525, 1528, 1529, 1530, 1531])
      expect(virtualCardRefusal(number)).not.toBe('VIRTUAL_CARD_UNAVAILABLE');
  });

  it('agrees with the error table, in which no number stands twice', () => {
    const named = Object.entries<ErrorEntry>(ERRORS).filter(([, { cshis }]) => cshis !== undefined);
    const numbers = named.map(([, { cshis }]) => cshis);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const [code, { cshis = 0 }] of named) {
      const ours = virtualCardRefusal(cshis);
      expect(isErrorCode(ours)).toBe(true);
      if (ours !== 'VIRTUAL_CARD_UNAVAILABLE')
        expect([cshis, ours]).toEqual([cshis, code === 'VERSION_UNSUPPORTED' ? 'VIRTUAL_CARD_NOT_OFFERED' : code]);
    }
  });
});
