/**
 * Polynomials over the scalars and commitments to them: f(i) beside f(i)*G = sum i^j F_j (Feldman 1987).
 * @module
 */
import type { G1, GroupBackend } from '../backend.ts';
import { modOrder } from '../scalar.ts';

/** f(x), coefficients from the constant term upwards. */
export const evaluate = (coefficients: readonly bigint[], x: number): bigint =>
  coefficients.reduceRight((sum, coefficient) => modOrder(sum * BigInt(x) + coefficient), 0n);

/** f(x)*G from the commitments F_j = a_j*G. */
export const evaluateCommitted = (backend: GroupBackend, commitments: readonly G1[], x: number): G1 =>
  backend.msm(
    commitments,
    commitments.map((_F, j) => modOrder(BigInt(x) ** BigInt(j))),
  );
