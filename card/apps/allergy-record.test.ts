import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { type AllergyRecord, decodeAllergyRecord, encodeAllergyRecord } from './allergy-record.ts';

const penicillins: AllergyRecord = { kind: 'class', code: 'penicillins', criticality: 'high', day: 20_786 };

describe('a record of EF ALLERGY', () => {
  it('is what the specification shows', () => {
    expect(hex(encodeAllergyRecord(penicillins))).toBe('010202513270656e6963696c6c696e73');
  });

  it('comes back as it was written, and takes at most 40 bytes', () => {
    fc.assert(
      fc.property(
        fc.record({
          kind: fc.constantFrom('atc', 'class', 'text'),
          code: fc.stringMatching(/^[a-zA-Z0-9-]{1,35}$/u),
          criticality: fc.constantFrom('unable-to-assess', 'low', 'high'),
          day: fc.integer({ min: 0, max: 65_535 }),
        }),
        (record) => {
          const bytes = encodeAllergyRecord(record);
          expect(bytes.length).toBeLessThanOrEqual(40);
          expect(decodeAllergyRecord(bytes)).toEqual(record);
        },
      ),
    );
  });

  it('has room for eleven Chinese characters, and says so', () => {
    const text = (code: string): AllergyRecord => ({ ...penicillins, kind: 'text', code });
    expect(decodeAllergyRecord(encodeAllergyRecord(text('花'.repeat(11))))?.code).toBe('花'.repeat(11));
    for (const code of ['花'.repeat(12), '']) expect(() => encodeAllergyRecord(text(code))).toThrow(RangeError);
  });

  it.each([
    ['empty', ''],
    ['what an earlier profile wrote', hex(utf8('penicillin'))],
    ['a later version', '020202513270'],
    ['a kind that does not exist', '010402513270'],
    ['a criticality that does not exist', '010203513270'],
    ['cut before the substance', '0102025132'],
    ['a class with a blank', '01020251327020'],
    ['words that are not UTF-8', '0103025132ff'],
  ])('is not read when it is %s', (_what, bytes) => {
    expect(decodeAllergyRecord(fromHex(bytes))).toBeUndefined();
  });
});
