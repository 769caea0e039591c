/**
 * Randomness as a parameter. Secret scalars are 48 random bytes modulo the order and never 0: a masked sampler is biased.
 * @module
 */
import { randomBytes as platformRandomBytes } from '@noble/hashes/utils.js';
import { bigintOf } from './hash.ts';

/** Returns `length` random bytes. Tests pass a seeded one; the default is the platform's generator. */
export type Rng = (length: number) => Uint8Array;

/** The platform's cryptographic generator. */
export const secureRng: Rng = (length) => platformRandomBytes(length);

/** Uniform in [1, order) up to a bias below 2^-128 for orders of 256 bits or fewer. */
export function randomScalar(order: bigint, rng: Rng = secureRng): bigint {
  for (;;) {
    const wide = rng(48);
    const scalar = bigintOf(wide) % order;
    wide.fill(0);
    if (scalar !== 0n) return scalar;
  }
}
