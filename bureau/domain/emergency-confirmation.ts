/**
 * Eq 15: a second person at the same terminal looked and says who it is. It has to be the card of a registrar or nurse of the institution: two
 * group signatures do not tell whether two doctors made them or one. Only then a record leaves, sealed to the key of the query, and only after
 * the line about it is on disk.
 * @module
 */
import type { z } from 'zod';
import type { BreakGlassNotice } from '../../contract/break-glass.ts';
import { EmergencyReason } from '../../contract/break-glass.ts';
import { bureauApi } from '../../contract/bureau-api.ts';
import { instantOf } from '../../contract/calendar.ts';
import { EmergencyConfirmation, type EmergencyRecord } from '../../contract/emergency.ts';
import { ImisError } from '../../contract/errors.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import type { Row } from '../store/tables.ts';
import { answerOf, earlierAnswer, personalId, refuseReuse, requestHash } from './acceptance.ts';
import { breakingGlass, entryOf } from './break-glass.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { maskedPerson, openIdentity } from './identities.ts';
import { checkTerminal, checkTime, evidenceOf, openSealed, verifyPersonal, witnessed } from './incoming.ts';
import { minimalRecord, readRecords } from './minimal-record.ts';
import { bureauHead, sealReply } from './outgoing.ts';

const CONFIRMERS: readonly string[] = ['registrar', 'nurse'];
/** Others write the log at the same time: how often to look again before giving up. */
const TRIES = 20;
/** Records looked through: a life's diagnoses, of somebody who goes to the doctor every week for ten years. */
const RECORDS = 500;

/** CONFIRMER_REFUSED unless it is a registrar's or nurse's card of the institution of this terminal. */
function checkConfirmer({ terminal }: RequestContext, { role }: Certificate): void {
  if (role === undefined || !CONFIRMERS.includes(role.role) || role.institution !== terminal.institution)
    throw new ImisError('CONFIRMER_REFUSED', `a ${role?.role ?? 'card'} of ${role?.institution ?? 'nobody'}`);
}

/** The query of this terminal that is still to be confirmed. EMERGENCY_QUERY_UNKNOWN, EMERGENCY_CONFIRMED, EMERGENCY_EXPIRED. */
async function openQuery(
  { store, clock }: Bureau,
  { terminal, signal }: RequestContext,
  queryId: string,
): Promise<Row<'emergency_query'>> {
  const query = await store.emergencyQuery(queryId, signal);
  if (query === undefined || query.terminal !== terminal.id)
    throw new ImisError('EMERGENCY_QUERY_UNKNOWN', 'no such query of this terminal');
  if (query.confirmed_at !== null) throw new ImisError('EMERGENCY_CONFIRMED', 'the query was confirmed before');
  if (query.expires_at < clock.now()) throw new ImisError('EMERGENCY_EXPIRED', 'nobody confirmed in time');
  return query;
}

/** The record and the person's notice, for a line that has its place. */
async function recordOf(
  { store, keys, clock }: Bureau,
  query: Row<'emergency_query'>,
  pid: string,
  line: Row<'break_glass'>,
  signal: AbortSignal,
) {
  const person = await store.person(pid, signal);
  if (person === undefined) throw new Error('a candidate who is nobody');
  const { birthYear, sex } = maskedPerson(openIdentity(keys.identity.sealingKey, pid, person.sealed_identity));
  const log = { position: line.position, hash: line.hash };
  const at = instantOf(line.at);
  const record: Omit<EmergencyRecord, 'version' | 'institution' | 'keyId'> = {
    type: 'emergency-record',
    queryId: query.id,
    birthYear,
    sex,
    ...minimalRecord(readRecords(await store.recordsOf(pid, RECORDS, signal)), clock.now()),
    log,
    at,
  };
  const reason = EmergencyReason.parse(JSON.parse(query.reason)).kind;
  const notice: BreakGlassNotice = { kind: 'break-glass', at, institution: query.institution, reason, log };
  return { record, notice };
}

/** Accepts a confirmation; answers the sealed {@link EmergencyRecord}, base64. */
export function confirmEmergency(
  bureau: Bureau,
  request: RequestContext,
  message: string,
): Promise<z.output<typeof bureauApi.emergencyConfirmation.answer>> {
  const { store, clock, fingers } = bureau;
  const { terminal, signal } = request;
  return breakingGlass(bureau, request, 'confirmation', async (facts) => {
    const parsed = await openSealed(bureau, message, signal);
    return witnessed(bureau, request, { equation: '15', parsed }, async () => {
      const id = personalId(parsed);
      const hash = requestHash(message);
      const type = 'emergency-confirmation';
      const { answer } = bureauApi.emergencyConfirmation;
      const earlier = await earlierAnswer(bureau, request, { id, hash, type, answer });
      if (earlier !== undefined) {
        const line = { ...facts, message_id: id, kind: 'confirmation', outcome: 'repeated' };
        await bureau.breakGlass.append(entryOf(bureau, request, line), signal);
        return earlier;
      }
      const { payload, signer } = await verifyPersonal(bureau, request, parsed, {
        type,
        schema: EmergencyConfirmation,
        kinds: ['staff'],
      });
      Object.assign(facts, { message_id: id, by: signer.serial, query_id: payload.queryId });
      await refuseReuse(bureau, id, signal);
      checkTerminal(request, payload);
      checkTime(bureau, payload.at);
      checkConfirmer(request, signer);
      for (let tries = 0; tries < TRIES; tries++) {
        const query = await openQuery(bureau, request, payload.queryId);
        const handles =
          query.sealed_candidates === null ? [] : fingers.seals.openHandles(query.id, query.sealed_candidates);
        const pid = handles.find(({ handle }) => handle === payload.handle)?.pid;
        if (pid === undefined) throw new ImisError('EMERGENCY_CANDIDATE_UNKNOWN', 'not a candidate of this query');
        if ((await store.fingerStanding(pid, signal))?.state !== 'enrolled')
          throw new ImisError('EMERGENCY_CANDIDATE_UNKNOWN', 'has withdrawn since the query');
        const told = { ...facts, pid, triage: query.triage, reason: query.reason };
        const line = await bureau.breakGlass.next(
          entryOf(bureau, request, { ...told, kind: 'confirmation', outcome: 'ok' }),
          signal,
        );
        const { record, notice } = await recordOf(bureau, query, pid, line, signal);
        const reply = await sealReply(bureau, request, {
          type: record.type,
          pid: '',
          replyKey: new Uint8Array(query.reply_key),
          payload: { ...bureauHead(bureau), ...record },
        });
        const head = { version: 1, institution: terminal.institution, key_id: payload.keyId, type };
        const signed = { signed: parsed.der, answer: JSON.stringify({ reply }), received_at: clock.now() };
        const result = await store.accept(
          {
            message: { ...head, id, request_hash: hash, ...signed },
            evidence: [evidenceOf(bureau, { equation: '15', parsed, terminal, result: 'ok' })],
            confirmation: {
              queryId: query.id,
              at: clock.now(),
              line,
              notice: { pid, notice: JSON.stringify(notice) },
            },
          },
          signal,
        );
        const stored = answerOf(result);
        if (stored !== undefined) return answer.parse(JSON.parse(stored));
      }
      throw new Error('a log that moves on all the while');
    });
  });
}
