/**
 * Operators: a member of staff proves the staff card at a terminal and gets a token for it. Rights are terminal role x person role.
 * @module
 */

import { instantOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import type { StaffRole } from '../../contract/formats.ts';
import { SignOn } from '../../contract/messages.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { STAFF_ROLES } from '../../crypto/pki/imis-extensions.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import type { Bureau, Operator, RequestContext, Terminal } from './bureau.ts';
import { checkTerminal, checkTime, openSealed, useChallenge, verifyPersonal, witnessed } from './incoming.ts';
import { isRevoked } from './is-revoked.ts';

/** Accepts a sign-on. Refuses a card of another institution with OPERATOR_NOT_ALLOWED. */
export async function signOn(
  bureau: Bureau,
  request: RequestContext,
  message: string,
): Promise<{ token: string; role: StaffRole; expiresAt: string }> {
  const parsed = await openSealed(bureau, message, request.signal);
  return witnessed(bureau, request, { equation: 'sign-on', parsed }, async () => {
    const { payload, signer } = await verifyPersonal(bureau, request, parsed, {
      type: 'sign-on',
      schema: SignOn,
      kinds: ['staff'],
    });
    checkTerminal(request, payload);
    checkTime(bureau, payload.at);
    const role = STAFF_ROLES.find((known) => known === signer.role?.role);
    if (role === undefined || signer.role?.institution !== request.terminal.institution) {
      throw new ImisError('OPERATOR_NOT_ALLOWED', 'a staff card of another institution');
    }
    await useChallenge(bureau, request, { challenge: payload.challenge, type: 'sign-on', subject: null });
    const token = hex(secureRng(32));
    const expires = bureau.clock.now() + bureau.policy.operatorLife;
    await bureau.store.saveOperatorSession(
      {
        version: 1,
        type: 'operator-session',
        institution: request.terminal.institution,
        key_id: hex(keyIdentifier(signer.spki)),
        token,
        terminal: request.terminal.id,
        role,
        certificate_serial: signer.serial,
        expires_at: expires,
      },
      request.signal,
    );
    return { token, role, expiresAt: instantOf(expires) };
  });
}

/** The operator behind a token at this terminal, if it is still good and the card was not revoked since. */
export async function operatorOf(
  bureau: Bureau,
  terminal: Terminal,
  token: string,
  signal: AbortSignal,
): Promise<Operator | undefined> {
  const session = await bureau.store.operatorSession(token, signal);
  if (session === undefined || session.terminal !== terminal.id || session.expires_at < bureau.clock.now())
    return undefined;
  const certificate = await bureau.store.certificate(session.certificate_serial, signal);
  const role = STAFF_ROLES.find((known) => known === session.role);
  if (role === undefined || certificate === undefined || isRevoked(certificate)) return undefined;
  return { role, certificateSerial: session.certificate_serial };
}
