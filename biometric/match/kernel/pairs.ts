/**
 * Which minutiae of two views may be the same: local similarity of their cylinders (Cappelli et al. 2010, section 3.3), the best pairs greedily.
 * @module
 */
import { codeOf, countOf, MOST, minutiaOf, WORDS } from './layout';
import { ROOT, TUNING } from './tables';

/** f32 at i * 64 + j: similarity of minutia i of a and j of b. */
export const SIMILARITY: usize = memory.data(4 * 64 * 64);
/** u8 i, u8 j of each pair; its similarity, f32; its strength, f32, at first the same. */
export const PAIRS: usize = memory.data(2 * 64);
export const FIRST: usize = memory.data(4 * 64);
export const STRENGTH: usize = memory.data(4 * 64);

const CANDIDATES: usize = memory.data(4 * 64 * 64);
const NORM: usize = memory.data(4 * 64);
const ORDER: usize = memory.data(2 * 64 * 64);
const BUCKET: usize = memory.data(4 * 256);

/**
 * Similarity of all pairs of cylinders: 1 - |a xor b| / (|a| + |b|) with Euclidean norms; pairs turned too far count as 0. Collects those of
 * at least the least level as candidates; how many.
 */
export function similarities(a: usize, b: usize): i32 {
  const n = countOf(a);
  const m = countOf(b);
  const turnLimit = <i32>load<f32>(TUNING);
  const least = load<f32>(TUNING, 4);
  memory.fill(BUCKET, 0, 4 * 256);
  for (let j = 0; j < m; j++) store<f32>(NORM + ((<usize>j) << 2), normOf(codeOf(b, j)));
  let found = 0;
  for (let i = 0; i < n; i++) {
    const angle = <i32>load<u8>(minutiaOf(a, i), 4);
    const pa = codeOf(a, i);
    const a0 = load<u64>(pa);
    const a1 = load<u64>(pa, 8);
    const a2 = load<u64>(pa, 16);
    const a3 = load<u64>(pa, 24);
    const a4 = load<u64>(pa, 32);
    const norm = normOf(pa) + <f32>0.001;
    let pb = codeOf(b, 0);
    let mb = minutiaOf(b, 0) + 4;
    let out = SIMILARITY + ((<usize>(i * MOST)) << 2);
    for (let j = 0; j < m; j++) {
      let value: f32 = 0;
      const turn = <i32>(<i8>(angle - <i32>load<u8>(mb)));
      if (abs<i32>(turn) <= turnLimit) {
        const x = <usize>(
          (popcnt(a0 ^ load<u64>(pb)) +
            popcnt(a1 ^ load<u64>(pb, 8)) +
            popcnt(a2 ^ load<u64>(pb, 16)) +
            popcnt(a3 ^ load<u64>(pb, 24)) +
            popcnt(a4 ^ load<u64>(pb, 32)))
        );
        value = <f32>1 - load<f32>(ROOT + (x << 2)) / (norm + load<f32>(NORM + ((<usize>j) << 2)));
        if (value >= least) {
          const level = <u32>(value * 255);
          store<u32>(CANDIDATES + ((<usize>found) << 2), (level << 12) | <u32>(i * MOST + j));
          found++;
          const at = BUCKET + ((<usize>(255 - level)) << 2);
          store<i32>(at, load<i32>(at) + 1);
        }
      }
      store<f32>(out, value);
      out += 4;
      pb += WORDS * 8;
      mb += 8;
    }
  }
  return found;
}

function normOf(code: usize): f32 {
  const bits =
    popcnt(load<u64>(code)) +
    popcnt(load<u64>(code, 8)) +
    popcnt(load<u64>(code, 16)) +
    popcnt(load<u64>(code, 24)) +
    popcnt(load<u64>(code, 32));
  return load<f32>(ROOT + ((<usize>bits) << 2));
}

/** The most similar of the candidates, each minutia once; how many. */
export function choosePairs(candidates: i32, wanted: i32): i32 {
  let start = 0;
  for (let level = 0; level < 256; level++) {
    const at = BUCKET + ((<usize>level) << 2);
    const count = load<i32>(at);
    store<i32>(at, start);
    start += count;
  }
  for (let k = 0; k < candidates; k++) {
    const candidate = load<u32>(CANDIDATES + ((<usize>k) << 2));
    const at = BUCKET + ((<usize>(255 - (candidate >> 12))) << 2);
    const place = load<i32>(at);
    store<i32>(at, place + 1);
    store<u16>(ORDER + ((<usize>place) << 1), <u16>(candidate & 4095));
  }
  let takenA: u64 = 0;
  let takenB: u64 = 0;
  let pairs = 0;
  for (let k = 0; k < candidates && pairs < wanted; k++) {
    const index = <i32>load<u16>(ORDER + ((<usize>k) << 1));
    const i = index >> 6;
    const j = index & 63;
    const bitA = (<u64>1) << i;
    const bitB = (<u64>1) << j;
    if ((takenA & bitA) != 0 || (takenB & bitB) != 0) continue;
    takenA |= bitA;
    takenB |= bitB;
    store<u8>(PAIRS + ((<usize>pairs) << 1), <u8>i);
    store<u8>(PAIRS + ((<usize>pairs) << 1), <u8>j, 1);
    const value = load<f32>(SIMILARITY + ((<usize>index) << 2));
    store<f32>(FIRST + ((<usize>pairs) << 2), value);
    store<f32>(STRENGTH + ((<usize>pairs) << 2), value);
    pairs++;
  }
  return pairs;
}
