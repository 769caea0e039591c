import { beforeAll, describe, expect, it } from 'vitest';
import { CALIBRATION } from '../../biometric/match/calibration.ts';
import { createMatcher, type Matcher } from '../../biometric/match/create-matcher.ts';
import { impressTemplate, syntheticFinger } from '../../biometric/testing/synthetic-template.ts';
import { compareFingers, likenessOf, likenessWord, oneIn } from './likeness.ts';

let matcher: Matcher;
beforeAll(async () => {
  matcher = await createMatcher();
});

const finger = (person: number, number: number, impression: number, as = number) => ({
  finger: as,
  templates: [impressTemplate(syntheticFinger(person, number), impression)],
});
/** The score that a share of strangers reaches, by the calibration. */
const scoreOf = (share: number): number => CALIBRATION.table.find(([, rate]) => (rate ?? 1) <= share)?.[0] ?? 0;

describe('likeness', () => {
  it('compares fingers of one position, and one of no position with all', () => {
    const enrolled = [finger(1, 2, 0), finger(1, 7, 0)];
    expect(compareFingers(matcher, [finger(1, 2, 1), finger(1, 3, 1)], enrolled)).toMatchObject({ comparisons: 1 });
    const unplaced = compareFingers(matcher, [finger(1, 7, 1, 0)], enrolled);
    expect(unplaced.comparisons).toBe(2);
    expect(unplaced.scores[0]).toBeGreaterThan(15);
  });

  it('takes one finger laid down twice, of no position, for one finger', () => {
    const enrolled = [finger(1, 2, 0), finger(1, 7, 0)];
    const once = likenessOf(compareFingers(matcher, [finger(1, 7, 1, 0)], enrolled), 10_000_000);
    const twice = likenessOf(compareFingers(matcher, [finger(1, 7, 1, 0), finger(1, 7, 2, 0)], enrolled), 10_000_000);
    const two = likenessOf(compareFingers(matcher, [finger(1, 7, 1, 0), finger(1, 2, 1, 0)], enrolled), 10_000_000);
    expect([once, twice, two].map(likenessWord)).toEqual(['weak', 'weak', 'strong']);
    // A stranger whose two fingers look like one of somebody's is no surer either.
    const { scores } = compareFingers(matcher, [finger(1, 7, 1, 0), finger(1, 7, 2, 0)], enrolled);
    expect(Math.min(...scores)).toBeLessThan(10);
  });

  it('counts strangers: more in a larger gallery, fewer by two fingers, as many chances as comparisons', () => {
    const score = scoreOf(0.01);
    const strangers = (scores: number[], comparisons: number, persons: number): number =>
      likenessOf({ scores, comparisons }, persons).strangers;
    const one = strangers([score], 1, 1_000);
    expect(one).toBeGreaterThan(5);
    expect(one).toBeLessThan(50);
    expect(strangers([score], 1, 10_000)).toBeCloseTo(10 * one, 6);
    expect(strangers([score], 4, 1_000)).toBeCloseTo(4 * one, 6);
    expect(strangers([score, score], 1, 1_000)).toBeCloseTo(one * (one / 1_000), 9);
    expect(strangers([score, 0], 1, 1_000)).toBeCloseTo(one, 9);
    expect(strangers([], 0, 1_000)).toBe(1_000);
  });

  it('says it in words, and how many strangers only as far as it was measured', () => {
    const about = (strangers: number) => likenessWord({ strangers });
    expect([0.01, 0.011, 1, 1.1].map(about)).toEqual(['strong', 'fair', 'fair', 'weak']);
    const measured = likenessOf({ scores: [scoreOf(0.01)], comparisons: 1 }, 10);
    expect(oneIn(measured)).toBe(Math.floor(1 / measured.rate));
    expect(oneIn(likenessOf({ scores: [60], comparisons: 1 }, 10))).toBeNull();
  });
});
