/**
 * An agent at the pharmacy's counter: what the warrant on the patient's card lets see and collect there, by the bureau's list as this desk holds it,
 * and whether the card signed with the key that anybody derives (eqs 18 and 19).
 * @module
 */
import type { AgentView } from '../../contract/agent-service.ts';
import type { PickupAgent } from '../../contract/agents.ts';
import type { PrescriptionOnCard } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import { bcdOf } from '../../crypto/common/bcd.ts';
import { equalBytes, fromHex } from '../../crypto/common/bytes.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Point, p256Spki } from '../../crypto/pki/public-key.ts';
import { encodeTimeToken } from '../../crypto/proxysig/bureau-token.ts';
import { type AgentPapers, checkAgent } from '../../crypto/proxysig/check-agent.ts';
import { deriveProxyKey } from '../../crypto/proxysig/delegation.ts';
import { compressPoint, readPoint } from '../../crypto/proxysig/p256-group.ts';
import { decodePickup, type PickupObject } from '../../crypto/proxysig/pickup-object.ts';
import { createProxyKeyCache } from '../../crypto/proxysig/proxy-key-cache.ts';
import { verifyProxySignature } from '../../crypto/proxysig/proxy-signature.ts';
import { delegationHash, isTwoParty } from '../../crypto/proxysig/warrant.ts';
import type { HeldWarrant } from './agent-warrants.ts';
import type { DeskCore } from './desk-core.ts';
import { isStill, type Stay } from './health-cards.ts';
import type { TrustedMaterial } from './material.ts';
import type { DeskPorts } from './ports.ts';

/** Somebody who gave the PIN of a warrant on the card in the reader. */
export interface IdentifiedAgent {
  readonly held: HeldWarrant;
  readonly agent: AgentView;
  /** Of the patient's card. */
  readonly slot: string;
  /** The agent's own card in another reader, its PIN given, where the warrant wants two. */
  readonly beside?: Stay;
}

/**
 * How old the list of erased warrants may be, s: as long as a pharmacy without a line goes on with what it has (product.md 3: 72 h), and a day where the
 * warrant reaches controlled drugs.
 */
const MAX_LIST_AGE = { oneCard: 72 * 3_600, twoCards: 24 * 3_600 } as const;

/** The bureau's time for a card that has none, or an older one. */
export async function giveTime(
  { cards }: Pick<DeskPorts, 'cards'>,
  { timeToken }: TrustedMaterial,
  slot: string,
  signal: AbortSignal,
): Promise<void> {
  await cards.patientTime({ slot, token: encodeTimeToken(timeToken) }, signal);
}

/** SubjectPublicKeyInfo of PK_A, which a card keeps compressed. CARD_ANSWER_INVALID for what is no point. */
export function agentSpki({ agentKey }: HeldWarrant): Uint8Array {
  const point = readPoint(agentKey);
  if (point === undefined) throw new ImisError('CARD_ANSWER_INVALID', 'the key of an agent is no point');
  return p256Spki(point.toBytes(false));
}

const papersFor = (held: HeldWarrant, certificate: Certificate): AgentPapers => ({
  pid: certificate.pid ?? new Uint8Array(0),
  patientSpki: certificate.spki,
  agentSpki: agentSpki(held),
  omega: held.omega,
  rP: held.rP,
  rA: held.rA,
});

/**
 * The prescriptions that the agent may see: those the warrant names, here, and no controlled drug unless both cards are. Refuses with the
 * code of the verdict when the warrant itself does not hold (expired, erased, not approved, the list too old).
 */
