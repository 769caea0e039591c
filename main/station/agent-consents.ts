/**
 * The agent's consent at the registration desk (eq 5): with the agent's own health card, or, from somebody who has none, with a citizen's
 * certificate card. Only a health card can be the second card of a warrant for controlled drugs.
 * @module
 */
import type { AgentScope } from '../../contract/agent-service.ts';
import type { SlotView } from '../../contract/card-service.ts';
import { ImisError, refusalOf } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import { wipe } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import { type ConsentSigner, consentWith } from './delegate.ts';
import { wantsTwoCards } from './delegate-two-cards.ts';
import type { DeskCore } from './desk-core.ts';
import { type HealthCard, healthCards } from './health-cards.ts';
import { type TrustedMaterial, trustPatient } from './material.ts';
import { cardSigner } from './messages.ts';
import { trustCivil } from './trust-civil.ts';

/** What is consented to: whose card it is about, and the scope. */
export interface ConsentAsked {
  readonly holder: Certificate;
  readonly scope: AgentScope;
}

/**
 * An agent's consent (SignedData, DER) and PK_A in it: of a key that was made for the warrant, 32 bytes, wiped by whoever holds it last; or of the
 * agent's own health card.
 */
export type AgentConsented = { readonly consent: Uint8Array; readonly spki: Uint8Array } & (
  | { readonly key: 'made'; readonly secret: Uint8Array }
  | { readonly key: 'own'; readonly card: HealthCard }
);

/** A citizen's certificate card that is ready. */
const civilCardIn = (core: Pick<DeskCore, 'common'>): SlotView | undefined =>
  core.common().slots.find(({ state, kind }) => state === 'ready' && kind === 'civil');

/** The agent's health card: another than the holder's; undefined when there is none. */
async function otherHealthCard(
  core: Pick<DeskCore, 'common' | 'cardOf' | 'ports'>,
  { holder }: ConsentAsked,
  signal: AbortSignal,
): Promise<HealthCard | undefined> {
  const isThere = core.common().slots.some(({ state, kind }) => state === 'ready' && kind === 'patient');
  if (!isThere) return undefined;
  return (await healthCards(core, signal)).find(({ certificate }) => certificate.serial !== holder.serial);
}

/** Signs with a citizen's card, whose PIN goes with the one signature; CIVIL_PIN_BLOCKED where the card says so. */
async function civilSigner(
  { ports }: Pick<DeskCore, 'ports'>,
  slot: string,
  material: TrustedMaterial,
  pin: PinDigits,
  signal: AbortSignal,
): Promise<ConsentSigner> {
  const { cards, clock } = ports;
  const certificate = trustCivil(material, await cards.civilCertificate({ slot }, signal), clock.now());
  const sign = async (attributes: Uint8Array, now: AbortSignal): Promise<Uint8Array> => {
    try {
      return await cards.civilSign({ slot, attributes, pin }, now);
    } catch (cause) {
      // Its PUK is nothing of ours: a person must be sent elsewhere.
      if (refusalOf(cause).code !== 'PIN_BLOCKED') throw cause;
      throw new ImisError('CIVIL_PIN_BLOCKED', 'the citizen’s certificate card is blocked', { cause });
    }
  };
  return { certificate, signer: cardSigner(certificate.der, sign) };
}

/** Signs with a health card, whose PIN is given here. */
async function healthCardSigner(
  { ports }: Pick<DeskCore, 'ports'>,
  { slot, certificate: read }: HealthCard,
  material: TrustedMaterial,
  pin: PinDigits,
  signal: AbortSignal,
): Promise<ConsentSigner> {
  const { cards, clock } = ports;
  const certificate = trustPatient(material, read.der, clock.now(), 'patient-signing');
  await cards.patientVerifyPin({ slot, pin }, signal);
  const sign = (attributes: Uint8Array, now: AbortSignal) => cards.patientSign({ slot, attributes }, now);
  return { certificate, signer: cardSigner(certificate.der, sign) };
}

/** With a key that is made here and now. */
async function withMadeKey(
  { ports }: Pick<DeskCore, 'ports'>,
  material: TrustedMaterial,
  agent: ConsentSigner,
  { holder }: ConsentAsked,
  signal: AbortSignal,
): Promise<AgentConsented> {
  const secret = newPrivateKey(secureRng);
  const spki = p256Spki(publicPoint(secret));
  try {
    const consent = await consentWith(ports, material, agent, { holder, spki }, signal);
    return { key: 'made', secret, spki, consent };
  } catch (cause) {
    wipe(secret);
    throw cause;
  }
}

/**
 * The agent's card signs its consent, under the PIN of that card, which the caller wipes. A health card goes before a citizen's.
 * AGENT_CARD_ABSENT without either; AGENT_CARD_CIVIL for a citizen's card where both cards are needed; WARRANT_UNAPPROVED for the holder's own;
 * codes of the PIN, of certificates and of the card.
 */
export async function consentOfAgent(
  core: DeskCore,
  asked: ConsentAsked,
  pin: PinDigits,
  signal: AbortSignal,
): Promise<AgentConsented> {
  await core.ordersDelivered();
  const ownKey = wantsTwoCards(asked.scope);
  const card = await otherHealthCard(core, asked, signal);
  if (card !== undefined) {
    const material = await core.material(signal);
    const agent = await healthCardSigner(core, card, material, pin, signal);
    if (!ownKey) return withMadeKey(core, material, agent, asked, signal);
    const { spki } = agent.certificate;
    const consent = await consentWith(core.ports, material, agent, { holder: asked.holder, spki }, signal);
    return { key: 'own', card, spki, consent };
  }
  const civil = civilCardIn(core);
  if (civil === undefined) {
    // Says what is wrong with what lies there instead.
    core.cardOf('patient');
    if (ownKey) throw new ImisError('AGENT_CARD_ABSENT', 'no other health card beside the holder’s');
    throw new ImisError('WARRANT_UNAPPROVED', 'nobody is agent of oneself');
  }
  if (ownKey) throw new ImisError('AGENT_CARD_CIVIL', 'a citizen’s certificate card where a health card is needed');
  const material = await core.material(signal);
  return withMadeKey(core, material, await civilSigner(core, civil.slot, material, pin, signal), asked, signal);
}

/** Nobody will use it. */
export function forgetConsent(consented: AgentConsented | undefined): void {
  if (consented?.key === 'made') wipe(consented.secret);
}
