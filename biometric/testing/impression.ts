/**
 * How a finger was laid on the window: what differs between two impressions of one finger.
 * @module
 */
import type { Random } from './random.ts';

/** How bad impressions are; 1 is what a willing person gives. */
export type Severity = number;

/** One way of laying a finger down. Pixels at 500 dpi. */
export interface Impression {
  /** Where a point of the finger (around its centre) lands on the window (around its centre). */
  readonly place: (x: number, y: number) => readonly [number, number];
  /** The point of the finger that lies on a point of the window. */
  readonly lift: (x: number, y: number) => readonly [number, number];
  /** Radians, counterclockwise. */
  readonly turn: number;
  /** Whether a point of the window is touched. */
  readonly touches: (x: number, y: number) => boolean;
}

/**
 * Draws one: turned (standard deviation 9 degrees), shifted, stretched unevenly as soft skin is, and in touch over an ellipse that leaves out part
 * of the finger.
 */
export function drawImpression(random: Random, severity: Severity = 1): Impression {
  const turn = severity * 0.16 * random.normal();
  const [dx, dy] = [severity * 14 * random.normal(), severity * 16 * random.normal()];
  // Displacement grows with the square of the distance from where the finger sticks: at the rim some 3 pixels.
  const bend = Array.from({ length: 6 }, () => severity * 2.2 * random.normal());
  const [rx, ry] = [130 + 14 * random.normal(), 165 + 18 * random.normal()];
  const [cx, cy] = [severity * 12 * random.normal(), severity * 16 * random.normal()];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0, b5 = 0] = bend;
  const stretch = (x: number, y: number): readonly [number, number] => {
    const [u, v] = [x / 150, y / 180];
    return [x + b0 * u * u + b1 * u * v + b2 * v * v, y + b3 * u * u + b4 * u * v + b5 * v * v];
  };
  return {
    turn,
    place: (x, y) => {
      const [u, v] = stretch(x, y);
      // y grows downwards: counterclockwise takes x towards -y.
      return [cos * u + sin * v + dx, -sin * u + cos * v + dy];
    },
    lift: (x, y) => {
      const [u, v] = [cos * (x - dx) - sin * (y - dy), sin * (x - dx) + cos * (y - dy)];
      // The stretch is small: one step back is closer than a tenth of a pixel.
      const [su, sv] = stretch(u, v);
      return [2 * u - su, 2 * v - sv];
    },
    touches: (x, y) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1,
  };
}
