/**
 * A view in memory. All little-endian:
 *
 *     0   i32  minutiae n, at most 64          16  16 x i16  hull: greatest x cos d + y sin d, d = k/16 of a circle (y downwards)
 *     48  n x  { i16 x, i16 y, u8 angle, u8 type, u8 quality, u8 0 }
 *         n x  5 u64, bit 52 l + c the cell c of the base in the sector l of direction
 * @module
 */

/** Words of 64 bits of a code. */
export const WORDS: i32 = 5;
/** Bytes before the minutiae. */
export const HEADER: usize = 48;
/** Directions of the hull. */
export const SIDES: i32 = 16;
/** Most minutiae of a view. */
export const MOST: i32 = 64;

export function countOf(view: usize): i32 {
  return load<i32>(view);
}

export function minutiaOf(view: usize, i: i32): usize {
  return view + HEADER + ((<usize>i) << 3);
}

export function codeOf(view: usize, i: i32): usize {
  return view + HEADER + ((<usize>countOf(view)) << 3) + <usize>(i * WORDS * 8);
}

/** Bytes of a view of n minutiae. */
export function viewBytes(n: i32): i32 {
  return <i32>HEADER + n * (8 + 8 * WORDS);
}
