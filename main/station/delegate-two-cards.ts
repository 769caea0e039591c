/**
 * Eq 5 for a warrant V2 at the registration desk: the patient's card offers, the agent's own health card joins, the patient's accepts its word. The desk
 * holds no key of it at any time; PK_A is the key of the agent's card. Both lie in readers of this desk.
 * @module
 */
import type { AgentScope } from '../../contract/agent-service.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import { equalBytes, wipe } from '../../crypto/common/bytes.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import { acceptStatement, deriveProxyKey, offerStatement } from '../../crypto/proxysig/delegation.ts';
import { compressPoint, pointBytes } from '../../crypto/proxysig/p256-group.ts';
import { encodeWarrant, type Warrant } from '../../crypto/proxysig/warrant.ts';
import { agentPinBlock } from './delegate.ts';
import type { DeskPorts } from './ports.ts';

/** Does this scope need both cards? */
export const wantsTwoCards = ({ controlled }: Pick<AgentScope, 'controlled'>): boolean => controlled === true;

const invalid = (what: string): ImisError => new ImisError('CARD_ANSWER_INVALID', what);

function pointOf({ spki }: Certificate): { readonly point: Uint8Array; readonly key: Uint8Array } {
  const point = p256Point(spki);
  const key = compressPoint(point ?? new Uint8Array(0));
  if (point === undefined || key === undefined) throw invalid('a certificate for another key than P-256');
  return { point, key };
}

/**
 * PROXY OFFER, PROXY JOIN and PROXY ACCEPT. Both PINs were given; `pin` is what the agent chose for the patient's card. CARD_ANSWER_INVALID when a
 * card's word is not signed or PK_Ap is not what anybody derives; PIN_FORMAT; refusals of either card.
 */
export async function delegateToCard(
  { cards }: Pick<DeskPorts, 'cards'>,
  holder: { readonly slot: string; readonly proxySlot: number; readonly certificate: Certificate },
  agent: { readonly slot: string; readonly certificate: Certificate },
  warrant: Warrant,
  pin: PinDigits,
  signal: AbortSignal,
): Promise<void> {
  const { slot, proxySlot } = holder;
  // Before anything is asked of a card.
  wipe(agentPinBlock(pin));
  const omega = encodeWarrant(warrant);
  const [patient, own] = [pointOf(holder.certificate), pointOf(agent.certificate)];
  const offer = await cards.patientOfferProxy({ slot, proxySlot, agentPoint: own.point, omega }, signal);
  const { rP } = offer;
  if (!verifyRawP256(holder.certificate.spki, offerStatement(omega, rP, offer.x), offer.signature))
    throw invalid('the card did not sign its offer');
  const { rA, word } = await cards.agentJoin(
    { slot: agent.slot, patientPoint: patient.point, ...offer, omega },
    signal,
  );
  if (!verifyRawP256(agent.certificate.spki, acceptStatement(omega, rP, rA), word))
    throw invalid('the agent’s card did not sign its word');
  const { proxyKey } = await cards.patientAcceptJoint({ slot, proxySlot, rA, word, pin }, signal);
  const derived = deriveProxyKey({ patientKey: patient.key, agentKey: own.key, omega, rP, rA });
  if (derived === undefined || !equalBytes(pointBytes(derived), proxyKey))
    throw invalid('the card names another key than everybody derives');
}
