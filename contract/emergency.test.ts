import { describe, expect, it } from 'vitest';
import { EmergencyProbe, TriageLevel } from './emergency.ts';
import { FingerprintDecision } from './fingerprints.ts';

const accepts = (schema: { safeParse(raw: unknown): { success: boolean } }, raw: unknown): boolean =>
  schema.safeParse(raw).success;

describe('what may be said in an emergency', () => {
  it('triage 1 to 3: the others can wait', () => {
    expect([0, 1, 2, 3, 4, 5].filter((level) => accepts(TriageLevel, level))).toEqual([1, 2, 3]);
  });

  it('a probe has each known finger once, and unknown ones as often as there are', () => {
    const probe = (...fingers: readonly number[]) => ({
      version: 1,
      fingers: fingers.map((finger) => ({ finger, record: 'AAAA', quality: 0, authentic: false })),
    });
    expect([[2], [2, 7], [0, 0], [0, 2]].map((fingers) => accepts(EmergencyProbe, probe(...fingers)))).toEqual(
      Array(4).fill(true),
    );
    expect([[], [2, 2], [11], Array(11).fill(0)].map((fingers) => accepts(EmergencyProbe, probe(...fingers)))).toEqual(
      Array(4).fill(false),
    );
  });

  it('a set is named with an enrolment and with nothing else', () => {
    const head = { type: 'fingerprint-decision', version: 1, institution: '9900000001', keyId: 'ab'.repeat(32) };
    const decision = (word: string, more = {}) => ({
      ...head,
      decision: word,
      at: '2026-11-29T00:00:00.000Z',
      ...more,
    });
    const setHash = 'cd'.repeat(32);
    expect(accepts(FingerprintDecision, decision('enrol', { setHash }))).toBe(true);
    expect(accepts(FingerprintDecision, decision('enrol'))).toBe(false);
    for (const word of ['refuse', 'withdraw']) {
      expect(accepts(FingerprintDecision, decision(word))).toBe(true);
      expect(accepts(FingerprintDecision, decision(word, { setHash }))).toBe(false);
    }
  });
});
