/**
 * The bank of oriented band-pass filters (Gabor 1946; Hong, Wan, Jain: Fingerprint image enhancement, TPAMI 1998).
 * @module
 */

/** Half side of a filter; must be at most `BORDER` of the grid. */
export const FILTER_RADIUS = 8;
/** Orientations of the bank over half a circle. */
export const FILTER_ORIENTATIONS = 32;
/** Ridge periods of the bank in pixels, evenly spaced in their logarithm. */
const PERIODS = { least: 5, most: 16, count: 14 };

/** Number of the mask for a ridge orientation (radians, y downwards) and a period (pixels). */
export function maskOf(orientation: number, period: number): number {
  const turn = Math.round((orientation / Math.PI) * FILTER_ORIENTATIONS);
  const o = ((turn % FILTER_ORIENTATIONS) + FILTER_ORIENTATIONS) % FILTER_ORIENTATIONS;
  const span = Math.log(PERIODS.most / PERIODS.least);
  const p = Math.round((Math.log(period / PERIODS.least) / span) * (PERIODS.count - 1));
  return Math.min(Math.max(p, 0), PERIODS.count - 1) * FILTER_ORIENTATIONS + o;
}

/** All masks, each (2 {@link FILTER_RADIUS} + 1)^2 values, without response to a constant, unit response to the wave it is made for. */
export function filterBank(along: number, across: number): Float32Array {
  const side = 2 * FILTER_RADIUS + 1;
  const bank = new Float32Array(PERIODS.count * FILTER_ORIENTATIONS * side * side);
  let at = 0;
  for (let p = 0; p < PERIODS.count; p++) {
    const period = PERIODS.least * (PERIODS.most / PERIODS.least) ** (p / (PERIODS.count - 1));
    for (let o = 0; o < FILTER_ORIENTATIONS; o++) {
      const mask = gaborMask((o / FILTER_ORIENTATIONS) * Math.PI, period, along, across * period);
      bank.set(mask, at);
      at += mask.length;
    }
  }
  return bank;
}

function gaborMask(orientation: number, period: number, along: number, across: number): Float64Array {
  const side = 2 * FILTER_RADIUS + 1;
  const [c, s] = [Math.cos(orientation), Math.sin(orientation)];
  const envelope = new Float64Array(side * side);
  const wave = new Float64Array(side * side);
  let weight = 0;
  let mean = 0;
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [(i % side) - FILTER_RADIUS, Math.floor(i / side) - FILTER_RADIUS];
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
