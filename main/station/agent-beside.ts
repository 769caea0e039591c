/**
 * An agent's own health card beside the patient's, as a warrant of two cards wants it: the card that the warrant names, in force, its PIN given.
 * @module
 */
import { ImisError, refusalOf } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import { equalBytes } from '../../crypto/common/bytes.ts';
import { agentSpki, giveTime } from './agent-counter.ts';
import type { HeldWarrant } from './agent-warrants.ts';
import type { DeskCore } from './desk-core.ts';
import { healthCards, type Stay } from './health-cards.ts';
import { type TrustedMaterial, trustPatient } from './material.ts';

/** The agent's PIN on the patient's card, and that of the agent's own. Whoever called wipes them. */
export interface AgentPins {
  readonly pin: PinDigits;
  readonly own?: PinDigits;
}

/** The card says the same of every PIN; a person must know which is meant. */
function asOwnPin(cause: unknown): unknown {
  const { code, triesLeft } = refusalOf(cause);
  if (code === 'PIN_WRONG')
    return new ImisError('AGENT_PIN_WRONG', 'wrong PIN of the agent’s own card', { cause, triesLeft });
  if (code === 'PIN_BLOCKED') return new ImisError('AGENT_PIN_BLOCKED', 'the agent’s own card is blocked', { cause });
  return cause;
}

/**
 * Finds it beside the card in `slot`, tells it the time and gives it its PIN. AGENT_CARD_ABSENT, AGENT_CARD_OTHER, AGENT_PIN_WRONG, AGENT_PIN_BLOCKED,
 * PIN_REQUIRED without that PIN, CERT_REVOKED for a card that was lost.
 */
export async function agentBeside(
  core: DeskCore,
  held: HeldWarrant,
  at: { readonly slot: string; readonly material: TrustedMaterial; readonly own: PinDigits | undefined },
  signal: AbortSignal,
): Promise<Stay> {
  const { cards, clock } = core.ports;
  const others = (await healthCards(core, signal)).filter(({ slot }) => slot !== at.slot);
  if (others.length === 0) throw new ImisError('AGENT_CARD_ABSENT', 'no health card beside the patient’s');
  const wanted = agentSpki(held);
  const card = others.find(({ certificate }) => equalBytes(certificate.spki, wanted));
  if (card === undefined) throw new ImisError('AGENT_CARD_OTHER', 'a health card that the warrant does not name');
  if (at.own === undefined) throw new ImisError('PIN_REQUIRED', 'both cards want a PIN');
  trustPatient(at.material, card.certificate.der, clock.now(), 'patient-signing');
  const { slot, insertion } = card;
  await giveTime(core.ports, at.material, slot, signal);
  try {
    await cards.patientVerifyPin({ slot, pin: at.own }, signal);
  } catch (cause) {
    throw asOwnPin(cause);
  }
  return { slot, insertion };
}
