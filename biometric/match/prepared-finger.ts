/**
 * A finger made ready for comparison: bit-packed cylinder codes of its minutiae (Cappelli, Ferrara, Maltoni: Minutia Cylinder-Code, TPAMI 2010)
 * and what the geometric score needs. Plain typed arrays: survives structuredClone, can be laid end to end in a SharedArrayBuffer.
 * @module
 */

/** One extraction of one impression. All arrays run over the minutiae in the same order, best first; little-endian words. */
export interface PreparedView {
  /** Minutiae, at most 64. */
  readonly count: number;
  /** Pixels at 500 dpi, x then y of each minutia. */
  readonly positions: Int16Array;
  /** 1/256 of a circle, as in `Minutia`. */
  readonly angles: Uint8Array;
  /** 0 other, 1 ending, 2 bifurcation. */
  readonly types: Uint8Array;
  /** 0 to 100. */
  readonly qualities: Uint8Array;
  /** 128-bit codes (6 x 6 x 4 cells without the corners), 4 words a minutia: the scan of a gallery. */
  readonly short: Uint32Array;
  /** 312-bit codes (8 x 8 x 6 within the circle), 10 words a minutia, the last 8 bits 0: the full match. */
  readonly medium: Uint32Array;
}

/** One impression: a view for each extraction, in the order of `Extraction.templates`. */
export interface PreparedFinger {
  readonly views: readonly PreparedView[];
}
