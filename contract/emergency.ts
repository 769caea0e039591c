/**
 * The emergency room (eqs 13 to 15): a query with the fingers of somebody who cannot speak, ranked candidates, a second person who confirms, and
 * the minimal record. Everything is logged, and the patient is told at the next check-in.
 *
 * Five steps at an emergency terminal:
 * 1. `challenge({ purpose: 'emergency' })`; scanners with a key sign over it.
 * 2. {@link EmergencyProbe}: what was captured, as bytes.
 * 3. {@link EmergencyQuery} names the hash of those bytes; the doctor's card group-signs it (purpose `emergency`, class emergency, pid zero,
 *    sid = the first 16 bytes of SHA-256(challenge ‖ terminal id)). Query and probe travel sealed, side by side.
 * 4. {@link EmergencyCandidates} come back, sealed to the one-time key of the query.
 * 5. Somebody else, with a staff card of the same institution, looks and signs an {@link EmergencyConfirmation}; {@link EmergencyRecord} comes
 *    back, sealed to the same key.
 * @module
 */
import { z } from 'zod';
import { EmergencyReason } from './break-glass.ts';
import { FingerNumber, FingerRecordText, Photo } from './fingerprints.ts';
import { Base64, Day, Hash32, Id16, Instant, MESSAGE_HEAD } from './formats.ts';
import { MedicationLine } from './medication-line.ts';
import { StatedAllergy } from './safety.ts';

/** Taiwan triage and acuity scale: 1 resuscitation, 2 emergency, 3 urgent. 4 and 5 can wait for another way, and break no glass. */
export const TriageLevel = z.int().min(1).max(3);

const Sex = z.enum(['male', 'female']);
/** Below 18, below 65, and from then on. */
export const AgeBand = z.enum(['child', 'adult', 'old']);
export type AgeBand = z.infer<typeof AgeBand>;

/** Fingers as they were captured. Poor quality is sent along and refuses nothing; one finger is enough to ask with, two find more surely. */
export const EmergencyProbe = z.strictObject({
  version: z.literal(1),
  fingers: z
    .array(
      z.strictObject({
        /** 0: nobody knows which. */
        finger: z.union([z.literal(0), FingerNumber]),
        /** Of one impression, the best there is; its views are the extractions of it. */
        record: FingerRecordText,
        quality: z.int().min(0).max(100),
        /** The scanner proved with its key that it took the image for the challenge. */
        authentic: z.boolean(),
      }),
    )
    .min(1)
    .max(10)
    // A known finger once: a second impression of it would count twice.
    .refine((fingers) => {
      const known = fingers.map(({ finger }) => finger).filter((finger) => finger > 0);
      return new Set(known).size === known.length;
    }),
});
export type EmergencyProbe = z.infer<typeof EmergencyProbe>;

/** Eq 13: what the doctor's card group-signs. It is kept; the probe is not. */
export const EmergencyQuery = z.strictObject({
  type: z.literal('emergency-query'),
  ...MESSAGE_HEAD,
  /** Of the bureau, for this terminal, once. */
  challenge: Hash32,
  terminal: Id16,
  triage: TriageLevel,
  reason: EmergencyReason,
  /** FS: SHA-256 of the exact bytes of the {@link EmergencyProbe}. */
  probeHash: Hash32,
  /** What can be seen of the person: orders the candidates, hides none. */
  seen: z.strictObject({ sex: Sex.nullable(), ageBand: AgeBand.nullable() }),
  /** One-time ECDH key (SubjectPublicKeyInfo) to which both answers are sealed. */
  replyKey: Base64,
  at: Instant,
});
export type EmergencyQuery = z.infer<typeof EmergencyQuery>;

/** Somebody who may be meant. No name, no pseudonym. */
export const EmergencyCandidate = z.strictObject({
  /** Means this person in this query and nowhere else. */
  handle: Id16,
  /**
   * `strong`: of a hundred searches of this size less than one would show a stranger as alike; `fair`: of each search less than one stranger;
   * `weak`: a stranger may well look so.
   */
  likeness: z.enum(['strong', 'fair', 'weak']),
  /** By the best single finger one in so many strangers looks as alike (upper end of the 95 % interval); null beyond what was measured. */
  oneIn: z.int().min(1).nullable(),
  photo: Photo,
  sex: Sex,
  ageBand: AgeBand,
});
export type EmergencyCandidate = z.infer<typeof EmergencyCandidate>;

/** Eq 14 and the first half of 15, sealed to the reply key. */
export const EmergencyCandidates = z.strictObject({
  type: z.literal('emergency-candidates'),
  ...MESSAGE_HEAD,
  /** Names this query in what follows. */
  queryId: Id16,
  /** Likeliest first; none is an answer too. */
  candidates: z.array(EmergencyCandidate).max(5),
  /** Persons compared, and persons enrolled: less where a part of the gallery did not answer, and whoever is sought may be in it. */
  searched: z.int().min(0),
  enrolled: z.int().min(0),
  /** Until when somebody may confirm. */
  confirmBefore: Instant,
  at: Instant,
});
export type EmergencyCandidates = z.infer<typeof EmergencyCandidates>;

/** A second person at the same terminal looked and says: this one. Signed by the card of a registrar or nurse of the institution. */
export const EmergencyConfirmation = z.strictObject({
  type: z.literal('emergency-confirmation'),
  ...MESSAGE_HEAD,
  queryId: Id16,
  handle: Id16,
  terminal: Id16,
  at: Instant,
});
export type EmergencyConfirmation = z.infer<typeof EmergencyConfirmation>;

/** Eq 15, second half, sealed to the reply key: what saves a life, and nothing else. */
export const EmergencyRecord = z.strictObject({
  type: z.literal('emergency-record'),
  ...MESSAGE_HEAD,
  queryId: Id16,
  birthYear: z.int(),
  sex: Sex,
  allergies: z.array(StatedAllergy),
  /** Prescribed in the last six months, newest first; `until`: last day of the supply if all parts were taken at once. */
  medication: z.array(MedicationLine.extend({ from: Day, until: Day })),
  /** ICD-10, each once, with the newest day it was recorded on; newest first. */
  diagnoses: z.array(z.strictObject({ code: z.string(), at: Day })),
  /** The line of the break-glass log about this, and its hash. */
  log: z.strictObject({ position: z.int().min(1), hash: Hash32 }),
  at: Instant,
});
export type EmergencyRecord = z.infer<typeof EmergencyRecord>;
