/**
 * Complaints. Body, 3 bytes: accused's index(2) ‖ reason(1). Whoever has the accused's signed messages can check one, so that nobody is named
 * for nothing; a share shown for it is the accused's own and of a ceremony that ends here.
 * @module
 */
import { equalBytes, readUint, uint } from '../../common/bytes.ts';
import { GroupSigError, type GroupSigErrorCode } from '../groupsig-error.ts';
import type { Ceremony } from './ceremony.ts';
import { decodeDeal, digestOfDeal, readCommitmentBody } from './deal-message.ts';
import { bodyOf, encodeMessage, isOfType, type MessageType, type Signed } from './message.ts';
import { checkShare } from './share-message.ts';

const REASONS = [
  'CEREMONY_REPEATED',
  'CEREMONY_COMMITMENT_MISMATCH',
  'CEREMONY_DEAL_INVALID',
  'CEREMONY_SHARE_INVALID',
] as const satisfies readonly GroupSigErrorCode[];

/** What a participant can be accused of. */
export type ComplaintReason = (typeof REASONS)[number];

/** A complaint in parts. */
export interface Complaint {
  readonly accused: number;
  readonly reason: ComplaintReason;
}

/** A complaint of participant `from`. */
export const encodeComplaint = ({ plan }: Ceremony, from: number, { accused, reason }: Complaint): Uint8Array =>
  encodeMessage(plan, 'complaint', from, uint(accused, 2), uint(REASONS.indexOf(reason) + 1, 1));

/** Strict; throws CEREMONY_MESSAGE_INVALID or CEREMONY_FOREIGN with the accuser's index. */
export function decodeComplaint({ plan }: Ceremony, signed: Signed): Complaint {
  const body = bodyOf(plan, 'complaint', signed);
  const reason = REASONS[(body[2] ?? 0) - 1];
  const accused = readUint(body.subarray(0, 2));
  if (body.length !== 3 || reason === undefined || !plan.dealers.includes(accused)) {
    throw new GroupSigError('CEREMONY_MESSAGE_INVALID', 'complaint is malformed', { index: signed.from });
  }
  return { accused, reason };
}

/** The code with which this layer refuses something; undefined when it does not. */
function refusalOf(act: () => unknown): GroupSigErrorCode | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof GroupSigError) return error.code;
    throw error;
  }
}

/** Do messages that the accused signed, for this ceremony, show what the complaint says? False also when the evidence is not enough. */
export function isComplaintProven(ceremony: Ceremony, signed: Signed, evidence: readonly Signed[]): boolean {
  const { accused, reason } = decodeComplaint(ceremony, signed);
  const shown = (type: MessageType): Signed[] =>
    evidence.filter(
      (one) =>
        one.from === accused &&
        isOfType(one.message, type) &&
        refusalOf(() => bodyOf(ceremony.plan, type, one)) === undefined,
    );
  const [commitments, deals, shares] = [shown('commitment'), shown('deal'), shown('share')];
  const [deal] = deals;
  switch (reason) {
    case 'CEREMONY_REPEATED':
      return [commitments, deals, shares].some(([first, ...others]) =>
        others.some(({ message }) => first !== undefined && !equalBytes(message, first.message)),
      );
    case 'CEREMONY_COMMITMENT_MISMATCH':
      return commitments.some((one) => {
        const digest = readCommitmentBody(ceremony, one);
        return digest === undefined || (deal !== undefined && !equalBytes(digest, digestOfDeal(deal.message)));
      });
    case 'CEREMONY_DEAL_INVALID':
      return deals.some((one) => refusalOf(() => decodeDeal(ceremony, one)) === reason);
    case 'CEREMONY_SHARE_INVALID': {
      if (deal === undefined || refusalOf(() => decodeDeal(ceremony, deal)) !== undefined) return false;
      const checked = decodeDeal(ceremony, deal);
      return shares.some((one) => refusalOf(() => checkShare(ceremony, checked, signed.from, one)) === reason);
    }
  }
}
