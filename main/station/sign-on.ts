/**
 * A member of staff signs on: the staff card signs the bureau's challenge for this terminal, after its PIN.
 * @module
 */

import { instantOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import { type PinDigits, StaffRole } from '../../contract/formats.ts';
import type { SignOn } from '../../contract/messages.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { validatePath } from '../../crypto/pki/validate-path.ts';
import { type DeskCore, refuse, type SignedOn } from './desk-core.ts';
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

/** How long somebody may work who signed on while the bureau was away, ms: as long as with it. */
const OFF_LINE_MS = 8 * 3_600_000;

/**
 * Whose card it is that has verified its PIN, by the material of before: certificate of this institution, not in the newest list that is here.
 * CRL_STALE when that is too old, OPERATOR_NOT_ALLOWED, and codes of certificates.
 */
async function judgeStaffCard(
  { cards, clock, terminal }: Pick<DeskPorts, 'cards' | 'clock' | 'terminal'>,
  material: TrustedMaterial,
  slot: string,
  signal: AbortSignal,
): Promise<{ readonly role: StaffRole; readonly until: string }> {
  const certificate = parseCertificate(await cards.staffCertificate({ slot }, signal));
  const now = clock.now();
  validatePath(certificate, { anchors: [material.ca], revoked: [material.revoked], now, kinds: ['staff'] });
  const role = StaffRole.safeParse(certificate.role?.role);
  if (!role.success || certificate.role?.institution !== terminal.institution)
    throw new ImisError('OPERATOR_NOT_ALLOWED', 'a staff card of another institution');
  return { role: role.data, until: instantOf(now + OFF_LINE_MS) };
}

/** Who signed on off line signs on with the bureau now, without a further PIN: the card remembers it. Harmless when there is nobody. */
export async function proveAgain(core: DeskCore, signal: AbortSignal): Promise<void> {
  const operator = core.operator();
  if (operator === undefined || operator.token !== undefined || core.busy()) return;
  try {
    const answer = await proveStaffCard(core.ports, await core.material(signal), operator.slot, signal);
    if (core.operator() === operator) core.setOperator({ ...operator, token: answer.token, until: answer.expiresAt });
  } catch (cause) {
    // The PIN has to be typed once more; what waits goes on waiting.
    core.ports.log('sign-on after the bureau was away', cause);
  }
}

/** Signs on. `mayBeOffLine`: while the bureau is away, by what this desk knows. A refusal shows in the state; STEP_OUT_OF_ORDER while the desk is at work. The caller wipes the digits. */
export async function signOn(
  core: DeskCore,
  pin: PinDigits,
  signal: AbortSignal | undefined,
  mayBeOffLine = false,
): Promise<void> {
  core.mustRest();
  try {
    await core.alone(signal, async (running) => {
      const { slot, insertion } = core.cardOf('staff');
      await core.ports.cards.staffVerifyPin({ slot, pin }, running);
      const material = await core.material(running);
      try {
        const answer = await proveStaffCard(core.ports, material, slot, running);
        core.setOperator({ token: answer.token, role: answer.role, until: answer.expiresAt, slot, insertion });
      } catch (cause) {
        if (!mayBeOffLine || !(cause instanceof ImisError) || cause.code !== 'BUREAU_UNREACHABLE') throw cause;
        const { role, until } = await judgeStaffCard(core.ports, material, slot, running);
        core.setOperator({ token: undefined, role, until, slot, insertion });
      }
    });
  } catch (cause) {
    core.setOperator(undefined, refuse(core, 'sign-on', cause));
  }
  await core.countWaiting();
}

/** Whoever is signed on, with the bureau or off line; OPERATOR_REQUIRED otherwise. */
export function requireOperator(core: DeskCore): SignedOn {
  const operator = core.operator();
  if (operator === undefined) throw new ImisError('OPERATOR_REQUIRED', 'nobody is signed on at this desk');
  return operator;
}

/** The token of whoever is signed on with the bureau; OPERATOR_REQUIRED otherwise. */
export function requireToken(core: DeskCore): string {
  const { token } = requireOperator(core);
  if (token === undefined) throw new ImisError('OPERATOR_REQUIRED', 'signed on off line: the bureau does not know');
  return token;
}
