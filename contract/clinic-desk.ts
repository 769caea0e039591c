/**
 * The clinic on its screen: both cards in, records opened, a visit drafted, reviewed, signed; and what this desk issued.
 * @module
 */
import { z } from 'zod';
import { Refusal } from './errors.ts';
import { Day, Id16, Instant, InstitutionCode } from './formats.ts';
import { MaskedPerson } from './identity.ts';
import { ISSUED_PAGE, IssuedHead, IssuedScope } from './issued.ts';
import { MedicationLine } from './medication-line.ts';
import { PickupSlip } from './paper.ts';
import { MAX_PARTS } from './refill.ts';
import { AllergyDraft, KnownAllergy, Override, SafetyReview } from './safety.ts';
import { Idle, Refused, Stage, Working } from './stage.ts';

/** What the doctor fills in before signing. A prescription is sealed to a pharmacy, so drugs without one are refused. */
export const VisitDraft = z
  .strictObject({
    /** ICD-10 codes, the first is the main diagnosis. */
    diagnoses: z
      .array(z.string().regex(/^[A-Z][0-9A-Z]{1,2}(\.[0-9A-Z]{1,4})?$/u))
      .min(1)
      .max(6),
    note: z.string().max(2000),
    lines: z.array(MedicationLine).max(10),
    pharmacy: InstitutionCode.optional(),
    /** How often the lines are handed out: more than once on a refill slip. Left out: once. */
    parts: z.int().min(1).max(MAX_PARTS).exactOptional(),
    /** A controlled drug is among the lines: the doctor needs the class, the patient the PIN. */
    controlled: z.boolean().exactOptional(),
    /** Allergies that are recorded at this visit. */
    allergies: z.array(AllergyDraft).max(10).exactOptional(),
    /** Why it is signed in spite of what was found; they are signed with it. */
    overrides: z.array(Override).max(100).exactOptional(),
  })
  .refine(({ lines, pharmacy }) => lines.length === 0 || pharmacy !== undefined, { path: ['pharmacy'] })
  .refine(({ lines, parts = 1, controlled = false }) => lines.length > 0 || (parts === 1 && !controlled), {
    path: ['lines'],
  });
export type VisitDraft = z.infer<typeof VisitDraft>;

/** An earlier record, verified at this desk. */
export const RecordSummary = z.strictObject({
  id: z.string(),
  day: Day,
  institution: z.string(),
  diagnoses: z.array(z.string()),
  lines: z.array(MedicationLine),
  /** How often they are handed out, where that is more than once. */
  parts: z.int().min(2).max(MAX_PARTS).exactOptional(),
  verified: z.boolean(),
});
export type RecordSummary = z.infer<typeof RecordSummary>;

/** Most signatures that the doctor's card answers after one PIN (card note 3.4). */
export const COMFORT_LIMIT = 250;

/** Comfort signing that is open: how many signatures are left, and when it ends by itself at the latest. */
export const ComfortView = z.strictObject({ remaining: z.int().min(0).max(COMFORT_LIMIT), until: Instant });
export type ComfortView = z.infer<typeof ComfortView>;

/** A prescription that was issued at this desk, as the doctor knew it. */
export const IssuedPrescription = z.strictObject({
  ...IssuedHead.shape,
  person: MaskedPerson,
  lines: z.array(MedicationLine),
});
export type IssuedPrescription = z.infer<typeof IssuedPrescription>;

/** Clinic: both cards in -> opened -> signed. Between visits: what was issued. */
export const ClinicFlow = z.discriminatedUnion('step', [
  Idle,
  Working,
  z.strictObject({
    step: z.literal('opened'),
    person: MaskedPerson,
    visitId: Id16,
    records: z.array(RecordSummary),
    /** From the card and from verified records, with what each source says; and how many entries of the card nobody here can read. */
    allergies: z.array(KnownAllergy),
    unreadableAllergies: z.int().min(0),
    /** Whether the doctor's card may prescribe controlled drugs. */
    mayControl: z.boolean(),
    stages: z.array(Stage),
    /** What was found about the draft that was reviewed last. */
    review: z.strictObject({ draft: VisitDraft, ...SafetyReview.shape }).optional(),
    /** Set after a signing that was refused: the draft stays, nothing was lost. */
    refusal: Refusal.optional(),
  }),
  z.strictObject({
    step: z.literal('signed'),
    person: MaskedPerson,
    recordId: z.string(),
    rxId: Id16.optional(),
    /** Where there is a prescription. */
    slip: PickupSlip.optional(),
    /** Beginning of the hash of what was signed, for the receipt. */
    fingerprint: z.string(),
    /** False while the bureau has not acknowledged: the sealed messages wait in the outbox. */
    acknowledged: z.boolean(),
    /** False when the card was gone before the visit could be written to it. */
    onCard: z.boolean(),
    /** Whether its prescription was cancelled again from here. */
    cancelled: z.boolean(),
    stages: z.array(Stage),
    /** Why it could not be cancelled. */
    refusal: Refusal.exactOptional(),
  }),
  z.strictObject({
    step: z.literal('issued'),
    scope: IssuedScope,
    /** Newest first. */
    items: z.array(IssuedPrescription).max(ISSUED_PAGE),
    /** From 1. */
    page: z.int().min(1),
    pages: z.int().min(1),
    /** On all pages. */
    total: z.int().min(0),
    /** The one that was cancelled just now. */
    cancelled: Id16.exactOptional(),
    stages: z.array(Stage),
    refusal: Refusal.exactOptional(),
  }),
  Refused,
]);
export type ClinicFlow = z.infer<typeof ClinicFlow>;
