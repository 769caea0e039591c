/**
 * What can be said of a small picture of the window while the finger still lies on it, before any extraction: enough to tell a person to move it. The
 * words are those of a finished impression ({@link QualityVerdict}); blur and minutiae cannot be judged at this size.
 * @module
 */
import type { QualityVerdict } from './finger-quality.ts';
import type { GreyImage } from './grey-image.ts';

/** Side of a cell, millimetres: two to three ridges. */
const CELL = 1.27;
/** Deviation of the grey values of a cell from which on there are ridges in it, and from which on they are clear: a finger of which most are not is faint. */
const RIDGES = 9;
const CLEAR = 13;
/** Square millimetres of ridges below which nothing lies there, and below which it is little; share of a side off the middle. */
const AREA = { least: 15, good: 90 };
const CENTRE = 0.28;

/** Undefined when nothing lies on the window; empty when nothing is to be bettered. */
export function judgePreview({ width, height, dpi, pixels }: GreyImage): readonly QualityVerdict[] | undefined {
  const side = Math.max(3, Math.round((CELL * dpi) / 25.4));
  let [cells, clear, sumX, sumY] = [0, 0, 0, 0];
  for (let top = 0; top + side <= height; top += side)
    for (let left = 0; left + side <= width; left += side) {
      const deviation = deviationOf(pixels, width, left, top, side);
      if (deviation < RIDGES) continue;
      cells += 1;
      if (deviation >= CLEAR) clear += 1;
      sumX += left + side / 2;
      sumY += top + side / 2;
    }
  const area = cells * ((side * 25.4) / dpi) ** 2;
  if (area < AREA.least) return undefined;
  const offCentre = Math.max(Math.abs(sumX / cells / width - 0.5), Math.abs(sumY / cells / height - 0.5));
  return [
    ...(area < AREA.good ? (['small-area'] as const) : []),
    ...(2 * clear < cells ? (['faint'] as const) : []),
    ...(offCentre > CENTRE ? (['off-centre'] as const) : []),
  ];
}

/** Standard deviation of a square of pixels. */
function deviationOf(pixels: Uint8Array, width: number, left: number, top: number, side: number): number {
  let [sum, squares] = [0, 0];
  for (let y = top; y < top + side; y++)
    for (let x = left; x < left + side; x++) {
      const value = pixels[y * width + x] ?? 0;
      sum += value;
      squares += value * value;
    }
  const mean = sum / (side * side);
  return Math.sqrt(Math.max(0, squares / (side * side) - mean * mean));
}
