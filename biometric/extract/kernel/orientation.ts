/**
 * Ridge orientation by the gradient tensor (Kass, Witkin; Bazen, Gerez), summed over cells of 4 x 4 pixels.
 * @module
 */

/** Sums of gx^2 - gy^2, 2 gx gy and gx^2 + gy^2 over each cell: three planes of `columns` x `lines` f32. */
export function tensor(
  plane: usize,
  stride: i32,
  columns: i32,
  lines: i32,
  difference: usize,
  mixed: usize,
  energy: usize,
): void {
  const line = (<usize>stride) << 2;
  for (let cy = 0; cy < lines; cy++) {
    for (let cx = 0; cx < columns; cx++) {
      let d: f32 = 0;
      let m: f32 = 0;
      let e: f32 = 0;
      const y0 = max(cy << 2, 1);
      const y1 = min((cy << 2) + 4, (lines << 2) - 1);
      const x0 = max(cx << 2, 1);
      const x1 = min((cx << 2) + 4, (columns << 2) - 1);
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) {
          const at = plane + <usize>y * line + ((<usize>x) << 2);
          const gx = load<f32>(at + 4) - load<f32>(at - 4);
          const gy = load<f32>(at + line) - load<f32>(at - line);
          d += gx * gx - gy * gy;
          m += 2 * gx * gy;
          e += gx * gx + gy * gy;
        }
      }
      const at = (<usize>(cy * columns + cx)) << 2;
      store<f32>(difference + at, d);
      store<f32>(mixed + at, m);
      store<f32>(energy + at, e);
    }
  }
}

/** Gaussian smoothing of a plane of cells in place; `weights` holds radius + 1 f32, the middle first. Outside counts as nothing. */
export function blurCells(plane: usize, scratch: usize, columns: i32, lines: i32, weights: usize, radius: i32): void {
  for (let y = 0; y < lines; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = load<f32>(plane + ((<usize>(y * columns + x)) << 2)) * load<f32>(weights);
      for (let k = 1; k <= radius; k++) {
        const w = load<f32>(weights + ((<usize>k) << 2));
        if (x - k >= 0) sum += w * load<f32>(plane + ((<usize>(y * columns + x - k)) << 2));
        if (x + k < columns) sum += w * load<f32>(plane + ((<usize>(y * columns + x + k)) << 2));
      }
      store<f32>(scratch + ((<usize>(y * columns + x)) << 2), sum);
    }
  }
  for (let y = 0; y < lines; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = load<f32>(scratch + ((<usize>(y * columns + x)) << 2)) * load<f32>(weights);
      for (let k = 1; k <= radius; k++) {
        const w = load<f32>(weights + ((<usize>k) << 2));
        if (y - k >= 0) sum += w * load<f32>(scratch + ((<usize>((y - k) * columns + x)) << 2));
        if (y + k < lines) sum += w * load<f32>(scratch + ((<usize>((y + k) * columns + x)) << 2));
      }
      store<f32>(plane + ((<usize>(y * columns + x)) << 2), sum);
    }
  }
}

/** Sum over each cell of a plane of pixels. */
export function sumCells(plane: usize, stride: i32, columns: i32, lines: i32, target: usize): void {
  for (let cy = 0; cy < lines; cy++) {
    for (let cx = 0; cx < columns; cx++) {
      let sum: f32 = 0;
      for (let y = 0; y < 4; y++) {
        const at = plane + ((<usize>(((cy << 2) + y) * stride + (cx << 2))) << 2);
        sum += load<f32>(at) + load<f32>(at + 4) + load<f32>(at + 8) + load<f32>(at + 12);
      }
      store<f32>(target + ((<usize>(cy * columns + cx)) << 2), sum);
    }
  }
}
