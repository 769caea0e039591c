import { beforeAll, describe, expect, it } from 'vitest';
import { createExtractor, type Extractor } from './create-extractor.ts';
import type { GreyImage } from './grey-image.ts';
import { requireWholeFinger } from './judge-quality.ts';
import { drawImpression, placeOn, ridgePattern, seeded } from './ridge-pattern.fixture.ts';

let extractor: Extractor;
beforeAll(async () => {
  extractor = await createExtractor();
});

const plain = (value: (i: number) => number, width = 300, height = 360): GreyImage => ({
  width,
  height,
  dpi: 500,
  pixels: Uint8Array.from({ length: width * height }, (_, i) => value(i)),
});
const random = seeded(7);

describe('minutiae', () => {
  it.each([1, 2, 3])('planted in finger %i are found, in both views, turned and moved too', (seed) => {
    const pattern = ridgePattern(seed);
    const impression = { rotation: 0.3, shiftX: 8, shiftY: -5, noise: 14 };
    const { templates } = extractor.extract(drawImpression(pattern, impression));
    expect(templates).toHaveLength(2);
    for (const { minutiae } of templates) {
      const found = pattern.planted.filter((planted) => {
        const [x, y] = placeOn(impression, planted.x, planted.y);
        return minutiae.some((minutia) => Math.hypot(minutia.x - x, minutia.y - y) < 9);
      });
      expect(found.length).toBeGreaterThanOrEqual(pattern.planted.length - 1);
      expect(minutiae.length).toBeLessThanOrEqual(pattern.planted.length + 8);
    }
  });

  it('point up the ridge that ends, or up the valley of a bifurcation', () => {
    const image = drawImpression(ridgePattern(4), { noise: 0 });
    const [first] = extractor.extract(image).templates;
    const grey = (x: number, y: number): number => image.pixels[Math.round(y) * image.width + Math.round(x)] ?? 0;
    let right = 0;
    const minutiae = first?.minutiae ?? [];
    for (const { x, y, angle, type } of minutiae) {
      const turn = (angle * Math.PI) / 128;
      const along = (distance: number): number => grey(x + distance * Math.cos(turn), y - distance * Math.sin(turn));
      const [ahead, behind] = [along(5) + along(7), along(-5) + along(-7)];
      // Dark is a ridge.
      if (type === 'ending' ? ahead < behind : ahead > behind) right++;
    }
    expect(right).toBeGreaterThanOrEqual(minutiae.length - 3);
  });

  it('lie on the image, best first, and are the same every time', () => {
    const image = drawImpression(ridgePattern(5), { noise: 25 });
    const one = extractor.extract(image);
    extractor.extract(drawImpression(ridgePattern(6)));
    expect(extractor.extract(image)).toEqual(one);
    for (const { width, height, minutiae } of one.templates) {
      expect([width, height]).toEqual([image.width, image.height]);
      expect(minutiae.map(({ quality }) => quality)).toEqual(minutiae.map((m) => m.quality).sort((a, b) => b - a));
      for (const { x, y, angle } of minutiae) {
        expect(x >= 0 && y >= 0 && x < width && y < height && angle >= 0 && angle < 256).toBe(true);
        expect([x, y, angle].every(Number.isInteger)).toBe(true);
      }
    }
  });

  it('of an image of 1,000 dpi are where they are at 500', () => {
    const pattern = ridgePattern(2);
    const fine = extractor.extract(drawImpression(pattern, { width: 600, height: 720, dpi: 1_000 })).templates[0];
    const coarse = extractor.extract(drawImpression(pattern)).templates[0];
    expect([fine?.width, fine?.height]).toEqual([300, 360]);
    const near = coarse?.minutiae.filter(({ x, y }) => fine?.minutiae.some((m) => Math.hypot(m.x - x, m.y - y) < 5));
    expect(near?.length).toBeGreaterThanOrEqual((coarse?.minutiae.length ?? 0) - 3);
  });
});

describe('quality', () => {
  it('falls with noise and names what is wrong', () => {
    const [good, bad] = [5, 120].map((noise) => extractor.extract(drawImpression(ridgePattern(1), { noise })).quality);
    expect(good).toMatchObject({ verdicts: [] });
    expect(good?.area).toBeGreaterThan(150);
    expect(bad?.score).toBeLessThan((good?.score ?? 0) - 15);
    expect(bad?.verdicts).toContain('blurred');
    const faint = drawImpression(ridgePattern(1), { noise: 0 });
    const weak = { ...faint, pixels: faint.pixels.map((grey) => 200 + Math.round(grey / 16)) };
    expect(extractor.extract(weak).quality.verdicts).toContain('faint');
  });

  it('blocks nothing: half a finger has minutiae, and only enrolment refuses it', () => {
    const half = extractor.extract(drawImpression(ridgePattern(1), { width: 150, shiftX: 75 }));
    expect(half.templates[0]?.minutiae.length).toBeGreaterThan(5);
    expect(half.quality.verdicts).toContain('partial');
    expect(() => requireWholeFinger(half.quality)).toThrow(expect.objectContaining({ code: 'FINGER_PARTIAL' }));
    requireWholeFinger(extractor.extract(drawImpression(ridgePattern(1))).quality);
  });
});

describe('refused', () => {
  it.each<[string, GreyImage]>([
    ['white', plain(() => 255)],
    ['black', plain(() => 0)],
    ['noise', plain(() => 255 * random())],
    ['faint noise', plain(() => 200 + 6 * random())],
    ['a shade', plain((i) => (i % 300) * 0.8)],
    ['stripes', plain((i) => 128 + 100 * Math.cos(((i % 300) / 9) * 2 * Math.PI))],
  ])('%s is no finger', (_, image) => {
    expect(() => extractor.extract(image)).toThrow(expect.objectContaining({ code: 'FINGER_ABSENT' }));
  });

  it.each([
    [8_000, 8_000, 500, 'IMAGE_TOO_LARGE'],
    [1_900, 1_900, 200, 'IMAGE_TOO_LARGE'],
    [2_001, 300, 500, 'IMAGE_TOO_LARGE'],
    [95, 300, 500, 'IMAGE_TOO_SMALL'],
    [150, 150, 1_000, 'IMAGE_TOO_SMALL'],
    [0, 0, 500, 'IMAGE_TOO_SMALL'],
    [300, 300, 72, 'IMAGE_UNSUPPORTED'],
    [300, 300, Number.NaN, 'IMAGE_UNSUPPORTED'],
    [Number.NaN, 300, 500, 'IMAGE_TOO_LARGE'],
  ])('%i x %i pixels at %d dpi is %s before a pixel is looked at', (width, height, dpi, code) => {
    expect(() => extractor.extract({ width, height, dpi, pixels: new Uint8Array(0) })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('pixels that do not fill the image are a mistake of the caller', () => {
    expect(() => extractor.extract({ width: 300, height: 300, dpi: 500, pixels: new Uint8Array(9) })).toThrow(
      RangeError,
    );
  });
});
