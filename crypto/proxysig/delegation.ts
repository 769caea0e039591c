/**
 * Delegation by warrant between a patient's card and an agent (eq 5; proxysig note, "Delegation"). The key is formed inside the patient's card;
 * neither half of it leaves. Points are 33 bytes compressed, scalars 32 bytes.
 *
 * P card: k_P; R_P = k_P*G; c = H_deleg(PK_P, PK_A, omega, R_P); s_P = k_P + c*SK_P
 * A:      k_A; R_A = k_A*G; d = H_accept(PK_P, PK_A, omega, R_P, R_A); s_A = k_A + d*SK_A
 * P card: s_A*G = R_A + d*PK_A ?; mu = H_bind(PK_P, PK_A, omega, R_P, R_A); SK_Ap = s_P + mu*s_A
 * anyone: PK_Ap = R_P + c*PK_P + mu*(R_A + d*PK_A)
 *
 * Under a warrant V2 the key is never formed: s_P stays on the patient's card and mu*s_A on the agent's, and they sign together (two-party.ts).
 * @module
 */
import { concat, lp, lp1 } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import { type Rng, secureRng } from '../common/random.ts';
import {
  baseTimes,
  hashTo,
  modN,
  nonceOf,
  type Point,
  pointBytes,
  publicTimes,
  readPoint,
  readScalar,
  scalarBytes,
} from './p256-group.ts';
import { isTwoParty } from './warrant.ts';

/** What both sides and everybody else see of a delegation. */
export interface DelegationStatement {
  /** PK_P and PK_A. */
  readonly patientKey: Uint8Array;
  readonly agentKey: Uint8Array;
  /** The encoded warrant. */
  readonly omega: Uint8Array;
}

/** A delegation whose nonces are fixed. */
export interface Delegation extends DelegationStatement {
  readonly rP: Uint8Array;
  readonly rA: Uint8Array;
}

const head = ({ patientKey, agentKey, omega }: DelegationStatement): Uint8Array =>
  concat(patientKey, agentKey, lp(omega));
const challengeC = (statement: DelegationStatement, rP: Uint8Array): bigint => hashTo('deleg', head(statement), rP);
const challengeD = (delegation: Delegation): bigint => hashTo('accept', head(delegation), delegation.rP, delegation.rA);
const binding = (delegation: Delegation): bigint => hashTo('bind', head(delegation), delegation.rP, delegation.rA);

/** What the patient's key signs beside an offer (ECDSA); `x` is the point to which the agent seals. */
export const offerStatement = (omega: Uint8Array, rP: Uint8Array, x: Uint8Array): Uint8Array =>
  concat(lp1('NHI-PROXY-OFFER-V1'), h256(omega), rP, x);

/** The card's first half: R_P goes out, s_P stays. */
export function delegate(
  statement: DelegationStatement,
  patientSecret: Uint8Array,
  rng: Rng = secureRng,
): { readonly rP: Uint8Array; readonly sP: Uint8Array } {
  const secret = mustScalar(patientSecret);
  const kP = nonceOf(secret, 'NHI-PROXY-V1-delegate', h256(head(statement)), rng);
  const rP = pointBytes(baseTimes(kP));
  return { rP, sP: scalarBytes(modN(kP + challengeC(statement, rP) * secret)) };
}

/** The signed word of an agent's card that it keeps its half (ECDSA), for a warrant V2: what `sA` itself is for a warrant V1. */
export const acceptStatement = (omega: Uint8Array, rP: Uint8Array, rA: Uint8Array): Uint8Array =>
  concat(lp1('NHI-PROXY-ACCEPT-V1'), h256(omega), rP, rA);

type OpenOffer = DelegationStatement & { readonly rP: Uint8Array };

