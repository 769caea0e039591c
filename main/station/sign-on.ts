/**
 * A member of staff signs on: the staff card signs the bureau's challenge for this terminal, after its PIN.
 * @module
 */

import { instantOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { SignOn } from '../../contract/messages.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { type DeskCore, refuse } from './desk-core.ts';
import type { TrustedMaterial } from './material.ts';
import { cardSigner, signForBureau } from './messages.ts';
import type { DeskPorts } from './ports.ts';

/** What proving a staff card needs. */
export type SignOnPorts = Pick<DeskPorts, 'cards' | 'bureau' | 'terminal' | 'clock'>;

/** Proves the staff card in a slot to the bureau; the answer is the token for this terminal. The PIN has been given. */
export async function proveStaffCard(ports: SignOnPorts, material: TrustedMaterial, slot: string, signal: AbortSignal) {
  const { cards, bureau, terminal, clock } = ports;
  const certificate = await cards.staffCertificate({ slot }, signal);
  const { challenge } = await bureau.challenge({ body: { purpose: 'sign-on' } }, signal);
  const payload: SignOn = {
    type: 'sign-on',
    version: 1,
    institution: terminal.institution,
    keyId: hex(keyIdentifier(parseCertificate(certificate).spki)),
    challenge,
    terminal: terminal.id,
    at: instantOf(clock.now()),
  };
  const signer = cardSigner(certificate, (attributes, now) => cards.staffSign({ slot, attributes }, now));
  const message = await signForBureau(ports, material, signer, { type: payload.type }, payload, signal);
  const sealed = seal(message, [{ certificate: material.encryption.der }]);
  return bureau.signOn({ body: { message: toBase64(sealed) } }, signal);
}

/** Signs on. A refusal shows in the state; STEP_OUT_OF_ORDER while the desk is at work. The caller wipes the digits. */
export async function signOn(core: DeskCore, pin: PinDigits, signal: AbortSignal | undefined): Promise<void> {
  core.mustRest();
  try {
    await core.alone(signal, async (running) => {
      const { slot, insertion } = core.cardOf('staff');
      await core.ports.cards.staffVerifyPin({ slot, pin }, running);
      const answer = await proveStaffCard(core.ports, await core.material(running), slot, running);
      core.setOperator({ token: answer.token, role: answer.role, until: answer.expiresAt, slot, insertion });
    });
  } catch (cause) {
    core.setOperator(undefined, refuse(core, 'sign-on', cause));
  }
  await core.countWaiting();
}

/** The token of whoever is signed on; OPERATOR_REQUIRED otherwise. */
export function requireOperator(core: DeskCore) {
  const operator = core.operator();
  if (operator === undefined) throw new ImisError('OPERATOR_REQUIRED', 'nobody is signed on at this desk');
  return operator;
}
