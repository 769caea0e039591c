import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nafDigits, signedWindows } from './scalar-digits.ts';
import { EDGE_SCALARS } from './testing/edge-scalars.ts';

const valueOf = (digits: ArrayLike<number>, width: number): bigint =>
  Array.from(digits).reduceRight((sum, digit) => (sum << BigInt(width)) + BigInt(digit), 0n);

describe('signed windows', () => {
  it.each([5, 6, 8])('of %d bits stand for the value and stay within half a window', (width) => {
    const count = Math.ceil(256 / width);
    const holds = (value: bigint): void => {
      const digits = signedWindows(value, width, count);
      expect(valueOf(digits, width)).toBe(value);
      expect(Math.max(...digits)).toBeLessThanOrEqual(1 << (width - 1));
      expect(Math.min(...digits)).toBeGreaterThan(-(1 << (width - 1)));
    };
    for (const edge of EDGE_SCALARS) holds(edge);
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: (1n << 255n) - 1n }), holds));
  });

  it('refuse what does not fit', () => {
    expect(() => signedWindows(-1n, 5, 4)).toThrow(RangeError);
    expect(() => signedWindows(1n << 20n, 5, 4)).toThrow(RangeError);
    // Fits 20 bits, but its highest digit carries.
    expect(() => signedWindows((1n << 20n) - 1n, 5, 4)).toThrow(RangeError);
  });
});

describe('non-adjacent digits', () => {
  const holds = (value: bigint): void => {
    const digits = nafDigits(value, 4, 128);
    expect(digits.length).toBe(129);
    expect(valueOf(digits, 1)).toBe(value);
    let last = -4;
    for (const [i, digit] of digits.entries()) {
      if (digit === 0) continue;
      expect(digit & 1).toBe(1);
      expect(Math.abs(digit)).toBeLessThan(8);
      expect(i - last).toBeGreaterThanOrEqual(4);
      last = i;
    }
  };

  it('stand for the value, odd, small and apart', () => {
    for (const edge of EDGE_SCALARS.filter((k) => k >> 128n === 0n)) holds(edge);
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), holds));
  });

  it('refuse what does not fit', () => {
    expect(() => nafDigits(1n << 128n, 4, 128)).toThrow(RangeError);
    expect(() => nafDigits(-1n, 4, 128)).toThrow(RangeError);
  });
});
