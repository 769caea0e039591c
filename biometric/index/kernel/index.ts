/**
 * The scan of a gallery: how much of a probe's cylinder codes each row has. AssemblyScript, not TypeScript: built by scripts/build-kernels.mjs into
 * out/kernels/index.wasm. It runs over memory that all searching threads share and writes nowhere but into its own working room; nothing here
 * allocates.
 *
 * Two codes a and b are as alike as 1 - |a xor b| / (|a| + |b|), as in the full comparison: a bare distance would call every sparse code near. The
 * ones are counted by the scalar instruction, four codes of the probe at a time, and the division and the minimum are made in four lanes: some four
 * times as fast as one by one, 2.5 times with 312 bits.
 * @module
 */

/** How many ones each code of the row has that is compared: u16, at most 64. The probe's codes stand after them. */
const CODES: usize = 128;
/** Codes of the probe in a group. */
const LANES: i32 = 4;

/** Ones of a code of so many words of 64 bits. */
function ones(code: usize, words: i32): i32 {
  let sum: i64 = 0;
  for (let w = 0; w < words; w++) sum += <i64>popcnt<u64>(load<u64>(code + ((<usize>w) << 3)));
  return <i32>sum;
}

/** Bytes of the table of a group: for each number of ones of the other code four f32. */
function tableBytes(words: i32): usize {
  return (<usize>(words * 64 + 1)) << 4;
}

/**
 * Prepares for the codes of a probe, `words` of 64 bits each, that stand at `probe` + 128 with room for three more behind them. `tables` gets, for
 * each group of four of them and each number of ones of another code, the reciprocals of the four sums of ones (of 0: 1): 16 (64 words + 1) bytes a
 * group.
 */
export function beginProbe(probe: usize, wanted: i32, words: i32, tables: usize): void {
  const most = words * 64;
  let at = tables;
  for (let p = 0; p < wanted; p += LANES) {
    for (let other = 0; other <= most; other++) {
      for (let lane = 0; lane < LANES; lane++) {
        const own = p + lane < wanted ? ones(probe + CODES + <usize>((p + lane) * words * 8), words) : 0;
        store<f32>(at, <f32>1 / <f32>max(own + other, 1));
        at += 4;
      }
    }
  }
}

/** Counts the ones of a row's codes, at most 64. */
function beginRow(probe: usize, first: usize, count: i32, words: i32): void {
  for (let i = 0; i < count; i++)
    store<u16>(probe + ((<usize>i) << 1), <u16>ones(first + <usize>(i * words * 8), words));
}

/** Four numbers below 65,536 as f32 lanes. */
function lanes(a: u64, b: u64, c: u64, d: u64): v128 {
  const packed = a | (b << 16) | (c << 32) | (d << 48);
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i64x2.splat(packed)));
}

/** Likenesses of the first lanes, one after the other, to the sum. */
function addLikeness(sum: f32, nearest: v128, left: i32): f32 {
  sum += <f32>1 - f32x4.extract_lane(nearest, 0);
  if (left > 1) sum += <f32>1 - f32x4.extract_lane(nearest, 1);
  if (left > 2) sum += <f32>1 - f32x4.extract_lane(nearest, 2);
  if (left > 3) sum += <f32>1 - f32x4.extract_lane(nearest, 3);
  return sum;
}

/** Mean of so many likenesses as 0 to 65,535. */
function score(sum: f32, wanted: i32): u16 {
  return <u16>((sum * 65535) / <f32>wanted);
}

/**
 * Scans rows that lie one after the other, `stride` bytes apart, with codes of 128 bits: one byte a row at `counts` says how many codes it has (0:
 * nothing there), the codes are at `codes`. Writes one u16 a row: the mean over the probe's codes of the likeness of the nearest, 0 for a row without
 * codes.
 */
