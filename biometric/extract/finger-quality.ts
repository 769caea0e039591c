/**
 * What an image is worth, for the screen and for the record. It is reported and blocks nothing: in an emergency a poor finger is better than none
 * (ISO/IEC 29794-1: a quality score predicts whether comparisons will succeed; ours is fitted to nothing but our own genuine scores).
 * @module
 */

/** What could be better, as codes; the screen has the words. */
const QUALITY_VERDICTS = ['partial', 'small-area', 'faint', 'blurred', 'few-minutiae', 'off-centre'] as const;

/** One of these codes. */
export type QualityVerdict = (typeof QUALITY_VERDICTS)[number];

/** Quality of one impression. */
export interface FingerQuality {
  /** 0 (useless) to 100. */
  readonly score: number;
  /** Share of the image that shows ridges, 0 to 1. */
  readonly foreground: number;
  /** The same in square millimetres. */
  readonly area: number;
  /** Mean coherence of the ridge orientation over the foreground, 0 to 1. */
  readonly coherence: number;
  readonly minutiae: number;
  /** Empty when nothing is wrong. */
  readonly verdicts: readonly QualityVerdict[];
}
