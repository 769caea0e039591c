import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, concat, hex, lp1, uint } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import {
  ageOf,
  type ErasedWarrants,
  encodeErasedWarrants,
  erasedWarrantsBody,
  erasedWarrantsHash,
  isErased,
  readErasedWarrants,
} from './erased-warrants.ts';
import { ORDER, readScalar, scalarBytes } from './p256-group.ts';
import { keyPair, known, signEcdsa } from './proxysig.fixture.ts';
import { ProxysigError } from './proxysig-error.ts';

const bureau = keyPair();
const serial = (first: number, fill = 0): Uint8Array => new Uint8Array(16).fill(fill).with(0, first);
const signed = (list: ErasedWarrants): Uint8Array =>
  encodeErasedWarrants(list, signEcdsa(bureau, erasedWarrantsBody(list)));
const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error instanceof ProxysigError ? error.code : error;
  }
};
const list: ErasedWarrants = { number: 7, issued: 1_900_000_000, serials: [serial(1), serial(2), serial(2, 1)] };

describe('the list of erased warrants', () => {
  it('is read back as the bureau signed it, empty too, under either form of its key', () => {
    for (const one of [list, { ...list, serials: [] }]) {
      expect(readErasedWarrants(signed(one), bureau.point)).toEqual(one);
      expect(readErasedWarrants(signed(one), bureau.spki.slice(26))).toEqual(one);
    }
    expect(hex(signed(list).slice(0, -64))).toBe(
      `00000007713fb30000000003${hex(concat(serial(1), serial(2), serial(2, 1)))}`,
    );
    expect(erasedWarrantsBody(list)).toEqual(concat(lp1('NHI-ERASED-WARRANTS-V1'), signed(list).slice(0, -64)));
  });

  it('may have the other s of its signature: cards and the bureau do not halve it', () => {
    const encoded = signed(list);
    const s = known(readScalar(encoded.slice(-32)));
    const other = concat(encoded.slice(0, -32), scalarBytes(ORDER - s));
    expect(readErasedWarrants(other, bureau.point)).toEqual(list);
  });

  it('names exactly what it names', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 40, selector: hex }),
        (all) => {
          const serials = all.filter((_, i) => i % 2 === 0).sort(compareBytes);
          all.forEach((one, i) => {
            expect(isErased({ ...list, serials }, one)).toBe(i % 2 === 0);
          });
        },
      ),
    );
  });

  it('is refused in any other form, and by anybody else', () => {
    const encoded = signed(list);
    const read = (bytes: Uint8Array, key = bureau.point): unknown => codeOf(() => readErasedWarrants(bytes, key));
    for (const length of [0, 11, 75, encoded.length - 1])
      expect(read(encoded.slice(0, length))).toBe('ERASED_LIST_MALFORMED');
    expect(read(concat(encoded, Uint8Array.of(0)))).toBe('ERASED_LIST_MALFORMED');
    expect(read(encoded.with(11, 2))).toBe('ERASED_LIST_MALFORMED');
    expect(read(concat(encoded.slice(0, 8), uint(0xffff_ffff, 4), encoded.slice(12)))).toBe('ERASED_LIST_MALFORMED');
    expect(read(encoded.with(12, 2))).toBe('ERASED_LIST_MALFORMED');
    expect(read(encoded.with(12, 0))).toBe('SIGNATURE_INVALID');
    for (const at of [0, 3, 4, 7, encoded.length - 1])
      expect(read(encoded.with(at, (encoded[at] ?? 0) ^ 1))).toBe('SIGNATURE_INVALID');
    expect(read(encoded, keyPair().point)).toBe('SIGNATURE_INVALID');
    expect(read(encoded, new Uint8Array(33))).toBe('SIGNATURE_INVALID');
    for (const serials of [[serial(2), serial(1)], [serial(1), serial(1)], [serial(1).slice(1)]])
      expect(codeOf(() => erasedWarrantsBody({ ...list, serials }))).toBe('ERASED_LIST_MALFORMED');
    expect(codeOf(() => encodeErasedWarrants(list, new Uint8Array(63)))).toBe('ERASED_LIST_MALFORMED');
  });

  it('has an age, and the hash that an epoch head names', () => {
    expect(ageOf(list, list.issued + 90)).toBe(90);
    expect(ageOf(list, list.issued - 90)).toBe(0);
    expect(erasedWarrantsHash(list)).toEqual(h256(...list.serials.map((one) => lp1(one))));
    expect(erasedWarrantsHash({ ...list, number: 8 })).toEqual(erasedWarrantsHash(list));
  });
});
