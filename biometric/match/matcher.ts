/**
 * Comparison of fingers, 1:1. Pure: no I/O, no clock, no state between two calls.
 *
 *     const [extractor, matcher] = await Promise.all([createExtractor(), createMatcher()]);
 *     const probe = matcher.prepare(extractor.extract(image).templates);
 *     const score = matcher.compare(probe, enrolled);
 *     const { rate, low, high, extrapolated } = falseMatchRate(score);
 * @module
 */
import type { FingerTemplate } from '../extract/finger-template.ts';
import type { PreparedFinger } from './prepared-finger.ts';

/** Compares fingers. */
export interface Matcher {
  /** Makes templates of one impression ready, one view each; a record of others has one. Throws RangeError without any template or for more than 4. */
  prepare(templates: readonly FingerTemplate[]): PreparedFinger;
  /** Similarity, 0 (nothing in common) upwards; what it means says `falseMatchRate`. Symmetric. */
  compare(probe: PreparedFinger, candidate: PreparedFinger): number;
  /** Similarity of two sets of fingers of known positions: pairs without a partner (undefined) are left out. */
  compareFingers(pairs: readonly (readonly [PreparedFinger, PreparedFinger] | undefined)[]): number;
}

/** How often fingers of two people score at least so much. */
export interface FalseMatchRate {
  /** Share of comparisons. */
  readonly rate: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** The score lies beyond what was measured; `rate` is a continued tail and the interval wide. */
  readonly extrapolated: boolean;
}
