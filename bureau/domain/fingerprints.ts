/**
 * Eq 1, fingerprints: the holder's card gives, refuses or withdraws them, at a clerk's desk. A set is the one that was consented to or none; one
 * finger under two people is refused until a clerk has looked into it; what is withdrawn is erased here and in the gallery.
 * @module
 */
import { z } from 'zod';
import type { bureauApi } from '../../contract/bureau-api.ts';
import { instantOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import {
  FingerNumber,
  FingerprintDecision,
  FingerprintEvent,
  FingerprintSet,
  type FingerprintStanding,
} from '../../contract/fingerprints.ts';
import { Id16 } from '../../contract/formats.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { type ParsedMessage, parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import type { FingerLogRow } from '../store/emergency-store.ts';
import type { Row } from '../store/tables.ts';
import { answerOf, earlierAnswer, personalId, refuseReuse, requestHash } from './acceptance.ts';
import { type Bureau, clerkOf, type RequestContext } from './bureau.ts';
import { othersWith, requireSingleFingers } from './duplicate-fingers.ts';
import { requireMinutiae, typicalFingers } from './finger-records.ts';
import {
  checkConsentTime,
  evidenceOf,
  openSealed,
  openSealedBytes,
  readPayload,
  verifyPersonal,
  witnessed,
} from './incoming.ts';
import { checkPhoto } from './photo.ts';

/** The answer that is kept with a decision: how the patient stands is asked anew. */
const Accepted = z.strictObject({ accepted: z.literal(true) });

/** How a patient stands; NOT_FOUND for a pseudonym that nobody has. */
export async function fingerprintStanding(
  { store, clock, policy }: Pick<Bureau, 'store' | 'clock' | 'policy'>,
  pid: string,
  signal: AbortSignal,
): Promise<FingerprintStanding> {
  if ((await store.person(pid, signal)) === undefined) throw new ImisError('NOT_FOUND', 'nobody has this pseudonym');
  const row = await store.fingerStanding(pid, signal);
  const events = (await store.fingerLog(pid, signal)).map(({ event, by, words, others, at }) =>
    FingerprintEvent.parse({ event, by, words, others: z.array(Id16).parse(JSON.parse(others)), at: instantOf(at) }),
  );
  const inForce = (await store.galleryTasks(signal)).length === 0;
  if (row === undefined)
    return { pid, state: 'undecided', fingers: [], since: null, renewalDue: false, inForce, events };
  const state = z.enum(['enrolled', 'refused', 'withdrawn']).parse(row.state);
  return {
    pid,
    state,
    fingers: z.array(FingerNumber).parse(JSON.parse(row.fingers)),
    since: instantOf(row.decided_at),
    renewalDue: state === 'enrolled' && clock.now() - row.decided_at > policy.fingerprintLife,
    inForce,
    events,
  };
}

/** The set that was consented to. CONSENT_MISMATCH: another, or one where none belongs; REQUEST_MALFORMED; PHOTO_REFUSED. */
async function readSet(
  bureau: Bureau,
  sealed: string | undefined,
  { setHash }: FingerprintDecision,
  signal: AbortSignal,
): Promise<FingerprintSet | undefined> {
  if ((sealed === undefined) !== (setHash === undefined))
    throw new ImisError('CONSENT_MISMATCH', 'a set comes with the consent to it, and with nothing else');
  if (sealed === undefined) return undefined;
  const bytes = await openSealedBytes(bureau, sealed, signal);
  if (hex(h256(bytes)) !== setHash) throw new ImisError('CONSENT_MISMATCH', 'the holder consented to another set');
  const set = readPayload(FingerprintSet, bytes);
  checkPhoto(set.photo);
  return set;
}

/** STEP_OUT_OF_ORDER: nothing is there to withdraw, or something is where it is refused to give any. */
function checkStep({ decision }: FingerprintDecision, state: string | undefined): void {
  if ((decision === 'withdraw' && state !== 'enrolled') || (decision === 'refuse' && state === 'enrolled'))
    throw new ImisError('STEP_OUT_OF_ORDER', `${decision} of somebody ${state ?? 'undecided'}`);
}

/**
 * STEP_OUT_OF_ORDER for a word that is older than the one in force: somebody kept it back, and its holder has thought otherwise since. Both instants
 * are those of desks.
 */
async function checkOrder(
  { store }: Pick<Bureau, 'store'>,
  { at }: FingerprintDecision,
  before: Row<'finger_standing'> | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (before === undefined) return;
  const kept = await store.message(before.message_id, signal);
  if (kept === undefined) throw new Error('a decision without its message');
  const last = readPayload(FingerprintDecision, parseSignedMessage(new Uint8Array(kept.signed)).content);
  if (Date.parse(at) < Date.parse(last.at))
    throw new ImisError('STEP_OUT_OF_ORDER', `a word of ${at} after one of ${last.at}`);
}

const EVENTS = { refuse: 'refused', withdraw: 'withdrawn' } as const;
const STATES = { enrol: 'enrolled', ...EVENTS } as const;

/** A decision whose signature holds. */
interface Decision {
  readonly id: string;
  readonly hash: string;
  readonly pid: string;
  readonly parsed: ParsedMessage;
  readonly payload: FingerprintDecision;
  readonly set: FingerprintSet | undefined;
  /** What the clerk found about people with the same fingers. */
  readonly duplicateFound: string | undefined;
}

/** FINGER_PARTIAL; FINGER_REPEATED; FINGER_DUPLICATE, kept in the log, unless the clerk has looked into it; then pseudonyms of the others. */
async function checkFingers(
  bureau: Bureau,
  request: RequestContext,
  { pid, set, duplicateFound }: Decision,
  former: string | undefined,
): Promise<readonly string[]> {
  if (set === undefined) return [];
  const { signal } = request;
  const { matcher } = await bureau.fingers.engines(signal);
  const fingers = typicalFingers(matcher, set.fingers);
  requireMinutiae(fingers);
  requireSingleFingers(matcher, fingers);
  const others = await othersWith(bureau, fingers, former, signal);
  if (others.length === 0 || duplicateFound !== undefined) return others;
  const line = { pid, event: 'duplicate-found', by: clerkOf(request), words: '', others: JSON.stringify(others) };
  await bureau.store.appendFingerLog({ ...line, at: bureau.clock.now() }, signal);
  throw new ImisError('FINGER_DUPLICATE', 'somebody else has these fingers');
}

async function carryOut(bureau: Bureau, request: RequestContext, decision: Decision): Promise<void> {
  const { store, clock, fingers } = bureau;
  const { id, pid, payload, set, parsed } = decision;
  const { signal } = request;
  const before = await store.fingerStanding(pid, signal);
  checkStep(payload, before?.state);
  await checkOrder(bureau, payload, before, signal);
  const former = before?.sealed_number ? fingers.seals.openNumber(pid, before.sealed_number) : undefined;
  const others = await checkFingers(bureau, request, decision, former);
  const number = hex(secureRng(16));
  const now = clock.now();
  const head = { version: 1, institution: request.terminal.institution, key_id: payload.keyId };
  const renewed = former === undefined ? 'enrolled' : 'renewed';
  const event = payload.decision === 'enrol' ? renewed : EVENTS[payload.decision];
  const line = { pid, by: clerkOf(request), at: now };
  const events: FingerLogRow[] = [{ ...line, event, words: '', others: '[]' }];
  const words = decision.duplicateFound ?? '';
  if (others.length > 0)
    events.unshift({ ...line, event: 'duplicate-accepted', words, others: JSON.stringify(others) });
  const standing: Row<'finger_standing'> = {
    ...head,
    type: 'finger-standing',
    pid,
    state: STATES[payload.decision],
    sealed_number: set === undefined ? null : fingers.seals.number(pid, number),
    fingers: JSON.stringify((set?.fingers ?? []).map(({ finger }) => finger).sort((a, b) => a - b)),
    message_id: id,
    decided_at: now,
  };
  const enrolled = set && {
    ...head,
    type: 'finger-set',
    number,
    sealed_face: fingers.seals.face(number, { pid, photo: set.photo }),
    sealed_fingers: fingers.seals.records(number, set),
  };
  const answer = JSON.stringify({ accepted: true });
  const message = {
    ...head,
    type: 'fingerprint-decision',
    id,
    request_hash: decision.hash,
    signed: parsed.der,
    answer,
  };
  const result = await store.accept(
    {
      message: { ...message, received_at: now },
      evidence: [evidenceOf(bureau, { equation: '1', parsed, terminal: request.terminal, result: 'ok' })],
      fingers: { standing, after: before?.message_id ?? null, set: enrolled ?? null, erased: former ?? null, events },
    },
    signal,
  );
  // Decisions are taken one after another, so another process has written in between.
  if (answerOf(result) === undefined) throw new Error('two processes decide about one patient');
}

/** Whom a message that was accepted before is about. */
const signedPid = ({ attributes }: ParsedMessage): string =>
  attributes.kind === 'p256' ? hex(attributes.context.pid) : '';

async function settledStanding(bureau: Bureau, pid: string, signal: AbortSignal): Promise<FingerprintStanding> {
  await bureau.fingers.settle(signal);
  return fingerprintStanding(bureau, pid, signal);
}

/** Takes a decision in; answers how the patient stands now. */
export async function decideFingerprints(
  bureau: Bureau,
  request: RequestContext,
  body: z.output<typeof bureauApi.fingerprints.body>,
): Promise<FingerprintStanding> {
  const { signal } = request;
  const parsed = await openSealed(bureau, body.decision, signal);
  return witnessed(bureau, request, { equation: '1', parsed }, async () => {
    const id = personalId(parsed);
    const hash = requestHash(body.decision, body.set ?? '');
    const type = 'fingerprint-decision';
    if ((await earlierAnswer(bureau, request, { id, hash, type, answer: Accepted })) !== undefined)
      return settledStanding(bureau, signedPid(parsed), signal);
    const { payload, signer } = await verifyPersonal(bureau, request, parsed, {
      type,
      schema: FingerprintDecision,
      kinds: ['patient-signing'],
    });
    await refuseReuse(bureau, id, signal);
    checkConsentTime(bureau, payload.at);
    const pid = hex(signer.pid ?? new Uint8Array(0));
    const set = await readSet(bureau, body.set, payload, signal);
    const decision = { id, hash, pid, parsed, payload, set, duplicateFound: body.duplicateFound };
    await bureau.fingers.alone(() => carryOut(bureau, request, decision));
    return settledStanding(bureau, pid, signal);
  });
}
