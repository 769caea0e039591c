/**
 * The flow of the emergency desk (eqs 13 to 15): why and how urgent, fingers, candidates, a second person's word, the minimal record. It shows
 * until when it shows anything: whoever walks away leaves nothing behind.
 *
 *     idle -> fingers -> working -> candidates -> working -> emergency-record -> idle
 * @module
 */
import { z } from 'zod';
import { EmergencyReason } from './break-glass.ts';
import { EmergencyCandidate, EmergencyCandidates, EmergencyQuery, EmergencyRecord, TriageLevel } from './emergency.ts';
import { Refusal } from './errors.ts';
import { Photo } from './fingerprints.ts';
import { Instant } from './formats.ts';
import { ScannerWait, TakenFinger } from './taken-finger.ts';

/** What a doctor says before a finger is taken. */
export const EmergencyCase = z.strictObject({
  triage: TriageLevel,
  reason: EmergencyReason,
  /** What can be seen of the person. */
  seen: EmergencyQuery.shape.seen,
});
export type EmergencyCase = z.infer<typeof EmergencyCase>;

/** Most fingers of one query. */
export const MAX_FINGERS = 10;

/** In all steps but the first: what it is about, and when the screen is emptied. */
const begun = {
  about: EmergencyCase,
  /** When nobody touches anything; put off by every touch. */
  clearsAt: Instant,
  /** Whatever anybody does. */
  endsAt: Instant,
} as const;

/** Fingers so far; as many as one is enough to search, two find more surely. */
export const FingersStep = z.strictObject({
  step: z.literal('fingers'),
  ...begun,
  taken: z.array(TakenFinger).max(MAX_FINGERS),
  waiting: ScannerWait.exactOptional(),
  /** Of the finger that was taken twice just now: the earlier impression was the better one and stays. */
  keptEarlier: z.literal(true).exactOptional(),
  /** Why the last finger or search came to nothing; what was taken stays. */
  refusal: Refusal.exactOptional(),
});

/** Who it may be, likeliest first. None is an answer; with `searched` below `enrolled` somebody may be among those who were not compared. */
export const CandidatesStep = z.strictObject({
  step: z.literal('candidates'),
  ...begun,
  candidates: z.array(EmergencyCandidate).max(5),
  searched: EmergencyCandidates.shape.searched,
  enrolled: EmergencyCandidates.shape.enrolled,
  /** How many fingers were sent, and how many of them were poor: what more could be done. */
  fingers: z.strictObject({ sent: z.int().min(1), poor: z.int().min(0) }),
  confirmBefore: Instant,
  refusal: Refusal.exactOptional(),
});

/** What saves a life, with the photo that was confirmed. */
export const EmergencyRecordStep = z.strictObject({
  step: z.literal('emergency-record'),
  ...begun,
  record: EmergencyRecord.omit({ type: true, version: true, institution: true, keyId: true, queryId: true }),
  photo: Photo,
});
