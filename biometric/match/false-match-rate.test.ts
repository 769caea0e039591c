import { describe, expect, it } from 'vitest';
import { CALIBRATION, type Calibration } from './calibration.ts';
import { configurationHash } from './configuration-hash.ts';
import { falseMatchRate, rateOfSum } from './false-match-rate.ts';

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
    expect(rateOfSum(SMALL, 2, 1)).toEqual({ rate: 0.1, low: 0.05, high: 0.2, extrapolated: false });
    expect(rateOfSum(SMALL, 3, 1).rate).toBeCloseTo(0.01, 10);
    expect(rateOfSum(SMALL, 4, 1)).toEqual({ rate: 0.001, low: 0, high: 0.01, extrapolated: false });
    const beyond = rateOfSum(SMALL, 8, 1);
    expect(beyond).toMatchObject({ low: 0, extrapolated: true });
    expect(beyond.rate).toBeCloseTo(0.001 * Math.exp(-2), 10);
    expect(beyond.high).toBeCloseTo(0.01 * Math.exp(-1), 10);
    expect(rateOfSum(SMALL, 500, 1)).toEqual({ rate: 1e-7, low: 0, high: 1e-7, extrapolated: true });
    expect(rateOfSum(SMALL, 0, 1)).toMatchObject({ rate: 1, extrapolated: false });
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

  it('of two fingers is that of the sum of two independent scores', () => {
    // Half of one finger's scores are in [0, 0.25), half in [5, 5.25): two exceed 5.5 unless both are low, 10.5 when both are high.
    const coin: Calibration = {
      ...SMALL,
      table: Array.from({ length: 23 }, (_, i) => {
        const rate = i === 0 ? 1 : i <= 20 ? 0.5 : 0;
        return [i / 4, rate, rate, rate];
      }),
    };
    expect(rateOfSum(coin, 0, 2).rate).toBeCloseTo(1, 5);
    expect(rateOfSum(coin, 5, 2).rate).toBeCloseTo(0.75, 5);
    expect(rateOfSum(coin, 10, 2).rate).toBeCloseTo(0.25, 5);
    expect(rateOfSum(coin, 10.75, 2).rate).toBeLessThan(1e-6);
    expect(rateOfSum(coin, 15, 3).rate).toBeCloseTo(0.125, 5);
    for (const fingers of [0, 11, 1.5]) expect(() => rateOfSum(coin, 5, fingers)).toThrow(RangeError);
  });

  it('of two fingers needs less of each', () => {
    const [one, two] = [falseMatchRate(9), falseMatchRate(18, 2)];
    expect(two.rate).toBeLessThan(one.rate / 10);
    expect(two.low <= two.rate && two.rate <= two.high).toBe(true);
    expect([one.extrapolated, two.extrapolated]).toEqual([false, true]);
  });

  it('was measured with the parameters that are in force', () => {
    // When this fails: node bench/fingerprint/write-calibration.ts DIR, and the figures of docs/biometric.md.
    expect(CALIBRATION.configuration).toBe(configurationHash());
    expect(CALIBRATION.comparisons).toBeGreaterThan(10_000);
  });
});
