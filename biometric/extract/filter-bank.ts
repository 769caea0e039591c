/**
 * The bank of oriented band-pass filters (Gabor 1946; Hong, Wan, Jain: Fingerprint image enhancement, TPAMI 1998).
 * @module
 */

/** Sizes of the bank: half side of a filter (at most `BORDER` of the grid), orientations over half a circle, periods in pixels evenly spaced in their logarithm. */
export const FILTERS = { radius: 8, orientations: 32, periods: { least: 5, most: 16, count: 14 } } as const;
const { radius: RADIUS, orientations: ORIENTATIONS, periods: PERIODS } = FILTERS;

/** Number of the mask for a ridge orientation (radians, y downwards) and a period (pixels). */
export function maskOf(orientation: number, period: number): number {
  const turn = Math.round((orientation / Math.PI) * ORIENTATIONS);
  const o = ((turn % ORIENTATIONS) + ORIENTATIONS) % ORIENTATIONS;
  const span = Math.log(PERIODS.most / PERIODS.least);
  const p = Math.round((Math.log(period / PERIODS.least) / span) * (PERIODS.count - 1));
  return Math.min(Math.max(p, 0), PERIODS.count - 1) * ORIENTATIONS + o;
}

/** All masks, each (2 r + 1)^2 values, without response to a constant, unit response to the wave it is made for. */
export function filterBank(along: number, across: number): Float32Array {
  const side = 2 * RADIUS + 1;
  const bank = new Float32Array(PERIODS.count * ORIENTATIONS * side * side);
  let at = 0;
  for (let p = 0; p < PERIODS.count; p++) {
    const period = PERIODS.least * (PERIODS.most / PERIODS.least) ** (p / (PERIODS.count - 1));
    for (let o = 0; o < ORIENTATIONS; o++) {
      const mask = gaborMask((o / ORIENTATIONS) * Math.PI, period, along, across * period);
      bank.set(mask, at);
      at += mask.length;
    }
  }
  return bank;
}

function gaborMask(orientation: number, period: number, along: number, across: number): Float64Array {
  const side = 2 * RADIUS + 1;
  const [c, s] = [Math.cos(orientation), Math.sin(orientation)];
  const envelope = new Float64Array(side * side);
  const wave = new Float64Array(side * side);
  let weight = 0;
  let mean = 0;
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [(i % side) - RADIUS, Math.floor(i / side) - RADIUS];
    const [u, v] = [x * c + y * s, y * c - x * s];
    envelope[i] = Math.exp(-(u * u) / (2 * along * along) - (v * v) / (2 * across * across));
    wave[i] = Math.cos((2 * Math.PI * v) / period);
    weight += envelope[i] ?? 0;
    mean += (envelope[i] ?? 0) * (wave[i] ?? 0);
  }
  mean /= weight;
  let response = 0;
  const mask = envelope.map((e, i) => e * ((wave[i] ?? 0) - mean));
  for (let i = 0; i < mask.length; i++) response += (mask[i] ?? 0) * (wave[i] ?? 0);
  return mask.map((value) => value / response);
}
