/**
 * A bureau, a patient, an agent and what they made together, for the tests of this folder.
 * @module
 */
import { p256 } from '@noble/curves/nist.js';
import { bcdOf } from '../common/bcd.ts';
import { concat } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import { P256_SPKI_PREFIX } from '../common/p256-spki.ts';
import { type Rng, secureRng } from '../common/random.ts';
import type { AgentPapers, AgentTrust } from './check-agent.ts';
import { accept, acceptShare, type Delegation, delegate, deriveProxyKeys, formProxyKey } from './delegation.ts';
import { encodeErasedWarrants, erasedWarrantsBody, readErasedWarrants } from './erased-warrants.ts';
import { baseTimes, freshScalar, pointBytes, scalarBytes } from './p256-group.ts';
import { encodePickup, type PickupObject } from './pickup-object.ts';
import { signAsProxy } from './proxy-signature.ts';
import { commitNonces, completeSignature, type JointStatement, signShare } from './two-party.ts';
import { approvalBody, delegationHash, encodeWarrant, type Warrant } from './warrant.ts';

const DAY = 86_400;
export const NOW = 1_900_000_000;
export const PHARMACY: Uint8Array = bcdOf('5901010012');

/** A P-256 key: 32 bytes, 33 bytes, SubjectPublicKeyInfo. */
export interface KeyPair {
  readonly secret: Uint8Array;
  readonly point: Uint8Array;
  readonly spki: Uint8Array;
}

export function keyPair(rng: Rng = secureRng): KeyPair {
  const secret = freshScalar(rng);
  const point = baseTimes(secret);
  return {
    secret: scalarBytes(secret),
    point: pointBytes(point),
    spki: concat(P256_SPKI_PREFIX, point.toBytes(false)),
  };
}

/** r ‖ s with SHA-256; the nonce is that of RFC 6979. */
export const signEcdsa = (key: KeyPair, message: Uint8Array): Uint8Array => p256.sign(message, key.secret);

/** The value, where a test knows that there is one. */
export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the fixture has no value');
  return value;
}

/** A warrant that the bureau approved until 60 days from now. */
export function approvedWarrant(
  [bureau, patient, agent]: readonly [KeyPair, KeyPair, KeyPair],
  changes: Partial<Warrant> = {},
  rng: Rng = secureRng,
): Warrant {
  const fields = {
    pid: rng(16),
    patientKeyHash: h256(patient.spki),
    agentId: rng(16),
    agentKeyHash: h256(agent.spki),
    notBefore: NOW - DAY,
    notAfter: NOW + 30 * DAY,
    serial: rng(16),
    uses: 3,
    pharmacies: [],
    prescriptions: [],
    ...changes,
  };
  const notAfter = NOW + 60 * DAY;
  return { ...fields, approval: { notAfter, signature: signEcdsa(bureau, approvalBody({ ...fields, notAfter })) } };
}

/** A pickup object of a warrant. */
export const pickupOf = (warrant: Warrant, W: Uint8Array, changes: Partial<PickupObject> = {}): PickupObject => ({
  mode: warrant.twoParty === true ? 'two-party' : 'agent',
  rxId: secureRng(16),
  rxh: secureRng(32),
  part: 1,
  total: 3,
  pharmacy: PHARMACY,
  terminal: secureRng(16),
  nonce: secureRng(32),
  timeTokenHash: secureRng(32),
  pid: warrant.pid,
  warrant: W,
  ...changes,
});

/** What both versions of a delegation have. */
function delegated(changes: Partial<Warrant>, rng: Rng) {
  const [bureau, patient, agent] = [keyPair(rng), keyPair(rng), keyPair(rng)];
  const warrant = approvedWarrant([bureau, patient, agent], changes, rng);
  const omega = encodeWarrant(warrant);
  const statement = { patientKey: patient.point, agentKey: agent.point, omega };
  const { rP, sP } = delegate(statement, patient.secret, rng);
  return { bureau, patient, agent, warrant, omega, offer: { ...statement, rP }, sP };
}

const finished = (made: ReturnType<typeof delegated>, rA: Uint8Array) => {
  const delegation: Delegation = { ...made.offer, rA };
  const papers: AgentPapers = {
    pid: made.warrant.pid,
    patientSpki: made.patient.spki,
    agentSpki: made.agent.spki,
    omega: made.omega,
    rP: made.offer.rP,
    rA,
  };
  const keys = known(deriveProxyKeys(delegation));
  return { ...made, delegation, papers, keys, W: delegationHash(made.omega, made.offer.rP, rA) };
};

/** A delegation under a warrant V1 with SK_Ap formed. */
export function oneCard(changes: Partial<Warrant> = {}, rng: Rng = secureRng) {
  const made = delegated(changes, rng);
  const { rA, sA } = accept(made.offer, made.agent.secret, rng);
  const all = finished(made, rA);
  const proxySecret = known(formProxyKey(all.delegation, all.sP, sA));
  const sign = (pickup: Uint8Array): Uint8Array => signAsProxy(proxySecret, all.W, pickup, rng);
  return { ...all, sA, proxySecret, sign };
}

/** A delegation under a warrant V2 with a share on each card. */
export function twoCards(changes: Partial<Warrant> = {}, rng: Rng = secureRng) {
  const made = delegated({ twoParty: true, ...changes }, rng);
  const { rA, share } = acceptShare(made.offer, made.agent.secret, rng);
  const all = finished(made, rA);
  const shares = { patient: all.sP, agent: share };
  const statementOf = (pickup: Uint8Array): JointStatement => ({ keys: all.keys, delegation: all.W, pickup });
  const commit = () => ({
    patient: commitNonces(shares.patient, all.W, 1, rng),
    agent: commitNonces(shares.agent, all.W, 1, rng),
  });
  /** Both cards, honestly. */
  function sign(pickup: Uint8Array): Uint8Array {
    const held = commit();
    const z = signShare(statementOf(pickup), 'agent', shares.agent, held.agent, held.patient.commitment);
    const theirs = { commitment: held.agent.commitment, share: z };
    return completeSignature(statementOf(pickup), shares.patient, held.patient, theirs);
  }
  return { ...all, shares, statementOf, commit, sign };
}

/** The encoded object with the given delegation. */
export const puOf = (
  { warrant, W }: { readonly warrant: Warrant; readonly W: Uint8Array },
  changes: Partial<PickupObject> = {},
): Uint8Array => encodePickup(pickupOf(warrant, W, changes));

/** What a verifier goes by, with these serials erased an hour ago. */
export function trustIn(bureau: KeyPair, serials: readonly Uint8Array[] = []): AgentTrust {
  const list = { number: 1, issued: NOW - 3_600, serials };
  const encoded = encodeErasedWarrants(list, signEcdsa(bureau, erasedWarrantsBody(list)));
  return { bureauKey: bureau.point, erased: readErasedWarrants(encoded, bureau.point), maxListAge: DAY, now: NOW };
}
