/**
 * A dealer's broadcast: commitments F_j = a_j*G to its polynomial, and a proof that it knows every coefficient (Schnorr 1989, one challenge
 * for all). Body: F_j (48 each) ‖ c(32) ‖ z_j (32 each). F_0 travels in a generation only: elsewhere everybody computes it, and in a
 * refresh, where a_0 = 0, nothing is proved of it.
 * @module
 */
import { concat, equalBytes, lp1, uint } from '../../common/bytes.ts';
import { h256 } from '../../common/hash.ts';
import { type Rng, randomScalar } from '../../common/random.ts';
import type { G1 } from '../backend.ts';
import { GroupSigError } from '../groupsig-error.ts';
import { decodeScalar, encodeScalar, modOrder, ORDER, scalarOfHash } from '../scalar.ts';
import { PREFIX, SCALAR_DST } from '../tags.ts';
import type { Ceremony } from './ceremony.ts';
import { bodyOf, encodeMessage, oneFromEach, type Signed } from './message.ts';

/** A broadcast that holds: F_0..F_(t-1), the constant term included wherever it comes from. */
export interface Deal {
  readonly from: number;
  readonly commitments: readonly G1[];
}

/** The broadcasts of all dealers, in the plan's order, each checked; `digests` are their hashes, 32 bytes each. */
export interface Dealings {
  readonly deals: readonly Deal[];
  readonly digests: readonly Uint8Array[];
  /** H256 over the plan's hash and the digests, 32 bytes. */
  readonly transcript: Uint8Array;
}

/** Coefficients below this one are no secret of the dealer. */
const firstProved = ({ plan }: Ceremony): number => (plan.kind === 'refresh' ? 1 : 0);

/** Commitments below this one are computed, not sent. */
const firstSent = ({ plan }: Ceremony): number => (plan.kind === 'generate' ? 0 : 1);

/** c = H2S(lp1(tag) ‖ H256(plan) ‖ i(2) ‖ n(2) ‖ t(2) ‖ F_j.. ‖ N_j.., "dealing"). */
function challenge({ backend, plan }: Ceremony, from: number, F: readonly G1[], N: readonly G1[]): bigint {
  const numbers = [from, plan.n, plan.t].map((value) => uint(value, 2));
  const points = [...F, ...N].map((point) => backend.encodeG1(point));
  return scalarOfHash(concat(lp1(PREFIX.dealing), plan.hash, ...numbers, ...points), SCALAR_DST.dealing);
}

/** The broadcast for coefficients a_0..a_(t-1). */
export function encodeDeal(ceremony: Ceremony, from: number, coefficients: readonly bigint[], rng: Rng): Uint8Array {
  const { backend, plan } = ceremony;
  const commit = (scalar: bigint): G1 => backend.mulSecret(backend.generators.G, scalar);
  const proved = coefficients.slice(firstProved(ceremony));
  const F = proved.map(commit);
  const nonces = proved.map(() => randomScalar(ORDER, rng));
  const c = challenge(ceremony, from, F, nonces.map(commit));
  const answers = proved.map((a, j) => encodeScalar(modOrder((nonces[j] ?? 0n) + c * a)));
  const sent = F.slice(firstSent(ceremony) - firstProved(ceremony)).map((point) => backend.encodeG1(point));
  return encodeMessage(plan, 'deal', from, ...sent, encodeScalar(c), ...answers);
}

/** Hash of a broadcast, 32 bytes: what its dealer publishes first. */
export const digestOfDeal = (deal: Uint8Array): Uint8Array => h256(lp1(PREFIX.deal), deal);

/** Strict; throws CEREMONY_DEAL_INVALID, CEREMONY_FOREIGN or CEREMONY_MESSAGE_INVALID with the dealer's index. */
export function decodeDeal(ceremony: Ceremony, signed: Signed): Deal {
  const { backend, plan } = ceremony;
  const { from } = signed;
  const refuse = (why: string): GroupSigError => new GroupSigError('CEREMONY_DEAL_INVALID', why, { index: from });
  const body = bodyOf(plan, 'deal', signed);
  const [proved, sent] = [plan.t - firstProved(ceremony), plan.t - firstSent(ceremony)];
  if (body.length !== 48 * sent + 32 * (1 + proved)) throw refuse(`commitments to another degree than ${plan.t - 1}`);
  const received = Array.from({ length: sent }, (_, j) => {
    const point = backend.decodeG1(body.subarray(48 * j, 48 * (j + 1)));
    if (point === undefined || backend.isIdentity(point))
      throw refuse('a commitment is not a point of G1 other than O');
    return point;
  });
  const constant = ceremony.constantOf(from);
  const commitments = constant === undefined ? received : [constant, ...received];

  const scalars = Array.from({ length: 1 + proved }, (_, j) => {
    const scalar = decodeScalar(body.subarray(48 * sent + 32 * j, 48 * sent + 32 * (j + 1)));
    if (scalar === undefined) throw refuse('a scalar of r or more');
    return scalar;
  });
  const [c = 0n, ...answers] = scalars;
  const F = commitments.slice(firstProved(ceremony));
  // N_j = z_j*G - c*F_j
  const N = F.map((point, j) => backend.msm([backend.generators.G, point], [answers[j] ?? 0n, modOrder(-c)]));
  if (challenge(ceremony, from, F, N) !== c) throw refuse('the proof of knowledge fails');
  return { from, commitments };
}

/** Round 1: the hash of a broadcast that is still secret. */
export const encodeCommitment = ({ plan }: Ceremony, from: number, deal: Uint8Array): Uint8Array =>
  encodeMessage(plan, 'commitment', from, digestOfDeal(deal));

/** The hash in a commitment, 32 bytes; undefined for another length. Throws as `bodyOf`. */
export function readCommitmentBody({ plan }: Ceremony, signed: Signed): Uint8Array | undefined {
  const digest = bodyOf(plan, 'commitment', signed);
  return digest.length === 32 ? digest : undefined;
}

/** Round 1's hashes in the order of the plan's dealers. Throws as `oneFromEach`, and CEREMONY_COMMITMENT_MISMATCH for no hash. */
export const readCommitments = (ceremony: Ceremony, commitments: readonly Signed[]): Uint8Array[] =>
  oneFromEach(ceremony.plan.dealers, commitments).map((signed) => {
    const digest = readCommitmentBody(ceremony, signed);
    if (digest !== undefined) return digest;
    throw new GroupSigError('CEREMONY_COMMITMENT_MISMATCH', 'hash of another length', { index: signed.from });
  });

/**
 * Checks the broadcasts of all dealers against the hashes of round 1. Throws, with the dealer's index, CEREMONY_COMMITMENT_MISMATCH and
 * whatever `decodeDeal` and `oneFromEach` throw.
 */
export function checkDealings(ceremony: Ceremony, commitments: readonly Signed[], deals: readonly Signed[]): Dealings {
  const digests = readCommitments(ceremony, commitments);
  const checked = oneFromEach(ceremony.plan.dealers, deals).map((signed, i) => {
    const deal = decodeDeal(ceremony, signed);
    if (equalBytes(digestOfDeal(signed.message), digests[i] ?? new Uint8Array(0))) return deal;
    const { from: index } = signed;
    throw new GroupSigError('CEREMONY_COMMITMENT_MISMATCH', 'broadcast differs from its hash', { index });
  });
  return { deals: checked, digests, transcript: transcriptOf(ceremony, digests) };
}

const transcriptOf = ({ plan }: Ceremony, digests: readonly Uint8Array[]): Uint8Array =>
  h256(lp1(PREFIX.dealings), plan.hash, ...digests);
