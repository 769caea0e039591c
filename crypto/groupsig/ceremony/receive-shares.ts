/**
 * A participant's round 3: check every broadcast and every share, then confirm the broadcasts seen, or complain.
 * Body of a confirmation: the digests of all broadcasts in the plan's order, 32 bytes each.
 * @module
 */
import { wipe } from '../../common/bytes.ts';
import { GroupSigError } from '../groupsig-error.ts';
import type { OpenerShare } from '../opener-share.ts';
import { encodeScalar, modOrder } from '../scalar.ts';
import { checkOldShare } from './begin-dealing.ts';
import type { Ceremony } from './ceremony.ts';
import { type ComplaintReason, encodeComplaint, isComplaintProven } from './complaint.ts';
import { checkDealings, type Dealings } from './deal-message.ts';
import { encodeMessage, oneFromEach, type Signed } from './message.ts';
import { checkShare } from './share-message.ts';

/** What a participant keeps until everybody has confirmed: its share to be, 32 secret bytes, not to be used before. */
export interface RecipientState {
  readonly index: number;
  readonly kappa: Uint8Array;
  readonly dealings: Dealings;
}

/** What came in for a participant, by message. `shares` are those sealed to it, opened. */
export interface Received {
  readonly commitments: readonly Signed[];
  readonly deals: readonly Signed[];
  readonly shares: readonly Signed[];
}

/** A message to publish; with a complaint, the accused's messages that prove it, and why. */
export type Reception =
  | { readonly outcome: 'confirmed'; readonly state: RecipientState; readonly confirmation: Uint8Array }
  | {
      readonly outcome: 'complaint';
      readonly error: GroupSigError;
      readonly complaint: Uint8Array;
      readonly evidence: readonly Signed[];
    };

/** The complaint that follows from a refusal, if its evidence proves it; what a dealer did not sign itself accuses nobody. */
function complain(ceremony: Ceremony, from: number, error: unknown, evidence: readonly Signed[]): Reception {
  if (!(error instanceof GroupSigError) || error.index === undefined) throw error;
  const { code, index: accused } = error;
  const reason: ComplaintReason | undefined = isReason(code) ? code : undefined;
  if (reason === undefined || !ceremony.plan.dealers.includes(accused)) throw error;
  const complaint = encodeComplaint(ceremony, from, { accused, reason });
  const shown = evidence.filter((signed) => signed.from === accused);
  if (!isComplaintProven(ceremony, { from, message: complaint }, shown)) throw error;
  return { outcome: 'complaint', error, complaint, evidence: shown };
}

const isReason = (code: string): code is ComplaintReason =>
  code === 'CEREMONY_REPEATED' ||
  code === 'CEREMONY_COMMITMENT_MISMATCH' ||
  code === 'CEREMONY_DEAL_INVALID' ||
  code === 'CEREMONY_SHARE_INVALID';

/**
 * Checks all that participant `index` got. In a refresh `old` is its present share. A dealer's provable fault makes a complaint; everything
 * else that does not hold throws: CEREMONY_INCOMPLETE, CEREMONY_FOREIGN, CEREMONY_MESSAGE_INVALID, SHARE_KEY_MISMATCH.
 */
export function receiveShares(ceremony: Ceremony, index: number, received: Received, old?: OpenerShare): Reception {
  const { plan } = ceremony;
  if (!Number.isInteger(index) || index < 1 || index > plan.n) throw new RangeError(`${index} receives nothing`);
  let sum = plan.kind === 'refresh' ? checkOldShare(ceremony, index, old) : 0n;
  const { commitments, deals, shares } = received;
  let dealings: Dealings;
  try {
    dealings = checkDealings(ceremony, commitments, deals);
  } catch (error) {
    return complain(ceremony, index, error, [...commitments, ...deals]);
  }
  try {
    const ordered = oneFromEach(plan.dealers, shares);
    dealings.deals.forEach((deal, i) => {
      const signed = ordered[i];
      if (signed === undefined) throw new Error('receiveShares: a share from each dealer');
      sum = modOrder(sum + checkShare(ceremony, deal, index, signed));
    });
  } catch (error) {
    return complain(ceremony, index, error, [...deals, ...shares]);
  }
  return {
    outcome: 'confirmed',
    state: { index, kappa: encodeScalar(sum), dealings },
    confirmation: encodeMessage(plan, 'confirmation', index, ...dealings.digests),
  };
}

/** Erases what a participant kept, when a ceremony ends early. */
export const abandonShare = (state: RecipientState): void => wipe(state.kappa);
