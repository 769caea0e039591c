/**
 * The proxy signature of two cards, for warrants V2 and so for controlled drugs (eq 18; proxysig note, "To be said in docs"). The key SK_Ap exists
 * nowhere: the patient's card holds s_P, the agent's mu*s_A, and both sign one pickup object with two nonces each (the idea of FROST, RFC 9591,
 * for n = t = 2 with additive shares). What comes out is a proxy signature like any other: `verifyProxySignature` is its verification.
 *
 * ```
 * agent's card    (d_A, e_A); D_A, E_A out
 * patient's card  builds PU; (d_P, e_P); PU, D_P, E_P out
 * both            L = D_P ‖ E_P ‖ D_A ‖ E_A (33 each); rho_i = H_share(PK_Ap, W, L, i, PU), i = 1 patient, 2 agent
 *                 T = D_P + rho_P*E_P + D_A + rho_A*E_A; e = H_psign(PK_Ap, W, T, PU)
 * agent's card    z_A = d_A + rho_A*e_A + e*mu*s_A out, when PU is what the warrant covers and the agent's PIN was given to it
 * patient's card  z_A*G = D_A + rho_A*E_A + e*(mu*s_A*G) ?; s = z_P + z_A; T ‖ s out
 * ```
 * The patient's card puts it together: its own share leaves only inside the whole signature, and it flips its record when the agent's share
 * has been found good, so a partner that fails costs nothing. The terminal carries, and can do no more than not carry.
 * Nonces serve one answer: they are zero before a share leaves, also when the answer is a refusal.
 * @module
 */
import { concat, equalBytes, uint, wipe } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import { type Rng, secureRng } from '../common/random.ts';
import type { ProxyKeys } from './delegation.ts';
import { boundNonce, isSignatureShare, signatureShare } from './frost.ts';
import {
  baseTimes,
  hashTo,
  modN,
  nonceOf,
  type Point,
  pointBytes,
  readPoint,
  readScalar,
  scalarBytes,
} from './p256-group.ts';
import { decodePickup } from './pickup-object.ts';
import { challengeOf } from './proxy-signature.ts';
import { ProxysigError } from './proxysig-error.ts';

/** Whose card. */
export type Signer = 'patient' | 'agent';

/** D and E, 33 bytes each. */
export interface NonceCommitment {
  readonly hiding: Uint8Array;
  readonly binding: Uint8Array;
}

/** What a card keeps in RAM from its commitment to its answer: d and e, 32 bytes each, and what it gave out. One set at a time; gone at reset. */
export interface HeldNonces {
  readonly hiding: Uint8Array;
  readonly binding: Uint8Array;
  readonly commitment: NonceCommitment;
}

/** What both cards sign: PU (198 bytes) under the keys of the delegation W (32 bytes). */
export interface JointStatement {
  readonly keys: ProxyKeys;
  readonly delegation: Uint8Array;
  readonly pickup: Uint8Array;
}

/** What both cards gave out. */
export type CommitmentList = Readonly<Record<Signer, NonceCommitment>>;

const INDEX: Readonly<Record<Signer, number>> = { patient: 1, agent: 2 };

/**
 * Two fresh nonces of one card for one signature. `share` is its half (32 bytes), `count` the card's counter of signatures: the message is not
 * known yet, so it alone keeps a generator that has stuck from repeating a nonce. Throws RangeError on a share out of range.
 */
export function commitNonces(
  share: Uint8Array,
  delegation: Uint8Array,
  count: number,
  rng: Rng = secureRng,
): HeldNonces {
  const secret = shareOf(share);
  const digest = h256(delegation, uint(count, 4));
  const d = nonceOf(secret, 'NHI-PROXY-V1-hiding', digest, rng);
  const e = nonceOf(secret, 'NHI-PROXY-V1-binding', digest, rng);
  const commitment = { hiding: pointBytes(baseTimes(d)), binding: pointBytes(baseTimes(e)) };
  return { hiding: scalarBytes(d), binding: scalarBytes(e), commitment };
}

/**
 * One card's signature share, 32 bytes; the nonces are wiped whatever happens. Throws PICKUP_MALFORMED for what is no pickup object of two
 * parties, WARRANT_FOREIGN for one of another delegation, PROXY_SHARE_INVALID for a commitment that is none, and RangeError on nonces
 * used before or a share out of range.
 */
export function signShare(
  statement: JointStatement,
  signer: Signer,
  share: Uint8Array,
  nonces: HeldNonces,
  other: NonceCommitment,
): Uint8Array {
  try {
    const { challenge, parts } = prepare(statement, listOf(signer, nonces.commitment, other));
    return scalarBytes(answer(parts[signer].factor, challenge, share, nonces));
  } finally {
    wipe(nonces.hiding, nonces.binding);
  }
}

