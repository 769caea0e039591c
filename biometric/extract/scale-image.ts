/**
 * Images brought to the resolution of templates.
 * @module
 */
import { checkImageSize, type GreyImage, TEMPLATE_DPI } from './grey-image.ts';

/** The image at 500 dpi: itself when it is, else means over the pixels that fall on each new one. Throws as `checkImageSize` does. */
export function scaleTo500(image: GreyImage): GreyImage {
  const { width, height, dpi, pixels } = image;
  checkImageSize(width, height, dpi);
  if (pixels.length !== width * height) throw new RangeError('pixels do not fill the image');
  if (dpi === TEMPLATE_DPI) return image;
  const across = resample(pixels, width, height, Math.round((width * TEMPLATE_DPI) / dpi));
  const turned = transpose(across.values, across.width, height);
  const down = resample(turned, height, across.width, Math.round((height * TEMPLATE_DPI) / dpi));
  const values = transpose(down.values, down.width, across.width);
  return {
    width: across.width,
    height: down.width,
    dpi: TEMPLATE_DPI,
    pixels: Uint8Array.from(values, (value) => Math.round(value)),
  };
}

/** Rows of `width` values become rows of `to`: triangle filter as wide as the coarser of the two. */
function resample(values: ArrayLike<number>, width: number, height: number, to: number) {
  const result = new Float32Array(to * height);
  const step = width / to;
  const reach = Math.max(step, 1);
  for (let x = 0; x < to; x++) {
    const centre = (x + 0.5) * step - 0.5;
    const weights: (readonly [at: number, weight: number])[] = [];
    let total = 0;
    for (let at = Math.ceil(centre - reach); at <= Math.floor(centre + reach); at++) {
      const weight = 1 - Math.abs(at - centre) / reach;
      if (weight <= 0) continue;
      weights.push([Math.min(Math.max(at, 0), width - 1), weight]);
      total += weight;
    }
    for (let y = 0; y < height; y++) {
      let sum = 0;
      for (const [at, weight] of weights) sum += weight * (values[y * width + at] ?? 0);
      result[y * to + x] = sum / total;
    }
  }
  return { values: result, width: to };
}

function transpose(values: Float32Array, width: number, height: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) result[x * height + y] = values[y * width + x] ?? 0;
  return result;
}
