import { describe, expect, it } from 'vitest';
import { CALIBRATION, type Calibration } from './calibration.ts';
import { configurationHash } from './configuration-hash.ts';
import { falseMatchRate, rateIn } from './false-match-rate.ts';

const SMALL: Calibration = {
  configuration: '',
  data: '',
  comparisons: 100,
  fingers: 10,
  table: [
    [0, 1, 1, 1],
    [2, 0.1, 0.05, 0.2],
    [4, 0.001, 0, 0.01],
  ],
  tail: { scale: 2, low: 1, high: 4 },
};

describe('a false match rate', () => {
  it('is measured between rows and continued beyond them', () => {
    expect(rateIn(SMALL, 2)).toEqual({ rate: 0.1, low: 0.05, high: 0.2, extrapolated: false });
    expect(rateIn(SMALL, 3).rate).toBeCloseTo(0.01, 10);
    expect(rateIn(SMALL, 4)).toEqual({ rate: 0.001, low: 0, high: 0.01, extrapolated: false });
    const beyond = rateIn(SMALL, 8);
    expect(beyond).toMatchObject({ low: 0, extrapolated: true });
    expect(beyond.rate).toBeCloseTo(0.001 * Math.exp(-2), 10);
    expect(beyond.high).toBeCloseTo(0.01 * Math.exp(-1), 10);
    expect(rateIn(SMALL, 500)).toEqual({ rate: 1e-7, low: 0, high: 1e-7, extrapolated: true });
    expect(rateIn(SMALL, 0)).toMatchObject({ rate: 1, extrapolated: false });
  });

  it('falls as the score rises, within its interval', () => {
    let last = 1;
    for (let score = 0; score < 40; score += 0.1) {
      const { rate, low, high, extrapolated } = falseMatchRate(score);
      expect(low <= rate && rate <= high && rate <= last * 1.000001).toBe(true);
      expect(extrapolated).toBe(score > (CALIBRATION.table.at(-1)?.[0] ?? 0));
      last = rate;
    }
    expect(last).toBeLessThan(1e-6);
  });

  it('was measured with the parameters that are in force', () => {
    // When this fails: node bench/fingerprint/write-calibration.ts DIR, and the figures of docs/biometric.md.
    expect(CALIBRATION.configuration).toBe(configurationHash());
    expect(CALIBRATION.comparisons).toBeGreaterThan(10_000);
  });
});
