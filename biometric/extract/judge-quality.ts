/**
 * Quality of an impression from what its extraction saw. ISO/IEC 29794-1 has the idea of a score from 0 to 100, the figures are ours.
 * @module
 */
import { BiometricError } from '../biometric-error.ts';
import { BORDER, CELL } from './cell-grid.ts';
import type { Front, View } from './extraction-stages.ts';
import type { FingerQuality, QualityVerdict } from './finger-quality.ts';
import { TEMPLATE_DPI } from './grey-image.ts';

/** Millimetres a pixel. */
const PIXEL = 25.4 / TEMPLATE_DPI;
/** Square millimetres of ridges below which there is no finger. */
const LEAST_AREA = 15;
/** Below these an impression is called so; areas in square millimetres, lengths in millimetres. */
const GOOD = { area: 90, side: 9, contrast: 12, coherence: 0.45, minutiae: 14, centre: 0.28 };

/** Judges one picture by its first view. Throws FINGER_ABSENT when nothing on it is a finger: hardly any ridges, or no minutia in any view. */
export function judgeQuality(front: Front, views: readonly View[]): FingerQuality {
  const { grid, mask } = front;
  const [view] = views;
  if (view === undefined) throw new Error('no parameterisation');
  let [cells, coherence, clarity, contrast, sumX, sumY] = [0, 0, 0, 0, 0, 0];
  const across = new Uint32Array(grid.columns);
  const down = new Uint32Array(grid.lines);
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 1) continue;
    const [x, y] = [i % grid.columns, Math.floor(i / grid.columns)];
    across[x] = (across[x] ?? 0) + 1;
    down[y] = (down[y] ?? 0) + 1;
    cells++;
    sumX += x;
    sumY += y;
    coherence += front.coherence[i] ?? 0;
    clarity += view.clarity[i] ?? 0;
    contrast += front.contrast[i] ?? 0;
  }
  const area = cells * (CELL * PIXEL) ** 2;
  if (area < LEAST_AREA) throw new BiometricError('FINGER_ABSENT', `${area.toFixed(0)} square millimetres of ridges`);
  if (views.every(({ minutiae }) => minutiae.length === 0)) throw new BiometricError('FINGER_ABSENT', 'no minutiae');
  coherence /= cells;
  clarity /= cells;
  const [width, height] = [extent(across), extent(down)].map((side) => side * CELL * PIXEL);
  const offCentre = Math.max(
    Math.abs((sumX / cells) * CELL - BORDER - grid.width / 2) / grid.width,
    Math.abs((sumY / cells) * CELL - BORDER - grid.height / 2) / grid.height,
  );
  const minutiae = view.minutiae.length;
  const verdicts: QualityVerdict[] = [];
  if (Math.min(width ?? 0, height ?? 0) < GOOD.side) verdicts.push('partial');
  if (area < GOOD.area) verdicts.push('small-area');
  if (contrast / cells < GOOD.contrast) verdicts.push('faint');
  if (coherence < GOOD.coherence) verdicts.push('blurred');
  if (minutiae < GOOD.minutiae) verdicts.push('few-minutiae');
  if (offCentre > GOOD.centre) verdicts.push('off-centre');
  const plain = Math.min(1, Math.max(0, (clarity - 0.45) / 0.35));
  const large = Math.min(1, area / 160);
  const many = Math.min(1, minutiae / 30);
  return {
    score: Math.round(100 * Math.cbrt(plain * large * many)),
    foreground: Math.min(1, (cells * CELL * CELL) / (grid.width * grid.height)),
    area,
    coherence,
    minutiae,
    verdicts,
  };
}

/** Cells between the outermost that hold a fair part of the finger. */
function extent(profile: Uint32Array): number {
  const least = profile.reduce((most, count) => Math.max(most, count), 0) / 4;
  const first = profile.findIndex((count) => count > least);
  return profile.findLastIndex((count) => count > least) - first + 1;
}

/** For enrolment, which has time for another try: throws FINGER_PARTIAL for an impression that shows only part of a finger. */
export function requireWholeFinger({ verdicts, area }: FingerQuality): void {
  if (verdicts.includes('partial') || verdicts.includes('small-area'))
    throw new BiometricError('FINGER_PARTIAL', `${area.toFixed(0)} square millimetres of ridges`);
}
