/**
 * What biometric/match/kernel exports, and the tables it computes with.
 * @module
 */
import { type Arena, createArena, loadKernel } from '../kernel-memory.ts';
import type { CylinderParameters, MatchingParameters, Sigmoid } from './matching-parameters.ts';

/** Codes and their comparison: addresses and counts, see the functions there. */
export interface MatchKernel {
  beginCylinders(): void;
  beginCompare(): void;
  encloseMinutiae(view: number): void;
  encode(
    view: number,
    target: number,
    bytes: number,
    cells: number,
    count: number,
    directional: number,
    sectors: number,
    spatial: number,
    steps: number,
    unit: number,
    threshold: number,
  ): void;
  compareFingers(a: number, b: number, secondA: number, secondB: number): number;
  viewBytes(minutiae: number): number;
  tuning(): number;
  lengthTable(): number;
  angleTable(): number;
  bearingTable(): number;
}

/** Square pixels that share an entry of the table of distances. */
const UNIT = 2;

/** Puts the codes of a view's minutiae at an address, `bytes` each. */
export type Encoder = (view: number, target: number, bytes: number) => void;

/** The kernel with its tables filled. */
export async function openMatchKernel(parameters: MatchingParameters) {
  const kernel = await loadKernel<MatchKernel>('match');
  const arena = createArena(kernel);
  kernel.beginCylinders();
  kernel.beginCompare();
  fillComparison(kernel, arena, parameters);
  return {
    kernel,
    arena,
    encodeShort: encoder(kernel, arena, parameters.short),
    encodeLong: encoder(kernel, arena, parameters.long),
  };
}

function fillComparison(kernel: MatchKernel, arena: Arena, { comparison: c }: MatchingParameters): void {
  const { strength, overlap, nearness } = c.weights;
  // In the order of biometric/match/kernel/compare.ts.
  const tuning = Object.values({
    turn: c.turn,
    leastSimilarity: c.leastSimilarity,
    own: c.own,
    rounds: c.rounds,
    mostPairs: c.mostPairs,
    fewest: c.fewest,
    most: c.most,
    middle: c.byMinutiae.middle,
    slope: c.byMinutiae.slope,
    directionWeight: c.directionWeight,
    margin: c.margin,
    far: c.far,
    twist: c.twist,
    strength,
    overlap,
    nearness,
    spare: c.spare,
    gate: c.gate,
  });
  arena.f32(kernel.tuning(), tuning.length).set(tuning);
  const fill = (at: number, { middle, slope }: Sigmoid, value: (i: number) => number): void => {
    const sigmoid = (v: number): number => 1 / (1 + Math.exp(-slope * (v - middle)));
    arena.f32(at, 256).set(Array.from({ length: 256 }, (_, i) => sigmoid(value(i))));
  };
  fill(kernel.lengthTable(), c.length, (i) => (i + 0.5) / 4);
  fill(kernel.angleTable(), c.direction, (i) => (i / 128) * Math.PI);
  // The last entry stands for everything beyond.
  fill(kernel.bearingTable(), c.bearing, (i) => (i === 255 ? Math.PI : Math.acos(1 - (i + 0.5) / 1024)));
}

function encoder(kernel: MatchKernel, arena: Arena, cylinder: CylinderParameters): Encoder {
  const put = (values: ArrayLike<number>): number => {
    const at = arena.take(values.length * 4);
    arena.f32(at, values.length).set(values);
    return at;
  };
  const base = cellsOf(cylinder);
  const spread = spatialOf(cylinder);
  const [cells, spatial, directional] = [put(base), put(spread), put(directionalOf(cylinder))];
  const { sectors, threshold } = cylinder;
  const [count, steps] = [base.length / 2, spread.length];
  return (view, target, bytes) =>
    kernel.encode(view, target, bytes, cells, count, directional, sectors, spatial, steps, UNIT, threshold);
}

/** x and y of each cell of the base within the radius. */
function cellsOf({ radius, side }: CylinderParameters): readonly number[] {
  const step = (2 * radius) / side;
  const cells: number[] = [];
  for (let j = 0; j < side; j++) {
    for (let i = 0; i < side; i++) {
      const [x, y] = [(i + 0.5) * step - radius, (j + 0.5) * step - radius];
      if (Math.hypot(x, y) <= radius) cells.push(x, y);
    }
  }
  return cells;
}

/** Eq. (5): influence over the squared distance, up to three deviations. */
function spatialOf({ spatial }: CylinderParameters): readonly number[] {
  const gauss = (square: number): number =>
    Math.exp(-square / (2 * spatial * spatial)) / (spatial * Math.sqrt(2 * Math.PI));
  return Array.from({ length: Math.ceil((3 * spatial) ** 2 / UNIT) }, (_, i) => gauss((i + 0.5) * UNIT));
}

/** Eq. (9) to (11): for each sector, share of a Gaussian around each difference of direction that falls into it. */
function directionalOf({ sectors, directional }: CylinderParameters): Float32Array {
  const width = (2 * Math.PI) / sectors;
  const table = new Float32Array(sectors * 256);
  for (let sector = 0; sector < sectors; sector++) {
    for (let turn = 0; turn < 256; turn++) {
      const raw = -Math.PI + (sector + 0.5) * width - (turn / 128) * Math.PI;
      const off = raw - 2 * Math.PI * Math.round(raw / (2 * Math.PI));
      table[sector * 256 + turn] = normal((off + width / 2) / directional) - normal((off - width / 2) / directional);
    }
  }
  return table;
}

/** Cumulative normal distribution; Abramowitz and Stegun 26.2.17, error below 7.5e-8. */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = ((((1.330274429 * t - 1.821255978) * t + 1.781477937) * t - 0.356563782) * t + 0.31938153) * t;
  const upper = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x >= 0 ? 1 - upper : upper;
}
