/**
 * Fingerprints and photo of a patient at the bureau (eq 1): given with the consent of the holder's card, renewed, withdrawn. Refusing is a
 * decision like another, kept and shown. What was captured travels beside the decision, sealed too, and is bound to it by its hash: the signed
 * decision is kept as it came and holds nothing of a finger.
 *
 *     const set = utf8(JSON.stringify(FingerprintSet.parse({ version: 1, fingers, photo })));
 *     const decision = { type: 'fingerprint-decision', ...head, decision: 'enrol', setHash: hex(h256(set)), at };
 *     await bureau.fingerprints({ operator, body: { decision: seal(signedByTheCard(decision)), set: seal(set) } }, signal);
 * @module
 */
import { z } from 'zod';
import { Base64, Hash32, Id16, Instant, MESSAGE_HEAD } from './formats.ts';

/** Finger position, ISO/IEC 19794-2 table 2: 1 right thumb to 5 right little finger, 6 left thumb to 10 left little finger. */
export const FingerNumber = z.int().min(1).max(10);

/** An ISO/IEC 19794-2 record in base64. 12 KiB have room for two extractions of 255 minutiae and the blocks that others append. */
export const FingerRecordText = Base64.max(16_384);

/** What the holder decides; signed by the patient's card after its PIN. */
export const FingerprintDecision = z
  .strictObject({
    type: z.literal('fingerprint-decision'),
    ...MESSAGE_HEAD,
    /** `enrol` while enrolled already is a renewal: the new set takes the place of the old one. */
    decision: z.enum(['enrol', 'refuse', 'withdraw']),
    /** SHA-256 of the exact bytes of the {@link FingerprintSet} that is meant; with `enrol` and with nothing else. */
    setHash: Hash32.exactOptional(),
    at: Instant,
  })
  .refine(({ decision, setHash }) => (decision === 'enrol') === (setHash !== undefined), { path: ['setHash'] });
export type FingerprintDecision = z.infer<typeof FingerprintDecision>;

/** Most bytes of a photo. */
export const MAX_PHOTO_BYTES = 64 * 1024;

/** JPEG or PNG, at most 64 KiB of at most 2,000 by 2,000 pixels: what the person who confirms looks at. */
export const Photo = z.strictObject({
  mime: z.enum(['image/jpeg', 'image/png']),
  data: Base64.max(Math.ceil(MAX_PHOTO_BYTES / 3) * 4),
});
export type Photo = z.infer<typeof Photo>;

const areDifferent = (fingers: readonly { readonly finger: number }[]): boolean =>
  new Set(fingers.map(({ finger }) => finger)).size === fingers.length;

/** What was captured: two or more fingers, each once, three impressions each, and a photo. */
export const FingerprintSet = z.strictObject({
  version: z.literal(1),
  fingers: z
    .array(
      z.strictObject({
        finger: FingerNumber,
        /** One record an impression, whose views are the extractions of it, all of this finger. */
        impressions: z.array(z.strictObject({ record: FingerRecordText, quality: z.int().min(0).max(100) })).length(3),
      }),
    )
    .min(2)
    .max(10)
    .refine(areDifferent),
  photo: Photo,
});
export type FingerprintSet = z.infer<typeof FingerprintSet>;

/** Something that happened to somebody's fingerprints. */
export const FingerprintEvent = z.strictObject({
  event: z.enum(['enrolled', 'renewed', 'refused', 'withdrawn', 'duplicate-found', 'duplicate-accepted']),
  /** Serial number of the clerk's certificate. */
  by: z.string(),
  /** Of `duplicate-accepted`: what the clerk found. */
  words: z.string(),
  /** Of `duplicate-found` and `duplicate-accepted`: pseudonyms of those who have the same fingers. */
  others: z.array(Id16),
  at: Instant,
});
export type FingerprintEvent = z.infer<typeof FingerprintEvent>;

/** How a patient stands. What was enrolled is never given out again. */
export const FingerprintStanding = z.strictObject({
  pid: Id16,
  state: z.enum(['undecided', 'enrolled', 'refused', 'withdrawn']),
  /** Positions that are enrolled, ascending. */
  fingers: z.array(FingerNumber),
  /** Of the decision that is in force. */
  since: Instant.nullable(),
  /** Fingers change over the years: is a new set due? */
  renewalDue: z.boolean(),
  /** Searches know the decision already. False for the moment between a decision and the gallery's hearing of it. */
  inForce: z.boolean(),
  /** Oldest first. */
  events: z.array(FingerprintEvent),
});
export type FingerprintStanding = z.infer<typeof FingerprintStanding>;
