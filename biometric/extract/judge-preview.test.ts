/**
 * What is said of the window while a finger still lies on it: nothing there, little, faint, off the middle.
 */
import { describe, expect, it } from 'vitest';
import { fingerPicture } from '../device/finger-picture.fixture.ts';
import type { GreyImage } from './grey-image.ts';
import { judgePreview } from './judge-preview.ts';

const [WIDTH, HEIGHT, DPI] = [120, 135, 170];
/** Ridges as a preview shows them, where `covers` says so, of such a contrast. */
function preview(covers: (x: number, y: number) => boolean, contrast = 1): GreyImage {
  const { pixels } = fingerPicture(WIDTH * 3, HEIGHT * 3, DPI * 3);
  const small = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    // Bright, with a little noise of the sensor.
    const empty = 230 + ((i * 2_654_435_761) % 7);
    return covers(x / WIDTH, y / HEIGHT) ? 128 + contrast * ((pixels[y * 9 * WIDTH + 3 * x] ?? 0) - 128) : empty;
  });
  return { width: WIDTH, height: HEIGHT, dpi: DPI, pixels: small };
}

describe('a preview of the window', () => {
  it('shows a whole finger', () => {
    expect(judgePreview(preview((x, y) => Math.hypot(x - 0.5, y - 0.5) < 0.45))).toEqual([]);
  });

  it('shows nothing, or a crumb', () => {
    expect(judgePreview(preview(() => false))).toBeUndefined();
    expect(judgePreview(preview((x, y) => x < 0.1 && y < 0.1))).toBeUndefined();
  });

  it('shows little of a finger, one at the side, and a faint one', () => {
    expect(judgePreview(preview((x, y) => Math.hypot(x - 0.5, y - 0.5) < 0.22))).toEqual(['small-area']);
    expect(judgePreview(preview((x) => x > 0.62))).toEqual(['off-centre']);
    expect(judgePreview(preview((x, y) => Math.hypot(x - 0.5, y - 0.5) < 0.45, 0.14))).toEqual(['faint']);
  });
});
