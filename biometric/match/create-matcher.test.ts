import { beforeAll, describe, expect, it } from 'vitest';
import { createExtractor, type Extractor } from '../extract/create-extractor.ts';
import type { FingerTemplate, Minutia } from '../extract/finger-template.ts';
import { readIso19794, writeIso19794 } from '../extract/iso-19794-2.ts';
import { drawImpression, type Impression, ridgePattern, seeded } from '../extract/ridge-pattern.fixture.ts';
import { createMatcher, type Matcher } from './create-matcher.ts';
import { falseMatchRate } from './false-match-rate.ts';
import { MATCHING } from './matching-parameters.ts';
import type { PreparedFinger } from './prepared-finger.ts';

let extractor: Extractor;
let matcher: Matcher;
/** Four fingers, two impressions of each. */
let fingers: (readonly [PreparedFinger, PreparedFinger])[];

const templates = (seed: number, impression: Impression): readonly FingerTemplate[] =>
  extractor.extract(drawImpression(ridgePattern(seed), impression)).templates;

beforeAll(async () => {
  [extractor, matcher] = await Promise.all([createExtractor(), createMatcher()]);
  fingers = [1, 2, 3, 4].map((seed) => [
    matcher.prepare(templates(seed, { noise: 6 })),
    matcher.prepare(templates(seed, { noise: 20, noiseSeed: 2, rotation: -0.4, shiftX: 15, shiftY: -12, reachX: 100 })),
  ]);
});

