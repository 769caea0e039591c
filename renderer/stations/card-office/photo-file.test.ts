import { describe, expect, it } from 'vitest';
import { fittedSize, isRecognisable, uprightPart } from './photo-file.ts';

describe('the size of a photo', () => {
  it.each([
    [4000, 3000, 480, 360],
    [3000, 4000, 360, 480],
    [480, 480, 480, 480],
    [100, 50, 100, 50],
    [10_000, 1, 480, 1],
  ])('of %i x %i pixels is %i x %i', (width, height, w, h) => {
    expect(fittedSize(width, height)).toEqual({ width: w, height: h });
  });
});

describe('a photo on which somebody may be recognised', () => {
  it.each([
    [60, 60, true],
    [4000, 3000, true],
    [59, 4000, false],
    [4000, 59, false],
    [1, 1, false],
    // What is made small must not become a strip.
    [4000, 480, false],
  ])('of %i x %i pixels: %s', (width, height, isOne) => {
    expect(isRecognisable(width, height)).toBe(isOne);
  });
});

describe('the upright part of a picture', () => {
  it.each([
    [1280, 720, { x: 370, y: 0, width: 540, height: 720 }],
    [640, 480, { x: 140, y: 0, width: 360, height: 480 }],
    [720, 1280, { x: 0, y: 160, width: 720, height: 960 }],
    [300, 400, { x: 0, y: 0, width: 300, height: 400 }],
    [1, 1, { x: 0, y: 0, width: 1, height: 1 }],
  ])('of %i x %i pixels is in its middle', (width, height, part) => {
    expect(uprightPart(width, height)).toEqual(part);
  });
});
