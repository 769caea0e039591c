/**
 * The end of a ceremony: everybody has confirmed the same broadcasts, so the sums of the dealings are the new commitments and shares.
 * @module
 */
import { equalBytes, wipe } from '../../common/bytes.ts';
import type { G1 } from '../backend.ts';
import type { GroupKey } from '../group-key.ts';
import { GroupSigError } from '../groupsig-error.ts';
import { decodeOpenerSet, encodeOpenerSet, type OpenerSet } from '../opener-set.ts';
import type { OpenerShare } from '../opener-share.ts';
import type { Ceremony } from './ceremony.ts';
import { decodeComplaint } from './complaint.ts';
import type { Dealings } from './deal-message.ts';
import { bodyOf, isOfType, oneFromEach, type Signed } from './message.ts';
import { upTo } from './plan.ts';
import { evaluateCommitted } from './polynomial.ts';
import type { RecipientState } from './receive-shares.ts';

/** What everybody knows afterwards: F_0..F_(t-1), 48 bytes each, and the hash of all broadcasts, 32 bytes. F_0 is K1. */
export interface CeremonyOutcome {
  readonly K1: Uint8Array;
  readonly commitments: readonly Uint8Array[];
  readonly transcript: Uint8Array;
}

function checkConfirmation({ plan }: Ceremony, dealings: Dealings, signed: Signed): void {
  const body = bodyOf(plan, 'confirmation', signed);
  const { from } = signed;
  if (body.length !== 32 * dealings.digests.length) {
    throw new GroupSigError('CEREMONY_MESSAGE_INVALID', 'confirmation of another length', { index: from });
  }
  dealings.digests.forEach((digest, i) => {
    if (equalBytes(digest, body.subarray(32 * i, 32 * (i + 1)))) return;
    // Either the dealer signed two broadcasts or the one who confirmed lies: the broadcast that it saw, signed, decides.
    const index = plan.dealers[i] ?? 0;
    throw new GroupSigError('CEREMONY_BROADCAST_SPLIT', `${from} saw another broadcast of ${index}`, { index });
  });
}

/** F_j of the set built on, where its openers keep their shares and add to them. */
const carried = ({ plan, previous }: Ceremony, j: number): readonly G1[] => {
  const F = plan.kind === 'refresh' ? previous?.commitments[j] : undefined;
  return F === undefined ? [] : [F];
};

/**
 * The outcome, for everybody who has the broadcasts. `answers` are the confirmations of participants 1..n, or complaints. Throws
 * CEREMONY_COMPLAINT with the accused's index, CEREMONY_INCOMPLETE, CEREMONY_BROADCAST_SPLIT with the dealer's, CEREMONY_REPEATED,
 * CEREMONY_MESSAGE_INVALID, CEREMONY_FOREIGN, and CEREMONY_DEGENERATE when a sum is O.
 */
export function settleCeremony(ceremony: Ceremony, dealings: Dealings, answers: readonly Signed[]): CeremonyOutcome {
  const { backend, plan, previous } = ceremony;
  for (const answer of answers.filter(({ message }) => isOfType(message, 'complaint'))) {
    const { accused: index, reason } = decodeComplaint(ceremony, answer);
    throw new GroupSigError('CEREMONY_COMPLAINT', `${answer.from} complains about ${index}: ${reason}`, { index });
  }
  for (const answer of oneFromEach(upTo(plan.n), answers)) checkConfirmation(ceremony, dealings, answer);

  const sums = upTo(plan.t).map((_, j) =>
    [...dealings.deals.flatMap(({ commitments }) => commitments[j] ?? []), ...carried(ceremony, j)].reduce((a, b) =>
      backend.add(a, b),
    ),
  );
  const shareKeys = upTo(plan.n).map((index) => evaluateCommitted(backend, sums, index));
  if ([...sums, ...shareKeys].some((point) => backend.isIdentity(point))) {
    throw new GroupSigError('CEREMONY_DEGENERATE', 'a sum of the dealings is O');
  }
  const [K1] = sums;
  const before = previous?.commitments[0];
  if (K1 === undefined || (before !== undefined && !backend.equal(K1, before))) {
    throw new Error('settleCeremony: K1 stays');
  }
  const commitments = sums.map((point) => backend.encodeG1(point));
  return { K1: backend.encodeG1(K1), commitments, transcript: dealings.transcript };
}

/**
 * The outcome for a participant, with its share. Throws as {@link settleCeremony}; the state is wiped then too, unless somebody's
 * answer is only missing.
 */
export function finishCeremony(
  ceremony: Ceremony,
  state: RecipientState,
  answers: readonly Signed[],
): CeremonyOutcome & { readonly share: OpenerShare } {
  const { index, kappa, dealings } = state;
  try {
    const outcome = settleCeremony(ceremony, dealings, answers);
    const share = { index, kappa: kappa.slice() };
    wipe(kappa);
    return { ...outcome, share };
  } catch (error) {
    if (!(error instanceof GroupSigError && error.code === 'CEREMONY_INCOMPLETE')) wipe(kappa);
    throw error;
  }
}

/** OS_(v+1), or OS_1 after a generation, whose K1 must be in the group key. Throws OPENER_SET_INVALID for another group key. */
export function nextOpenerSet(
  { backend, plan, previous }: Ceremony,
  groupKey: GroupKey,
  { commitments }: CeremonyOutcome,
): OpenerSet {
  const { n, t } = plan;
  const version = (previous?.version ?? 0) + 1;
  return decodeOpenerSet(backend, groupKey, encodeOpenerSet({ pkh: groupKey.pkh, version, n, t, commitments }));
}
