/**
 * From a score to how often fingers of two people reach it (ISO/IEC 19795-1, false match rate), with how sure that is.
 * @module
 */
import { CALIBRATION, type Calibration } from './calibration.ts';

/** How often fingers of two people score at least so much. */
export interface FalseMatchRate {
  /** Share of comparisons. */
  readonly rate: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** The score lies beyond what was measured: an exponential tail is continued, and nobody has looked whether it goes on so. */
  readonly extrapolated: boolean;
}

/** Nothing below is ever answered: no data of ours could tell it from this. */
export const LEAST_RATE = 1e-7;
/** Rates that fewer comparisons than this would show are called extrapolated. */
const LEAST_COMPARISONS = 10;

/** Of a score added over so many fingers of a person. More than one are taken to be independent, which no data of ours could test. */
export const falseMatchRate = (score: number, fingers = 1): FalseMatchRate => rateOfSum(CALIBRATION, score, fingers);

/** Steps of the sum's distribution, and where one finger's ends. */
const SUM = { step: 0.25, most: 40 };

/** The same by a calibration of one's own. Throws RangeError for no finger. */
export function rateOfSum(calibration: Calibration, score: number, fingers: number): FalseMatchRate {
  if (!(Number.isInteger(fingers) && fingers >= 1 && fingers <= 10)) throw new RangeError(`${fingers} fingers`);
  if (fingers === 1) return rateOfOne(calibration, score);
  const rows = Array.from({ length: SUM.most / SUM.step }, (_, i) => rateOfOne(calibration, i * SUM.step));
  const sum = (pick: (rate: FalseMatchRate) => number): number => exceeds(rows.map(pick), score, fingers);
  const rate = Math.max(
    LEAST_RATE,
    sum((row) => row.rate),
  );
  const extrapolated = rate * calibration.comparisons < LEAST_COMPARISONS;
  return {
    rate,
    low: sum(({ low }) => low),
    high: Math.max(
      LEAST_RATE,
      sum(({ high }) => high),
    ),
    extrapolated,
  };
}

/** Probability that the sum of independent scores reaches a score, from how often one reaches each step; each is taken at the upper end of its step. */
function exceeds(reached: readonly number[], score: number, fingers: number): number {
  const own = reached.map((rate, i) => rate - (reached[i + 1] ?? 0));
  let sums = own;
  for (let finger = 1; finger < fingers; finger++) {
    const next = Array.from({ length: sums.length + own.length }, () => 0);
    for (const [i, a] of sums.entries())
      for (const [j, b] of own.entries()) next[i + j + 1] = (next[i + j + 1] ?? 0) + a * b;
    sums = next;
  }
  return sums.reduce((total, share, i) => total + ((i + 1) * SUM.step >= score ? share : 0), 0);
}

function rateOfOne({ table, tail }: Calibration, score: number): FalseMatchRate {
  const last = table.length - 1;
  const [second, first] = [table[1]?.[0] ?? 0, table[0]?.[0] ?? 0];
  const place = Math.max(0, (score - first) / (second - first));
  const value = (row: number, column: number): number => table[row]?.[column] ?? 0;
  if (place >= last) {
    const beyond = score - value(last, 0);
    const continued = (column: number, scale: number): number => value(last, column) * Math.exp(-beyond / scale);
    return {
      rate: Math.max(LEAST_RATE, continued(1, tail.scale)),
      low: continued(2, tail.low),
      high: Math.max(LEAST_RATE, continued(3, tail.high)),
      extrapolated: beyond > 0,
    };
  }
  const row = Math.floor(place);
  // Between two rows the logarithm is a straight line.
  const between = (column: number): number =>
    value(row, column) ** (1 - (place - row)) * value(row + 1, column) ** (place - row);
  return { rate: between(1), low: between(2), high: between(3), extrapolated: false };
}
