/**
 * The scan of a gallery: how much of a probe's cylinder codes each row has. AssemblyScript, not TypeScript: built by scripts/build-kernels.mjs into
 * out/kernels/index.wasm. It runs over memory that all searching threads share and writes nowhere but into its own working room; nothing here
 * allocates.
 *
 * Two codes a and b are as alike as 1 - |a xor b| / (|a| + |b|), as in the full comparison: a bare distance would call every sparse code near.
 * @module
 */

/** A probe before its codes: how many ones each has (u16), at most 64, then the same of the row that is compared. */
const ROW: usize = 128;
/** From here on a probe's codes. */
const CODES: usize = 384;

/** Ones of a code of so many words of 64 bits. */
function ones(code: usize, words: i32): i32 {
  let sum: i64 = 0;
  for (let w = 0; w < words; w++) sum += <i64>popcnt<u64>(load<u64>(code + ((<usize>w) << 3)));
  return <i32>sum;
}

/** Counts the ones of a probe's codes, which stand in their place already. `recip` gets 1/n for n from 0 (as if 1) to 624. */
export function beginProbe(probe: usize, wanted: i32, words: i32, recip: usize): void {
  for (let p = 0; p < wanted; p++)
    store<u16>(probe + ((<usize>p) << 1), <u16>ones(probe + CODES + <usize>(p * words * 8), words));
  for (let n = 0; n <= 624; n++) store<f32>(recip + ((<usize>n) << 2), <f32>1 / <f32>max(n, 1));
}

/** Counts the ones of a row's codes, at most 64. */
function beginRow(probe: usize, first: usize, count: i32, words: i32): void {
  for (let i = 0; i < count; i++)
    store<u16>(probe + ROW + ((<usize>i) << 1), <u16>ones(first + <usize>(i * words * 8), words));
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
  recip: usize,
  scores: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const count = <i32>load<u8>(counts + <usize>row);
    let sum: f32 = 0;
    if (count > 0) {
      const first = codes + <usize>row * <usize>stride;
      const end = first + ((<usize>count) << 4);
      beginRow(probe, first, count, 2);
      for (let p = 0; p < wanted; p++) {
        const code = probe + CODES + ((<usize>p) << 4);
        const a = load<u64>(code);
        const b = load<u64>(code, 8);
        const table = recip + ((<usize>load<u16>(probe + ((<usize>p) << 1))) << 2);
        let nearest: f32 = 1;
        let own = probe + ROW;
        for (let at = first; at < end; at += 16) {
          const apart = <i32>(popcnt<u64>(a ^ load<u64>(at)) + popcnt<u64>(b ^ load<u64>(at, 8)));
          nearest = min(nearest, <f32>apart * load<f32>(table + ((<usize>load<u16>(own)) << 2)));
          own += 2;
        }
        sum += <f32>1 - nearest;
      }
    }
    store<u16>(scores + ((<usize>row) << 1), score(sum, wanted));
  }
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
  recip: usize,
  scores: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const count = <i32>load<u8>(counts + <usize>row);
    let sum: f32 = 0;
    if (count > 0) {
      const first = <usize>load<u32>(list + ((<usize>row) << 2));
      const end = first + <usize>count * 40;
      beginRow(probe, first, count, 5);
      for (let p = 0; p < wanted; p++) {
        const code = probe + CODES + <usize>p * 40;
        const a = load<u64>(code);
        const b = load<u64>(code, 8);
        const c = load<u64>(code, 16);
        const d = load<u64>(code, 24);
        const e = load<u64>(code, 32);
        const table = recip + ((<usize>load<u16>(probe + ((<usize>p) << 1))) << 2);
        let nearest: f32 = 1;
        let own = probe + ROW;
        for (let at = first; at < end; at += 40) {
          const apart = <i32>(
            (popcnt<u64>(a ^ load<u64>(at)) +
              popcnt<u64>(b ^ load<u64>(at, 8)) +
              popcnt<u64>(c ^ load<u64>(at, 16)) +
              popcnt<u64>(d ^ load<u64>(at, 24)) +
              popcnt<u64>(e ^ load<u64>(at, 32)))
          );
          nearest = min(nearest, <f32>apart * load<f32>(table + ((<usize>load<u16>(own)) << 2)));
          own += 2;
        }
        sum += <f32>1 - nearest;
      }
    }
    store<u16>(scores + ((<usize>row) << 1), score(sum, wanted));
  }
}
