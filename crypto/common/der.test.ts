import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, hex, readUtf8, utf8 } from './bytes.ts';
import { decodeOid, encodeOid } from './der-oid.ts';
import {
  type DerError,
  DerReader,
  readBits,
  readBoolean,
  readDer,
  readInteger,
  readOid,
  readSetOf,
  readText,
  readTime,
  readUnsigned,
} from './der-read.ts';
import {
  bitString,
  boolean,
  encodeDer,
  explicit,
  integer,
  nothing,
  octets,
  oid,
  printableString,
  sequence,
  setOf,
  TAG,
  time,
  unsigned,
  utf8String,
} from './der-write.ts';
import { IMIS_OID } from './oids.ts';
import { OID } from './standard-oids.ts';

const refused = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return (error as DerError).code;
  }
  return undefined;
};

describe('object identifiers', () => {
  it('encodes the arcs of a UUID as openssl prints them', () => {
    for (const dotted of [...Object.values(IMIS_OID), ...Object.values(OID)]) {
      const der = encodeDer(oid(dotted));
      const printed = execFileSync('openssl', ['asn1parse', '-inform', 'DER'], { input: der }).toString();
      if (dotted.startsWith('2.25.')) expect(printed).toContain(`:${dotted}\n`);
      expect(decodeOid(encodeOid(dotted))).toBe(dotted);
    }
  });

  it('round trips any identifier and refuses what is none', () => {
    const arcs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 130n }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom('0.39', '1.2', '2.999', '2.40'), arcs, (root, rest) => {
        const dotted = [root, ...rest].join('.');
        expect(decodeOid(encodeOid(dotted))).toBe(dotted);
      }),
    );
    for (const text of ['', '1', '3.1', '1.40', '1.2.03', '1.2.', '1.2.a'])
      expect(() => encodeOid(text)).toThrow(RangeError);
    for (const bytes of ['', '80', '2a80', '2a8001']) expect(decodeOid(fromHex(bytes))).toBeUndefined();
  });
});

describe('an identifier of absurd length', () => {
  it('is refused before it is worked out: an arc in a BigInt costs the square of its length', () => {
    const bytes = new Uint8Array(257).fill(0xff);
    bytes[256] = 0x7f;
    expect(decodeOid(bytes)).toBeUndefined();
    expect(decodeOid(bytes.subarray(1))).toBeDefined();
  });
});

describe('values', () => {
  it('writes what it reads', () => {
    expect(readInteger(readDer(encodeDer(integer(65_537)), TAG.integer))).toBe(65_537);
    expect(hex(encodeDer(integer(0)))).toBe('020100');
    expect(hex(encodeDer(integer(128)))).toBe('02020080');
    expect(hex(encodeDer(unsigned(fromHex('0000ff'))))).toBe('020200ff');
    expect(hex(readUnsigned(readDer(encodeDer(unsigned(fromHex('ff'))), TAG.integer)))).toBe('00ff');
    expect(readBoolean(readDer(encodeDer(boolean(true)), TAG.boolean))).toBe(true);
    expect(hex(readBits(readDer(encodeDer(bitString(fromHex('0102'))), TAG.bitString)))).toBe('0102');
    expect(readText(readDer(encodeDer(utf8String('王𠮷明')), TAG.utf8String))).toBe('王𠮷明');
    expect(readText(readDer(encodeDer(printableString('a b')), TAG.printableString))).toBe('a b');
    expect(hex(encodeDer(nothing()))).toBe('0500');
    expect(readOid(readDer(encodeDer(oid('1.2.840')), TAG.oid))).toBe('1.2.840');
  });

  it('turns times at the two forms of RFC 5280', () => {
    for (const [iso, tag] of [
      ['1999-12-31T23:59:59Z', TAG.utcTime],
      ['2049-12-31T23:59:59Z', TAG.utcTime],
      ['2050-01-01T00:00:00Z', TAG.generalizedTime],
    ] as const) {
      expect(readTime(readDer(encodeDer(time(Date.parse(iso) + 900)), tag))).toBe(Date.parse(iso));
    }
    for (const text of ['260230000000Z', '261301000000Z', '260101240000Z', '2601010000Z', '260101000000+0800']) {
      expect(refused(() => readTime({ tag: TAG.utcTime, body: utf8(text), whole: utf8(text) }))).toBe('DER_MALFORMED');
    }
  });

  it('orders a SET OF and refuses another order or a repetition', () => {
    const set = encodeDer(setOf([integer(2), integer(300), integer(1)]));
    expect(hex(set)).toBe('310a0201010201020202012c');
    expect(readSetOf(readDer(set, TAG.set), TAG.integer)).toHaveLength(3);
    expect(refused(() => readSetOf(readDer(fromHex('3106020102020101'), TAG.set), TAG.integer))).toBe('DER_MALFORMED');
    expect(refused(() => readSetOf(readDer(fromHex('3106020101020101'), TAG.set), TAG.integer))).toBe('DER_MALFORMED');
  });

  it('refuses a member of another type', () => {
    expect(refused(() => readSetOf(readDer(fromHex('3106020101040101'), TAG.set), TAG.integer))).toBe('DER_MALFORMED');
    expect(refused(() => new DerReader(fromHex('300031003000')).rest(TAG.sequence))).toBe('DER_MALFORMED');
  });

  it('gives back any tree byte for byte, at every length form', () => {
    for (const length of [0, 127, 128, 255, 256, 65_535, 65_536]) {
      const der = encodeDer(sequence(explicit(0, octets(new Uint8Array(length)))));
      const inner = readDer(der, TAG.sequence);
      expect(new DerReader(inner.body).enter(0xa0).read(TAG.octets).body).toHaveLength(length);
    }
  });

  it('reads UTF-8 and nothing like it', () => {
    expect(readUtf8(utf8('䶮'))).toBe('䶮');
    for (const bytes of ['c080', 'eda080', 'ff', 'e4b6']) expect(readUtf8(fromHex(bytes))).toBeUndefined();
  });
});

describe('refusals', () => {
  const cases = {
    'cut off': '0402ff',
    'left over': '04010000',
    'indefinite length': '308000000000',
    'length in two octets for one': '0481010a',
    'length with a leading zero': '04820080' + '00'.repeat(128),
    'high tag number': '1f8101',
    'end of contents': '0000',
    empty: '',
  };
  for (const [name, bytes] of Object.entries(cases)) {
    it(name, () => {
      expect(refused(() => readDer(fromHex(bytes), fromHex(bytes)[0] ?? 4))).toBe('DER_MALFORMED');
    });
  }

  it('integers that are negative or padded, booleans that are neither', () => {
    for (const bytes of ['0200', '0201ff', '02020001', '0207ffffffffffffff']) {
      expect(refused(() => readInteger(readDer(fromHex(bytes), TAG.integer)))).toBe('DER_MALFORMED');
    }
    expect(refused(() => readBoolean(readDer(fromHex('010101'), TAG.boolean)))).toBe('DER_MALFORMED');
    expect(refused(() => readBits(readDer(fromHex('03020100'), TAG.bitString)))).toBe('DER_MALFORMED');
  });
});
