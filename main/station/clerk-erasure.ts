/**
 * A clerk of the bureau takes a warrant back (proxysig.md, "Revocation"): an agent who is lost sight of, a court's order. Signed by the clerk's card,
 * whose PIN was given at sign-on, with the reason in the message; the patient is not there.
 * @module
 */
import type { WarrantErasure } from '../../contract/agents.ts';
import { instantOf } from '../../contract/calendar.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import type { DeskCore } from './desk-core.ts';
import { cardSigner, signForBureau } from './messages.ts';
import { sendErasure } from './send-erasure.ts';
import { requireOperator } from './sign-on.ts';

/**
 * Takes it back for good. Rejects with OPERATOR_REQUIRED, PIN_REQUIRED where the clerk's card has forgotten its PIN, NOT_FOUND,
 * OPERATOR_NOT_ALLOWED, TIME_SKEW, WARRANT_ONLINE_ONLY and codes of the card.
 */
export async function eraseAsClerk(
  core: DeskCore,
  { serial, reason }: Pick<WarrantErasure, 'serial'> & { readonly reason: string },
  signal: AbortSignal,
): Promise<void> {
  const { cards, terminal, clock } = core.ports;
  const { slot } = requireOperator(core);
  const material = await core.material(signal);
  const certificate = await cards.staffCertificate({ slot }, signal);
  const payload: WarrantErasure = {
    type: 'warrant-erasure',
    version: 1,
    institution: terminal.institution,
    keyId: hex(keyIdentifier(parseCertificate(certificate).spki)),
    serial,
    reason,
    at: instantOf(clock.now()),
  };
  const signer = cardSigner(certificate, (attributes, now) => cards.staffSign({ slot, attributes }, now));
  const message = await signForBureau(core.ports, material, signer, { type: payload.type }, payload, signal);
  await sendErasure(core.ports, material, message, signal);
}
