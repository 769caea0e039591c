/**
 * A picture with as many minutiae as are put into it: parallel ridges of a period, and at each given place a dislocation (cos of the phase plus the
 * sum of the angles around the places), which a skeleton shows as an ending or a bifurcation.
 * @module
 */
import type { GreyImage } from '../extract/grey-image.ts';

/** Ridge period of an adult at 500 dpi, pixels. */
const PERIOD = 9;

/** `count` minutiae, spread by `seed`. */
export function fingerPicture(width: number, height: number, dpi: number, seed = 1, count = 24): GreyImage {
  const places = Array.from({ length: count }, (_, i) => ({
    x: width * (0.1 + 0.8 * ((i * 0.618034 + seed * 0.137) % 1)),
    y: height * (0.1 + (0.8 * (i + 0.5)) / count),
    sign: i % 2 === 0 ? 1 : -1,
  }));
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let phase = (2 * Math.PI * (y + 0.3 * x)) / PERIOD;
      for (const place of places) phase += place.sign * Math.atan2(y - place.y, x - place.x);
      pixels[y * width + x] = Math.round(128 + 110 * Math.cos(phase));
    }
  return { width, height, dpi, pixels };
}
