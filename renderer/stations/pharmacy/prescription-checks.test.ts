import { describe, expect, it } from 'vitest';
import { checksOf } from './prescription-checks.ts';

describe('prescription checks', () => {
  it('passes all of a prescription that may be handed out', () => {
    expect(new Set(Object.values(checksOf({ state: 'ready' })))).toEqual(new Set(['passed']));
  });

  it.each([
    ['RX_ALTERED', 'signature'],
    ['CERT_REVOKED', 'certificate'],
    ['CRL_STALE', 'certificate'],
    ['RX_OTHER_PHARMACY', 'pharmacy'],
    ['RX_EXPIRED', 'term'],
  ] as const)('%s fails the check of the %s and claims nothing of the others', (code, failed) => {
    const checks = checksOf({ state: 'refused', refusal: { code } });
    expect(checks[failed]).toBe('failed');
    expect(Object.values(checks).filter((result) => result === 'unknown')).toHaveLength(3);
  });

  it('claims nothing at all for another refusal, or for one collected earlier', () => {
    for (const view of [{ state: 'refused', refusal: { code: 'INTERNAL' } }, { state: 'collected' }] as const) {
      expect(new Set(Object.values(checksOf(view)))).toEqual(new Set(['unknown']));
    }
  });
});
