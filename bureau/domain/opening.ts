/**
 * Eq 7 and 8 at the clinic: a second, fresh object signed by the patient's card for this terminal and reply key, group-signed by a
 * doctor's card. Both cards are proved present, the doctor unnamed. Recent records go out once a visit.
 * @module
 */

import { dayOf, instantOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import { Opening, OpeningProof, type OpeningReply } from '../../contract/messages.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import type { Row } from '../store/tables.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { insuredPerson, readReplyKey } from './check-in.ts';
import { maskedPerson, openIdentity } from './identities.ts';
import {
  checkTerminal,
  checkTime,
  evidenceOf,
  openSealed,
  readGroupPayload,
  useChallenge,
  verifyGroup,
  verifyPersonal,
  witnessed,
} from './incoming.ts';
import { bureauHead, sealReply } from './outgoing.ts';

/** The visit an opening is for, still to be opened today at this institution. */
async function openableVisit(
  bureau: Bureau,
  request: RequestContext,
  visitId: string,
  pid: string,
): Promise<Row<'visit'>> {
  const visit = await bureau.store.visit(visitId, request.signal);
  if (visit === undefined || visit.pid !== pid) throw new ImisError('VISIT_NOT_FOUND', 'no such visit of this patient');
  if (visit.institution !== request.terminal.institution)
    throw new ImisError('VISIT_OTHER_INSTITUTION', 'checked in at another institution');
  if (visit.day !== dayOf(bureau.clock.now())) throw new ImisError('VISIT_CLOSED', 'the visit is of another day');
  return visit;
}

/** Accepts an opening; answers the sealed {@link OpeningReply}, base64. PRESENCE_REQUIRED without a doctor's card, PATIENT_PROOF_REQUIRED without a patient's. */
export async function openVisit(bureau: Bureau, request: RequestContext, message: string): Promise<{ reply: string }> {
  const { store, clock, keys, policy } = bureau;
  const { terminal, signal } = request;
  const parsed = await openSealed(bureau, message, signal);
  return witnessed(bureau, request, { equation: '7', parsed }, async () => {
    if (parsed.attributes.kind !== 'group')
      throw new ImisError('PRESENCE_REQUIRED', 'no doctor card signed this opening');
    const { ctx } = await verifyGroup(bureau, request, parsed, 'presence');
    if (parsed.contentType !== IMIS_OID.jsonContent) throw new ImisError('CONTENT_TYPE_MISMATCH', 'not a presence');
    const outer = readGroupPayload(bureau, request, Opening, parsed);
    if (outer.patientProof === undefined)
      throw new ImisError('PATIENT_PROOF_REQUIRED', 'no patient card signed this opening');
    const inner = parseSignedMessage(fromBase64(outer.patientProof));
    const { payload, signer } = await verifyPersonal(bureau, request, inner, {
      type: 'opening',
      schema: OpeningProof,
      kinds: ['patient-signing'],
    });
    checkTerminal(request, payload);
    checkTime(bureau, payload.at);
    const replyKey = readReplyKey(payload.replyKey);
    const pid = hex(signer.pid ?? new Uint8Array(0));
    if (hex(ctx.pid) !== pid || hex(ctx.sid) !== payload.visitId) {
      throw new ImisError('CONTEXT_MISMATCH', 'the two cards signed for different visits');
    }
    const visit = await openableVisit(bureau, request, payload.visitId, pid);
    const person = await insuredPerson(bureau, pid, signal);
    await useChallenge(bureau, request, { challenge: payload.challenge, type: 'opening', subject: visit.id });
    const now = clock.now();
    const token = hex(secureRng(32));
    const evidence = [inner, parsed].map((one) =>
      evidenceOf(bureau, { equation: '7', parsed: one, terminal, result: 'ok' }),
    );
    const released = await store.releaseVisit(
      { id: visit.id, token, terminal: terminal.id, at: now },
      evidence,
      signal,
    );
    if (!released) throw new ImisError('RECORDS_RELEASED', 'the records of this visit were released before');
    const records = await store.recordsOf(pid, policy.recentRecords, signal);
    const reply: OpeningReply = {
      type: 'opening-reply',
      ...bureauHead(bureau),
      visitId: visit.id,
      pid,
      ...maskedPerson(openIdentity(keys.identity.sealingKey, pid, person.sealed_identity)),
      paidUntil: person.paid_until,
      records: records.map((row) => ({
        id: row.id,
        receivedAt: instantOf(row.received_at),
        signed: toBase64(row.signed),
      })),
      presenceToken: token,
      at: instantOf(now),
    };
    return { reply: await sealReply(bureau, request, { type: reply.type, pid, replyKey, payload: reply }) };
  });
}

/**
 * The visit behind the token of an opening at this terminal. PRESENCE_REQUIRED when there is none, or when it is older than what an outbox
 * may deliver late.
 */
export async function presentVisit(bureau: Bureau, request: RequestContext): Promise<Row<'visit'>> {
  const visit =
    request.presence === undefined ? undefined : await bureau.store.visitByPresence(request.presence, request.signal);
  const since = bureau.clock.now() - (visit?.released_at ?? 0);
  if (visit === undefined || visit.presence_terminal !== request.terminal.id || since > bureau.policy.lateDelivery) {
    throw new ImisError('PRESENCE_REQUIRED', 'no opening of this terminal stands behind the request');
  }
  return visit;
}
