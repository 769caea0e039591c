/**
 * Synthetic fingers as pictures: ridges grow out of noise under filters that follow the flow (Cappelli et al., SFinGe, in Handbook of Fingerprint
 * Recognition, ch. 6), so that minutiae appear where ridges must end or fork. About a second a finger. Good for tests and pictures; accuracy on them
 * says nothing about people.
 * @module
 */
import type { GreyImage } from '../extract/grey-image.ts';
import { drawImpression, type Severity } from './impression.ts';
import { createRandom, mixSeed, type Random } from './random.ts';
import { drawRidgeFlow, FINGER, type RidgeFlow } from './ridge-flow.ts';

/** A finger's ridges, whole: -1 (valley) to 1 (ridge), rows from the top. */
export interface RidgePattern {
  readonly seed: number;
  readonly ridges: Float32Array;
}

const { width: W, height: H } = FINGER;
/** Filters for so many directions; half of a filter's side. */
const DIRECTIONS = 32;
const REACH = 8;
const SIDE = 2 * REACH + 1;
const ROUNDS = 10;

/** Gabor filters without a mean, one a direction, for ridges `period` pixels apart. */
function filtersFor(period: number): readonly Float32Array[] {
  const sigma = period * 0.36;
  return Array.from({ length: DIRECTIONS }, (_, direction) => {
    const angle = (Math.PI * direction) / DIRECTIONS;
    // Across the ridge; y grows downwards.
    const [nx, ny] = [Math.sin(angle), Math.cos(angle)];
    const filter = new Float32Array(SIDE * SIDE);
    let [positive, negative] = [0, 0];
    for (let y = -REACH; y <= REACH; y++)
      for (let x = -REACH; x <= REACH; x++) {
        const across = x * nx + y * ny;
        const value = Math.exp(-(x * x + y * y) / (2 * sigma * sigma)) * Math.cos((2 * Math.PI * across) / period);
        filter[(y + REACH) * SIDE + x + REACH] = value;
        if (value > 0) positive += value;
        else negative -= value;
      }
    return filter.map((value) => (value > 0 ? value / positive : value / negative));
  });
}

/** The direction of every pixel, as the number of its filter. */
function directionsOf(flow: RidgeFlow): Uint8Array {
  const directions = new Uint8Array(W * H);
  for (let y = 0; y < H; y++)
    for (let x = 0; x < W; x++)
      directions[y * W + x] = Math.round((flow(x - W / 2, y - H / 2) * DIRECTIONS) / Math.PI) % DIRECTIONS;
  return directions;
}

/** One round: every pixel under its filter, then pushed towards ridge or valley. */
function grow(from: Float32Array, to: Float32Array, directions: Uint8Array, filters: readonly Float32Array[]): void {
  for (let y = REACH; y < H - REACH; y++)
    for (let x = REACH; x < W - REACH; x++) {
      const filter = filters[directions[y * W + x] ?? 0] ?? new Float32Array(SIDE * SIDE);
      let sum = 0;
      for (let j = 0, f = 0; j < SIDE; j++) {
        const row = (y + j - REACH) * W + x - REACH;
        for (let i = 0; i < SIDE; i++) sum += (filter[f++] ?? 0) * (from[row + i] ?? 0);
      }
      to[y * W + x] = Math.tanh(2.5 * sum);
    }
}

/** Finger `position` of person number `person`. */
export function growFinger(person: number, position: number): RidgePattern {
  const seed = mixSeed(person, position);
  const random = createRandom(seed);
  const directions = directionsOf(drawRidgeFlow(random));
  const filters = filtersFor(random.between(8.2, 9.8));
  let ridges: Float32Array = Float32Array.from({ length: W * H }, () => random.between(-1, 1));
  let next: Float32Array = new Float32Array(W * H);
  for (let round = 0; round < ROUNDS; round++) {
    grow(ridges, next, directions, filters);
    [ridges, next] = [next, ridges];
  }
  return { seed, ridges };
}

/** The pattern between its pixels. */
function sample(ridges: Float32Array, x: number, y: number): number {
  const [u, v] = [x + W / 2, y + H / 2];
  const [i, j] = [Math.floor(u), Math.floor(v)];
  if (i < REACH || j < REACH || i >= W - REACH - 1 || j >= H - REACH - 1) return -1;
  const [a, b] = [u - i, v - j];
  const at = (k: number, l: number): number => ridges[(j + l) * W + i + k] ?? 0;
  return (1 - a) * (1 - b) * at(0, 0) + a * (1 - b) * at(1, 0) + (1 - a) * b * at(0, 1) + a * b * at(1, 1);
}

/** Size of a picture, pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
}
const USUAL: PictureSize = { width: 320, height: 400, dpi: 500 };

/** Where the finger is dry (thin, broken ridges) or wet (thick ones): a slow wave over the window. */
function drawMoisture(random: Random, severity: Severity): (x: number, y: number) => number {
  const [fx, fy, phase] = [random.between(-0.02, 0.02), random.between(-0.02, 0.02), random.between(0, 6)];
  const mean = severity * 0.18 * random.normal();
  return (x, y) => mean + severity * 0.2 * Math.sin(fx * x + fy * y + phase);
}

/** One impression of a finger, `number` of it: laid down anew, unevenly moist, with pores, grain and a plain background. */
export function impressImage(finger: RidgePattern, number: number, severity: Severity = 1, size = USUAL): GreyImage {
  const random = createRandom(mixSeed(finger.seed, 11, number));
  const impression = drawImpression(random, severity);
  const moisture = drawMoisture(random, severity);
  const { width, height, dpi } = size;
  const pixels = new Uint8Array(width * height);
  const scale = 500 / dpi;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [px, py] = [(x - width / 2) * scale, (y - height / 2) * scale];
      const grain = 9 * severity * random.normal();
      let grey = 238;
      if (impression.touches(px, py)) {
        const [fx, fy] = impression.lift(px, py);
        const ridge = Math.tanh(2 * (sample(finger.ridges, fx, fy) + moisture(px, py)));
        grey = 130 - 88 * ridge + 1.6 * grain;
      }
      pixels[y * width + x] = Math.max(0, Math.min(255, Math.round(grey + grain)));
    }
  return { width, height, dpi, pixels };
}
