/**
 * Pixels as a decoder of one format leaves them.
 * @module
 */

/** What a decoder of one format yields: interleaved channels of 8 bits, the last of 2 or 4 being transparency, which is not looked at. */
export interface DecodedPixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: ArrayLike<number>;
}

/** ITU-R BT.601 luma of colours. */
export const luma = (r: number, g: number, b: number): number => Math.round(0.299 * r + 0.587 * g + 0.114 * b);
