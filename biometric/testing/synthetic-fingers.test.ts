/**
 * The generators: the same seed gives the same finger, another seed another, and two impressions show the same minutiae elsewhere.
 */
import { describe, expect, it } from 'vitest';
import { drawImpression } from './impression.ts';
import { createRandom, mixSeed } from './random.ts';
import { drawRidgeFlow } from './ridge-flow.ts';
import { growFinger, impressImage } from './synthetic-image.ts';
import { impressTemplate, type SyntheticFinger, syntheticFinger } from './synthetic-template.ts';

/** Share of the minutiae of an impression that lie where the finger has one, told by the way it was laid down. */
function explained(finger: SyntheticFinger, number: number): number {
  const { minutiae, width, height } = impressTemplate(finger, number);
  const impression = drawImpression(createRandom(mixSeed(finger.seed, 7, number)));
  const found = minutiae.filter(({ x, y }) => {
    const [u, v] = impression.lift(x - width / 2, y - height / 2);
    return finger.minutiae.some((one) => (one.x - u) ** 2 + (one.y - v) ** 2 < 25);
  });
  return found.length / minutiae.length;
}

describe('synthetic fingers as minutiae', () => {
  it('are the same from the same numbers, and others from others', () => {
    expect(syntheticFinger(7, 2)).toEqual(syntheticFinger(7, 2));
    expect(syntheticFinger(7, 2)).not.toEqual(syntheticFinger(7, 3));
    expect(syntheticFinger(7, 2)).not.toEqual(syntheticFinger(8, 2));
    const finger = syntheticFinger(7, 2);
    expect(impressTemplate(finger, 1)).toEqual(impressTemplate(finger, 1));
    expect(impressTemplate(finger, 1)).not.toEqual(impressTemplate(finger, 2));
  });

  it('show most minutiae again, some others, and never all', () => {
    for (let person = 0; person < 20; person++) {
      const share = explained(syntheticFinger(person, 1), 3);
      expect(share).toBeGreaterThan(0.7);
      expect(share).toBeLessThanOrEqual(1);
    }
  });

  it('have as many minutiae as people have, within the window', () => {
    const counts = Array.from({ length: 200 }, (_, person) => {
      const { minutiae, width, height } = impressTemplate(syntheticFinger(person, 1), 0);
      for (const { x, y, angle, quality } of minutiae) {
        expect(x >= 0 && y >= 0 && x < width && y < height).toBe(true);
        expect(Number.isInteger(angle) && angle >= 0 && angle < 256 && quality >= 1 && quality <= 100).toBe(true);
      }
      return minutiae.length;
    });
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(mean).toBeGreaterThan(25);
    expect(mean).toBeLessThan(60);
  });

  it('are laid down worse with more severity', () => {
    const finger = syntheticFinger(3, 1);
    const neat = impressTemplate(finger, 1, 0.1).minutiae.length;
    const sloppy = impressTemplate(finger, 1, 3).minutiae.length;
    expect(sloppy).toBeLessThan(neat);
  });
});

describe('the flow of the ridges', () => {
  it('turns by half a circle around the core of a loop, and is smooth elsewhere', () => {
    // Poincaré index of the whole finger: cores less deltas, so 0 for every class.
    for (let seed = 0; seed < 30; seed++) {
      const flow = drawRidgeFlow(createRandom(seed));
      let turned = 0;
      let last = flow(220, 0);
      for (let step = 1; step <= 720; step++) {
        const around = (step * Math.PI) / 360;
        const here = flow(220 * Math.cos(around), 220 * Math.sin(around));
        const turn = here - last;
        turned += turn > Math.PI / 2 ? turn - Math.PI : turn < -Math.PI / 2 ? turn + Math.PI : turn;
        last = here;
      }
      expect(Math.abs(turned)).toBeLessThan(0.01);
    }
  });
});

describe('synthetic fingers as pictures', () => {
  it('are the same from the same numbers, dark ridges on a light ground', () => {
    const finger = growFinger(1, 1);
    const { pixels, width, height, dpi } = impressImage(finger, 0);
    expect([width, height, dpi, pixels.length]).toEqual([320, 400, 500, 320 * 400]);
    expect(Buffer.compare(pixels, impressImage(finger, 0).pixels)).toBe(0);
    expect(Buffer.compare(pixels, impressImage(finger, 1).pixels)).not.toBe(0);
    const dark = pixels.filter((grey) => grey < 90).length / pixels.length;
    expect(dark).toBeGreaterThan(0.1);
    expect(dark).toBeLessThan(0.6);
    expect(pixels.subarray(0, 20).every((grey) => grey > 180)).toBe(true);
  });
});
