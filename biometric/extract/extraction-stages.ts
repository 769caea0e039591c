/**
 * The stages of an extraction, one after the other, over planes in the kernel's memory (biometric note 2.1).
 * @module
 */
import { type Arena, createArena, loadKernel } from '../kernel-memory.ts';
import { BORDER, type CellGrid, cellGrid } from './cell-grid.ts';
import type { ExtractKernel } from './extract-kernel.ts';
import type { ExtractionParameters, PassParameters, ViewParameters } from './extraction-parameters.ts';
import { FILTERS, filterBank, maskOf } from './filter-bank.ts';
import type { Minutia } from './finger-template.ts';
import { periodWaves, ridgePeriod } from './ridge-period.ts';
import { distanceInside, segment } from './segment.ts';
import { selectMinutiae } from './select-minutiae.ts';
import { thinningTable } from './thinning-table.ts';
import { traceSkeleton } from './trace-skeleton.ts';

/** What the first stages know of a picture. Addresses are planes of f32 with the grid's border; maps hold a value a cell. */
export interface Front {
  readonly grid: CellGrid;
  /** Address of the normalised plane. */
  readonly plane: number;
  readonly contrast: Float32Array;
  readonly coherence: Float32Array;
  readonly mask: Uint8Array;
  readonly distance: Float32Array;
  readonly orientation: Float32Array;
  readonly period: Float32Array;
}

/** What one parameterisation made of it. */
export interface View {
  /** Address of the enhanced plane. */
  readonly enhanced: number;
  readonly orientation: Float32Array;
  readonly clarity: Float32Array;
  /** 1 on the skeleton, a byte a pixel. */
  readonly skeleton: Uint8Array;
  readonly minutiae: readonly Minutia[];
}

/** The stages with their tables made. One picture at a time. */
export async function createStages(parameters: ExtractionParameters) {
  const kernel = await loadKernel<ExtractKernel>('extract');
  const arena = createArena(kernel);
  const put = (values: Float32Array): number => {
    const at = arena.take(values.byteLength);
    arena.f32(at, values.length).set(values);
    return at;
  };
  const waves = put(periodWaves(parameters.front.period));
  const table = arena.take(512);
  arena.u8(table, 512).set(thinningTable());
  const banks = new Map<string, number>();
  const bankOf = ({ along, across }: PassParameters): number => {
    const key = `${along} ${across}`;
    const known = banks.get(key);
    if (known !== undefined) return known;
    const made = put(filterBank(along, across));
    banks.set(key, made);
    return made;
  };
  for (const view of parameters.views) for (const pass of view.passes) bankOf(pass);
  const start = arena.mark();

  return {
    kernel,
    arena,
    /** Forgets the picture before. */
    reset: (): void => arena.release(start),
    front: (width: number, height: number, pixels: Uint8Array): Front =>
      makeFront(kernel, arena, waves, parameters, width, height, pixels),
    view: (front: Front, view: ViewParameters): View => makeView(kernel, arena, bankOf, table, front, view),
  };
}

/** See {@link createStages}. */
export type Stages = Awaited<ReturnType<typeof createStages>>;

function makeFront(
  kernel: ExtractKernel,
  arena: Arena,
  waves: number,
  { front }: ExtractionParameters,
  width: number,
  height: number,
  pixels: Uint8Array,
): Front {
  const grid = cellGrid(width, height);
  const { stride, rows, columns, lines } = grid;
  const [count, cells] = [stride * rows, columns * lines];
  const plane = arena.take(count * 4);
  const mark = arena.mark();
  const source = arena.take(width * height);
  const [mean, square, scratch, column] = [
    arena.take(count * 4),
    arena.take(count * 4),
    arena.take(count * 4),
    arena.take(stride * 8),
  ];
  arena.u8(source, width * height).set(pixels);
  kernel.pad(source, width, height, plane, stride, rows, BORDER);
  kernel.multiply(plane, plane, square, count);
  const { radius, floor, limit } = front.normalise;
  kernel.boxMean(square, square, scratch, column, stride, rows, radius);
  kernel.boxMean(plane, mean, scratch, column, stride, rows, radius);
  kernel.standardise(plane, mean, square, count, floor, limit);
  const contrastAt = arena.take(cells * 4);
  kernel.sumCells(square, stride, columns, lines, contrastAt);
  const contrast = arena.f32(contrastAt, cells).map((sum) => sum / 16);
  kernel.smooth(plane, scratch, stride, rows);
  const { orientation, coherence } = orient(kernel, arena, grid, scratch, front.orientation.sigma);
  const wide =
    front.orientation.coherenceSigma === front.orientation.sigma
      ? coherence
      : orient(kernel, arena, grid, scratch, front.orientation.coherenceSigma).coherence;
  const mask = segment(grid, contrast, wide, front.segmentation);
  const period = ridgePeriod(kernel, arena, grid, scratch, waves, mask, orientation, front.period);
  arena.release(mark);
  return { grid, plane, contrast, coherence, mask, distance: distanceInside(mask, grid), orientation, period };
}

