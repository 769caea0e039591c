/**
 * Cylinder codes (Cappelli, Ferrara, Maltoni 2010, section 3), bits only, the cells of the base as the bits of one word.
 * @module
 */
import { codesOf, countOf, HEADER, LAYERS, masksOf, minutiaOf, SIDES } from './layout';

/**
 * Completes a view whose count and minutiae stand in memory: hull, masks, codes. `cells` holds the base: count x { f32 x, f32 y }, pixels, the
 * minutia's direction along x, y upwards. `directional` holds 256 f32 for each layer: share of a neighbour turned by so much of a circle.
 * `spatial` holds f32 over the squared distance in units of `unit` square pixels, `steps` of them.
 */
export function encode(
  view: usize,
  cells: usize,
  count: i32,
  directional: usize,
  spatial: usize,
  steps: i32,
  unit: f32,
  threshold: f32,
  margin: f32,
): void {
  const n = countOf(view);
  for (let d = 0; d < SIDES; d++) {
    const c = <f32>Math.cos((<f64>d * Math.PI * 2) / <f64>SIDES);
    const s = <f32>Math.sin((<f64>d * Math.PI * 2) / <f64>SIDES);
    let reach: f32 = -30000;
    for (let i = 0; i < n; i++) {
      const m = minutiaOf(view, i);
      reach = max(reach, <f32>load<i16>(m) * c + <f32>load<i16>(m, 2) * s);
    }
    store<i16>(view + 16 + ((<usize>d) << 1), <i16>nearest(reach));
  }
  for (let i = 0; i < n; i++) {
    const m = minutiaOf(view, i);
    const x = <f32>load<i16>(m);
    const y = <f32>load<i16>(m, 2);
    const angle = <i32>load<u8>(m, 4);
    const turn = (<f64>angle * Math.PI) / 128;
    const c = <f32>Math.cos(turn);
    const s = <f32>Math.sin(turn);
    let mask: u64 = 0;
    const code = codesOf(view) + <usize>(i * LAYERS * 8);
    for (let k = 0; k < LAYERS; k++) store<u64>(code + ((<usize>k) << 3), 0);
    for (let cell = 0; cell < count; cell++) {
      const u = load<f32>(cells + ((<usize>cell) << 3));
      const v = load<f32>(cells + ((<usize>cell) << 3), 4);
      const px = x + u * c - v * s;
      const py = y - (u * s + v * c);
      if (!inside(view, px, py, margin)) continue;
      mask |= (<u64>1) << cell;
      let a: f32 = 0;
      let b: f32 = 0;
      let e: f32 = 0;
      let f: f32 = 0;
      let g: f32 = 0;
      let h: f32 = 0;
      for (let j = 0; j < n; j++) {
        if (j == i) continue;
        const o = minutiaOf(view, j);
        const dx = <f32>load<i16>(o) - px;
        const dy = <f32>load<i16>(o, 2) - py;
        const step = <i32>((dx * dx + dy * dy) / unit);
        if (step >= steps) continue;
        const weight = load<f32>(spatial + ((<usize>step) << 2));
        const table = directional + ((<usize>((angle - <i32>load<u8>(o, 4)) & 255)) << 2);
        a += weight * load<f32>(table);
        b += weight * load<f32>(table, 1024);
        e += weight * load<f32>(table, 2048);
        f += weight * load<f32>(table, 3072);
        g += weight * load<f32>(table, 4096);
        h += weight * load<f32>(table, 5120);
      }
      const bit = (<u64>1) << cell;
      if (a >= threshold) store<u64>(code, load<u64>(code) | bit);
      if (b >= threshold) store<u64>(code, load<u64>(code, 8) | bit, 8);
      if (e >= threshold) store<u64>(code, load<u64>(code, 16) | bit, 16);
      if (f >= threshold) store<u64>(code, load<u64>(code, 24) | bit, 24);
      if (g >= threshold) store<u64>(code, load<u64>(code, 32) | bit, 32);
      if (h >= threshold) store<u64>(code, load<u64>(code, 40) | bit, 40);
    }
    store<u64>(masksOf(view) + ((<usize>i) << 3), mask);
  }
}

/** Whether a point lies within the hull of a view, made wider by a margin. */
export function inside(view: usize, x: f32, y: f32, margin: f32): boolean {
  for (let d = 0; d < SIDES; d++) {
    const c = load<f32>(DIRECTIONS + ((<usize>d) << 3));
    const s = load<f32>(DIRECTIONS + ((<usize>d) << 3), 4);
    if (x * c + y * s > <f32>load<i16>(view + HEADER - 32 + ((<usize>d) << 1)) + margin) return false;
  }
  return true;
}

/** Cosine and sine of the hull's directions. */
const DIRECTIONS: usize = memory.data(128);

/** Fills the table of directions; to be called once. */
export function begin(): void {
  for (let d = 0; d < SIDES; d++) {
    store<f32>(DIRECTIONS + ((<usize>d) << 3), <f32>Math.cos((<f64>d * Math.PI * 2) / <f64>SIDES));
    store<f32>(DIRECTIONS + ((<usize>d) << 3), <f32>Math.sin((<f64>d * Math.PI * 2) / <f64>SIDES), 4);
  }
}