export function namedRecords(
  at: {
    readonly ports: Pick<DeskPorts, 'terminal' | 'clock'>;
    readonly material: TrustedMaterial;
    readonly certificate: Certificate;
  },
  { held }: IdentifiedAgent,
  records: readonly PrescriptionOnCard[],
): readonly PrescriptionOnCard[] {
  const { ports, material, certificate } = at;
  const bureauKey = p256Point(material.signing.spki);
  if (bureauKey === undefined) throw new Error('the bureau signs with another key than P-256');
  const trust = {
    bureauKey,
    erased: material.erased,
    maxListAge: isTwoParty(held.omega) ? MAX_LIST_AGE.twoCards : MAX_LIST_AGE.oneCard,
    now: Math.floor(ports.clock.now() / 1000),
    // The same warrant for every record.
    cache: createProxyKeyCache(1),
  };
  const papers = papersFor(held, certificate);
  const pharmacy = bcdOf(ports.terminal.institution);
  return records.filter(({ rxId, controlled }) => {
    const verdict = checkAgent(papers, { rxId: fromHex(rxId), pharmacy, controlled }, trust);
    if (verdict.ok) return true;
    if (verdict.code === 'WARRANT_SCOPE' || verdict.code === 'CONTROLLED_NEEDS_BOTH') return false;
    throw new ImisError(verdict.code, 'the warrant does not hold');
  });
}

/** What a pickup is asked with: the patient's slot, R_X_ID, part, rxh and the pharmacy's nonce. */
type PickupAsked = Parameters<DeskPorts['cards']['patientConsume']>[0];

/**
 * Eqs 17 and 18: the patient's card collects, by itself, under the agent's warrant in it, or together with the agent's own card. AGENT_CARD_ABSENT when
 * that one has left, and its PIN with it.
 */
export async function collectWith(
  core: Pick<DeskCore, 'common' | 'ports'>,
  asked: PickupAsked,
  agent: IdentifiedAgent | undefined,
  signal: AbortSignal,
) {
  const { cards } = core.ports;
  if (agent === undefined) return cards.patientConsume(asked, signal);
  const { held, beside } = agent;
  const { proxySlot, omega, rP, rA } = held;
  if (beside === undefined) return cards.patientConsume({ ...asked, proxySlot }, signal);
  if (!isStill(core, beside)) throw new ImisError('AGENT_CARD_ABSENT', 'the agent’s card has left');
  const delegation = delegationHash(omega, rP, rA);
  return cards.patientConsumeBeside({ ...asked, proxySlot, agentSlot: beside.slot, delegation }, signal);
}

/** Eq 19: did the key that everybody derives sign this pickup, and under this warrant? */
export function hasAgentSigned(
  { held }: IdentifiedAgent,
  certificate: Certificate,
  { pickupObject, signature }: { readonly pickupObject: Uint8Array; readonly signature: Uint8Array },
): boolean {
  const { omega, rP, rA, agentKey } = held;
  const patientKey = compressPoint(p256Point(certificate.spki) ?? new Uint8Array(0));
  if (patientKey === undefined) return false;
  const key = deriveProxyKey({ patientKey, agentKey, omega, rP, rA });
  const delegation = delegationHash(omega, rP, rA);
  return (
    key !== undefined &&
    isUnder(decodePickup(pickupObject), delegation, omega) &&
    verifyProxySignature(key, delegation, pickupObject, signature)
  );
}

/** Does the object name this delegation, and the number of cards that it wants? */
const isUnder = ({ warrant, mode }: PickupObject, delegation: Uint8Array, omega: Uint8Array): boolean =>
  equalBytes(warrant, delegation) && mode === (isTwoParty(omega) ? 'two-party' : 'agent');

/** What accompanies the pickup to the bureau. */
export const papersOf = ({ held }: IdentifiedAgent): PickupAgent => ({
  warrant: toBase64(held.omega),
  rP: toBase64(held.rP),
  rA: toBase64(held.rA),
  agentKey: toBase64(agentSpki(held)),
});

/** The part of a flow that says who collects. */
export const shownAgent = (agent: IdentifiedAgent | undefined): { readonly agent?: AgentView } =>
  agent === undefined ? {} : { agent: agent.agent };
