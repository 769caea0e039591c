import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, utf8 } from '../../crypto/common/bytes.ts';
import { CardError } from '../card-error.ts';
import { encodeNhiProfile, type NhiHolder } from '../simulator/encode-nhi-profile.ts';
import { decodeBasicData } from './nhi-basic-data.ts';
import { decodeNhiProfile, type NhiProfile } from './nhi-profile.ts';

const WANG = {
  cardNumber: '000012345678',
  name: '王小明',
  idNumber: 'A123456789',
  birthDate: '1984-05-17',
  sex: 'male',
  issued: '2020-11-09',
} as const satisfies NhiHolder;

/** The 57 bytes written by hand, not by our encoder. */
const BYTES = concat(
  utf8('000012345678'),
  fromHex('a4fda470a9fa'),
  new Uint8Array(14),
  utf8('A123456789'),
  utf8('0730517'),
  utf8('M'),
  utf8('1091109'),
);

/** The profile with some bytes replaced. */
function altered(at: number, bytes: Uint8Array | string): Uint8Array {
  const copy = BYTES.slice();
  copy.set(typeof bytes === 'string' ? utf8(bytes) : bytes, at);
  return copy;
}

/** The name field filled: bytes, then padding. */
const named = (bytes: string, pad = 0): Uint8Array => {
  const field = new Uint8Array(20).fill(pad);
  field.set(fromHex(bytes));
  return altered(12, field);
};

function codeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof CardError ? error.code : error;
  }
}

