/**
 * Cylinder codes (Cappelli, Ferrara, Maltoni: Minutia Cylinder-Code, TPAMI 2010, section 3), bits only. Cells off the finger count like empty
 * ones: on our data their masks gained nothing and cost two thirds of the speed.
 * @module
 */
import { countOf, HEADER, minutiaOf, SIDES } from './layout';

/** Cosine and sine of the hull's directions. */
const DIRECTIONS: usize = memory.data(128);
/** What the sectors of one cell hold: f32, at most 8. */
const SECTORS: usize = memory.data(32);

/** Fills the table of directions; to be called once. */
export function beginCylinders(): void {
  for (let d = 0; d < SIDES; d++) {
    const turn = (<f64>d * Math.PI * 2) / <f64>SIDES;
    store<f32>(DIRECTIONS + ((<usize>d) << 3), <f32>Math.cos(turn));
    store<f32>(DIRECTIONS + ((<usize>d) << 3), <f32>Math.sin(turn), 4);
  }
}

/** Completes the hull of a view whose count and minutiae stand in memory. */
export function encloseMinutiae(view: usize): void {
  const n = countOf(view);
  for (let d = 0; d < SIDES; d++) {
    const at = DIRECTIONS + ((<usize>d) << 3);
    let reach: f32 = -30000;
    for (let i = 0; i < n; i++) {
      const m = minutiaOf(view, i);
      reach = max(reach, <f32>load<i16>(m) * load<f32>(at) + <f32>load<i16>(m, 2) * load<f32>(at, 4));
    }
    store<i16>(view + 16 + ((<usize>d) << 1), <i16>nearest(reach));
  }
}

/**
 * Codes of all minutiae of a view, `bytes` each, from `target` on: bit `count` l + c is cell c in the sector l. `cells` holds the base: `count` x
 * { f32 x, f32 y }, pixels, the minutia's direction along x, y upwards. `directional` holds 256 f32 for each of `sectors`: share of a
 * neighbour turned by so much of a circle. `spatial` holds `steps` f32 over the squared distance in units of `unit` square pixels.
 */
export function encode(
  view: usize,
  target: usize,
  bytes: i32,
  cells: usize,
  count: i32,
  directional: usize,
  sectors: i32,
  spatial: usize,
  steps: i32,
  unit: f32,
  threshold: f32,
): void {
  const n = countOf(view);
  memory.fill(target, 0, <usize>(n * bytes));
  for (let i = 0; i < n; i++) {
    const m = minutiaOf(view, i);
    const x = <f32>load<i16>(m);
    const y = <f32>load<i16>(m, 2);
    const angle = <i32>load<u8>(m, 4);
    const turn = (<f64>angle * Math.PI) / 128;
    const c = <f32>Math.cos(turn);
    const s = <f32>Math.sin(turn);
    const code = target + <usize>(i * bytes);
    for (let cell = 0; cell < count; cell++) {
      const u = load<f32>(cells + ((<usize>cell) << 3));
      const v = load<f32>(cells + ((<usize>cell) << 3), 4);
      const px = x + u * c - v * s;
      const py = y - (u * s + v * c);
      memory.fill(SECTORS, 0, 32);
      let near = false;
      for (let j = 0; j < n; j++) {
        if (j == i) continue;
        const o = minutiaOf(view, j);
        const dx = <f32>load<i16>(o) - px;
        const dy = <f32>load<i16>(o, 2) - py;
        const step = <i32>((dx * dx + dy * dy) / unit);
        if (step >= steps) continue;
        near = true;
        const weight = load<f32>(spatial + ((<usize>step) << 2));
        const table = directional + ((<usize>((angle - <i32>load<u8>(o, 4)) & 255)) << 2);
        for (let l = 0; l < sectors; l++) {
          const at = SECTORS + ((<usize>l) << 2);
          store<f32>(at, load<f32>(at) + weight * load<f32>(table + ((<usize>l) << 10)));
        }
      }
      if (!near) continue;
      for (let l = 0; l < sectors; l++) {
        if (load<f32>(SECTORS + ((<usize>l) << 2)) >= threshold) setBit(code, l * count + cell);
      }
    }
  }
}

function setBit(code: usize, bit: i32): void {
  const at = code + <usize>(bit >> 3);
  store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>(bit & 7))));
}

/** Whether a point lies within the hull of a view, made wider by a margin. */
export function inside(view: usize, x: f32, y: f32, margin: f32): boolean {
  for (let d = 0; d < SIDES; d++) {
    const at = DIRECTIONS + ((<usize>d) << 3);
    const reach = <f32>load<i16>(view + HEADER - 32 + ((<usize>d) << 1)) + margin;
    if (x * load<f32>(at) + y * load<f32>(at, 4) > reach) return false;
  }
  return true;
}
