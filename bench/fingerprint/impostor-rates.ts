/**
 * From scores of fingers of different people to a calibration: how often a score is reached, with an interval by bootstrap over fingers.
 * @module
 */
import type { Calibration } from '../../biometric/match/calibration.ts';
import type { FolderScore } from '../../main/app/fingerprint-files.ts';
import { mulberry32 } from './mulberry32.ts';

/** Replicates of the bootstrap, seed of its generator, scores apart of two rows of the table. */
const BOOTSTRAP = { replicates: 400, seed: 1, step: 0.25 };
/** The tail is fitted to what lies above the score that this share reaches, and begins where fewer comparisons than this are left. */
const TAIL = { share: 0.01, least: 10 };

/** Finger of an image `<finger>_<impression>`. */
export const fingerOf = (name: string): string => name.replace(/_[^_]*$/u, '');

interface Impostor {
  readonly score: number;
  readonly a: string;
  readonly b: string;
}

/** Calibration of the scores of several sets; fingers of different sets are not compared. */
export function calibrate(sets: readonly (readonly FolderScore[])[]): Omit<Calibration, 'configuration' | 'data'> {
  const impostors: Impostor[] = sets.flatMap((scores, set) =>
    scores
      .map(({ probe, gallery, score }) => ({ score, a: `${set}:${fingerOf(probe)}`, b: `${set}:${fingerOf(gallery)}` }))
      .filter(({ a, b }) => a !== b),
  );
  const fingers = [...new Set(impostors.flatMap(({ a, b }) => [a, b]))];
  const sorted = [...impostors].sort((x, y) => y.score - x.score);
  const at = (rank: number): number => sorted[Math.min(rank, sorted.length - 1)]?.score ?? 0;
  const from = at(Math.round(TAIL.share * sorted.length));
  const end = at(TAIL.least - 1);
  const grid: number[] = [];
  for (let score = 0; score <= end; score += BOOTSTRAP.step) grid.push(score);
  const whole = ratesOf(impostors, () => 1, grid, from);
  const random = mulberry32(BOOTSTRAP.seed);
  const replicates = Array.from({ length: BOOTSTRAP.replicates }, () => {
    const drawn = new Map<string, number>();
    sets.forEach((_, set) => {
      const own = fingers.filter((finger) => finger.startsWith(`${set}:`));
      for (let i = 0; i < own.length; i++) {
        const finger = own[Math.floor(random() * own.length)] ?? '';
        drawn.set(finger, (drawn.get(finger) ?? 0) + 1);
      }
    });
    return ratesOf(impostors, ({ a, b }) => (drawn.get(a) ?? 0) * (drawn.get(b) ?? 0), grid, from);
  });
  const interval = (pick: (rates: Rates) => number): readonly [number, number] => {
    const values = replicates.map(pick).sort((x, y) => x - y);
    const quantile = (share: number): number => values[Math.round(share * (values.length - 1))] ?? 0;
    return [round(quantile(0.025)), round(quantile(0.975))];
  };
  const [lowScale, highScale] = interval(({ scale }) => scale);
  return {
    comparisons: impostors.length,
    fingers: fingers.length,
    table: grid.map((score, i) => [score, round(whole.rates[i] ?? 0), ...interval(({ rates }) => rates[i] ?? 0)]),
    tail: { scale: round(whole.scale), low: lowScale, high: highScale },
  };
}

interface Rates {
  readonly rates: readonly number[];
  /** Mean of what scores exceed the beginning of the tail by. */
  readonly scale: number;
}

function ratesOf(
  impostors: readonly Impostor[],
  weigh: (impostor: Impostor) => number,
  grid: readonly number[],
  from: number,
): Rates {
  const counts = new Float64Array(grid.length);
  let [total, excess, beyond] = [0, 0, 0];
  for (const impostor of impostors) {
    const weight = weigh(impostor);
    total += weight;
    const last = Math.min(grid.length - 1, Math.floor(impostor.score / BOOTSTRAP.step));
    counts[last] = (counts[last] ?? 0) + weight;
    if (impostor.score < from) continue;
    excess += weight * (impostor.score - from);
    beyond += weight;
  }
  const rates: number[] = [];
  let left = total;
  for (const count of counts) {
    rates.push(left / total);
    left -= count;
  }
  return { rates, scale: excess / Math.max(beyond, 1) };
}

const round = (value: number): number => Number(value.toPrecision(4));
