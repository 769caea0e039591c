/**
 * A fingerprint image as every part of the biometric layer passes it on: ISO/IEC 19794-4, 8-bit grey, and the limits of what is taken in.
 * @module
 */
import { BiometricError } from '../biometric-error.ts';

/** Row after row from the top left, one byte a pixel, 0 a black ridge, 255 a white valley. Survives structuredClone. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  /** Pixels an inch, the same both ways. */
  readonly dpi: number;
  /** `width * height` bytes. */
  readonly pixels: Uint8Array;
}

/** The resolution at which minutiae are found and templates are measured. */
export const TEMPLATE_DPI = 500;

/** Limits of an image, before and after it is brought to {@link TEMPLATE_DPI}. */
const IMAGE_LIMITS = {
  /** Pixels a side at most. */
  side: 2_000,
  /** Pixels at most. */
  area: 4_000_000,
  /** Pixels a side at least, after scaling: about 5 mm. */
  smallest: 96,
  /** Pixels an inch, at least and at most. */
  dpi: { least: 200, most: 1_200 },
} as const;

/** Throws IMAGE_TOO_LARGE or IMAGE_TOO_SMALL for a size that is not taken in, before a pixel of it is touched. */
export function checkImageSize(width: number, height: number, dpi: number): void {
  const { side, area, smallest } = IMAGE_LIMITS;
  if (!(dpi >= IMAGE_LIMITS.dpi.least && dpi <= IMAGE_LIMITS.dpi.most))
    throw new BiometricError('IMAGE_UNSUPPORTED', `${dpi} dpi`);
  const scale = TEMPLATE_DPI / dpi;
  for (const [w, h] of [
    [width, height],
    [width * scale, height * scale],
  ] as const) {
    if (!(w <= side && h <= side && w * h <= area))
      throw new BiometricError('IMAGE_TOO_LARGE', `${width} x ${height} pixels at ${dpi} dpi`);
  }
  if (!(width * scale >= smallest && height * scale >= smallest))
    throw new BiometricError('IMAGE_TOO_SMALL', `${width} x ${height} pixels at ${dpi} dpi`);
}
