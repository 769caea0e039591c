/**
 * A finger made ready for comparison: bit-packed cylinder codes of its minutiae. Plain typed arrays: survives structuredClone, can be laid end to
 * end in a SharedArrayBuffer.
 * @module
 */

/** One extraction of one impression; minutiae in the template's order, best first. */
export interface PreparedView {
  /** Minutiae n, at most 64. */
  readonly count: number;
  /**
   * 48 + 48 n bytes, little-endian, as the kernel compares them: u32 n; at 16 the hull, 16 x i16; at 48 for each minutia i16 x, i16 y (pixels at
   * 500 dpi), u8 angle, u8 type (0 other, 1 ending, 2 bifurcation), u8 quality, u8 0; then for each its 312-bit code in 40 bytes.
   */
  readonly record: Uint8Array;
  /** 128-bit codes, 4 little-endian words a minutia: for the scan of a gallery. */
  readonly short: Uint32Array;
}

/** One impression: a view for each extraction, in the order of `Extraction.templates`. */
export interface PreparedFinger {
  readonly views: readonly PreparedView[];
}

/** Bytes of a record before its minutiae, and for each minutia and each code. */
export const RECORD = { header: 48, hull: 16, minutia: 8, code: 40 } as const;
/** Bytes of a short code. */
export const SHORT_CODE = 16;
/** Most minutiae of a view: as many as a word has bits. */
export const MOST_MINUTIAE = 64;
