/**
 * What scores mean, as measured: `calibration.json`, written by bench/fingerprint/write-calibration.ts.
 * @module
 */
import measured from './calibration.json' with { type: 'json' };

/** Scores of fingers of different people. */
export interface Calibration {
  /** `configurationHash()` of what was measured. */
  readonly configuration: string;
  /** Names of the sets; every image against every image of another finger of its set. */
  readonly data: string;
  readonly comparisons: number;
  readonly fingers: number;
  /** Score, share of comparisons that reach it, 95 % interval by bootstrap over fingers. Scores rise in even steps from 0 to where ten comparisons are left. */
  readonly table: readonly (readonly number[])[];
  /** Beyond the table the share falls by a factor e for each `scale` of score: mean excess over the score that 1 % reach, with its 95 % interval. */
  readonly tail: { readonly scale: number; readonly low: number; readonly high: number };
}

export const CALIBRATION: Calibration = measured;
