import { describe, expect, it } from 'vitest';
import { randomScalar } from '../common/random.ts';
import { decodeScalar, encodeScalar, inverse, inversesOfSecrets, modOrder, ORDER } from './scalar.ts';
import { seededRng } from './testing/seeded-rng.ts';

describe('scalars', () => {
  it('encode in 32 bytes and decode below r only', () => {
    for (const value of [0n, 1n, ORDER - 1n]) expect(decodeScalar(encodeScalar(value))).toBe(value);
    expect(decodeScalar(encodeScalar(ORDER))).toBeUndefined();
    expect(decodeScalar(new Uint8Array(32).fill(0xff))).toBeUndefined();
    expect(decodeScalar(new Uint8Array(31))).toBeUndefined();
    expect(decodeScalar(new Uint8Array(33))).toBeUndefined();
    expect(modOrder(-1n)).toBe(ORDER - 1n);
  });

  it('have inverses, blinded or not', () => {
    const rng = seededRng('inverse');
    for (let i = 0; i < 20; i++) {
      const value = randomScalar(ORDER, rng);
      expect(modOrder(value * inverse(value))).toBe(1n);
      expect(inversesOfSecrets([value, 2n, value], rng)).toEqual([inverse(value), inverse(2n), inverse(value)]);
    }
    expect(() => inverse(0n)).toThrow(Error);
  });

  it('are sampled without the bias of a masked sampler', () => {
    // A sampler that masks to 255 bits and subtracts r hits [r - 2^254, 2^254) in 18.8 % of the draws; uniform ones in 10.4 %.
    const rng = seededRng('bias');
    const draws = 10_000;
    let inside = 0;
    for (let i = 0; i < draws; i++) {
      const value = randomScalar(ORDER, rng);
      if (value >= ORDER - 2n ** 254n && value < 2n ** 254n) inside++;
    }
    expect(inside / draws).toBeGreaterThan(0.09);
    expect(inside / draws).toBeLessThan(0.12);
  });

  it('are never 0', () => {
    const answers = [new Uint8Array(48), new Uint8Array(48).fill(1)];
    const value = randomScalar(ORDER, () => answers.shift() ?? new Uint8Array(48).fill(2));
    expect(value).not.toBe(0n);
    expect(answers.length).toBe(0);
  });
});