function agentHalf(statement: OpenOffer, agentSecret: Uint8Array, rng: Rng): { rA: Uint8Array; sA: bigint } {
  const secret = mustScalar(agentSecret);
  const kA = nonceOf(secret, 'NHI-PROXY-V1-accept', h256(head(statement), statement.rP), rng);
  const rA = pointBytes(baseTimes(kA));
  return { rA, sA: modN(kA + challengeD({ ...statement, rA }) * secret) };
}

/**
 * The agent's half under a warrant V1: a Schnorr signature under the agent's own key, which the patient's card alone may see. Throws
 * RangeError on a secret out of range, and for a warrant V2, whose half never leaves the agent's card.
 */
export function accept(
  statement: OpenOffer,
  agentSecret: Uint8Array,
  rng: Rng = secureRng,
): { readonly rA: Uint8Array; readonly sA: Uint8Array } {
  if (isTwoParty(statement.omega)) throw new RangeError('a half of two parties stays where it is');
  const { rA, sA } = agentHalf(statement, agentSecret, rng);
  return { rA, sA: scalarBytes(sA) };
}

/** The agent's card under a warrant V2: R_A goes out, the share mu*s_A stays. Throws RangeError on a secret out of range and for a warrant V1. */
export function acceptShare(
  statement: OpenOffer,
  agentSecret: Uint8Array,
  rng: Rng = secureRng,
): { readonly rA: Uint8Array; readonly share: Uint8Array } {
  if (!isTwoParty(statement.omega)) throw new RangeError('a warrant of one card has no shares');
  const { rA, sA } = agentHalf(statement, agentSecret, rng);
  return { rA, share: scalarBytes(modN(binding({ ...statement, rA }) * sA)) };
}

/** SK_Ap, formed inside the card; undefined when the agent's half does not hold, the key would be none, or the warrant wants two cards. */
export function formProxyKey(delegation: Delegation, sP: Uint8Array, sA: Uint8Array): Uint8Array | undefined {
  if (isTwoParty(delegation.omega)) return undefined;
  const [own, theirs] = [readScalar(sP), readScalar(sA)];
  const [rA, agent] = [readPoint(delegation.rA), readPoint(delegation.agentKey)];
  if (own === undefined || theirs === undefined || rA === undefined || agent === undefined) return undefined;
  if (!baseTimes(theirs).equals(rA.add(publicTimes(agent, challengeD(delegation))))) return undefined;
  const key = modN(own + binding(delegation) * theirs);
  return key === 0n ? undefined : scalarBytes(key);
}

/** What anyone computes of a delegation: the public halves s_P*G and mu*s_A*G, and their sum PK_Ap. None is O. */
export interface ProxyKeys {
  readonly patient: Point;
  readonly agent: Point;
  readonly proxy: Point;
}

/** The three public keys; undefined when a part is no point or one of them would be O. */
export function deriveProxyKeys(delegation: Delegation): ProxyKeys | undefined {
  const { patientKey, agentKey, rP, rA } = delegation;
  const [pkP, pkA, nonceP, nonceA] = [readPoint(patientKey), readPoint(agentKey), readPoint(rP), readPoint(rA)];
  if (pkP === undefined || pkA === undefined || nonceP === undefined || nonceA === undefined) return undefined;
  const patient = nonceP.add(publicTimes(pkP, challengeC(delegation, rP)));
  const agent = publicTimes(nonceA.add(publicTimes(pkA, challengeD(delegation))), binding(delegation));
  const proxy = patient.add(agent);
  return patient.is0() || agent.is0() || proxy.is0() ? undefined : { patient, agent, proxy };
}

/** PK_Ap = F_A(PK_P, PK_A; omega, R_P, R_A); undefined when a part is no point or the sum is none. */
export const deriveProxyKey = (delegation: Delegation): Point | undefined => deriveProxyKeys(delegation)?.proxy;

function mustScalar(bytes: Uint8Array): bigint {
  const value = readScalar(bytes);
  if (value === undefined) throw new RangeError('a secret outside [1, n)');
  return value;
}
