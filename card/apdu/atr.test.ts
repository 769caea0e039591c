import { describe, expect, it } from 'vitest';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { HISTORICAL_BYTES } from '../apps/card-profile.ts';
import { encodeAtr, historicalBytes, readAtr, supportsExtended } from './atr.ts';

describe('answer to reset', () => {
  it('of ours: T=1, the historical bytes, a right check byte, extended length', () => {
    const atr = encodeAtr(HISTORICAL_BYTES);
    expect(readAtr(atr)).toEqual({ protocols: [1], historical: HISTORICAL_BYTES, checked: true });
    expect(supportsExtended(atr)).toBe(true);
  });

  it('as PC/SC part 3 makes it for a contactless storage card: T=0 and T=1', () => {
    const facts = readAtr(fromHex('3b8f8001804f0ca000000306030001000000006a'));
    expect(facts?.protocols).toEqual([0, 1]);
    expect(hex(facts?.historical ?? new Uint8Array())).toBe('804f0ca00000030603000100000000');
    expect(facts?.checked).toBe(true);
    expect(supportsExtended(fromHex('3b8f8001804f0ca000000306030001000000006a'))).toBe(false);
  });

  it('that names no protocol: T=0, and no check byte is asked for', () => {
    expect(readAtr(fromHex('3b02abcd'))).toEqual({ protocols: [0], historical: fromHex('abcd'), checked: true });
    expect(readAtr(fromHex('3b02abcd00'))?.checked).toBe(false);
  });

  it('with global interface bytes (T=15) beside T=0: T=15 is no protocol', () => {
    // TD1 = 80: T=0, TD2 follows; TD2 = 1F: TA3 follows, T=15; a check byte because of it.
    const body = fromHex('81801f03aa');
    const check = body.reduce((sum, byte) => sum ^ byte, 0);
    expect(readAtr(Uint8Array.of(0x3b, ...body, check))).toEqual({
      protocols: [0],
      historical: fromHex('aa'),
      checked: true,
    });
  });

  it('cut short at any byte is undefined or unchecked', () => {
    const atr = encodeAtr(HISTORICAL_BYTES);
    for (let length = 0; length < atr.length; length++) {
      const facts = readAtr(atr.subarray(0, length));
      expect(facts === undefined || !facts.checked).toBe(true);
    }
    expect(historicalBytes(atr.subarray(0, 5))).toBeUndefined();
  });

  it('with a flipped bit in its body fails its check', () => {
    const atr = encodeAtr(HISTORICAL_BYTES);
    atr[5] = (atr[5] ?? 0) ^ 1;
    expect(readAtr(atr)?.checked).toBe(false);
  });
});
