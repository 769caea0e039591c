/**
 * Eq 6 and 7 at registration: the patient's card signs the bureau's fresh challenge for this terminal; a visit opens.
 * No record is released yet.
 * @module
 */

import { BreakGlassNotice } from '../../contract/break-glass.ts';
import { dayOf, instantOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import { CheckIn, type CheckInReply } from '../../contract/messages.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import type { Row } from '../store/tables.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { maskedPerson, openIdentity } from './identities.ts';
import {
  checkTerminal,
  checkTime,
  evidenceOf,
  openSealed,
  useChallenge,
  verifyPersonal,
  witnessed,
} from './incoming.ts';
import { bureauHead, sealReply } from './outgoing.ts';

/** The person behind a pseudonym, insured today. INSURANCE_UNPAID, or CERT_UNKNOWN when the table has no such pseudonym. */
export async function insuredPerson(bureau: Bureau, pid: string, signal: AbortSignal): Promise<Row<'person'>> {
  const person = await bureau.store.person(pid, signal);
  if (person === undefined) throw new ImisError('CERT_UNKNOWN', 'nobody has this pseudonym');
  if (person.paid_until < dayOf(bureau.clock.now()))
    throw new ImisError('INSURANCE_UNPAID', `paid until ${person.paid_until}`);
  return person;
}

/** SubjectPublicKeyInfo of a one-time P-256 reply key; REQUEST_MALFORMED for another key. */
export function readReplyKey(base64: string): Uint8Array {
  const spki = fromBase64(base64);
  if (p256Point(spki) === undefined) throw new ImisError('REQUEST_MALFORMED', 'the reply key is not a P-256 key');
  return spki;
}

/** Accepts a check-in; answers the sealed {@link CheckInReply}, base64. */
export async function checkIn(bureau: Bureau, request: RequestContext, message: string): Promise<{ reply: string }> {
  const { store, clock, keys } = bureau;
  const parsed = await openSealed(bureau, message, request.signal);
  return witnessed(bureau, request, { equation: '7', parsed }, async () => {
    const { payload, signer } = await verifyPersonal(bureau, request, parsed, {
      type: 'check-in',
      schema: CheckIn,
      kinds: ['patient-signing'],
    });
    checkTerminal(request, payload);
    checkTime(bureau, payload.at);
    const replyKey = readReplyKey(payload.replyKey);
    const pid = hex(signer.pid ?? new Uint8Array(0));
    const person = await insuredPerson(bureau, pid, request.signal);
    await useChallenge(bureau, request, { challenge: payload.challenge, type: 'check-in', subject: null });
    const now = clock.now();
    const visit = await store.openVisit(
      {
        version: 1,
        type: 'visit',
        institution: request.terminal.institution,
        key_id: payload.keyId,
        id: hex(secureRng(16)),
        pid,
        day: dayOf(now),
        opened_at: now,
        released_at: null,
        presence_token: null,
        presence_terminal: null,
      },
      request.signal,
    );
    await store.appendEvidence(
      [evidenceOf(bureau, { equation: '7', parsed, terminal: request.terminal, result: 'ok' })],
      request.signal,
    );
    const reply: CheckInReply = {
      type: 'check-in-reply',
      ...bureauHead(bureau),
      visitId: visit.id,
      queueNumber: visit.queue_number,
      pid,
      ...maskedPerson(openIdentity(keys.identity.sealingKey, pid, person.sealed_identity)),
      paidUntil: person.paid_until,
      cardExpires: dayOf((await store.cardOfCertificate(signer.serial, request.signal))?.expires_at ?? signer.notAfter),
      // Given again on the same day only: an answer that was lost loses no notice.
      notices: (await store.handOverNotices(pid, dayOf(now), request.signal)).map(({ notice }) =>
        BreakGlassNotice.parse(JSON.parse(notice)),
      ),
      at: instantOf(now),
    };
    return { reply: await sealReply(bureau, request, { type: reply.type, pid, replyKey, payload: reply }) };
  });
}
