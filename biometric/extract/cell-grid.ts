/**
 * The grid on which everything but pixels is kept: cells of 4 x 4 pixels, with a border of four cells of background all around.
 * @module
 */

/** Pixels a side of a cell; the kernel has it too. */
export const CELL = 4;
/** Pixels of border around the image: room for the largest filter. */
export const BORDER = 16;

/** Sizes of one image's planes. */
export interface CellGrid {
  /** Pixels of the image itself. */
  readonly width: number;
  readonly height: number;
  /** Pixels with the border. */
  readonly stride: number;
  readonly rows: number;
  /** Cells with the border. */
  readonly columns: number;
  readonly lines: number;
}

/** The grid of an image of that size. */
export function cellGrid(width: number, height: number): CellGrid {
  const columns = Math.ceil(width / CELL) + (2 * BORDER) / CELL;
  const lines = Math.ceil(height / CELL) + (2 * BORDER) / CELL;
  return { width, height, stride: columns * CELL, rows: lines * CELL, columns, lines };
}

/** Whether a cell lies wholly or partly on the image. */
export function onImage({ width, height }: CellGrid, column: number, line: number): boolean {
  const [x, y] = [column * CELL - BORDER, line * CELL - BORDER];
  return x >= 0 && y >= 0 && x < width && y < height;
}
