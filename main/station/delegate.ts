/**
 * Eq 5 at the registration desk, one piece after the other: the agent's consent, the bureau's approval, and the delegation between the
 * patient's card and a key that the desk makes for this one warrant. The agent's card says by its consent that this key is the agent's; the
 * secret of it is used once and wiped. With it and the agent's PIN nobody can sign: the other half never leaves the patient's card.
 * @module
 */

import { pinBlock } from '../../card/apdu/pin-block.ts';
import { APPLICATIONS } from '../../card/apps/card-profile.ts';
import type { AgentScope } from '../../contract/agent-service.ts';
import type { AgentApproval, AgentConsent, AgentRequest } from '../../contract/agents.ts';
import { instantOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import { equalBytes, fromHex, hex, wipe } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import type { AttributeSigner } from '../../crypto/envelope/attribute-signer.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier, p256Point } from '../../crypto/pki/public-key.ts';
import { accept, deriveProxyKey, offerStatement } from '../../crypto/proxysig/delegation.ts';
import { compressPoint, pointBytes } from '../../crypto/proxysig/p256-group.ts';
import { sealContribution } from '../../crypto/proxysig/sealed-contribution.ts';
import { encodeWarrant, type Warrant } from '../../crypto/proxysig/warrant.ts';
import { namedIn } from './agent-warrants.ts';
import type { TrustedMaterial } from './material.ts';
import { cardSigner, signForBureau } from './messages.ts';
import type { DeskPorts } from './ports.ts';

type Ports = Pick<DeskPorts, 'cards' | 'bureau' | 'terminal' | 'clock'>;

/** The agent's card with its certificate, a health card's or a citizen's; its PIN is given or goes with the signature. */
export interface ConsentSigner {
  readonly certificate: Certificate;
  readonly signer: AttributeSigner;
}

/** A message to the bureau; what a health card signs names its holder's pseudonym, a citizen's certificate has none. */
async function signedBy(
  ports: Ports,
  material: TrustedMaterial,
  { certificate, signer }: ConsentSigner,
  payload: AgentConsent | AgentRequest,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { pid, der } = certificate;
  const patient = pid === undefined ? {} : { patient: { pid: hex(pid), certificate: der } };
  return signForBureau(ports, material, signer, { type: payload.type, ...patient }, payload, signal);
}

const headOf = ({ terminal, clock }: Ports, { spki }: Certificate) => ({
  version: 1 as const,
  institution: terminal.institution,
  keyId: hex(keyIdentifier(spki)),
  at: instantOf(clock.now()),
});

/** The agent's own card consents to collect for a patient, with the key of `spki`: SignedData, DER. */
export async function consentWith(
  ports: Ports,
  material: TrustedMaterial,
  agent: ConsentSigner,
  { holder, spki }: { readonly holder: Certificate; readonly spki: Uint8Array },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const payload: AgentConsent = {
    type: 'agent-consent',
    ...headOf(ports, agent.certificate),
    pid: hex(holder.pid ?? new Uint8Array(0)),
    agentKey: toBase64(spki),
  };
  return signedBy(ports, material, agent, payload, signal);
}

/** The patient's card, its PIN verified, asks for the bureau's approval. */
export async function requestApproval(
  ports: Ports,
  material: TrustedMaterial,
  patient: { readonly slot: string; readonly certificate: Certificate },
  asked: { readonly consent: Uint8Array; readonly until: string; readonly operator: string },
  signal: AbortSignal,
): Promise<AgentApproval> {
  const payload: AgentRequest = {
    type: 'agent-request',
    ...headOf(ports, patient.certificate),
    consent: toBase64(asked.consent),
    until: asked.until,
  };
  const { slot, certificate } = patient;
  const sign = (attributes: Uint8Array, now: AbortSignal) => ports.cards.patientSign({ slot, attributes }, now);
  const signer = cardSigner(certificate.der, sign);
  const message = await signedBy(ports, material, { certificate, signer }, payload, signal);
  const sealed = toBase64(seal(message, [{ certificate: material.encryption.der }]));
  return ports.bureau.agentApproval({ operator: asked.operator, body: { message: sealed } }, signal);
}

/** The card judges by the bureau's time as we hold it, which may be some minutes old; clocks of others may be behind. Seconds. */
const BACKDATED = 900;

/** The warrant of an approved agent. */
export const warrantOf = (
  { clock }: Pick<Ports, 'clock'>,
  material: TrustedMaterial,
  patient: Certificate,
  agentSpki: Uint8Array,
  approval: AgentApproval,
  scope: AgentScope,
): Warrant => ({
  ...(scope.controlled === true ? { twoParty: true } : {}),
  pid: patient.pid ?? new Uint8Array(0),
  patientKeyHash: h256(patient.spki),
  agentId: fromHex(approval.agentId),
  agentKeyHash: h256(agentSpki),
  notBefore: Math.floor(clock.now() / 1000) - BACKDATED,
  notAfter: approval.notAfter,
  serial: fromHex(approval.serial),
  uses: scope.uses,
  ...namedIn(scope, material),
  approval: { notAfter: approval.notAfter, signature: fromBase64(approval.signature) },
});

const invalid = (what: string): ImisError => new ImisError('CARD_ANSWER_INVALID', what);

function compressed(spki: Uint8Array): Uint8Array {
  const point = compressPoint(p256Point(spki) ?? new Uint8Array(0));
  if (point === undefined) throw invalid('a certificate for another key than P-256');
  return point;
}

/** The agent's PIN as the card wants it. PIN_FORMAT. */
export function agentPinBlock(digits: PinDigits): Uint8Array {
  const ascii = Uint8Array.from(digits, (digit) => 0x30 + digit);
  try {
    return pinBlock(ascii, APPLICATIONS.patient.pin);
  } finally {
    wipe(ascii);
  }
}

/**
 * PROXY OFFER and PROXY ACCEPT: the key is formed on the patient's card under the agent's PIN. CARD_ANSWER_INVALID when the card's offer is not
 * signed or its key is not the one that anybody derives; PIN_FORMAT; refusals of the card.
 */
export async function delegateOnCard(
  { cards }: Pick<Ports, 'cards'>,
  holder: { readonly slot: string; readonly proxySlot: number; readonly certificate: Certificate },
  agent: { readonly secret: Uint8Array; readonly spki: Uint8Array },
  warrant: Warrant,
  pin: PinDigits,
  signal: AbortSignal,
): Promise<void> {
  const { slot, proxySlot, certificate } = holder;
  const block = agentPinBlock(pin);
  const omega = encodeWarrant(warrant);
  const agentPoint = p256Point(agent.spki) ?? new Uint8Array(0);
  const offer = await cards.patientOfferProxy({ slot, proxySlot, agentPoint, omega }, signal);
  if (!verifyRawP256(certificate.spki, offerStatement(omega, offer.rP, offer.x), offer.signature))
    throw invalid('the card did not sign its offer');
  const statement = { patientKey: compressed(certificate.spki), agentKey: compressed(agent.spki), omega, rP: offer.rP };
  const { rA, sA } = accept(statement, agent.secret);
  try {
    const sealed = sealContribution({ sA, pinBlock: block }, { omega, rP: offer.rP, rA, x: offer.x });
    const { proxyKey } = await cards.patientAcceptProxy({ slot, proxySlot, rA, sealed }, signal);
    const derived = deriveProxyKey({ ...statement, rA });
    if (derived === undefined || !equalBytes(pointBytes(derived), proxyKey))
      throw invalid('the card formed another key than everybody derives');
  } finally {
    wipe(sA, block);
  }
}
