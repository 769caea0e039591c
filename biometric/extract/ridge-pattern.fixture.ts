/**
 * Invented fingers for tests: ridges as the level lines of a phase, with a turn of the phase around each planted minutia (Larkin, Fletcher 2007).
 * Every impression of a finger is moved, and its noise is its own.
 * @module
 */
import type { GreyImage } from './grey-image.ts';

/** A finger: where its minutiae are. */
export interface RidgePattern {
  readonly seed: number;
  /** Pixels at 500 dpi around the middle of the finger, and which way the phase turns. */
  readonly planted: readonly { readonly x: number; readonly y: number; readonly turn: 1 | -1 }[];
  /** Ridge period in pixels, and how much longer than wide its whorl is. */
  readonly period: number;
  readonly stretch: number;
}

/** How an impression differs from the finger. */
export interface Impression {
  readonly width?: number;
  readonly height?: number;
  readonly dpi?: number;
  /** Radians, counterclockwise; pixels at 500 dpi. */
  readonly rotation?: number;
  readonly shiftX?: number;
  readonly shiftY?: number;
  /** Deviation of the noise in grey values. */
  readonly noise?: number;
  readonly noiseSeed?: number;
  /** Half axes of what touches the window, pixels at 500 dpi. */
  readonly reachX?: number;
  readonly reachY?: number;
}

/** Numbers from 0 to 1 in a sequence of their own (xorshift32). */
export function seeded(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** The finger of a number: some 20 minutiae at least 26 pixels apart. */
export function ridgePattern(seed: number): RidgePattern {
  const random = seeded(seed);
  const planted: { x: number; y: number; turn: 1 | -1 }[] = [];
  for (let tries = 0; tries < 400 && planted.length < 22; tries++) {
    const [x, y] = [(random() - 0.5) * 190, (random() - 0.5) * 250];
    const turn = planted.length % 2 === 0 ? 1 : -1;
    if ((x / 105) ** 2 + (y / 140) ** 2 > 1 || Math.hypot(x, y) < 30) continue;
    if (planted.every((other) => Math.hypot(other.x - x, other.y - y) > 26)) planted.push({ x, y, turn });
  }
  return { seed, planted, period: 8.5 + random(), stretch: 1.15 + 0.5 * random() };
}

/** Where a point of the finger lies on an impression, pixels at 500 dpi. */
export function placeOn(impression: Impression, x: number, y: number): readonly [x: number, y: number] {
  const { width = 300, height = 360, dpi = 500, rotation = 0, shiftX = 0, shiftY = 0 } = impression;
  const [c, s] = [Math.cos(rotation), Math.sin(rotation)];
  const scale = 500 / dpi;
  return [(width * scale) / 2 + shiftX + c * x + s * y, (height * scale) / 2 + shiftY - s * x + c * y];
}

/** Draws an impression. */
export function drawImpression(pattern: RidgePattern, impression: Impression = {}): GreyImage {
  const { width = 300, height = 360, dpi = 500, rotation = 0, shiftX = 0, shiftY = 0 } = impression;
  const { noise = 8, noiseSeed = 1, reachX = 125, reachY = 160 } = impression;
  const random = seeded(pattern.seed * 1_000 + noiseSeed);
  const [c, s] = [Math.cos(rotation), Math.sin(rotation)];
  const pixels = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const px = ((column + 0.5 - width / 2) * 500) / dpi - shiftX;
      const py = ((row + 0.5 - height / 2) * 500) / dpi - shiftY;
      const [x, y] = [c * px - s * py, s * px + c * py];
      let value = 235;
      if ((x / reachX) ** 2 + (y / reachY) ** 2 < 1) {
        let phase = (2 * Math.PI * Math.hypot(x, y / pattern.stretch)) / pattern.period;
        for (const minutia of pattern.planted) phase += minutia.turn * Math.atan2(y - minutia.y, x - minutia.x);
        value = 128 - 90 * Math.cos(phase);
      }
      const bell = random() + random() + random() + random() - 2;
      pixels[row * width + column] = Math.max(0, Math.min(255, Math.round(value + bell * 1.73 * noise)));
    }
  }
  return { width, height, dpi, pixels };
}
