/**
 * Where the finger is: cells of enough contrast whose gradients agree on a direction, made one piece without holes.
 * @module
 */
import { type CellGrid, onImage } from './cell-grid.ts';

/** What decides about a cell. */
export interface SegmentationParameters {
  /** Least contrast, as a share of the contrast that nine tenths of the cells stay below. */
  readonly contrastShare: number;
  /** Least contrast in grey values. */
  readonly contrastFloor: number;
  /** Least coherence of the orientation, 0 to 1. */
  readonly coherence: number;
}

/** The value below which a share of the values lies. */
function quantile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** Each cell becomes what most of the cells around it are; `rounds` times. */
function majority(mask: Uint8Array, { columns, lines }: CellGrid, rounds: number): Uint8Array {
  let from = mask;
  for (let round = 0; round < rounds; round++) {
    const to = new Uint8Array(from.length);
    for (let y = 2; y < lines - 2; y++) {
      for (let x = 2; x < columns - 2; x++) {
        let count = 0;
        for (let v = -2; v <= 2; v++) for (let u = -2; u <= 2; u++) count += from[(y + v) * columns + x + u] ?? 0;
        to[y * columns + x] = count >= 13 ? 1 : 0;
      }
    }
    from = to;
  }
  return from;
}

/** Pieces of cells of one value (4-connected); `visit` gets the cells of each, good until it returns. */
function pieces(mask: Uint8Array, { columns }: CellGrid, value: number, visit: (cells: Int32Array) => void): void {
  const seen = new Uint8Array(mask.length);
  const queue = new Int32Array(mask.length);
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== value || seen[start] === 1) continue;
    let tail = 0;
    const reach = (cell: number): void => {
      if (mask[cell] !== value || seen[cell] === 1) return;
      seen[cell] = 1;
      queue[tail++] = cell;
    };
    reach(start);
    for (let head = 0; head < tail; head++) {
      const at = queue[head] ?? 0;
      // Beyond the left and right edge lies the next line: both are background, as the border is.
      reach(at + 1);
      reach(at - 1);
      reach(at + columns);
      reach(at - columns);
    }
    visit(queue.subarray(0, tail));
  }
}

/** 1 for each cell of the finger. `contrast` is the standard deviation around each cell in grey values. All zero where there is no finger. */
export function segment(
  grid: CellGrid,
  contrast: Float32Array,
  coherence: Float32Array,
  parameters: SegmentationParameters,
): Uint8Array {
  const inside = contrast.filter((_, i) => onImage(grid, i % grid.columns, Math.floor(i / grid.columns)));
  const least = Math.max(parameters.contrastFloor, parameters.contrastShare * quantile(inside, 0.9));
  const raw = new Uint8Array(contrast.length);
  for (let i = 0; i < raw.length; i++) {
    const strong = (contrast[i] ?? 0) >= least && (coherence[i] ?? 0) >= parameters.coherence;
    raw[i] = strong && onImage(grid, i % grid.columns, Math.floor(i / grid.columns)) ? 1 : 0;
  }
  const mask = majority(raw, grid, 3);
  let largest = 0;
  pieces(mask, grid, 1, (cells) => {
    largest = Math.max(largest, cells.length);
  });
  // A second piece counts when it is not small beside the first: a scar or a fold may part a finger.
  const kept = new Uint8Array(mask.length);
  pieces(mask, grid, 1, (cells) => {
    if (cells.length * 4 >= largest) for (const cell of cells) kept[cell] = 1;
  });
  pieces(kept, grid, 0, (cells) => {
    if (!cells.includes(0)) for (const cell of cells) kept[cell] = 1;
  });
  return kept;
}

/** Distance of each cell from the nearest cell outside the mask, in cells (3-4 chamfer), 0 outside. */
export function distanceInside(mask: Uint8Array, { columns, lines }: CellGrid): Float32Array {
  const distance = new Float32Array(mask.length);
  for (let i = 0; i < mask.length; i++) distance[i] = mask[i] === 1 ? 1e6 : 0;
  const relax = (at: number, from: number, step: number): void => {
    const through = (distance[from] ?? 0) + step;
    if (through < (distance[at] ?? 0)) distance[at] = through;
  };
  for (let y = 1; y < lines - 1; y++) {
    for (let x = 1; x < columns - 1; x++) {
      const at = y * columns + x;
      relax(at, at - 1, 1);
      relax(at, at - columns, 1);
      relax(at, at - columns - 1, 4 / 3);
      relax(at, at - columns + 1, 4 / 3);
    }
  }
  for (let y = lines - 2; y > 0; y--) {
    for (let x = columns - 2; x > 0; x--) {
      const at = y * columns + x;
      relax(at, at + 1, 1);
      relax(at, at + columns, 1);
      relax(at, at + columns + 1, 4 / 3);
      relax(at, at + columns - 1, 4 / 3);
    }
  }
  return distance;
}
