/**
 * The ridge period of each cell: windows across the picture, their spectra smoothed over their neighbours and by that of the whole picture.
 * @module
 */
import type { Arena } from '../kernel-memory.ts';
import { CELL, type CellGrid } from './cell-grid.ts';
import type { ExtractKernel } from './extract-kernel.ts';
import type { PeriodParameters } from './extraction-parameters.ts';

/** Periods tried, pixels. */
const periodsOf = ({ least, most, count }: PeriodParameters): readonly number[] =>
  Array.from({ length: count }, (_, p) => least * (most / least) ** (p / (count - 1)));

/** For each period `across` values of cosine, then of sine, with a Hann window. */
export function periodWaves(parameters: PeriodParameters): Float32Array {
  const { across } = parameters;
  const waves = new Float32Array(parameters.count * 2 * across);
  periodsOf(parameters).forEach((period, p) => {
    for (let v = 0; v < across; v++) {
      const phase = (2 * Math.PI * (v - (across - 1) / 2)) / period;
      const window = 0.5 + 0.5 * Math.cos((2 * Math.PI * (v - (across - 1) / 2)) / (across + 1));
      waves[(2 * p + 0) * across + v] = Math.cos(phase) * window;
      waves[(2 * p + 1) * across + v] = Math.sin(phase) * window;
    }
  });
  return waves;
}

/** Ridge period of each cell in pixels, `orientation` in radians with y downwards. */
export function ridgePeriod(
  kernel: ExtractKernel,
  arena: Arena,
  grid: CellGrid,
  plane: number,
  waves: number,
  mask: Uint8Array,
  orientation: Float32Array,
  parameters: PeriodParameters,
): Float32Array {
  const { step, count, across, along } = parameters;
  const [columns, lines] = [Math.ceil(grid.columns / step), Math.ceil(grid.lines / step)];
  const mark = arena.mark();
  const signature = arena.take(across * 4);
  const out = arena.take(count * 4);
  const powers = new Float32Array(columns * lines * count);
  const whole = new Float32Array(count);
  let windows = 0;
  for (let wy = 0; wy < lines; wy++) {
    for (let wx = 0; wx < columns; wx++) {
      const [cx, cy] = [wx * step + (step >> 1), wy * step + (step >> 1)];
      const cell = cy * grid.columns + cx;
      if (cx >= grid.columns || cy >= grid.lines || mask[cell] !== 1) continue;
      const angle = orientation[cell] ?? 0;
      const [x, y] = [cx * CELL + CELL / 2, cy * CELL + CELL / 2];
      kernel.periodPowers(plane, grid.stride, grid.rows, x, y, angle, across, along, waves, count, signature, out);
      const found = arena.f32(out, count);
      powers.set(found, (wy * columns + wx) * count);
      for (let p = 0; p < count; p++) whole[p] = (whole[p] ?? 0) + (found[p] ?? 0);
      windows++;
    }
  }
  arena.release(mark);
  for (let p = 0; p < count; p++) whole[p] = (parameters.prior * (whole[p] ?? 0)) / Math.max(windows, 1);
  const periods = smoothPeriods(powers, whole, columns, lines, parameters);
  const result = new Float32Array(grid.columns * grid.lines);
  for (let y = 0; y < grid.lines; y++) {
    for (let x = 0; x < grid.columns; x++) {
      const [fx, fy] = [(x - (step >> 1)) / step, (y - (step >> 1)) / step];
      const [x0, y0] = [
        Math.min(Math.max(Math.floor(fx), 0), columns - 2),
        Math.min(Math.max(Math.floor(fy), 0), lines - 2),
      ];
      const [tx, ty] = [Math.min(Math.max(fx - x0, 0), 1), Math.min(Math.max(fy - y0, 0), 1)];
      const at = (u: number, v: number): number => periods[(y0 + v) * columns + x0 + u] ?? 0;
      result[y * grid.columns + x] =
        (at(0, 0) * (1 - tx) + at(1, 0) * tx) * (1 - ty) + (at(0, 1) * (1 - tx) + at(1, 1) * tx) * ty;
    }
  }
  return result;
}

/** The strongest period of each window after smoothing, between the periods tried by a parabola. */
function smoothPeriods(
  powers: Float32Array,
  whole: Float32Array,
  columns: number,
  lines: number,
  parameters: PeriodParameters,
): Float32Array {
  const { count, sigma, least, most } = parameters;
  const periods = new Float32Array(columns * lines);
  const sum = new Float32Array(count);
  const r = Math.ceil(2 * sigma);
  for (let y = 0; y < lines; y++) {
    for (let x = 0; x < columns; x++) {
      sum.fill(0);
      for (let v = Math.max(-r, -y); v <= Math.min(r, lines - 1 - y); v++) {
        for (let u = Math.max(-r, -x); u <= Math.min(r, columns - 1 - x); u++) {
          const weight = Math.exp(-(u * u + v * v) / (2 * sigma * sigma)) / (2 * Math.PI * sigma * sigma);
          const at = ((y + v) * columns + x + u) * count;
          for (let p = 0; p < count; p++) sum[p] = (sum[p] ?? 0) + weight * (powers[at + p] ?? 0);
        }
      }
      let best = 0;
      const value = (p: number): number => (sum[p] ?? 0) + (whole[p] ?? 0);
      for (let p = 1; p < count; p++) if (value(p) > value(best)) best = p;
      let shift = 0;
      if (best > 0 && best < count - 1) {
        const [a, b, c] = [value(best - 1), value(best), value(best + 1)];
        const bend = a - 2 * b + c;
        if (bend < 0) shift = (0.5 * (a - c)) / bend;
      }
      periods[y * columns + x] = least * (most / least) ** ((best + shift) / (count - 1));
    }
  }
  return periods;
}
