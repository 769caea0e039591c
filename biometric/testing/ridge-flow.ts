/**
 * The flow of the ridges of one synthetic finger: zero-pole model (Sherlock and Monro, Pattern Recognition 1993) with the singular points of
 * its class; the arch as a sine (Cappelli, in Handbook of Fingerprint Recognition, ch. 6). Coordinates are pixels at 500 dpi around the centre.
 * @module
 */
import type { Random } from './random.ts';

/** Size of a whole finger, pixels at 500 dpi. */
export const FINGER = { width: 360, height: 460 } as const;

/** Henry classes, with about the shares that they have among people. */
const CLASSES = [
  { name: 'left loop', share: 0.34 },
  { name: 'right loop', share: 0.32 },
  { name: 'whorl', share: 0.28 },
  { name: 'arch', share: 0.06 },
] as const;

/** One of {@link CLASSES}. */
type FingerClass = (typeof CLASSES)[number]['name'];

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Direction of the ridge through a point, radians in [0, pi), counterclockwise from the right with y down. */
export type RidgeFlow = (x: number, y: number) => number;

/** A class, drawn by its share. */
function drawClass(random: Random): FingerClass {
  let rest = random.next();
  for (const { name, share } of CLASSES) {
    if (rest < share) return name;
    rest -= share;
  }
  return 'whorl';
}

/** Cores and deltas of a class, each where it may be. */
function singularities(kind: Exclude<FingerClass, 'arch'>, random: Random) {
  const around = (x: number, y: number, spread: number): Point => ({
    x: x + spread * random.normal(),
    y: y + spread * random.normal(),
  });
  const side = kind === 'left loop' ? 1 : -1;
  if (kind === 'whorl') {
    const gap = random.between(15, 45);
    const core = around(0, -30, 10);
    return {
      cores: [core, { x: core.x + random.between(-6, 6), y: core.y + gap }],
      deltas: [around(-115, 120, 14), around(115, 120, 14)],
    };
  }
  return { cores: [around(side * 8, -20, 12)], deltas: [around(side * 95, 125, 14)] };
}

/** The flow of a finger. */
export function drawRidgeFlow(random: Random): RidgeFlow {
  const kind = drawClass(random);
  if (kind === 'arch') {
    const height = random.between(0.7, 1.4);
    const at = random.between(-30, 30);
    return (x, y) => {
      const lift = Math.max(0, height * (1 - Math.abs(y - 20) / 300));
      const slope = -lift * Math.sin((Math.PI * (x - at)) / 160) * Math.exp(-((x - at) ** 2) / 40_000);
      return (Math.atan(slope) + Math.PI) % Math.PI;
    };
  }
  const { cores, deltas } = singularities(kind, random);
  const turn = random.between(-0.08, 0.08);
  return (x, y) => {
    let angle = turn;
    // y grows downwards: the model's plane has it upwards.
    for (const core of cores) angle += 0.5 * Math.atan2(core.y - y, x - core.x);
    for (const delta of deltas) angle -= 0.5 * Math.atan2(delta.y - y, x - delta.x);
    const wrapped = angle % Math.PI;
    return wrapped < 0 ? wrapped + Math.PI : wrapped;
  };
}