/** Ridge orientation and its coherence from a plane, smoothed by `sigma` pixels. */
function orient(kernel: ExtractKernel, arena: Arena, grid: CellGrid, plane: number, sigma: number) {
  const { stride, columns, lines } = grid;
  const cells = columns * lines;
  const mark = arena.mark();
  const [difference, mixed, energy, scratch] = [
    arena.take(cells * 4),
    arena.take(cells * 4),
    arena.take(cells * 4),
    arena.take(cells * 4),
  ];
  const radius = Math.ceil((2.5 * sigma) / 4);
  const weights = arena.take((radius + 1) * 4);
  const gauss = Array.from({ length: radius + 1 }, (_, k) => Math.exp(-((k * 4) ** 2) / (2 * sigma * sigma)));
  const total = gauss.reduce((sum, weight, k) => sum + (k === 0 ? weight : 2 * weight), 0);
  arena.f32(weights, radius + 1).set(gauss.map((weight) => weight / total));
  kernel.tensor(plane, stride, columns, lines, difference, mixed, energy);
  for (const map of [difference, mixed, energy]) kernel.blurCells(map, scratch, columns, lines, weights, radius);
  const [d, m, e] = [arena.f32(difference, cells), arena.f32(mixed, cells), arena.f32(energy, cells)];
  const orientation = new Float32Array(cells);
  const coherence = new Float32Array(cells);
  for (let i = 0; i < cells; i++) {
    const [dx, dy] = [d[i] ?? 0, m[i] ?? 0];
    orientation[i] = Math.atan2(dy, dx) / 2 + Math.PI / 2;
    coherence[i] = Math.hypot(dx, dy) / ((e[i] ?? 0) + 1e-6);
  }
  arena.release(mark);
  return { orientation, coherence };
}

function makeView(
  kernel: ExtractKernel,
  arena: Arena,
  bankOf: (pass: PassParameters) => number,
  table: number,
  front: Front,
  parameters: ViewParameters,
): View {
  const { grid, mask } = front;
  const { stride, rows, columns, lines } = grid;
  const [count, cells] = [stride * rows, columns * lines];
  const enhanced = arena.take(count * 4);
  const mark = arena.mark();
  const choice = arena.take(cells * 4);
  const maskAt = arena.take(cells);
  arena.u8(maskAt, cells).set(mask);
  let orientation = front.orientation;
  for (const pass of parameters.passes) {
    if (pass.orientationSigma > 0)
      orientation = orient(kernel, arena, grid, enhanced, pass.orientationSigma).orientation;
    const bank = bankOf(pass);
    const choices = arena.i32(choice, cells);
    for (let i = 0; i < cells; i++) choices[i] = mask[i] === 1 ? maskOf(orientation[i] ?? 0, front.period[i] ?? 0) : -1;
    kernel.filterCells(front.plane, enhanced, stride, columns, lines, choice, bank, FILTERS.radius);
  }
  const clarity = clarityOf(kernel, arena, grid, front.plane, enhanced);
  const [ridges, seen, queue, doomed] = [
    arena.take(count),
    arena.take(count),
    arena.take(count * 4),
    arena.take(count * 4),
  ];
  kernel.binarise(enhanced, ridges, stride, columns, lines, maskAt, parameters.valleys ? 1 : 0);
  kernel.dropSmall(ridges, stride, rows, 1, parameters.leastPiece, seen, queue);
  kernel.dropSmall(ridges, stride, rows, 0, parameters.leastHole, seen, queue);
  kernel.thin(ridges, stride, rows, table, queue, doomed);
  const skeleton = arena.u8(ridges, count).slice();
  arena.release(mark);
  const places = traceSkeleton(skeleton, stride, rows, parameters.minutiae.trace);
  const maps = { grid, orientation, clarity, distance: front.distance };
  const minutiae = selectMinutiae(places, maps, parameters.minutiae, parameters.valleys);
  return { enhanced, orientation, clarity, skeleton, minutiae };
}

/** How much of what a picture shows around each cell is ridges: correlation of the normalised with the enhanced plane, 0 to 1. */
function clarityOf(kernel: ExtractKernel, arena: Arena, grid: CellGrid, plane: number, enhanced: number): Float32Array {
  const { stride, rows, columns, lines } = grid;
  const [count, cells] = [stride * rows, columns * lines];
  const mark = arena.mark();
  const product = arena.take(count * 4);
  const scratch = arena.take(cells * 4);
  const weights = arena.take(16);
  arena.f32(weights, 4).set([0.4, 0.22, 0.08, 0]);
  const summed = (a: number, b: number, target: number): number => {
    kernel.multiply(a, b, product, count);
    kernel.sumCells(product, stride, columns, lines, target);
    kernel.blurCells(target, scratch, columns, lines, weights, 2);
    return target;
  };
  const [a, b, c] = [arena.take(cells * 4), arena.take(cells * 4), arena.take(cells * 4)];
  const cross = arena.f32(summed(plane, enhanced, a), cells);
  const first = arena.f32(summed(plane, plane, b), cells);
  const second = arena.f32(summed(enhanced, enhanced, c), cells);
  const clarity = cross.map((sum, i) => Math.max(0, sum / Math.sqrt((first[i] ?? 0) * (second[i] ?? 0) + 1e-6)));
  arena.release(mark);
  return clarity;
}
