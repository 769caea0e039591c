/**
 * Which check of a prescription held, read from what the station says. A refusal names the one that failed; of the others nothing is
 * claimed, because the station stops at the first.
 * @module
 */
import type { ErrorCode } from '../../../contract/errors.ts';
import type { PrescriptionView } from '../../../contract/pharmacy-desk.ts';

/** The checks of eq 16, in the order they are shown. */
export const CHECKS = ['signature', 'certificate', 'pharmacy', 'term'] as const;
export type Check = (typeof CHECKS)[number];
export type CheckResult = 'passed' | 'failed' | 'unknown';

const FAILED_BY: Partial<Record<ErrorCode, Check>> = {
  RX_OTHER_PHARMACY: 'pharmacy',
  NOT_A_RECIPIENT: 'pharmacy',
  RX_EXPIRED: 'term',
  RX_COLLECTED: 'term',
  RX_CANCELLED: 'term',
  RX_TOO_EARLY: 'term',
  RX_LOCKED: 'term',
  RX_PART_INVALID: 'term',
  CARD_ALREADY_USED: 'term',
  CARD_OUTSIDE_WINDOW: 'term',
  RX_ALTERED: 'signature',
  SIGNATURE_INVALID: 'signature',
  MEMBER_PROOF_INVALID: 'signature',
  GROUP_KEY_UNKNOWN: 'signature',
  EPOCH_NOT_IN_FORCE: 'signature',
  PURPOSE_NOT_ALLOWED: 'signature',
  CONTEXT_MISMATCH: 'signature',
  DIGEST_MISMATCH: 'signature',
};

/** The result of every check of one prescription. */
export function checksOf(view: Pick<PrescriptionView, 'state' | 'refusal'>): Readonly<Record<Check, CheckResult>> {
  // Whatever its state, it was verified whole unless a refusal says otherwise; one that was collected was not looked at again.
  if (view.refusal === undefined && view.state !== 'collected')
    return { signature: 'passed', certificate: 'passed', pharmacy: 'passed', term: 'passed' };
  const code = view.refusal?.code;
  const failed =
    code === undefined ? undefined : (FAILED_BY[code] ?? (/^C(ERT|RL)_/u.test(code) ? 'certificate' : undefined));
  const result = (check: Check): CheckResult => (check === failed ? 'failed' : 'unknown');
  return {
    signature: result('signature'),
    certificate: result('certificate'),
    pharmacy: result('pharmacy'),
    term: result('term'),
  };
}
