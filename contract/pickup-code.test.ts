import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusalOf } from './errors.ts';
import { pickupCode, readPickupCode } from './pickup-code.ts';

const RX = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const CODE = 'IMIS-RX:A1B2C3D4E5F60718293A4B5C6D7E8F90';

describe('the code of a pickup slip', () => {
  it('is R_X_ID in capitals behind our mark, in characters that QR codes hold in eleven bits a pair', () => {
    expect(pickupCode(RX)).toBe(CODE);
    expect(CODE).toMatch(/^[0-9A-Z $%*+./:-]{40}$/u);
  });

  it('is read back to the same R_X_ID, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const rxId = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
        expect(readPickupCode(pickupCode(rxId))).toBe(rxId);
      }),
    );
  });

  it.each([CODE.toLowerCase(), ` ${CODE}\r`, `imis-rx:${RX.toUpperCase()}`])(
    'reads %j as a scanner may type it',
    (text) => {
      expect(readPickupCode(text)).toBe(RX);
    },
  );

  it.each([
    ['nothing', ''],
    ['the digits alone', RX],
    ['a digit too few', CODE.slice(0, -1)],
    ['a digit too many', `${CODE}0`],
    ['a digit that is none', `${CODE.slice(0, -1)}G`],
    ['another mark', `IMIS-PX:${RX}`],
    ['a mark without its colon', `IMIS-RX${RX}`],
    ['two codes in one', `${CODE}${CODE}`],
    ['a second line', `${CODE}\n${CODE}`],
    ['digits of another script', `IMIS-RX:${'１'.repeat(32)}`],
    ['a letter whose capital is another', `IMıS-RX:${RX}`],
    ['the bar code of a medicine', '4710123456789'],
    ['an address', `https://example.org/${CODE}`],
  ])('refuses %s', (_what, text) => {
    expect(refusalOf(thrown(() => readPickupCode(text)))).toEqual({ code: 'RX_CODE_INVALID' });
  });
});

/** What a call throws. */
function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (cause) {
    return cause;
  }
  throw new Error('accepted');
}
