/**
 * Agents without cards: consent, request, approval, and a delegation made by the equations, with every part open to change.
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { AgentApproval, AgentConsent, AgentRequest, PickupAgent, WarrantErasure } from '../../contract/agents.ts';
import { dayAfter, instantOf } from '../../contract/calendar.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { generateP256, type P256KeyPair } from '../../crypto/pki/key-store.ts';
import { keyIdentifier, p256Point } from '../../crypto/pki/public-key.ts';
import {
  accept,
  acceptShare,
  type Delegation,
  delegate,
  deriveProxyKeys,
  formProxyKey,
} from '../../crypto/proxysig/delegation.ts';
import { compressPoint } from '../../crypto/proxysig/p256-group.ts';
import type { PickupObject } from '../../crypto/proxysig/pickup-object.ts';
import { signAsProxy } from '../../crypto/proxysig/proxy-signature.ts';
import { commitNonces, completeSignature, signShare } from '../../crypto/proxysig/two-party.ts';
import { delegationHash, encodeWarrant, isTwoParty, type Warrant } from '../../crypto/proxysig/warrant.ts';
import { issueCivilCertificate } from '../../main/app/demonstration-authorities.ts';
import { base64, bytesOf, type PickupChanges, personal, sealed } from './messages.ts';
import type { Certified, SoftPatient } from './soft-people.ts';
import { folderOf, type Post, signal, type World } from './world.ts';

/** Somebody with a civil certificate. */
export async function makeAgent(world: World, nationalId: string, name: string): Promise<Certified> {
  const key = await generateP256();
  const { spki } = key;
  return { ...key, certificate: await issueCivilCertificate(folderOf(world), { name, nationalId, spki }, world.clock) };
}

/** What may be changed in a request for approval. */
export interface RequestChanges {
  readonly consent?: Partial<AgentConsent>;
  readonly request?: Partial<AgentRequest>;
  /** Whose key the warrant is about, where it is not the agent's own. */
  readonly agentKey?: P256KeyPair;
}

const headOf = (world: World, post: Post, { spki }: { readonly spki: Uint8Array }) => ({
  version: 1 as const,
  institution: post.desk.institution,
  keyId: hex(keyIdentifier(spki)),
  at: instantOf(world.clock.now()),
});

/** A patient asks for an agent, at the registration desk; sealed, base64. */
export async function agentRequest(
  world: World,
  patient: SoftPatient,
  agent: Certified,
  changes: RequestChanges = {},
): Promise<string> {
  const post = world.posts.registration;
  const consent: AgentConsent = {
    type: 'agent-consent',
    ...headOf(world, post, agent),
    pid: patient.pid,
    agentKey: base64((changes.agentKey ?? agent).spki),
    ...changes.consent,
  };
  const request: AgentRequest = {
    type: 'agent-request',
    ...headOf(world, post, patient.signing),
    consent: base64(await personal(world, post, agent, consent)),
    until: dayAfter(world.clock.now(), 30),
    ...changes.request,
  };
  return sealed(world, await personal(world, post, patient.signing, request));
}

/** A warrant taken back by a patient's card or a clerk; sealed, base64. */
export async function erasure(
  world: World,
  post: Post,
  signer: Certified,
  serial: string,
  reason?: string,
): Promise<string> {
  const why = reason === undefined ? {} : { reason };
  const payload: WarrantErasure = { type: 'warrant-erasure', ...headOf(world, post, signer), serial, ...why };
  return sealed(world, await personal(world, post, signer, payload));
}

/** Secret of a P-256 key, 32 bytes. */
function secretOf(key: KeyObject): Uint8Array {
  const { d } = key.export({ format: 'jwk' });
  if (d === undefined) throw new Error('a key without its secret');
  return new Uint8Array(Buffer.from(d, 'base64url'));
}

function compressed({ spki }: { readonly spki: Uint8Array }): Uint8Array {
  const point = compressPoint(p256Point(spki) ?? new Uint8Array(0));
  if (point === undefined) throw new Error('not a P-256 key');
  return point;
}

