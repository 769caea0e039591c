/**
 * Scalars modulo r, the order of the groups of BLS12-381, as bigint in [0, r); 32 bytes big-endian outside.
 * Arithmetic on bigint takes variable time; inverses of secrets are therefore blinded.
 * @module
 */
import { invert } from '@noble/curves/abstract/modular.js';
import { bigintOf, bytes32, hashToScalar } from '../common/hash.ts';
import { type Rng, randomScalar } from '../common/random.ts';

/** r. */
export const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;

/** Length of an encoded scalar. */
const SCALAR_BYTES = 32;

/** The representative in [0, r). */
export const modOrder = (value: bigint): bigint => {
  const rest = value % ORDER;
  return rest < 0n ? rest + ORDER : rest;
};

/** 32 bytes, big-endian. */
export const encodeScalar = (value: bigint): Uint8Array => bytes32(value);

/** Inverse of {@link encodeScalar}; undefined for another length and for a value of r or more. */
export function decodeScalar(bytes: Uint8Array): bigint | undefined {
  if (bytes.length !== SCALAR_BYTES) return undefined;
  const value = bigintOf(bytes);
  return value < ORDER ? value : undefined;
}

/** 1/value mod r for public values and one-time randomness. Throws a plain Error for 0. */
export const inverse = (value: bigint): bigint => invert(modOrder(value), ORDER);

/**
 * 1/value mod r for long-term secrets, none of them 0, by one inversion (Montgomery's trick): the extended Euclid sees only their product times
 * a fresh random factor. Throws a plain Error for 0.
 */
export function inversesOfSecrets(values: readonly bigint[], rng: Rng): readonly bigint[] {
  const products: bigint[] = [randomScalar(ORDER, rng)];
  for (const value of values) products.push(modOrder((products.at(-1) ?? 0n) * value));
  let rest = inverse(products.at(-1) ?? 0n);
  const inverses: bigint[] = [];
  for (const [i, value] of [...values.entries()].reverse()) {
    inverses.push(modOrder(rest * (products[i] ?? 0n)));
    rest = modOrder(rest * value);
  }
  return inverses.reverse();
}

/** H2S(x, tag) modulo r. */
export const scalarOfHash = (message: Uint8Array, dst: string): bigint => hashToScalar(message, dst, ORDER);
