/**
 * A view in memory. All little-endian:
 *
 *     0   i32  minutiae n, at most 64          16  16 x i16  hull: greatest x cos d + y sin d, d = k/16 of a circle (y downwards)
 *     48  n x  { i16 x, i16 y, u8 angle, u8 type, u8 quality, u8 0 }
 *         n x  u64 cells of the cylinder that lie on the finger
 *         n x  6 u64, one a direction, bit c the cell c
 * @module
 */

/** Sectors of direction of a cylinder. */
export const LAYERS: i32 = 6;
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

export function masksOf(view: usize): usize {
  return view + HEADER + ((<usize>countOf(view)) << 3);
}

export function codesOf(view: usize): usize {
  return view + HEADER + ((<usize>countOf(view)) << 4);
}

/** Bytes of a view of n minutiae. */
export function viewBytes(n: i32): i32 {
  return <i32>HEADER + n * (8 + 8 + 8 * LAYERS);
}
