import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../crypto/common/bytes.ts';
import { encodeBig5 } from '../simulator/encode-nhi-profile.ts';
import { characterOf, decodeBig5, UNKNOWN_CHARACTER } from './big5.ts';

const decoded = (bytes: string, full?: boolean): string | undefined => decodeBig5(fromHex(bytes), full);
const codePoint = (code: number): number | undefined => characterOf(code).codePointAt(0);

describe('names in Big5', () => {
  it.each([
    ['a4fda470a9fa', '王小明'],
    ['b3afacfcac c2'.replaceAll(' ', ''), '陳美玲'],
    // The last row of the second plane, which ETEN added: 碁 stands in many names.
    ['f9d6', '碁'],
    ['a15d', '（'],
    ['4d617279204c696e', 'Mary Lin'],
    // A trail byte that is a letter or a backslash in ASCII belongs to the character.
    ['b35c', '許'],
    ['a55c', '功'],
    ['', ''],
  ])('reads %s as %s', (bytes, text) => {
    expect(decoded(bytes)).toBe(text);
  });

  it('makes user-defined characters private-use characters as code page 950 does, not those of another place', () => {
    expect([0xfa40, 0xfefe, 0x8e40, 0xa0fe, 0x8140, 0x8dfe, 0xc6a1, 0xc8fe].map(codePoint)).toEqual([
      0xe000, 0xe310, 0xe311, 0xeeb7, 0xeeb8, 0xf6b0, 0xf6b1, 0xf848,
    ]);
    expect(codePoint(0x8862)).toBe(0xf325);
  });

  it('gives every user-defined code a character of its own', () => {
    const seen = new Set<string>();
    for (let lead = 0x81; lead <= 0xfe; lead++)
      for (let trail = 0x40; trail <= 0xfe; trail++)
        if (trail < 0x7f || trail > 0xa0) {
          const character = characterOf((lead << 8) | trail);
          expect(Array.from(character)).toHaveLength(1);
          if (/\p{Co}/u.test(character)) seen.add(character);
        }
    // 785 + 2,983 + 2,041 + 408
    expect(seen.size).toBe(6_217);
  });

  it.each([
    ['a lone lead byte before ASCII', 'a430'],
    ['a lone lead byte before NUL', 'a400'],
    ['a lone lead byte at the end of what is no full field', 'a4fda4'],
    ['a trail byte between the two ranges', 'a480'],
    ['a trail byte of FF', 'a4ff'],
    ['bytes that lead nothing', '80'],
    ['bytes that lead nothing, high', 'ff40'],
    ['A0, which leads nothing', 'a0'.padEnd(2)],
    ['a control character', '4d610a'],
    ['DEL', '7f'],
  ])('refuses %s', (what, bytes) => {
    // A0 is a lead byte of the user-defined areas; alone it is still alone.
    expect([what, decoded(bytes.trim())]).toEqual([what, undefined]);
  });

  it('keeps a name whose last character a full field had no room for', () => {
    expect(decoded('a4fda4', true)).toBe(`王${UNKNOWN_CHARACTER}`);
    expect(decoded('a4fda430', true)).toBeUndefined();
  });

  it('never throws, and comes back from what it can encode', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, full) => {
        const text = decodeBig5(bytes, full);
        if (text === undefined) return;
        expect(Array.from(text).length).toBeLessThanOrEqual(bytes.length);
        expect(text).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 5_000 },
    );
    expect(decodeBig5(encodeBig5('歐陽碁\ue000 A'))).toBe('歐陽碁\ue000 A');
    expect(() => encodeBig5('𠮷')).toThrow(RangeError);
  });
});
