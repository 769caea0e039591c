import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bcdOf } from '../common/bcd.ts';
import { hex } from '../common/bytes.ts';
import {
  decodeStandingToken,
  decodeTimeToken,
  encodeStandingToken,
  encodeTimeToken,
  standingBody,
  timeBody,
} from './bureau-token.ts';
import { decodePickup, encodePickup, PICKUP_LENGTH, type PickupObject } from './pickup-object.ts';
import { ProxysigError } from './proxysig-error.ts';

const sized = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const pickups: fc.Arbitrary<PickupObject> = fc
  .record({
    rxId: sized(16),
    rxh: sized(32),
    part: fc.integer({ min: 1, max: 3 }),
    total: fc.constant(3),
    pharmacy: fc.constant(bcdOf('3501200000')),
    terminal: sized(16),
    nonce: sized(32),
    timeTokenHash: sized(32),
    pid: sized(16),
  })
  .chain((common) =>
    fc.constantFrom<PickupObject>(
      { ...common, mode: 'patient', warrant: new Uint8Array(32) },
      { ...common, mode: 'agent', warrant: new Uint8Array(32).fill(1) },
    ),
  );

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof ProxysigError ? error.code : error;
  }
};

describe('pickup object', () => {
  it('is read back, and read in one way only', () => {
    fc.assert(
      fc.property(pickups, (pickup) => {
        const bytes = encodePickup(pickup);
        expect(bytes.length).toBe(PICKUP_LENGTH);
        expect(decodePickup(bytes)).toEqual(pickup);
        expect(hex(bytes.slice(0, 14))).toBe('0d4e48492d5049434b55502d5631');
      }),
    );
  });

  it('refuses what it cannot have made', () => {
    const [pickup] = fc.sample(pickups, { numRuns: 1, seed: 1 });
    if (pickup === undefined) throw new Error('no sample');
    const bytes = encodePickup({ ...pickup, mode: 'patient', warrant: new Uint8Array(32), part: 1 });
    const changed = (at: number, value: number): Uint8Array => bytes.with(at, value);
    const partAt = 14 + 1 + 16 + 32;
    for (const bad of [
      bytes.slice(1),
      new Uint8Array([...bytes, 0]),
      changed(0, 12),
      changed(5, 0),
      changed(14, 0),
      changed(14, 2),
      changed(14, 3),
      changed(partAt, 0),
      changed(partAt, 4),
      changed(partAt + 2, 0xaa),
      changed(PICKUP_LENGTH - 1, 1),
    ]) {
      expect(codeOf(() => decodePickup(bad))).toBe('PICKUP_MALFORMED');
    }
    expect(codeOf(() => encodePickup({ ...pickup, part: 0 }))).toBe('PICKUP_MALFORMED');
    expect(codeOf(() => encodePickup({ ...pickup, nonce: new Uint8Array(31) }))).toBe('PICKUP_MALFORMED');
  });
});

describe('bureau tokens', () => {
  const signature = new Uint8Array(64).fill(9);
  const standing = { pid: new Uint8Array(16).fill(5), paidUntil: 2_000_000_000, issued: 1_900_000_000, signature };
  it('are read back', () => {
    const time = { time: 1_900_000_000, signature };
    expect(decodeTimeToken(encodeTimeToken(time))).toEqual(time);
    expect(decodeStandingToken(encodeStandingToken(standing))).toEqual(standing);
    expect(hex(timeBody(1))).toBe('0b4e48492d54494d452d563100000001');
    expect(standingBody(standing).length).toBe(16 + 24);
  });
  it('refuse other lengths', () => {
    expect(codeOf(() => decodeTimeToken(new Uint8Array(67)))).toBe('BUREAU_TOKEN_MALFORMED');
    expect(codeOf(() => decodeStandingToken(new Uint8Array(89)))).toBe('BUREAU_TOKEN_MALFORMED');
    expect(codeOf(() => encodeTimeToken({ time: 1, signature: new Uint8Array(63) }))).toBe('BUREAU_TOKEN_MALFORMED');
  });
});
