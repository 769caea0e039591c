/**
 * The scan of a gallery: how much of a probe's cylinder codes each row has. AssemblyScript, not TypeScript: built by scripts/build-kernels.mjs into
 * out/kernels/index.wasm. It runs over memory that all searching threads share and writes nowhere but into the scores; nothing here allocates.
 * @module
 */

/** Sum over the probe's codes of 128 bits of the distance to the nearest code of a row, in bits. */
function distanceShort(row: usize, codes: i32, probe: usize, wanted: i32): i32 {
  let sum: i32 = 0;
  const end = row + ((<usize>codes) << 4);
  for (let p = 0; p < wanted; p++) {
    const a = load<u64>(probe + ((<usize>p) << 4));
    const b = load<u64>(probe + ((<usize>p) << 4), 8);
    let best: i64 = 128;
    for (let at = row; at < end; at += 16) {
      const distance = popcnt<u64>(a ^ load<u64>(at)) + popcnt<u64>(b ^ load<u64>(at, 8));
      best = min(best, <i64>distance);
    }
    sum += <i32>best;
  }
  return sum;
}

/** The same with codes of 320 bits (312 and eight zeros). */
function distanceMedium(row: usize, codes: i32, probe: usize, wanted: i32): i32 {
  let sum: i32 = 0;
  const end = row + <usize>codes * 40;
  for (let p = 0; p < wanted; p++) {
    const from = probe + <usize>p * 40;
    const a = load<u64>(from);
    const b = load<u64>(from, 8);
    const c = load<u64>(from, 16);
    const d = load<u64>(from, 24);
    const e = load<u64>(from, 32);
    let best: i64 = 312;
    for (let at = row; at < end; at += 40) {
      const distance =
        popcnt<u64>(a ^ load<u64>(at)) +
        popcnt<u64>(b ^ load<u64>(at, 8)) +
        popcnt<u64>(c ^ load<u64>(at, 16)) +
        popcnt<u64>(d ^ load<u64>(at, 24)) +
        popcnt<u64>(e ^ load<u64>(at, 32));
      best = min(best, <i64>distance);
    }
    sum += <i32>best;
  }
  return sum;
}

/**
 * Scans rows that lie one after the other, `stride` bytes apart: one byte a row at `counts` says how many codes it has (0: nothing there), the codes
 * are at `codes`. Writes one u16 a row: the mean over the probe's codes of the bits in common, times 256; 0 for a row without codes.
 */
export function scanShort(
  counts: usize,
  codes: usize,
  stride: i32,
  rows: i32,
  probe: usize,
  wanted: i32,
  scores: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const count = <i32>load<u8>(counts + <usize>row);
    let score: i32 = 0;
    if (count > 0 && wanted > 0) {
      const distance = distanceShort(codes + <usize>row * <usize>stride, count, probe, wanted);
      score = ((128 * wanted - distance) << 8) / wanted;
    }
    store<u16>(scores + ((<usize>row) << 1), <u16>score);
  }
}

/** Scores single rows with codes of 312 bits: `list` holds their addresses (u32), `counts` their numbers of codes (u8). Scores as in {@link scanShort}, times 64. */
export function scoreMedium(list: usize, counts: usize, rows: i32, probe: usize, wanted: i32, scores: usize): void {
  for (let row = 0; row < rows; row++) {
    const count = <i32>load<u8>(counts + <usize>row);
    let score: i32 = 0;
    if (count > 0 && wanted > 0) {
      const at = <usize>load<u32>(list + ((<usize>row) << 2));
      score = ((312 * wanted - distanceMedium(at, count, probe, wanted)) << 6) / wanted;
    }
    store<u16>(scores + ((<usize>row) << 1), <u16>score);
  }
}