describe('the public area of the NHI card', () => {
  it('is read as the published table says', () => {
    expect(BYTES).toHaveLength(57);
    expect(decodeNhiProfile(BYTES)).toEqual({ ...WANG, nameCut: false } satisfies NhiProfile);
    expect(encodeNhiProfile(WANG)).toEqual(BYTES);
  });

  describe('mistakes of other programs', () => {
    it('the name is 20 bytes, not 6 (a slice 12..18 loses every name of four characters)', () => {
      expect(decodeNhiProfile(named('bcdab6a7a470a9fa')).name).toBe('歐陽小明');
      expect(decodeNhiProfile(named('a4fda9fa')).name).toBe('王明');
    });

    it('the birth date begins at 42 (a slice 43..49 loses the hundreds of the year)', () => {
      const { birthDate } = decodeNhiProfile(altered(42, '1090101'));
      expect(birthDate).toBe('2020-01-01');
      expect(decodeNhiProfile(altered(42, '0090101')).birthDate).toBe('1920-01-01');
    });

    it('the issue date begins at 50 (a slice 51..57 loses the hundreds of the year)', () => {
      expect(decodeNhiProfile(altered(50, '1091109')).issued).toBe('2020-11-09');
      expect(decodeNhiProfile(altered(50, '0991109')).issued).toBe('2010-11-09');
    });

    it('the issue date is the issue date, not the birth date a second time', () => {
      const profile = decodeNhiProfile(BYTES);
      expect(profile.issued).not.toBe(profile.birthDate);
      expect(decodeNhiProfile(altered(42, '0730518')).issued).toBe(profile.issued);
      expect(decodeNhiProfile(altered(50, '1091110')).birthDate).toBe(profile.birthDate);
    });

    it('bytes of the name are Big5, not a character each', () => {
      expect(decodeNhiProfile(BYTES).name).toHaveLength(3);
    });

    it('a name is not trusted to be padded in one way only', () => {
      for (const padded of [named('a4fda470a9fa'), named('a4fda470a9fa', 0x20)])
        expect(decodeNhiProfile(padded).name).toBe('王小明');
      // Ideographic spaces, and spaces before NULs.
      expect(decodeNhiProfile(named('a4fda470a9faa140a140')).name).toBe('王小明');
      expect(decodeNhiProfile(named('a4fda470a9fa2020')).name).toBe('王小明');
    });
  });

  it('keeps rare characters, and says when a name may go on where the field ended', () => {
    expect(decodeNhiProfile(named('aa4cf9d6')).name).toBe('林碁');
    expect(decodeNhiProfile(named('aa4cfa40')).name).toBe('林\ue000');
    const long = decodeNhiProfile(altered(12, 'MARIA CHRISTINA DELA'));
    expect(long).toMatchObject({ name: 'MARIA CHRISTINA DELA', nameCut: true });
    const ten = decodeNhiProfile(named('a4fd'.repeat(10)));
    expect(ten).toMatchObject({ name: '王'.repeat(10), nameCut: true });
    const split = decodeNhiProfile(named(`41${'a4fd'.repeat(9)}a4`));
    expect(split).toMatchObject({ name: `A${'王'.repeat(9)}\ufffd`, nameCut: true });
    expect(decodeNhiProfile(altered(12, 'MARIA CHRISTINA DEL '))).toMatchObject({ nameCut: false });
  });

  it('knows women, men and residents', () => {
    expect(decodeNhiProfile(altered(49, 'F')).sex).toBe('female');
    for (const id of ['A123456789', 'F223456786', 'A800000014', 'AB12345677', 'FC00000000'])
      expect(decodeNhiProfile(altered(32, id)).idNumber).toBe(id);
  });

  it.each([
    ['56 bytes', BYTES.subarray(0, 56)],
    ['58 bytes', concat(BYTES, Uint8Array.of(0))],
    ['nothing', new Uint8Array(0)],
    ['72 bytes of basic data', concat(BYTES, utf8('1'), new Uint8Array(14))],
    ['everything a byte early', concat(BYTES.subarray(1), Uint8Array.of(0x20))],
    ['everything a byte late', concat(Uint8Array.of(0x30), BYTES.subarray(0, 56))],
    ['a card number with a letter', altered(0, '00001234567A')],
    ['a card number with a blank', altered(11, ' ')],
    ['a name of padding only', named('')],
    ['a name of spaces only', named('', 0x20)],
    ['a name of ideographic spaces only', named('a140a140')],
    ['a lone lead byte in the middle', named('a4fda420a9fa')],
    ['a lone lead byte before the padding', named('a4fda4')],
    ['something behind the NUL', named('a4fd00a9fa')],
    ['a control character in the name', named('a4fd0aa9fa')],
    ['a name nobody could read', altered(12, fromHex('ff'.repeat(20)))],
    ['a small letter in the identity number', altered(32, 'a123456789')],
    ['a short identity number', altered(32, 'A12345678 ')],
    ['an identity number of NULs', altered(32, new Uint8Array(10))],
    ['a birth date of year 0', altered(42, '0000517')],
    ['a birth date on 29 February of a common year', altered(42, '0740229')],
    ['a birth date of blanks', altered(42, '       ')],
    ['no sex', altered(49, ' ')],
    ['a digit for a sex', altered(49, '1')],
    ['a small letter for a sex', altered(49, 'm')],
    ['an issue date that is no day', altered(50, '1091131')],
    ['an issue before birth', altered(50, '0730516')],
  ])('refuses %s', (_what, bytes) => {
    expect(codeOf(() => decodeNhiProfile(bytes))).toBe('NHI_CARD_MALFORMED');
  });

  it('never says in an error what stood on the card', () => {
    const error = (() => {
      try {
        return decodeNhiProfile(altered(49, '?'));
      } catch (caught) {
        return caught;
      }
    })();
    for (const secret of [WANG.cardNumber, WANG.idNumber, WANG.name, '0730517'])
      expect(String(error)).not.toContain(secret);
  });

  it('refuses with its code, or reads what the encoder writes again, whatever the bytes', () => {
    const near = fc
      .tuple(fc.integer({ min: 0, max: 56 }), fc.uint8Array({ minLength: 1, maxLength: 8 }))
      .map(([at, bytes]) => altered(at, bytes.subarray(0, 57 - at)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), near), (bytes) => {
        try {
          const profile = decodeNhiProfile(bytes);
          expect(Object.values(profile).join('')).not.toMatch(/\p{Cc}/u);
          expect(profile.birthDate <= profile.issued).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(CardError);
          expect(error).toMatchObject({ code: 'NHI_CARD_MALFORMED' });
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it('comes back from the encoder, whoever the holder is', () => {
    const digits = (count: number) => fc.stringMatching(new RegExp(`^[0-9]{${count}}$`, 'u'));
    const day = (min: string, max: string) =>
      fc
        .date({ min: new Date(min), max: new Date(max), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10));
    const holder = fc.record({
      cardNumber: digits(12),
      name: fc
        .array(fc.constantFrom(...Array.from('王陳林歐陽小明美玲碁功許\ue000\uf848')), { minLength: 1, maxLength: 9 })
        .map((characters) => characters.join('')),
      idNumber: digits(9).map((rest) => `Q${rest}`),
      birthDate: day('1912-01-01', '2003-12-31'),
      sex: fc.constantFrom('male', 'female'),
      issued: day('2004-01-01', '2099-12-31'),
    });
    fc.assert(
      fc.property(holder, fc.constantFrom(0x00, 0x20), (person, pad) => {
        expect(decodeNhiProfile(encodeNhiProfile(person, pad))).toEqual({ ...person, nameCut: false });
      }),
      { numRuns: 30 },
    );
  });
});

describe('basic data as text, from the virtual card', () => {
  const text = (name = '王小明'.padEnd(17, ' '), tail = '10912345678    '): string =>
    `000012345678${name}A1234567890730517M1091109${tail}`;

  it('is the same profile; the telephone number is not read', () => {
    const expected = { profile: { ...WANG, nameCut: false }, cancelled: false };
    expect(decodeBasicData(text())).toEqual(expected);
    expect(decodeBasicData(text('王小明'.padEnd(17, '\0')))).toEqual(expected);
    expect(decodeBasicData(text(undefined, '1'))).toEqual(expected);
    expect(decodeBasicData(`${text()}\0\0`)).toEqual(expected);
    expect(JSON.stringify(decodeBasicData(text()))).not.toContain('0912345678');
  });

  it('says that a card was cancelled', () => {
    expect(decodeBasicData(text(undefined, '2')).cancelled).toBe(true);
  });

  it('counts a Chinese character as two bytes, one beyond the basic plane too', () => {
    expect(decodeBasicData(text('林𠮷祥'.padEnd(18, ' '))).profile.name).toBe('林𠮷祥');
    expect(decodeBasicData(text('王'.repeat(10))).profile).toMatchObject({ name: '王'.repeat(10), nameCut: true });
  });

  it.each([
    ['a name counted in characters', text('王小明'.padEnd(20, ' '))],
    ['a question mark for a character of two bytes', text('王?明'.padEnd(17, ' '))],
    ['a character across the end of the field', text(`${'A'.repeat(19)}王`)],
    ['a control character', text('王\n明'.padEnd(18, ' '))],
    ['something behind the NUL', text('王小明\0王'.padEnd(16, '\0'))],
    ['no name', text(' '.repeat(20))],
    ['no cancel mark', text(undefined, '')],
    ['another cancel mark', text(undefined, '3')],
    ['more than a telephone number', text(undefined, `1${'0'.repeat(15)}`)],
    ['nothing', ''],
    ['half', text().slice(0, 30)],
    ['57 bytes', text(undefined, '')],
  ])('refuses %s', (_what, raw) => {
    expect(codeOf(() => decodeBasicData(raw))).toBe('NHI_CARD_MALFORMED');
  });

  it('never throws anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 90 }), fc.string({ maxLength: 90 })), (raw) => {
        const answer = codeOf(() => decodeBasicData(raw));
        expect(typeof answer === 'object' || answer === 'NHI_CARD_MALFORMED').toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});