/** Is this the share that this signer owes? Names who misbehaved. False also for commitments that are none; throws as {@link signShare} for the object. */
export function isShareValid(
  statement: JointStatement,
  list: CommitmentList,
  signer: Signer,
  share: Uint8Array,
): boolean {
  const z = readScalar(share);
  if (z === undefined || readList(list) === undefined) return false;
  const { challenge, parts } = prepare(statement, list);
  return isSignatureShare(z, parts[signer].nonce, challenge, statement.keys[signer]);
}

/**
 * The patient's card: checks the agent's share and gives the whole signature, T(33) ‖ s(32); the nonces are wiped whatever happens. Throws
 * PROXY_SHARE_INVALID when the agent's share or commitment does not hold, and as {@link signShare}.
 */
export function completeSignature(
  statement: JointStatement,
  share: Uint8Array,
  nonces: HeldNonces,
  agent: { readonly commitment: NonceCommitment; readonly share: Uint8Array },
): Uint8Array {
  try {
    const { challenge, parts, T } = prepare(statement, listOf('patient', nonces.commitment, agent.commitment));
    const theirs = readScalar(agent.share);
    if (theirs === undefined || !isSignatureShare(theirs, parts.agent.nonce, challenge, statement.keys.agent))
      throw new ProxysigError('PROXY_SHARE_INVALID', 'the agent’s card did not sign this');
    return concat(T, scalarBytes(modN(answer(parts.patient.factor, challenge, share, nonces) + theirs)));
  } finally {
    wipe(nonces.hiding, nonces.binding);
  }
}

const listOf = (signer: Signer, own: NonceCommitment, other: NonceCommitment): CommitmentList =>
  signer === 'patient' ? { patient: own, agent: other } : { patient: other, agent: own };

function answer(factor: bigint, challenge: bigint, share: Uint8Array, held: HeldNonces): bigint {
  const [hiding, binding] = [readScalar(held.hiding), readScalar(held.binding)];
  if (hiding === undefined || binding === undefined) throw new RangeError('nonces that were used');
  return signatureShare({ hiding, binding }, factor, challenge, shareOf(share));
}

interface ReadCommitment {
  readonly hiding: Point;
  readonly binding: Point;
}

/** rho of a signer, and D + rho*E. */
interface Part {
  readonly factor: bigint;
  readonly nonce: Point;
}

function readCommitment({ hiding, binding }: NonceCommitment): ReadCommitment | undefined {
  const [D, E] = [readPoint(hiding), readPoint(binding)];
  return D === undefined || E === undefined ? undefined : { hiding: D, binding: E };
}

function readList(list: CommitmentList): Readonly<Record<Signer, ReadCommitment>> | undefined {
  const [patient, agent] = [readCommitment(list.patient), readCommitment(list.agent)];
  return patient === undefined || agent === undefined ? undefined : { patient, agent };
}

/** Binding factors, T and e of a statement and a list. */
function prepare(
  { keys, delegation, pickup }: JointStatement,
  list: CommitmentList,
): { parts: Readonly<Record<Signer, Part>>; T: Uint8Array; challenge: bigint } {
  const { mode, warrant } = decodePickup(pickup);
  if (mode !== 'two-party') throw new ProxysigError('PICKUP_MALFORMED', 'not an object of two parties');
  if (!equalBytes(warrant, delegation)) throw new ProxysigError('WARRANT_FOREIGN', 'an object of another delegation');
  const read = readList(list);
  if (read === undefined) throw new ProxysigError('PROXY_SHARE_INVALID', 'a commitment that is no point');
  const { patient, agent } = list;
  const commitments = concat(patient.hiding, patient.binding, agent.hiding, agent.binding);
  const partOf = (signer: Signer): Part => {
    // rho_i = H_share(PK_Ap, W, L, i, PU)
    const index = uint(INDEX[signer], 1);
    const factor = hashTo('share', pointBytes(keys.proxy), delegation, commitments, index, pickup);
    return { factor, nonce: boundNonce({ ...read[signer], factor }) };
  };
  const parts = { patient: partOf('patient'), agent: partOf('agent') };
  const nonce = parts.patient.nonce.add(parts.agent.nonce);
  if (nonce.is0()) throw new ProxysigError('PROXY_SHARE_INVALID', 'commitments that cancel');
  const T = pointBytes(nonce);
  return { parts, T, challenge: challengeOf(keys.proxy, delegation, T, pickup) };
}

function shareOf(bytes: Uint8Array): bigint {
  const share = readScalar(bytes);
  if (share === undefined) throw new RangeError('a share outside [1, n)');
  return share;
}
