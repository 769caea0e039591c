/**
 * Eq 13 and 14: a doctor of the emergency class asks, without a name of either, who has these fingers. Candidates are sealed to the one-time key
 * of the query; what was captured is compared and forgotten, the signed query is kept, so that officers can find the doctor.
 * @module
 */
import type { z } from 'zod';
import type { GalleryFinger, SearchAnswer } from '../../biometric/index/gallery.ts';
import type { bureauApi } from '../../contract/bureau-api.ts';
import { dayOf, instantOf } from '../../contract/calendar.ts';
import {
  type AgeBand,
  type EmergencyCandidate,
  type EmergencyCandidates,
  EmergencyProbe,
  EmergencyQuery,
} from '../../contract/emergency.ts';
import { ImisError } from '../../contract/errors.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { answerOf, refuseReuse, requestHash } from './acceptance.ts';
import { breakingGlass, entryOf, type LineFacts } from './break-glass.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { readReplyKey } from './check-in.ts';
import { probeFingers, typicalFingers } from './finger-records.ts';
import type { Handles } from './finger-seals.ts';
import { openIdentity } from './identities.ts';
import {
  checkTerminal,
  checkTime,
  evidenceOf,
  openSealed,
  openSealedBytes,
  readGroupPayload,
  readPayload,
  useChallenge,
  verifyGroup,
  witnessed,
} from './incoming.ts';
import { compareFingers, type Likeness, likenessOf, likenessWord, oneIn } from './likeness.ts';
import { bureauHead, sealReply } from './outgoing.ts';

const HOUR = 3_600_000;
/** Others write the log at the same time: how often to look again before giving up. */
const TRIES = 20;

/** Whole years between two days, YYYY-MM-DD. */
const yearsBetween = (from: string, to: string): number =>
  Number(to.slice(0, 4)) - Number(from.slice(0, 4)) - (to.slice(5) < from.slice(5) ? 1 : 0);

function ageBandOf(birthDate: string, today: string): AgeBand {
  const age = yearsBetween(birthDate, today);
  if (age < 18) return 'child';
  return age < 65 ? 'adult' : 'old';
}

/** Somebody whom the gallery named, looked at closely. */
interface Found {
  readonly pid: string;
  readonly likeness: Likeness;
  readonly shown: EmergencyCandidate;
}

/**
 * Those whom it is worth looking at, likeliest first; among equally likely ones, who looks as the query says. `unread`: how many could not be looked
 * at, because their rows are damaged.
 */
async function candidatesOf(
  bureau: Bureau,
  probe: readonly GalleryFinger[],
  answer: SearchAnswer,
  seen: EmergencyQuery['seen'],
  signal: AbortSignal,
): Promise<{ readonly found: readonly Found[]; readonly unread: number }> {
  const { store, fingers, keys, clock, policy } = bureau;
  const { matcher } = await fingers.engines(signal);
  const today = dayOf(clock.now());
  const found: Found[] = [];
  let unread = 0;
  const numbers = answer.candidates.map(({ id }) => id);
  for (const { number, sealed_fingers, sealed_face } of await store.fingerSets(numbers, signal)) {
    const records = fingers.read(() => fingers.seals.openRecords(number, sealed_fingers));
    const face = fingers.read(() => fingers.seals.openFace(number, sealed_face));
    if (records === undefined || face === undefined) {
      unread += 1;
      continue;
    }
    const enrolled = typicalFingers(matcher, records);
    const likeness = likenessOf(compareFingers(matcher, probe, enrolled), answer.enrolled);
    if (likeness.rate > policy.emergencyRate) continue;
    const { pid, photo } = face;
    const person = await store.person(pid, signal);
    if (person === undefined) throw new Error('fingers of nobody');
    const { sex, birthDate } = openIdentity(keys.identity.sealingKey, pid, person.sealed_identity);
    const shown = {
      handle: hex(secureRng(16)),
      likeness: likenessWord(likeness),
      oneIn: oneIn(likeness),
      photo,
      sex,
      ageBand: ageBandOf(birthDate, today),
    };
    found.push({ pid, likeness, shown });
  }
  const words = ['strong', 'fair', 'weak'] as const;
  const unlike = ({ shown }: Found): number =>
    Number(seen.sex !== null && seen.sex !== shown.sex) +
    Number(seen.ageBand !== null && seen.ageBand !== shown.ageBand);
  found.sort(
    (a, b) =>
      words.indexOf(a.shown.likeness) - words.indexOf(b.shown.likeness) ||
      unlike(a) - unlike(b) ||
      a.likeness.strangers - b.likeness.strangers,
  );
  return { found, unread };
}

/** EMERGENCY_RATE when this terminal has asked as often as the policy allows within an hour. */
async function checkRate({ store, clock, policy }: Bureau, { terminal, signal }: RequestContext): Promise<void> {
  const since = clock.now() - HOUR;
  if ((await store.emergencyQueriesSince(terminal.id, since, signal)) >= policy.emergencyQueries)
    throw new ImisError('EMERGENCY_RATE', `${policy.emergencyQueries} queries within an hour`);
}

