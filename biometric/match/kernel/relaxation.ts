/**
 * Pairs strengthened by those that agree with them (Cappelli et al. 2010, section 4.3).
 * @module
 */
import { countOf, MOST, minutiaOf } from './layout';
import { choosePairs, FIRST, PAIRS, STRENGTH, similarities } from './pairs';
import { BY_ANGLE, BY_BEARING, BY_LENGTH, TUNING, TURN } from './tables';

/** f32 at t * 64 + k: how well the pairs t and k agree, 0 to 1. */
export const SUPPORT: usize = memory.data(4 * 64 * 64);

const NEXT: usize = memory.data(4 * 64);
const RANK: usize = memory.data(64);

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
export let relaxed: i32 = 0;

/** Mean strength of the best pairs after relaxation, 0 to 1. */
export function relaxedScore(a: usize, b: usize): f32 {
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
