/**
 * Enhancement: every cell of 4 x 4 pixels through the filter of its orientation and period.
 * @module
 */

/**
 * Filters with a bank of square masks of side 2 r + 1. `choice` holds one i32 a cell: which mask, or below 0 for none (the cell becomes 0).
 * The plane must have a border of at least r pixels around the cells that are filtered.
 */
export function filterCells(
  source: usize,
  target: usize,
  stride: i32,
  columns: i32,
  lines: i32,
  choice: usize,
  bank: usize,
  r: i32,
): void {
  const line = (<usize>stride) << 2;
  const side = 2 * r + 1;
  const size = (<usize>(side * side)) << 2;
  for (let cy = 0; cy < lines; cy++) {
    for (let cx = 0; cx < columns; cx++) {
      const which = load<i32>(choice + ((<usize>(cy * columns + cx)) << 2));
      const out = target + <usize>(cy << 2) * line + ((<usize>(cx << 2)) << 2);
      let a = f32x4.splat(0);
      let b = f32x4.splat(0);
      let c = f32x4.splat(0);
      let d = f32x4.splat(0);
      if (which >= 0) {
        let mask = bank + <usize>which * size;
        let row = source + <usize>((cy << 2) - r) * line + ((<usize>((cx << 2) - r)) << 2);
        for (let v = 0; v < side; v++) {
          for (let u = 0; u < side; u++) {
            const w = v128.load32_splat(mask);
            const at = row + ((<usize>u) << 2);
            a = f32x4.add(a, f32x4.mul(w, v128.load(at)));
            b = f32x4.add(b, f32x4.mul(w, v128.load(at + line)));
            c = f32x4.add(c, f32x4.mul(w, v128.load(at + 2 * line)));
            d = f32x4.add(d, f32x4.mul(w, v128.load(at + 3 * line)));
            mask += 4;
          }
          row += line;
        }
      }
      v128.store(out, a);
      v128.store(out + line, b);
      v128.store(out + 2 * line, c);
      v128.store(out + 3 * line, d);
    }
  }
}