export function scanShort(
  counts: usize,
  codes: usize,
  stride: i32,
  rows: i32,
  probe: usize,
  wanted: i32,
  tables: usize,
  scores: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const count = <i32>load<u8>(counts + <usize>row);
    let sum: f32 = 0;
    if (count > 0) {
      const first = codes + <usize>row * <usize>stride;
      const end = first + ((<usize>count) << 4);
      beginRow(probe, first, count, 2);
      let table = tables;
      for (let p = 0; p < wanted; p += LANES) {
        const code = probe + CODES + ((<usize>p) << 4);
        const a0 = load<u64>(code);
        const a1 = load<u64>(code, 8);
        const b0 = load<u64>(code, 16);
        const b1 = load<u64>(code, 24);
        const c0 = load<u64>(code, 32);
        const c1 = load<u64>(code, 40);
        const d0 = load<u64>(code, 48);
        const d1 = load<u64>(code, 56);
        let nearest = f32x4.splat(1);
        let own = probe;
        for (let at = first; at < end; at += 16) {
          const x = load<u64>(at);
          const y = load<u64>(at, 8);
          const apart = lanes(
            popcnt<u64>(a0 ^ x) + popcnt<u64>(a1 ^ y),
            popcnt<u64>(b0 ^ x) + popcnt<u64>(b1 ^ y),
            popcnt<u64>(c0 ^ x) + popcnt<u64>(c1 ^ y),
            popcnt<u64>(d0 ^ x) + popcnt<u64>(d1 ^ y),
          );
          const share = v128.load(table + ((<usize>load<u16>(own)) << 4));
          nearest = f32x4.pmin(nearest, f32x4.mul(apart, share));
          own += 2;
        }
        sum = addLikeness(sum, nearest, wanted - p);
        table += tableBytes(2);
      }
    }
    store<u16>(scores + ((<usize>row) << 1), score(sum, wanted));
  }
}

/** Ones in which two codes of 312 bits in 40 bytes differ. */
function apart312(code: usize, x: u64, y: u64, z: u64, v: u64, w: u64): u64 {
  return (
    popcnt<u64>(load<u64>(code) ^ x) +
    popcnt<u64>(load<u64>(code, 8) ^ y) +
    popcnt<u64>(load<u64>(code, 16) ^ z) +
    popcnt<u64>(load<u64>(code, 24) ^ v) +
    popcnt<u64>(load<u64>(code, 32) ^ w)
  );
}

/**
 * Scores single rows with codes of 312 bits in 40 bytes: `list` holds the addresses of their codes (u32), `counts` their numbers (u8). Scores as in
 * {@link scanShort}.
 */
export function scoreMedium(
  list: usize,
  counts: usize,
  rows: i32,
  probe: usize,
  wanted: i32,
  tables: usize,
  scores: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const count = <i32>load<u8>(counts + <usize>row);
    let sum: f32 = 0;
    if (count > 0) {
      const first = <usize>load<u32>(list + ((<usize>row) << 2));
      const end = first + <usize>count * 40;
      beginRow(probe, first, count, 5);
      let table = tables;
      for (let p = 0; p < wanted; p += LANES) {
        const code = probe + CODES + <usize>p * 40;
        let nearest = f32x4.splat(1);
        let own = probe;
        for (let at = first; at < end; at += 40) {
          const x = load<u64>(at);
          const y = load<u64>(at, 8);
          const z = load<u64>(at, 16);
          const v = load<u64>(at, 24);
          const w = load<u64>(at, 32);
          const apart = lanes(
            apart312(code, x, y, z, v, w),
            apart312(code + 40, x, y, z, v, w),
            apart312(code + 80, x, y, z, v, w),
            apart312(code + 120, x, y, z, v, w),
          );
          const share = v128.load(table + ((<usize>load<u16>(own)) << 4));
          nearest = f32x4.pmin(nearest, f32x4.mul(apart, share));
          own += 2;
        }
        sum = addLikeness(sum, nearest, wanted - p);
        table += tableBytes(5);
      }
    }
    store<u16>(scores + ((<usize>row) << 1), score(sum, wanted));
  }
}
