/**
 * What biometric/extract/kernel exports: addresses and counts, see the functions there.
 * @module
 */

/** Pixel work of the extraction. */
export interface ExtractKernel {
  pad(
    source: number,
    width: number,
    height: number,
    target: number,
    stride: number,
    rows: number,
    border: number,
  ): void;
  boxMean(
    source: number,
    target: number,
    scratch: number,
    column: number,
    stride: number,
    rows: number,
    r: number,
  ): void;
  multiply(a: number, b: number, target: number, count: number): void;
  standardise(plane: number, mean: number, square: number, count: number, floor: number, limit: number): void;
  smooth(source: number, target: number, stride: number, rows: number): void;
  tensor(
    plane: number,
    stride: number,
    columns: number,
    lines: number,
    difference: number,
    mixed: number,
    energy: number,
  ): void;
  blurCells(plane: number, scratch: number, columns: number, lines: number, weights: number, radius: number): void;
  sumCells(plane: number, stride: number, columns: number, lines: number, target: number): void;
  periodPowers(
    plane: number,
    stride: number,
    rows: number,
    x: number,
    y: number,
    angle: number,
    across: number,
    along: number,
    waves: number,
    count: number,
    signature: number,
    powers: number,
  ): void;
  filterCells(
    source: number,
    target: number,
    stride: number,
    columns: number,
    lines: number,
    choice: number,
    bank: number,
    r: number,
  ): void;
  binarise(
    plane: number,
    target: number,
    stride: number,
    columns: number,
    lines: number,
    mask: number,
    flip: number,
  ): void;
  dropSmall(
    plane: number,
    stride: number,
    rows: number,
    value: number,
    least: number,
    seen: number,
    queue: number,
  ): void;
  thin(plane: number, stride: number, rows: number, table: number, active: number, doomed: number): void;
}
