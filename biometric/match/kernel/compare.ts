/**
 * Two views compared: local similarity of cylinders, pairs chosen greedily, relaxation (Cappelli et al. 2010, section 4), then the overlap of
 * the two sets of minutiae under the movement that the best pairs agree on.
 * @module
 */

import { inside } from './cylinder';
import { codeOf, countOf, MOST, minutiaOf, WORDS } from './layout';

/** Tables and numbers, filled by `match-parameters.ts`; f32 unless said otherwise. */
const TUNING: usize = memory.data(128);
/** 256: by difference of lengths in quarter pixels. */
const BY_LENGTH: usize = memory.data(1024);
/** 256: by difference of angles, in 1/256 of a circle (0 to 128 used). */
const BY_ANGLE: usize = memory.data(1024);
/** 256: by 1 - cosine of the difference of bearings, in 1/1024. */
const BY_BEARING: usize = memory.data(1024);
/** 256 x { cosine, sine }. */
const TURN: usize = memory.data(2048);
/** Square roots of whole numbers 0 to 447. */
const ROOT: usize = memory.data(2048);

const SIMILARITY: usize = memory.data(4 * 64 * 64);
const CANDIDATES: usize = memory.data(4 * 64 * 64);
const NORM: usize = memory.data(4 * 64);
const ORDER: usize = memory.data(2 * 64 * 64);
const BUCKET: usize = memory.data(4 * 256);
const PAIRS: usize = memory.data(2 * 64);
const SUPPORT: usize = memory.data(4 * 64 * 64);
const STRENGTH: usize = memory.data(4 * 64);
const NEXT: usize = memory.data(4 * 64);
const FIRST: usize = memory.data(4 * 64);
const RANK: usize = memory.data(64);
const MOVED: usize = memory.data(16 * 64);

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

/**
 * Similarity of all pairs of cylinders: 1 - |a xor b| / (|a| + |b|) with Euclidean norms; pairs turned too far count as 0. Collects those of
 * at least the least level as candidates; how many.
 */
