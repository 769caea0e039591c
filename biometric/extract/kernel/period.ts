/**
 * Ridge period: the grey values of a window along its ridges added up, and how much of that signature swings with each period.
 * @module
 */

/**
 * Power of one window at each of `count` periods. The window is centred on (x, y), `across` samples wide across the ridges and `along` long; `angle` is
 * the ridge orientation, radians with y downwards. `waves` holds, for each period, `across` f32 of cosine then `across` of sine. Writes
 * `count` f32 to `powers`: 0 to 1, the share of the signature's energy. `signature` holds `across` f32.
 */
export function periodPowers(
  plane: usize,
  stride: i32,
  rows: i32,
  x: f32,
  y: f32,
  angle: f32,
  across: i32,
  along: i32,
  waves: usize,
  count: i32,
  signature: usize,
  powers: usize,
): void {
  const c = <f32>Math.cos(angle);
  const s = <f32>Math.sin(angle);
  let mean: f32 = 0;
  for (let v = 0; v < across; v++) {
    let sum: f32 = 0;
    const dv = <f32>v - <f32>(across - 1) * 0.5;
    for (let u = 0; u < along; u++) {
      const du = (<f32>u - <f32>(along - 1) * 0.5) * 2;
      const px = min(max(<i32>nearest(x + du * c - dv * s), 0), stride - 1);
      const py = min(max(<i32>nearest(y + du * s + dv * c), 0), rows - 1);
      sum += load<f32>(plane + ((<usize>(py * stride + px)) << 2));
    }
    store<f32>(signature + ((<usize>v) << 2), sum);
    mean += sum;
  }
  mean /= <f32>across;
  let energy: f32 = 1e-6;
  for (let v = 0; v < across; v++) {
    const at = signature + ((<usize>v) << 2);
    const value = load<f32>(at) - mean;
    store<f32>(at, value);
    energy += value * value;
  }
  for (let p = 0; p < count; p++) {
    let re: f32 = 0;
    let im: f32 = 0;
    const wave = waves + ((<usize>(p * 2 * across)) << 2);
    for (let v = 0; v < across; v++) {
      const value = load<f32>(signature + ((<usize>v) << 2));
      re += value * load<f32>(wave + ((<usize>v) << 2));
      im += value * load<f32>(wave + ((<usize>(across + v)) << 2));
    }
    store<f32>(powers + ((<usize>p) << 2), (2 * (re * re + im * im)) / (energy * <f32>across));
  }
}
