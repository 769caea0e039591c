/**
 * Lagrange coefficients at 0 for distinct share indices (Shamir 1979): f(0) = sum lambda_i*f(i).
 * @module
 */
import { inverse, modOrder } from './scalar.ts';

/** lambda_i = prod over j != i of j/(j - i), modulo r, in the order of the indices. They must be distinct and below r. */
export function lagrangeAtZero(indices: readonly number[]): bigint[] {
  return indices.map((i) => {
    let above = 1n;
    let below = 1n;
    for (const j of indices) {
      if (j === i) continue;
      above = modOrder(above * BigInt(j));
      below = modOrder(below * BigInt(j - i));
    }
    return modOrder(above * inverse(below));
  });
}
