/**
 * The geometric score: one view moved onto the other, and how much of what they share pairs up.
 * @module
 */
import { inside } from './cylinder';
import { MOST, minutiaOf } from './layout';
import { PAIRS, SIMILARITY, STRENGTH } from './pairs';
import { SUPPORT } from './relaxation';
import { TUNING, TURN } from './tables';

const WEIGHT: usize = memory.data(4 * 64);
/** { f32 x, f32 y, i32 angle, i32 taken } of each minutia of b, moved. */
const MOVED: usize = memory.data(16 * 64);

/**
 * Moves b onto a by the strongest pair and what supports it (least squares), pairs what then lies together, and weighs how much of what could be
 * paired is, how alike it is and how near.
 */
export function overlap(a: usize, b: usize, n: i32, m: i32, pairs: i32): f32 {
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
    store<f32>(WEIGHT + (p << 2), w);
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
    const w = load<f32>(WEIGHT + (p << 2));
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