/** A delegation as the patient's card would hold it. */
export interface SoftDelegation {
  readonly warrant: Warrant;
  readonly W: Uint8Array;
  readonly papers: PickupAgent;
  /** Signs a pickup object with SK_Ap. */
  readonly sign: (object: Uint8Array) => Uint8Array;
  /** What makes a pickup one of this agent. */
  readonly collects: (object?: Partial<PickupObject>) => PickupChanges & { readonly payload: { agent: PickupAgent } };
}

/** The agent's half by the version of the warrant, and what signs with both: one key, or a share each. */
function halves(offer: Omit<Delegation, 'rA'>, sP: Uint8Array, agentSecret: Uint8Array) {
  if (!isTwoParty(offer.omega)) {
    const { rA, sA } = accept(offer, agentSecret);
    const secret = formProxyKey({ ...offer, rA }, sP, sA);
    if (secret === undefined) throw new Error('no proxy key came of it');
    return { rA, signerOf: (W: Uint8Array) => (object: Uint8Array) => signAsProxy(secret, W, object) };
  }
  const { rA, share } = acceptShare(offer, agentSecret);
  const keys = deriveProxyKeys({ ...offer, rA });
  if (keys === undefined) throw new Error('no proxy key came of it');
  const signerOf = (delegation: Uint8Array) => (pickup: Uint8Array) => {
    const statement = { keys, delegation, pickup };
    const [patient, agent] = [commitNonces(sP, delegation, 1), commitNonces(share, delegation, 1)];
    const { commitment } = agent;
    const z = signShare(statement, 'agent', share, agent, patient.commitment);
    return completeSignature(statement, sP, patient, { commitment, share: z });
  };
  return { rA, signerOf };
}

/** Eq 5 with the keys of both in memory; `changes` replaces fields of the warrant after its approval. */
export function delegation(
  world: World,
  patient: SoftPatient,
  agentKey: P256KeyPair,
  approval: AgentApproval,
  changes: Partial<Warrant> = {},
): SoftDelegation {
  const now = Math.floor(world.clock.now() / 1000);
  const warrant: Warrant = {
    pid: fromHex(patient.pid),
    patientKeyHash: h256(patient.signing.spki),
    agentId: fromHex(approval.agentId),
    agentKeyHash: h256(agentKey.spki),
    notBefore: now - 60,
    notAfter: approval.notAfter,
    serial: fromHex(approval.serial),
    uses: 5,
    pharmacies: [],
    prescriptions: [],
    approval: { notAfter: approval.notAfter, signature: bytesOf(approval.signature) },
    ...changes,
  };
  const omega = encodeWarrant(warrant);
  const statement = { patientKey: compressed(patient.signing), agentKey: compressed(agentKey), omega };
  const { rP, sP } = delegate(statement, secretOf(patient.signing.privateKey));
  const offer = { ...statement, rP };
  const { rA, signerOf } = halves(offer, sP, secretOf(agentKey.privateKey));
  const W = delegationHash(omega, rP, rA);
  const papers = { warrant: base64(omega), rP: base64(rP), rA: base64(rA), agentKey: base64(agentKey.spki) };
  const sign = signerOf(W);
  return {
    warrant,
    W,
    papers,
    sign,
    collects: (object = {}) => ({
      object: { mode: warrant.twoParty === true ? 'two-party' : 'agent', warrant: W, ...object },
      sign,
      payload: { agent: papers },
    }),
  };
}

/** Approved and delegated, by the real route. */
export async function delegated(
  world: World,
  operator: string,
  patient: SoftPatient,
  agent: Certified,
  changes: Partial<Warrant> = {},
): Promise<SoftDelegation & { readonly serial: string }> {
  const message = await agentRequest(world, patient, agent);
  const approval = await world.posts.registration.client.agentApproval({ operator, body: { message } }, signal);
  return { ...delegation(world, patient, agent, approval, changes), serial: approval.serial };
}
