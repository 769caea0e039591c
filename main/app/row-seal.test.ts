import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../contract/errors.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { createRowSeal, type RowPlace } from './row-seal.ts';

const KEY = new Uint8Array(32).fill(7);
const seal = createRowSeal(KEY);
const TEXT = '{"drug":"脈優錠","code":"C08CA01"}';
const at = (key: string, kind = 'outbox', time = 5): RowPlace => ({ kind, key: seal.lookup(kind, key), at: time });
const PLACE = at('one');

/** The code under which a row is refused; `opened` when it is not. */
function codeOf(place: RowPlace, sealed: Uint8Array, by = seal): string {
  try {
    by.open(place, sealed);
    return 'opened';
  } catch (cause) {
    return refusalOf(cause).code;
  }
}

describe('a sealed row', () => {
  it('opens at its place, to the same JSON', () => {
    expect(JSON.parse(seal.open(PLACE, seal.seal(PLACE, TEXT)))).toEqual(JSON.parse(TEXT));
  });

  it('opens no more with any bit of any byte flipped, or with a byte less or more', () => {
    const sealed = seal.seal(PLACE, TEXT);
    for (let i = 0; i < sealed.length; i++) {
      const flipped = sealed.slice();
      flipped[i] = (flipped[i] ?? 0) ^ (1 << (i % 8));
      expect(codeOf(PLACE, flipped), `byte ${i}`).toBe('STORE_DAMAGED');
    }
    for (let length = 0; length < sealed.length; length++)
      expect(codeOf(PLACE, sealed.subarray(0, length)), `${length} bytes`).toBe('STORE_DAMAGED');
    expect(codeOf(PLACE, Uint8Array.of(...sealed, 0))).toBe('STORE_DAMAGED');
  });

  it('opens at no other place: key, kind or time', () => {
    const sealed = seal.seal(PLACE, TEXT);
    expect(codeOf(PLACE, sealed)).toBe('opened');
    expect(codeOf(at('two'), sealed)).toBe('STORE_DAMAGED');
    expect(codeOf({ ...PLACE, kind: 'evidence' }, sealed)).toBe('STORE_DAMAGED');
    expect(codeOf({ ...PLACE, at: 6 }, sealed)).toBe('STORE_DAMAGED');
  });

  it('opens under no other key, and another key finds it nowhere', () => {
    const other = createRowSeal(Uint8Array.from(KEY, (byte, i) => (i === 31 ? byte ^ 1 : byte)));
    expect(codeOf(PLACE, seal.seal(PLACE, TEXT), other)).toBe('STORE_DAMAGED');
    expect(other.lookup('outbox', 'one')).not.toEqual(PLACE.key);
  });

  it('is another each time, and tells of its length only the block of 256 bytes', () => {
    expect(seal.seal(PLACE, TEXT)).not.toEqual(seal.seal(PLACE, TEXT));
    expect(seal.seal(PLACE, '1').length).toBe(seal.seal(PLACE, 'x'.repeat(256)).length);
    expect(seal.seal(PLACE, 'x'.repeat(257)).length - seal.seal(PLACE, '1').length).toBe(256);
  });

  it('is found by a value that is not readable, and not the same for two kinds', () => {
    expect(seal.lookup('outbox', 'one')).toEqual(seal.lookup('outbox', 'one'));
    expect(seal.lookup('outbox', 'one')).not.toEqual(seal.lookup('evidence', 'one'));
    // Kind and key do not run into each other.
    expect(seal.lookup('ab', 'c')).not.toEqual(seal.lookup('a', 'bc'));
  });

  it('takes its nonce from the generator, 96 bits each time, and wants a whole key', () => {
    const asked: number[] = [];
    const watched = createRowSeal(KEY, (length) => {
      asked.push(length);
      return secureRng(length);
    });
    watched.seal(PLACE, TEXT);
    watched.seal(PLACE, TEXT);
    expect(asked).toEqual([12, 12]);
    expect(() => createRowSeal(new Uint8Array(16))).toThrow(RangeError);
  });

  it('is out of reach once its keys are forgotten', () => {
    const short = createRowSeal(KEY);
    const sealed = short.seal(PLACE, TEXT);
    short.forget();
    expect(codeOf(PLACE, sealed, short)).toBe('STORE_DAMAGED');
  });
});
