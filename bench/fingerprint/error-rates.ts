/**
 * Error rates of comparisons by the definitions of FVC (Maio, Maltoni et al., FVC2002), protocol "full": every pair of impressions of a finger, every
 * pair of impressions of two fingers of a set. Intervals by bootstrap over fingers.
 * @module
 */
import type { FolderScore } from '../../main/app/fingerprint-files.ts';
import { fingerOf } from './impostor-rates.ts';
import { mulberry32 } from './mulberry32.ts';

/** Shares, 0 to 1. */
export interface ErrorRates {
  readonly eer: number;
  /** Least share of genuine pairs refused where at most one in a thousand of the others passes, and where none does. */
  readonly fmr1000: number;
  readonly zeroFmr: number;
}

/** One comparison; fingers of different sets have different names. */
export interface Comparison {
  readonly score: number;
  readonly a: string;
  readonly b: string;
}

/** Comparisons of one set. */
export const comparisonsOf = (set: string, scores: readonly FolderScore[]): readonly Comparison[] =>
  scores.map(({ probe, gallery, score }) => ({
    score,
    a: `${set}/${fingerOf(probe)}`,
    b: `${set}/${fingerOf(gallery)}`,
  }));

/** Rates over comparisons, each counted as often as `weigh` says. */
export function errorRates(
  comparisons: readonly Comparison[],
  weigh: (comparison: Comparison) => number = () => 1,
): ErrorRates {
  const rows = comparisons
    .map((comparison) => ({ ...comparison, weight: weigh(comparison) }))
    .filter(({ weight }) => weight > 0)
    .sort((x, y) => x.score - y.score);
  const total = (genuine: boolean): number =>
    rows.reduce((sum, { a, b, weight }) => sum + ((a === b) === genuine ? weight : 0), 0);
  const [genuine, impostors] = [total(true), total(false)];
  let [missed, passed] = [0, impostors];
  let [below, above] = [Infinity, Infinity];
  let [fmr1000, zeroFmr] = [1, 1];
  // At each threshold t, a score of at least t passes.
  for (let i = 0; i <= rows.length; ) {
    const [fnmr, fmr] = [missed / genuine, passed / impostors];
    // Thresholds rise: the last with FNMR <= FMR, the first with FNMR >= FMR.
    if (fnmr <= fmr) below = fnmr + fmr;
    if (fnmr >= fmr && above === Infinity) above = fnmr + fmr;
    if (fmr <= 0.001) fmr1000 = Math.min(fmr1000, fnmr);
    if (passed <= 0) zeroFmr = Math.min(zeroFmr, fnmr);
    const score = rows[i]?.score;
    if (score === undefined) break;
    for (let row = rows[i]; row !== undefined && row.score === score; row = rows[++i]) {
      if (row.a === row.b) missed += row.weight;
      else passed -= row.weight;
    }
  }
  return { eer: Math.min(below, above) / 2, fmr1000, zeroFmr };
}

/** 95 % intervals, lower and upper bounds of each rate apart: fingers of each set drawn again, 200 times. */
export function errorIntervals(comparisons: readonly Comparison[]): readonly [low: ErrorRates, high: ErrorRates] {
  const random = mulberry32(1);
  const fingers = [...new Set(comparisons.flatMap(({ a, b }) => [a, b]))];
  const sets = Map.groupBy(fingers, (finger) => finger.split('/')[0]);
  const replicates = Array.from({ length: 200 }, () => {
    const drawn = new Map<string, number>();
    for (const own of sets.values()) {
      for (let i = 0; i < own.length; i++) {
        const finger = own[Math.floor(random() * own.length)] ?? '';
        drawn.set(finger, (drawn.get(finger) ?? 0) + 1);
      }
    }
    const times = (finger: string): number => drawn.get(finger) ?? 0;
    return errorRates(comparisons, ({ a, b }) => (a === b ? times(a) : times(a) * times(b)));
  });
  const bound = (share: number): ErrorRates => {
    const quantile = (pick: (rates: ErrorRates) => number): number =>
      replicates.map(pick).sort((x, y) => x - y)[Math.round(share * (replicates.length - 1))] ?? 0;
    return {
      eer: quantile(({ eer }) => eer),
      fmr1000: quantile((rates) => rates.fmr1000),
      zeroFmr: quantile((rates) => rates.zeroFmr),
    };
  };
  return [bound(0.025), bound(0.975)];
}
