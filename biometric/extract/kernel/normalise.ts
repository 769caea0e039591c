/**
 * Grey values made comparable: every pixel less the mean of its surroundings, over their standard deviation.
 * Planes are f32, row after row, with a border that copies the edge, so that no filter needs to look where it reads.
 * @module
 */

/** Copies `width` x `height` bytes into a plane of `stride` x `rows`, `border` away from its left and top edge, and repeats the edge outwards. */
export function pad(source: usize, width: i32, height: i32, target: usize, stride: i32, rows: i32, border: i32): void {
  for (let y = 0; y < rows; y++) {
    const row = source + <usize>(min(max(y - border, 0), height - 1) * width);
    const out = target + ((<usize>(y * stride)) << 2);
    for (let x = 0; x < stride; x++) {
      store<f32>(out + ((<usize>x) << 2), <f32>load<u8>(row + <usize>min(max(x - border, 0), width - 1)));
    }
  }
}

/** Mean over a square of side 2 r + 1 by running sums; at the edge over what there is. `column` holds `stride` f64. */
export function boxMean(
  source: usize,
  target: usize,
  scratch: usize,
  column: usize,
  stride: i32,
  rows: i32,
  r: i32,
): void {
  for (let y = 0; y < rows; y++) {
    const row = source + ((<usize>(y * stride)) << 2);
    const out = scratch + ((<usize>(y * stride)) << 2);
    let sum: f64 = 0;
    for (let x = 0; x < min(r, stride); x++) sum += <f64>load<f32>(row + ((<usize>x) << 2));
    for (let x = 0; x < stride; x++) {
      if (x + r < stride) sum += <f64>load<f32>(row + ((<usize>(x + r)) << 2));
      if (x - r - 1 >= 0) sum -= <f64>load<f32>(row + ((<usize>(x - r - 1)) << 2));
      const count = min(x + r, stride - 1) - max(x - r, 0) + 1;
      store<f32>(out + ((<usize>x) << 2), <f32>(sum / <f64>count));
    }
  }
  for (let x = 0; x < stride; x++) store<f64>(column + ((<usize>x) << 3), 0);
  for (let y = -r; y < rows; y++) {
    const added = y + r;
    if (added < rows) {
      const row = scratch + ((<usize>(added * stride)) << 2);
      for (let x = 0; x < stride; x++) {
        const at = column + ((<usize>x) << 3);
        store<f64>(at, load<f64>(at) + <f64>load<f32>(row + ((<usize>x) << 2)));
      }
    }
    const removed = y - r - 1;
    if (removed >= 0) {
      const row = scratch + ((<usize>(removed * stride)) << 2);
      for (let x = 0; x < stride; x++) {
        const at = column + ((<usize>x) << 3);
        store<f64>(at, load<f64>(at) - <f64>load<f32>(row + ((<usize>x) << 2)));
      }
    }
    if (y < 0) continue;
    const scale = 1.0 / <f64>(min(y + r, rows - 1) - max(y - r, 0) + 1);
    const out = target + ((<usize>(y * stride)) << 2);
    for (let x = 0; x < stride; x++) {
      store<f32>(out + ((<usize>x) << 2), <f32>(load<f64>(column + ((<usize>x) << 3)) * scale));
    }
  }
}

/** target = a * b, pixel by pixel. */
export function multiply(a: usize, b: usize, target: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    store<f32>(target + at, load<f32>(a + at) * load<f32>(b + at));
  }
}

/** plane = (plane - mean) / sqrt(square - mean^2 + floor), cut at +-limit; square = the standard deviation. */
export function standardise(plane: usize, mean: usize, square: usize, count: i32, floor: f32, limit: f32): void {
  for (let i = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    const m = load<f32>(mean + at);
    const variance = max<f32>(load<f32>(square + at) - m * m, 0);
    const value = (load<f32>(plane + at) - m) / sqrt<f32>(variance + floor);
    store<f32>(plane + at, min(max(value, -limit), limit));
    store<f32>(square + at, sqrt<f32>(variance));
  }
}

/** 3 x 3 binomial smoothing (1 2 1), the outermost pixels left as they are. */
export function smooth(source: usize, target: usize, stride: i32, rows: i32): void {
  const line = (<usize>stride) << 2;
  memory.copy(target, source, line * <usize>rows);
  for (let y = 1; y < rows - 1; y++) {
    for (let x = 1; x < stride - 1; x++) {
      const at = source + <usize>y * line + ((<usize>x) << 2);
      const above = load<f32>(at - line - 4) + 2 * load<f32>(at - line) + load<f32>(at - line + 4);
      const here = load<f32>(at - 4) + 2 * load<f32>(at) + load<f32>(at + 4);
      const below = load<f32>(at + line - 4) + 2 * load<f32>(at + line) + load<f32>(at + line + 4);
      store<f32>(target + <usize>y * line + ((<usize>x) << 2), (above + 2 * here + below) * 0.0625);
    }
  }
}
