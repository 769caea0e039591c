import { describe, expect, it } from 'vitest';
import { fittedSize } from './photo-file.ts';

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