/** The probe that was signed for; its scanners stand in the log. CONTEXT_MISMATCH for another; TEMPLATE_MALFORMED, TEMPLATE_VERSION. */
async function readProbe(
  bureau: Bureau,
  sealed: string,
  { probeHash }: EmergencyQuery,
  facts: LineFacts,
  signal: AbortSignal,
): Promise<readonly GalleryFinger[]> {
  const bytes = await openSealedBytes(bureau, sealed, signal);
  if (hex(h256(bytes)) !== probeHash) throw new ImisError('CONTEXT_MISMATCH', 'the doctor signed for other fingers');
  const probe = readPayload(EmergencyProbe, bytes);
  facts.fingers = probe.fingers.length;
  facts.vouched = probe.fingers.filter(({ authentic }) => authentic).length;
  return probeFingers(probe);
}

/** Accepts a query; answers the sealed {@link EmergencyCandidates}, base64. */
export function askEmergency(
  bureau: Bureau,
  request: RequestContext,
  body: z.output<typeof bureauApi.emergencyQuery.body>,
): Promise<{ reply: string }> {
  const { store, clock, policy, fingers } = bureau;
  const { terminal, signal } = request;
  return breakingGlass(bureau, request, 'query', async (facts) => {
    const parsed = await openSealed(bureau, body.query, signal);
    return witnessed(bureau, request, { equation: '13', parsed }, async () => {
      if (parsed.attributes.kind !== 'group')
        throw new ImisError('CONTEXT_MISMATCH', 'no doctor card signed this query');
      const { ctx, id } = await verifyGroup(bureau, request, parsed, 'emergency');
      if (parsed.contentType !== IMIS_OID.jsonContent) throw new ImisError('CONTENT_TYPE_MISMATCH', 'not a query');
      facts.message_id = id;
      const query = readGroupPayload(bureau, request, EmergencyQuery, parsed);
      facts.triage = query.triage;
      facts.reason = JSON.stringify(query.reason);
      checkTerminal(request, query);
      checkTime(bureau, query.at);
      if (hex(ctx.sid) !== hex(h256(fromHex(query.challenge), fromHex(terminal.id)).subarray(0, 16)))
        throw new ImisError('CONTEXT_MISMATCH', 'signed for another challenge');
      const replyKey = readReplyKey(query.replyKey);
      const probe = await readProbe(bureau, body.probe, query, facts, signal);
      await refuseReuse(bureau, id, signal);
      await checkRate(bureau, request);
      await useChallenge(bureau, request, { challenge: query.challenge, type: 'emergency', subject: null });

      const answer = await fingers.search(probe, policy.emergencyCandidates, signal);
      const { found, unread } = await candidatesOf(bureau, probe, answer, query.seen, signal);
      const queryId = hex(secureRng(16));
      const now = clock.now();
      const expires = now + policy.emergencyLife;
      const reply: EmergencyCandidates = {
        type: 'emergency-candidates',
        ...bureauHead(bureau),
        queryId,
        candidates: found.map(({ shown }) => shown),
        searched: Math.max(0, answer.searched - unread),
        enrolled: answer.enrolled,
        confirmBefore: instantOf(expires),
        at: instantOf(now),
      };
      const sealed = await sealReply(bureau, request, { type: reply.type, pid: '', replyKey, payload: reply });
      const head = { version: 1, institution: terminal.institution, key_id: query.keyId, type: query.type };
      const handles: Handles = found.map(({ pid, shown }) => ({ handle: shown.handle, pid }));
      Object.assign(facts, { query_id: queryId, candidates: found.length });
      for (let tries = 0; tries < TRIES; tries++) {
        const line = await bureau.breakGlass.next(
          entryOf(bureau, request, { ...facts, kind: 'query', outcome: 'ok' }),
          signal,
        );
        const result = await store.accept(
          {
            message: {
              ...head,
              id,
              request_hash: requestHash(body.query, body.probe),
              signed: parsed.der,
              // Photos are not kept once more: whoever lost the answer asks again.
              answer: '{}',
              received_at: now,
            },
            evidence: [evidenceOf(bureau, { equation: '13', parsed, terminal, result: 'ok' })],
            query: {
              query: {
                ...head,
                id: queryId,
                message_id: id,
                terminal: terminal.id,
                triage: query.triage,
                reason: JSON.stringify(query.reason),
                reply_key: replyKey,
                sealed_candidates: fingers.seals.handles(queryId, handles),
                asked_at: now,
                expires_at: expires,
                confirmed_at: null,
              },
              limit: { queries: policy.emergencyQueries, since: now - HOUR },
              line,
            },
          },
          signal,
        );
        if (answerOf(result) !== undefined) return { reply: sealed };
        await checkRate(bureau, request);
      }
      throw new Error('a log that moves on all the while');
    });
  });
}