/** So many minutiae anywhere. */
function invented(count: number, seed: number): FingerTemplate {
  const random = seeded(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const minutiae = Array.from(
    { length: count },
    (): Minutia => ({ x: below(300), y: below(360), angle: below(256), type: 'ending', quality: 50 }),
  );
  return { width: 300, height: 360, minutiae };
}

describe('a score', () => {
  it('tells impressions of one finger from those of two', () => {
    for (const [i, [a, b]] of fingers.entries()) {
      expect(falseMatchRate(matcher.compare(a, b)).rate).toBeLessThan(1e-4);
      for (const [other] of fingers.slice(i + 1)) {
        expect(falseMatchRate(matcher.compare(a, other)).rate).toBeGreaterThan(0.01);
        expect(falseMatchRate(matcher.compare(b, other)).rate).toBeGreaterThan(0.01);
      }
    }
  });

  it('is the same whoever asks, and the same again', () => {
    const all = fingers.flat();
    const first = all.map((a) => all.map((b) => matcher.compare(a, b)));
    const turned = all.map((a) => all.map((b) => matcher.compare(b, a)));
    expect(turned).toEqual(first);
    expect(all.map((a) => all.map((b) => matcher.compare(a, b)))).toEqual(first);
  });

  it('survives structuredClone and an ISO record', () => {
    const [a, b] = fingers[0] ?? [];
    if (a === undefined || b === undefined) throw new Error('no fingers');
    const score = matcher.compare(a, b);
    expect(matcher.compare(structuredClone(a), structuredClone(b))).toBe(score);
    const views = templates(1, { noise: 6 }).map((template, view) => ({
      position: 'rightIndex' as const,
      impression: 0,
      quality: 50,
      view,
      template,
    }));
    const read = readIso19794(writeIso19794({ views })).views.map(({ template }) => template);
    expect(matcher.compare(matcher.prepare(read), b)).toBe(score);
  });

  it('of one view counts double, so that a record of others can be judged alike', () => {
    const [first] = templates(1, { noise: 6 });
    if (first === undefined) throw new Error('no template');
    const [a, b] = fingers[0] ?? [];
    if (a === undefined || b === undefined) throw new Error('no fingers');
    const single = matcher.compare(matcher.prepare([first]), b);
    expect(single).toBeGreaterThan(0.7 * matcher.compare(a, b));
    expect(single).toBeLessThan(1.3 * matcher.compare(a, b));
  });

  it('of two fingers is the sum of both', () => {
    const [[a, b] = [], [c, d] = []] = fingers;
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('no fingers');
    const pairs = [[a, b] as const, [c, d] as const];
    expect(matcher.compareFingers(pairs)).toBe(matcher.compare(a, b) + matcher.compare(c, d));
    expect(matcher.compareFingers([])).toBe(0);
  });
});

describe('at the edges', () => {
  it.each([0, 1, 2])('fingers of %i minutiae have nothing in common with anything', (count) => {
    const few = matcher.prepare([invented(count, 5)]);
    expect(matcher.compare(few, few)).toBe(0);
    for (const finger of fingers.flat()) expect(matcher.compare(few, finger)).toBe(0);
  });

  it('only the best minutiae of many are taken', () => {
    const many = invented(255, 6);
    const kept = { ...many, minutiae: many.minutiae.slice(0, 64) };
    expect(matcher.prepare([many])).toEqual(matcher.prepare([kept]));
    expect(matcher.compare(matcher.prepare([many]), matcher.prepare([kept]))).toBeGreaterThan(20);
  });

  it('minutiae in one place, or all alike, are compared like any', () => {
    const [minutia] = invented(1, 7).minutiae;
    if (minutia === undefined) throw new Error('no minutia');
    const heap = matcher.prepare([{ width: 300, height: 360, minutiae: Array.from({ length: 30 }, () => minutia) }]);
    for (const finger of [...fingers.flat(), heap]) expect(Number.isFinite(matcher.compare(heap, finger))).toBe(true);
  });

  it('minutiae as far apart as a record can say are compared like any', () => {
    const far = invented(40, 9).minutiae.map((minutia, i) => ({
      ...minutia,
      x: (i * 811) % 4_000,
      y: (i * 1_999) % 4_000,
    }));
    const finger = matcher.prepare([{ width: 4_000, height: 4_000, minutiae: far }]);
    expect(matcher.compare(finger, finger)).toBeGreaterThan(0);
    for (const other of fingers.flat()) expect(matcher.compare(finger, other)).toBeLessThan(10);
  });

  it('no template is a mistake of the caller', () => {
    expect(() => matcher.prepare([])).toThrow(RangeError);
    expect(() => matcher.compare({ views: [] }, { views: [] })).toThrow(RangeError);
  });
});

describe('a prepared view', () => {
  it('has its minutiae and both codes, by the definition of the cylinder', () => {
    const template = invented(24, 8);
    const [view] = matcher.prepare([template]).views;
    if (view === undefined) throw new Error('no view');
    expect([view.count, view.record.length, view.short.length]).toEqual([24, 48 + 48 * 24, 96]);
    const data = new DataView(view.record.buffer, view.record.byteOffset);
    template.minutiae.forEach(({ x, y, angle, quality }, i) => {
      const at = 48 + 8 * i;
      expect([data.getInt16(at, true), data.getInt16(at + 2, true)]).toEqual([x, y]);
      expect(Array.from(view.record.slice(at + 4, at + 8))).toEqual([angle, 1, quality, 0]);
    });
    const long = view.record.slice(48 + 8 * 24);
    const short = new Uint8Array(view.short.buffer);
    const wrong = [differences(template, MATCHING.long, long, 40), differences(template, MATCHING.short, short, 16)];
    // Tables are of single precision and steps of two square pixels: a sum that just reaches the threshold may fall either way.
    for (const { bits, ones } of wrong) {
      expect(ones).toBeGreaterThan(150);
      expect(bits / ones).toBeLessThan(0.03);
    }
  });
});

/** Bits that differ from equations 4 to 11 of the paper, computed plainly. */
function differences(
  { minutiae }: FingerTemplate,
  { radius, side, sectors, spatial, directional, threshold }: (typeof MATCHING)['long'],
  codes: Uint8Array,
  bytes: number,
): { bits: number; ones: number } {
  const cells: (readonly [number, number])[] = [];
  for (let j = 0; j < side; j++) {
    for (let i = 0; i < side; i++) {
      const [x, y] = [((i + 0.5) * 2 * radius) / side - radius, ((j + 0.5) * 2 * radius) / side - radius];
      if (Math.hypot(x, y) <= radius) cells.push([x, y]);
    }
  }
  let [bits, ones] = [0, 0];
  minutiae.forEach((minutia, m) => {
    const turn = (minutia.angle * Math.PI) / 128;
    cells.forEach(([u, v], c) => {
      const px = minutia.x + u * Math.cos(turn) - v * Math.sin(turn);
      const py = minutia.y - (u * Math.sin(turn) + v * Math.cos(turn));
      for (let sector = 0; sector < sectors; sector++) {
        const middle = -Math.PI + ((sector + 0.5) * 2 * Math.PI) / sectors;
        let sum = 0;
        minutiae.forEach((other, o) => {
          const distance = Math.hypot(other.x - px, other.y - py);
          if (o === m || distance > 3 * spatial) return;
          const difference = turn - (other.angle * Math.PI) / 128;
          const off = Math.atan2(Math.sin(middle - difference), Math.cos(middle - difference));
          sum += bell(distance, spatial) * area(off, Math.PI / sectors, directional);
        });
        const bit = sector * cells.length + c;
        const one = sum >= threshold ? 1 : 0;
        ones += one;
        if ((((codes[m * bytes + (bit >> 3)] ?? 0) >> (bit & 7)) & 1) !== one) bits++;
      }
    });
  });
  return { bits, ones };
}

const bell = (x: number, sigma: number): number =>
  Math.exp(-(x * x) / (2 * sigma * sigma)) / (sigma * Math.sqrt(2 * Math.PI));

/** Integral of a Gaussian over an interval, by 200 steps. */
function area(middle: number, half: number, sigma: number): number {
  let sum = 0;
  for (let i = 0; i < 200; i++) sum += bell(middle - half + ((i + 0.5) * half) / 100, sigma);
  return (sum * half) / 100;
}