function similarities(a: usize, b: usize): i32 {
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
function choosePairs(candidates: i32, wanted: i32): i32 {
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

/** How well each two pairs agree: lengths, directions, bearings. */
function supports(a: usize, b: usize, pairs: i32): void {
  for (let t = 0; t < pairs; t++) {
    const at = minutiaOf(a, <i32>load<u8>(PAIRS + ((<usize>t) << 1)));
    const bt = minutiaOf(b, <i32>load<u8>(PAIRS + ((<usize>t) << 1), 1));
    const ax = <f32>load<i16>(at);
    const ay = <f32>load<i16>(at, 2);
    const bx = <f32>load<i16>(bt);
    const by = <f32>load<i16>(bt, 2);
    const angleA = <i32>load<u8>(at, 4);
    const angleB = <i32>load<u8>(bt, 4);
    // The turn from a to b, from the two minutiae themselves.
    const turn = TURN + ((<usize>((angleB - angleA) & 255)) << 3);
    const c = load<f32>(turn);
    const s = load<f32>(turn, 4);
    store<f32>(SUPPORT + ((<usize>(t * MOST + t)) << 2), 0);
    for (let k = t + 1; k < pairs; k++) {
      const ak = minutiaOf(a, <i32>load<u8>(PAIRS + ((<usize>k) << 1)));
      const bk = minutiaOf(b, <i32>load<u8>(PAIRS + ((<usize>k) << 1), 1));
      let value: f32 = 0;
      const twist = (angleA - <i32>load<u8>(ak, 4) - angleB + <i32>load<u8>(bk, 4)) & 255;
      const byAngle = load<f32>(BY_ANGLE + ((<usize>min(twist, 256 - twist)) << 2));
      if (byAngle > 0.001) {
        const ux = <f32>load<i16>(ak) - ax;
        const uy = <f32>load<i16>(ak, 2) - ay;
        const vx = <f32>load<i16>(bk) - bx;
        const vy = <f32>load<i16>(bk, 2) - by;
        const lengthA = sqrt<f32>(ux * ux + uy * uy);
        const lengthB = sqrt<f32>(vx * vx + vy * vy);
        const byLength = load<f32>(BY_LENGTH + ((<usize>min(<i32>(abs<f32>(lengthA - lengthB) * 4), 255)) << 2));
        if (byLength > 0.001) {
          // y runs downwards, angles counterclockwise.
          const wx = ux * c + uy * s;
          const wy = uy * c - ux * s;
          const cosine = (wx * vx + wy * vy) / max<f32>(lengthA * lengthB, 1);
          const byBearing = load<f32>(
            BY_BEARING + ((<usize>min(<i32>((<f32>1 - min<f32>(cosine, 1)) * 1024), 255)) << 2),
          );
          value = byAngle * byLength * byBearing;
        }
      }
      store<f32>(SUPPORT + ((<usize>(t * MOST + k)) << 2), value);
      store<f32>(SUPPORT + ((<usize>(k * MOST + t)) << 2), value);
    }
  }
}

function relax(pairs: i32): void {
  const own = load<f32>(TUNING, 8);
  const rounds = <i32>load<f32>(TUNING, 12);
  const share: f32 = (<f32>1 - own) / max<f32>(<f32>(pairs - 1), 1);
  for (let round = 0; round < rounds; round++) {
    for (let t = 0; t < pairs; t++) {
      let sum: f32 = 0;
      const row = SUPPORT + ((<usize>(t * MOST)) << 2);
      for (let k = 0; k < pairs; k++)
        sum += load<f32>(row + ((<usize>k) << 2)) * load<f32>(STRENGTH + ((<usize>k) << 2));
      store<f32>(NEXT + ((<usize>t) << 2), own * load<f32>(STRENGTH + ((<usize>t) << 2)) + share * sum);
    }
    memory.copy(STRENGTH, NEXT, (<usize>pairs) << 2);
  }
}

/** Puts the pairs whose strength grew most, or shrank least, first in RANK. */
function rank(pairs: i32, best: i32): void {
  for (let k = 0; k < pairs; k++) store<u8>(RANK + <usize>k, <u8>k);
  for (let k = 0; k < best; k++) {
    let top = k;
    let value: f32 = -1;
    for (let l = k; l < pairs; l++) {
      const p = (<usize>load<u8>(RANK + <usize>l)) << 2;
      const gain = load<f32>(STRENGTH + p) / load<f32>(FIRST + p);
      if (gain > value) {
        value = gain;
        top = l;
      }
    }
    const moved = load<u8>(RANK + <usize>top);
    store<u8>(RANK + <usize>top, load<u8>(RANK + <usize>k));
    store<u8>(RANK + <usize>k, moved);
  }
}

/** Pairs of the two views that were relaxed last. */
let relaxed: i32 = 0;

/** Mean strength of the best pairs after relaxation, 0 to 1. */
function relaxedScore(a: usize, b: usize): f32 {
  const n = countOf(a);
  const m = countOf(b);
  const least = min(n, m);
  relaxed = 0;
  if (least < 3) return 0;
  const candidates = similarities(a, b);
  const pairs = choosePairs(candidates, min(least, <i32>load<f32>(TUNING, 16)));
  if (pairs < 3) return 0;
  const low = load<f32>(TUNING, 20);
  const high = load<f32>(TUNING, 24);
  const slope = load<f32>(TUNING, 32);
  const wanted = nearest(
    low + (high - low) / (<f32>1 + <f32>Math.exp(<f64>(-slope * (<f32>least - load<f32>(TUNING, 28))))),
  );
  const best = min(<i32>wanted, pairs);
  supports(a, b, pairs);
  relax(pairs);
  rank(pairs, best);
  let sum: f32 = 0;
  for (let k = 0; k < best; k++) sum += load<f32>(STRENGTH + ((<usize>load<u8>(RANK + <usize>k)) << 2));
  relaxed = pairs;
  return sum / wanted;
}

/** One view's part of the score. */
function viewScore(a: usize, b: usize, strength: f32): f32 {
  const score = load<f32>(TUNING, 52) * sqrt<f32>(strength);
  return relaxed == 0 ? score : score + overlap(a, b, countOf(a), countOf(b), relaxed);
}

/**
 * Score of two fingers: of the first views, and of the second where there are some (addresses not 0), as much again of the first where there are
 * none. Fingers whose first views agree too little are not looked at further.
 */
export function compareFingers(a: usize, b: usize, secondA: usize, secondB: usize): f32 {
  const strength = relaxedScore(a, b);
  if (strength < load<f32>(TUNING, 68)) return 2 * load<f32>(TUNING, 52) * sqrt<f32>(strength);
  const first = viewScore(a, b, strength);
  if (secondA == 0 || secondB == 0) return 2 * first;
  return first + viewScore(secondA, secondB, relaxedScore(secondA, secondB));
}

/**
 * Moves b onto a by the strongest pair and what supports it (least squares), pairs what then lies together, and weighs how much of what could be
 * paired is, how alike it is and how near.
 */
function overlap(a: usize, b: usize, n: i32, m: i32, pairs: i32): f32 {
  // The strongest pair and what supports it: the others may belong to another movement.
  let seed = 0;
  let strongest: f32 = -1;
  for (let k = 0; k < pairs; k++) {
    const strength = load<f32>(STRENGTH + ((<usize>k) << 2));
    if (strength > strongest) {
      strongest = strength;
      seed = k;
    }
  }
  let weight: f32 = 0;
  let ax: f32 = 0;
  let ay: f32 = 0;
  let bx: f32 = 0;
  let by: f32 = 0;
  for (let k = 0; k < pairs; k++) {
    const p = <usize>k;
    const support = k == seed ? <f32>1 : load<f32>(SUPPORT + ((<usize>(seed * MOST + k)) << 2));
    const w = support < 0.1 ? <f32>0 : support * load<f32>(STRENGTH + (p << 2));
    store<f32>(NEXT + (p << 2), w);
    if (w == 0) continue;
    const ma = minutiaOf(a, <i32>load<u8>(PAIRS + (p << 1)));
    const mb = minutiaOf(b, <i32>load<u8>(PAIRS + (p << 1), 1));
    weight += w;
    ax += w * <f32>load<i16>(ma);
    ay += w * <f32>load<i16>(ma, 2);
    bx += w * <f32>load<i16>(mb);
    by += w * <f32>load<i16>(mb, 2);
  }
  if (weight <= 0) return 0;
  ax /= weight;
  ay /= weight;
  bx /= weight;
  by /= weight;
  let c: f32 = 0;
  let s: f32 = 0;
  const directionWeight = load<f32>(TUNING, 36);
  for (let k = 0; k < pairs; k++) {
    const p = <usize>k;
    const w = load<f32>(NEXT + (p << 2));
    if (w == 0) continue;
    const ma = minutiaOf(a, <i32>load<u8>(PAIRS + (p << 1)));
    const mb = minutiaOf(b, <i32>load<u8>(PAIRS + (p << 1), 1));
    const ux = <f32>load<i16>(mb) - bx;
    const uy = <f32>load<i16>(mb, 2) - by;
    const vx = <f32>load<i16>(ma) - ax;
    const vy = <f32>load<i16>(ma, 2) - ay;
    // The directions of the two minutiae count like a point so far away.
    const turn = TURN + ((<usize>((<i32>load<u8>(ma, 4) - <i32>load<u8>(mb, 4)) & 255)) << 3);
    c += w * (ux * vx + uy * vy + directionWeight * load<f32>(turn));
    s += w * (ux * vy - uy * vx - directionWeight * load<f32>(turn, 4));
  }
  const norm = sqrt<f32>(c * c + s * s);
  if (norm <= 0) return 0;
  c /= norm;
  s /= norm;
  const turned = <i32>nearest((-(<f32>Math.atan2(<f64>s, <f64>c)) * 128) / <f32>Math.PI);
  const margin = load<f32>(TUNING, 40);
  const far = load<f32>(TUNING, 44);
  const twistLimit = <i32>load<f32>(TUNING, 48);
  let inB = 0;
  for (let j = 0; j < m; j++) {
    const mb = minutiaOf(b, j);
    const ux = <f32>load<i16>(mb) - bx;
    const uy = <f32>load<i16>(mb, 2) - by;
    const x = ax + c * ux - s * uy;
    const y = ay + s * ux + c * uy;
    const at = MOVED + ((<usize>j) << 4);
    store<f32>(at, x);
    store<f32>(at, y, 4);
    store<i32>(at, (<i32>load<u8>(mb, 4) + turned) & 255, 8);
    store<i32>(at, 0, 12);
    if (inside(a, x, y, margin)) inB++;
  }
  let inA = 0;
  let agreed = 0;
  let similar: f32 = 0;
  let distance: f32 = 0;
  for (let i = 0; i < n; i++) {
    const ma = minutiaOf(a, i);
    const x = <f32>load<i16>(ma);
    const y = <f32>load<i16>(ma, 2);
    const ux = x - ax;
    const uy = y - ay;
    if (inside(b, bx + c * ux + s * uy, by - s * ux + c * uy, margin)) inA++;
    const angle = <i32>load<u8>(ma, 4);
    let chosen = -1;
    let nearestSquare: f32 = far * far;
    for (let j = 0; j < m; j++) {
      const at = MOVED + ((<usize>j) << 4);
      const dx = load<f32>(at) - x;
      const dy = load<f32>(at, 4) - y;
      const square = dx * dx + dy * dy;
      if (square >= nearestSquare || load<i32>(at, 12) != 0) continue;
      const twist = (angle - load<i32>(at, 8)) & 255;
      if (min(twist, 256 - twist) > twistLimit) continue;
      nearestSquare = square;
      chosen = j;
    }
    if (chosen < 0) continue;
    store<i32>(MOVED + ((<usize>chosen) << 4), 1, 12);
    agreed++;
    similar += load<f32>(SIMILARITY + ((<usize>(i * MOST + chosen)) << 2));
    distance += sqrt<f32>(nearestSquare);
  }
  if (agreed == 0) return 0;
  const spare = load<f32>(TUNING, 64);
  const possible = (<f32>max(inA, agreed) + spare) * (<f32>max(inB, agreed) + spare);
  const alike = (similar * <f32>agreed) / possible;
  return load<f32>(TUNING, 56) * alike + load<f32>(TUNING, 60) * (far - distance / <f32>agreed);
}
