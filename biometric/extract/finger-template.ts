/**
 * Minutiae of one impression, in the terms of ISO/IEC 19794-2:2005 (clause 6).
 * @module
 */

/** What a minutia is; `other` where a reader of ours or a record of others does not say. */
export type MinutiaType = 'ending' | 'bifurcation' | 'other';

/** One minutia. */
export interface Minutia {
  /** Pixels at 500 dpi from the left edge, whole. */
  readonly x: number;
  /** Pixels at 500 dpi from the top edge, whole. */
  readonly y: number;
  /**
   * Units of 1/256 of a circle, 0 to 255, counterclockwise from the right: up the ridge that ends, or up the valley between the branches of a
   * bifurcation, as ISO/IEC 19794-2 and INCITS 378 have it.
   */
  readonly angle: number;
  readonly type: MinutiaType;
  /** 1 (poor) to 100; 0 where it was not reported. */
  readonly quality: number;
}

/** All minutiae of one impression that one extraction found, best quality first, at most {@link MAX_MINUTIAE}. */
export interface FingerTemplate {
  /** Pixels at 500 dpi. */
  readonly width: number;
  readonly height: number;
  readonly minutiae: readonly Minutia[];
}

/** As many as a record's one-byte count can hold. */
export const MAX_MINUTIAE = 255;

/** Finger positions of ISO/IEC 19794-2, table 2. */
export const FINGER_POSITION = {
  unknown: 0,
  rightThumb: 1,
  rightIndex: 2,
  rightMiddle: 3,
  rightRing: 4,
  rightLittle: 5,
  leftThumb: 6,
  leftIndex: 7,
  leftMiddle: 8,
  leftRing: 9,
  leftLittle: 10,
} as const;

/** One of {@link FINGER_POSITION}'s names. */
export type FingerPosition = keyof typeof FINGER_POSITION;
