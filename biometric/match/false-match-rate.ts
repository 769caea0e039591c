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
const FLOOR = 1e-7;

/** For one finger. Scores added over fingers are higher and are not meant. */
export const falseMatchRate = (score: number): FalseMatchRate => rateIn(CALIBRATION, score);

/** The same by a calibration of one's own. */
export function rateIn({ table, tail }: Calibration, score: number): FalseMatchRate {
  const last = table.length - 1;
  const [second, first] = [table[1]?.[0] ?? 0, table[0]?.[0] ?? 0];
  const place = Math.max(0, (score - first) / (second - first));
  const value = (row: number, column: number): number => table[row]?.[column] ?? 0;
  if (place >= last) {
    const beyond = score - value(last, 0);
    const continued = (column: number, scale: number): number => value(last, column) * Math.exp(-beyond / scale);
    return {
      rate: Math.max(FLOOR, continued(1, tail.scale)),
      low: continued(2, tail.low),
      high: Math.max(FLOOR, continued(3, tail.high)),
      extrapolated: beyond > 0,
    };
  }
  const row = Math.floor(place);
  // Between two rows the logarithm is a straight line.
  const between = (column: number): number =>
    value(row, column) ** (1 - (place - row)) * value(row + 1, column) ** (place - row);
  return { rate: between(1), low: between(2), high: between(3), extrapolated: false };
}
