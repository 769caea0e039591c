/**
 * Numbers and tables of the comparison, filled by biometric/match/match-kernel.ts before the first.
 * @module
 */

/** The numbers of `ComparisonParameters`, f32, in the order of match-kernel.ts. */
export const TUNING: usize = memory.data(128);
/** 256 f32: by difference of lengths in quarter pixels. */
export const BY_LENGTH: usize = memory.data(1024);
/** 256 f32: by difference of angles, in 1/256 of a circle (0 to 128 used). */
export const BY_ANGLE: usize = memory.data(1024);
/** 256 f32: by 1 - cosine of the difference of bearings, in 1/1024. */
export const BY_BEARING: usize = memory.data(1024);
/** 256 x { f32 cosine, f32 sine }. */
export const TURN: usize = memory.data(2048);
/** Square roots of whole numbers 0 to 447, f32. */
export const ROOT: usize = memory.data(2048);

export function tuning(): usize {
  return TUNING;
}
export function lengthTable(): usize {
  return BY_LENGTH;
}
export function angleTable(): usize {
  return BY_ANGLE;
}
export function bearingTable(): usize {
  return BY_BEARING;
}

export function beginCompare(): void {
  for (let i = 0; i < 256; i++) {
    const turn = (<f64>i * Math.PI) / 128;
    store<f32>(TURN + ((<usize>i) << 3), <f32>Math.cos(turn));
    store<f32>(TURN + ((<usize>i) << 3), <f32>Math.sin(turn), 4);
  }
  for (let i = 0; i < 448; i++) store<f32>(ROOT + ((<usize>i) << 2), <f32>Math.sqrt(<f64>i));
}
