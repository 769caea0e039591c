import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { CardError } from '../card-error.ts';
import { encodeAtr, historicalBytes, supportsExtended } from './atr.ts';
import { type CommandApdu, command, decodeCommand, encodeCommand } from './command.ts';
import { crc32 } from './crc32.ts';
import { isPinBlock, pinBlock } from './pin-block.ts';
import { decodeAnswer, encodeAnswer } from './response.ts';
import { refusal } from './status-word.ts';

const byte = fc.integer({ min: 0, max: 255 });
const commands: fc.Arbitrary<CommandApdu> = fc.record({
  cla: byte,
  ins: byte,
  p1: byte,
  p2: byte,
  data: fc.uint8Array({ maxLength: 700 }),
  le: fc.option(fc.integer({ min: 1, max: 65_536 }), { nil: undefined }),
});

function codeOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof CardError ? error.code : error;
  }
}

describe('command APDUs', () => {
  it('codes the seven cases as ISO/IEC 7816-3 does', () => {
    const header = [0, 0xb0, 1, 2] as const;
    const cases: [CommandApdu, string][] = [
      [command(header), '00b00102'],
      [command(header, undefined, 256), '00b0010200'],
      [command(header, fromHex('aabb')), '00b0010202aabb'],
      [command(header, fromHex('aabb'), 5), '00b0010202aabb05'],
      [command(header, undefined, 65_536), '00b00102000000'],
      [command(header, fromHex('aabb'), 300), '00b00102000002aabb012c'],
    ];
    for (const [apdu, text] of cases) {
      expect(hex(encodeCommand(apdu))).toBe(text);
      expect(decodeCommand(fromHex(text))).toEqual(apdu);
    }
    expect(hex(encodeCommand(command(header, new Uint8Array(256)))).slice(0, 14)).toBe('00b00102000100');
  });

  it('reads back what it wrote, and refuses what is cut or too long', () => {
    fc.assert(
      fc.property(commands, (apdu) => {
        const encoded = encodeCommand(apdu);
        expect(decodeCommand(encoded)).toEqual(apdu);
        if (apdu.data.length > 3) expect(decodeCommand(encoded.slice(0, -3))).toBeUndefined();
      }),
    );
    for (const text of ['', '00', '00b001', '00b0010205aa', '00b0010201aabbcc', '00b0010200aa', '00b001020000020a']) {
      expect(decodeCommand(fromHex(text))).toBeUndefined();
    }
    expect(decodeCommand(fromHex('00b001020000000000'))).toBeUndefined();
    expect(() => encodeCommand(command([0, 0, 0, 0], undefined, 65_537))).toThrow(RangeError);
  });

  it('never crashes on bytes, and reads nothing it would write otherwise in the same form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const apdu = decodeCommand(bytes);
        if (apdu !== undefined) expect(decodeCommand(encodeCommand(apdu))).toEqual(apdu);
      }),
    );
  });
});

describe('answers', () => {
  it('split and join', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        expect(decodeAnswer(encodeAnswer({ data, sw: 0x9000 }), 300)).toEqual({ data, sw: 0x9000 });
      }),
    );
  });
  it('under two bytes are a lost card; what no card answers is invalid', () => {
    expect(codeOf(() => decodeAnswer(new Uint8Array(0), 0))).toBe('CARD_LOST');
    expect(codeOf(() => decodeAnswer(fromHex('90'), 0))).toBe('CARD_LOST');
    for (const text of ['0000', 'ffff', '6000', '5000', '019000', 'aa6a82']) {
      expect(codeOf(() => decodeAnswer(fromHex(text), 0))).toBe('CARD_ANSWER_INVALID');
    }
  });
});

describe('status words', () => {
  it('become codes by the operation', () => {
    const code = (sw: number, kind?: 'pin' | 'once') => refusal(sw, 'test', kind).code;
    expect(code(0x6985)).toBe('CARD_REFUSED');
    expect(code(0x6985, 'once')).toBe('CARD_ALREADY_USED');
    expect(code(0x6983)).toBe('PIN_BLOCKED');
    expect(code(0x6982)).toBe('PIN_REQUIRED');
    expect(code(0x6984)).toBe('PIN_CHANGE_REQUIRED');
    expect(code(0x6986)).toBe('CARD_OUTSIDE_WINDOW');
    expect(code(0x6a82)).toBe('CARD_RECORD_NOT_FOUND');
    expect(code(0x6a83)).toBe('CARD_RECORD_NOT_FOUND');
    expect(code(0x6a84)).toBe('CARD_FULL');
    expect(code(0x6d00)).toBe('CARD_WRONG_KIND');
    expect(code(0x6a80)).toBe('CARD_REFUSED');
    expect(code(0x6a80, 'pin')).toBe('PIN_FORMAT');
    expect(refusal(0x63c2, 'test')).toMatchObject({ code: 'PIN_WRONG', triesLeft: 2, statusWord: 0x63c2 });
    expect(refusal(0x63c0, 'test')).toMatchObject({ code: 'PIN_BLOCKED', triesLeft: 0 });
  });
});

describe('PIN blocks', () => {
  it('are ISO 9564-1 format 2', () => {
    expect(hex(pinBlock(utf8('123456')))).toBe('26123456ffffffff');
    expect(hex(pinBlock(utf8('123456789012')))).toBe('2c123456789012ff');
    expect(hex(pinBlock(utf8('1234567')))).toBe('271234567fffffff');
  });
  it('refuse other lengths and characters, on both sides', () => {
    expect(codeOf(() => pinBlock(utf8('12345'), { min: 6, max: 8 }))).toBe('PIN_FORMAT');
    expect(codeOf(() => pinBlock(utf8('123456789'), { min: 6, max: 8 }))).toBe('PIN_FORMAT');
    expect(codeOf(() => pinBlock(utf8('1234567890123')))).toBe('PIN_FORMAT');
    expect(codeOf(() => pinBlock(utf8('12345a')))).toBe('PIN_FORMAT');
    for (const text of ['26123456fffffff0', '25123456ffffffff', '16123456ffffffff', '2612345affffffff', '26123456']) {
      expect(isPinBlock(fromHex(text))).toBe(false);
    }
    expect(isPinBlock(fromHex('26123456ffffffff'))).toBe(true);
  });
});

describe('answer to reset and checksum', () => {
  it('has its check byte and says extended', () => {
    const atr = encodeAtr(fromHex('80738021c0620100'));
    expect(atr.slice(1).reduce((sum, byte) => sum ^ byte, 0)).toBe(0);
    expect(hex(historicalBytes(atr) ?? new Uint8Array(0))).toBe('80738021c0620100');
    expect(supportsExtended(atr)).toBe(true);
    expect(supportsExtended(encodeAtr(fromHex('807380210062 0100'.replace(' ', ''))))).toBe(false);
    // A YubiKey's: TA1 TB.. absent, T=1 in TD1 and TD2.
    expect(supportsExtended(fromHex('3bfd1300008131fe158073c021c057597562694b657940'))).toBe(true);
    expect(historicalBytes(fromHex('3b88'))).toBeUndefined();
  });
  it('CRC-32 has its check value', () => {
    expect(crc32(utf8('123456789'))).toBe(0xcbf43926);
  });
});
