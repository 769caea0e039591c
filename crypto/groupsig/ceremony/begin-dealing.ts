/**
 * A dealer's two rounds: choose a polynomial and publish the hash of its broadcast; when all hashes are there, the broadcast and the shares.
 * @module
 */
import { concat, equalBytes, wipe } from '../../common/bytes.ts';
import { type Rng, randomScalar, secureRng } from '../../common/random.ts';
import { GroupSigError } from '../groupsig-error.ts';
import type { OpenerShare } from '../opener-share.ts';
import { decodeScalar, encodeScalar, modOrder, ORDER } from '../scalar.ts';
import type { Ceremony } from './ceremony.ts';
import { digestOfDeal, encodeCommitment, encodeDeal, readCommitments } from './deal-message.ts';
import type { Signed } from './message.ts';
import { upTo } from './plan.ts';
import { evaluate } from './polynomial.ts';
import { encodeShare } from './share-message.ts';

/** What a dealer keeps between its rounds. Secret, and so is `deal` until round 2. */
export interface DealerState {
  readonly index: number;
  /** a_0..a_(t-1), 32 bytes each. */
  readonly coefficients: Uint8Array;
  /** The broadcast of round 2. */
  readonly deal: Uint8Array;
}

/** kappa as a scalar when it is the share of that index in the opener set built on. Throws SHARE_KEY_MISMATCH. */
export function checkOldShare({ backend, previous }: Ceremony, index: number, old: OpenerShare | undefined): bigint {
  const kappa = old?.index === index ? decodeScalar(old.kappa) : undefined;
  const expected = previous?.shareKey(index);
  if (kappa === undefined || expected === undefined) {
    throw new GroupSigError('SHARE_KEY_MISMATCH', 'no share of this index', { index });
  }
  if (!backend.equal(backend.mulSecret(backend.generators.G, kappa), expected)) {
    throw new GroupSigError('SHARE_KEY_MISMATCH', 'the old share is not of the opener set', { index });
  }
  return kappa;
}

function constantTerm(ceremony: Ceremony, index: number, old: OpenerShare | undefined, rng: Rng): bigint {
  switch (ceremony.plan.kind) {
    case 'generate':
      return randomScalar(ORDER, rng);
    case 'refresh':
      return 0n;
    case 'reshare':
      return modOrder((ceremony.weightOf(index) ?? 0n) * checkOldShare(ceremony, index, old));
  }
}

/**
 * Round 1 of dealer `index`: its secret state, and the commitment to publish. A reshare takes the dealer's share `old`. Throws
 * SHARE_KEY_MISMATCH for another's or an older share, RangeError for an index that does not deal.
 */
export function beginDealing(
  ceremony: Ceremony,
  index: number,
  { old, rng = secureRng }: { readonly old?: OpenerShare | undefined; readonly rng?: Rng } = {},
): { readonly state: DealerState; readonly commitment: Uint8Array } {
  const { dealers, t } = ceremony.plan;
  if (!dealers.includes(index)) throw new RangeError(`${index} deals nothing`);
  const coefficients = [constantTerm(ceremony, index, old, rng)];
  while (coefficients.length < t) coefficients.push(randomScalar(ORDER, rng));
  const deal = encodeDeal(ceremony, index, coefficients, rng);
  return {
    state: { index, coefficients: concat(...coefficients.map(encodeScalar)), deal },
    commitment: encodeCommitment(ceremony, index, deal),
  };
}

/**
 * Round 2: the broadcast, and one share for each participant 1..n, to be sealed to it. Only when every dealer's commitment is there, this
 * one's among them. Throws CEREMONY_INCOMPLETE and whatever `readCommitments` throws. The state is wiped once it has served.
 */
export function revealDeal(
  ceremony: Ceremony,
  state: DealerState,
  commitments: readonly Signed[],
): { readonly deal: Uint8Array; readonly shares: readonly { readonly to: number; readonly message: Uint8Array }[] } {
  const { plan } = ceremony;
  const { index, deal } = state;
  const digests = readCommitments(ceremony, commitments);
  const own = digests[plan.dealers.indexOf(index)];
  if (own === undefined || !equalBytes(own, digestOfDeal(deal))) {
    throw new GroupSigError('CEREMONY_COMMITMENT_MISMATCH', 'the own commitment is another', { index });
  }
  const coefficients = upTo(plan.t).map((j) => decodeScalar(state.coefficients.subarray(32 * (j - 1), 32 * j)) ?? 0n);
  const shares = upTo(plan.n).map((to) => ({
    to,
    message: encodeShare(ceremony, index, to, evaluate(coefficients, to)),
  }));
  wipe(state.coefficients);
  return { deal, shares };
}

/** Erases what a dealer kept, when a ceremony ends early. */
export const abandonDealing = (state: DealerState): void => wipe(state.coefficients, state.deal);
