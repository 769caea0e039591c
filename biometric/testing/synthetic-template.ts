/**
 * Synthetic fingers as minutiae, quick enough for a million persons: minutiae lie along the flow of a class, and each impression turns, stretches,
 * shifts, loses and invents some. Good for speed and for breaking things; accuracy on them says nothing about people.
 *
 *     const finger = syntheticFinger(personNumber, 1);
 *     const enrolled = impressTemplate(finger, 0);
 *     const probe = impressTemplate(finger, 1);
 * @module
 */
import type { FingerTemplate, Minutia } from '../extract/finger-template.ts';
import { drawImpression, type Severity } from './impression.ts';
import { createRandom, mixSeed, type Random } from './random.ts';
import { drawRidgeFlow, FINGER, type RidgeFlow } from './ridge-flow.ts';

/** A finger as it is: coordinates around its centre, pixels at 500 dpi. */
export interface SyntheticFinger {
  readonly seed: number;
  readonly minutiae: readonly (Pick<Minutia, 'x' | 'y' | 'type' | 'quality'> & {
    /** Radians, counterclockwise. */
    readonly angle: number;
  })[];
}

/** Least distance of two minutiae, pixels: about a ridge. */
const APART = 9;
/** Window of the scanner, pixels at 500 dpi. */
const WINDOW = { width: 320, height: 400 } as const;
const HALF = { x: WINDOW.width / 2, y: WINDOW.height / 2 } as const;

/** A place in the finger's ellipse that is not too near to another; undefined when it is. */
function drawPlace(random: Random, taken: readonly { readonly x: number; readonly y: number }[]) {
  const r = Math.sqrt(random.next());
  const around = 2 * Math.PI * random.next();
  const x = (r * FINGER.width * Math.cos(around)) / 2;
  const y = (r * FINGER.height * Math.sin(around)) / 2;
  const isNear = taken.some((other) => (other.x - x) ** 2 + (other.y - y) ** 2 < APART * APART);
  return isNear ? undefined : { x, y };
}

function drawMinutia(
  random: Random,
  place: { x: number; y: number },
  flow: RidgeFlow,
): SyntheticFinger['minutiae'][number] {
  const angle = flow(place.x, place.y) + (random.next() < 0.5 ? Math.PI : 0);
  const type = random.next() < 0.58 ? 'ending' : 'bifurcation';
  return { ...place, angle, type, quality: Math.round(random.between(40, 100)) };
}

/** Finger `position` of person number `person`. */
export function syntheticFinger(person: number, position: number): SyntheticFinger {
  const seed = mixSeed(person, position);
  const random = createRandom(seed);
  const flow = drawRidgeFlow(random);
  const wanted = Math.round(random.between(60, 95));
  const minutiae: SyntheticFinger['minutiae'][number][] = [];
  for (let tries = 0; minutiae.length < wanted && tries < wanted * 4; tries++) {
    const place = drawPlace(random, minutiae);
    if (place !== undefined) minutiae.push(drawMinutia(random, place, flow));
  }
  return { seed, minutiae };
}

const UNITS = 256 / (2 * Math.PI);
const unitsOf = (angle: number): number => ((Math.round(angle * UNITS) % 256) + 256) % 256;
const isInside = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < WINDOW.width && y < WINDOW.height;

/**
 * One impression of a finger, `number` of it. Of what is touched one in eight is lost and a tenth as many are invented; places are off by
 * 1.4 pixels, angles by 5 degrees, types by one in ten, all times `severity`.
 */
export function impressTemplate(finger: SyntheticFinger, number: number, severity: Severity = 1): FingerTemplate {
  const random = createRandom(mixSeed(finger.seed, 7, number));
  const impression = drawImpression(random, severity);
  const minutiae: Minutia[] = [];
  for (const { x, y, angle, type, quality } of finger.minutiae) {
    const [px, py] = impression.place(x, y);
    const isLost = random.next() < 0.125 * severity;
    if (isLost || !impression.touches(px, py)) continue;
    const at = {
      x: Math.round(px + HALF.x + 1.4 * severity * random.normal()),
      y: Math.round(py + HALF.y + 1.4 * severity * random.normal()),
    };
    if (!isInside(at.x, at.y)) continue;
    const other = type === 'ending' ? 'bifurcation' : 'ending';
    minutiae.push({
      ...at,
      angle: unitsOf(angle + impression.turn + 0.087 * severity * random.normal()),
      type: random.next() < 0.1 * severity ? other : type,
      quality: Math.max(1, Math.min(100, Math.round(quality + 12 * severity * random.normal()))),
    });
  }
  const invented = Math.round(minutiae.length * 0.1 * severity * random.between(0.3, 1.7));
  for (let i = 0; i < invented; i++) {
    const [x, y] = [random.between(0, WINDOW.width), random.between(0, WINDOW.height)];
    if (!impression.touches(x - HALF.x, y - HALF.y)) continue;
    minutiae.push({
      x: Math.floor(x),
      y: Math.floor(y),
      angle: Math.floor(random.between(0, 256)),
      type: random.next() < 0.5 ? 'ending' : 'bifurcation',
      quality: Math.round(random.between(10, 60)),
    });
  }
  minutiae.sort((a, b) => b.quality - a.quality);
  return { ...WINDOW, minutiae };
}
