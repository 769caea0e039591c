/**
 * The word for the quality of a finger: for people, nothing depends on it.
 */
import { describe, expect, it } from 'vitest';
import type { QualityVerdict } from '../../biometric/extract/finger-quality.ts';
import { gradeOf } from './finger-taking.ts';

describe('the grade of a finger', () => {
  it.each<[number, QualityVerdict[], string]>([
    [100, [], 'good'],
    [70, [], 'good'],
    [69, [], 'fair'],
    [100, ['off-centre'], 'fair'],
    [55, ['faint'], 'fair'],
    [54, [], 'poor'],
    [90, ['partial'], 'poor'],
  ])('of a score of %i with %j is %s', (score, verdicts, grade) => {
    expect(gradeOf({ score, verdicts })).toBe(grade);
  });
});
