/**
 * Payloads of the signed messages, by equation. Each is the exact JSON text that is signed and kept; the envelope round it is
 * AuthEnvelopedData(SignedData) (crypto/envelope). Group-signed payloads name no doctor, no licence and no card.
 * @module
 */
import { z } from 'zod';
import { PickupAgent } from './agents.ts';
import { BreakGlassNotice } from './break-glass.ts';
import { Base64, Day, Hash32, Id16, Instant, InstitutionCode, MESSAGE_HEAD, NationalId } from './formats.ts';
import { RefillException } from './prescription-state.ts';
import { MAX_DAYS_PER_PART, MAX_PARTS } from './refill.ts';

/** Eq 1, signed with the patient's civil key: Req and the keys that were born on the card. */
export const CardApplication = z.strictObject({
  type: z.literal('card-application'),
  ...MESSAGE_HEAD,
  requestId: Id16,
  person: z.strictObject({
    name: z.string().min(1).max(60),
    nationalId: NationalId,
    birthDate: Day,
    sex: z.enum(['male', 'female']),
  }),
  /** PK_P, SubjectPublicKeyInfo. */
  signingKey: Base64,
  /** The card's ECDH key, SubjectPublicKeyInfo. */
  decryptionKey: Base64,
  /** The key with which the card proves itself to terminals, SubjectPublicKeyInfo. */
  authenticationKey: Base64,
  /** SHA-256 of the agents' keys known at issue, 0 to 4. */
  agentKeyHashes: z.array(Hash32).max(4),
});
export type CardApplication = z.infer<typeof CardApplication>;

/** A member of staff proves the staff card at a desk; signed by that card. */
export const SignOn = z.strictObject({
  type: z.literal('sign-on'),
  ...MESSAGE_HEAD,
  challenge: Hash32,
  terminal: Id16,
  at: Instant,
});
export type SignOn = z.infer<typeof SignOn>;

/** Eq 6, TS: the bureau's fresh challenge, the terminal and the time; signed by the patient's card. */
export const CheckIn = z.strictObject({
  type: z.literal('check-in'),
  ...MESSAGE_HEAD,
  challenge: Hash32,
  terminal: Id16,
  at: Instant,
  /** One-time ECDH key (SubjectPublicKeyInfo) to which the answer is sealed. */
  replyKey: Base64,
});
export type CheckIn = z.infer<typeof CheckIn>;

/** Eq 7, the bureau's answer to a check-in, sealed to its reply key. */
export const CheckInReply = z.strictObject({
  type: z.literal('check-in-reply'),
  ...MESSAGE_HEAD,
  visitId: Id16,
  /** Queue number of the day at that institution. */
  queueNumber: z.int().min(1),
  pid: Id16,
  maskedName: z.string(),
  birthYear: z.int(),
  sex: z.enum(['male', 'female']),
  paidUntil: Day,
  /** Last day of the card. */
  cardExpires: Day,
  /** What happened to the patient's record without the patient's word since the last visit: shown at the check-in, and printed (F8). */
  notices: z.array(BreakGlassNotice),
  at: Instant,
});
export type CheckInReply = z.infer<typeof CheckInReply>;

/** Opening, first half: the patient's card is present at this clinic terminal. Signed by the patient's card. */
export const OpeningProof = z.strictObject({
  type: z.literal('opening'),
  ...MESSAGE_HEAD,
  challenge: Hash32,
  terminal: Id16,
  visitId: Id16,
  at: Instant,
  replyKey: Base64,
});
export type OpeningProof = z.infer<typeof OpeningProof>;

/** Opening, second half: group-signed (purpose presence) over the whole of the first. */
export const Opening = z.strictObject({
  type: z.literal('presence'),
  ...MESSAGE_HEAD,
  /** The patient card's SignedData, DER. Optional so that its absence has a code of its own: PATIENT_PROOF_REQUIRED. */
  patientProof: Base64.optional(),
});
export type Opening = z.infer<typeof Opening>;

/** Eq 8, OtherRC_S: recent records as they were signed, sealed to the reply key, once a visit. */
export const OpeningReply = z.strictObject({
  type: z.literal('opening-reply'),
  ...MESSAGE_HEAD,
  visitId: Id16,
  pid: Id16,
  maskedName: z.string(),
  birthYear: z.int(),
  sex: z.enum(['male', 'female']),
  paidUntil: Day,
  records: z.array(z.strictObject({ id: Hash32, receivedAt: Instant, signed: Base64 })),
  /** Names this opening in later requests of the same visit. */
  presenceToken: Hash32,
  at: Instant,
});
export type OpeningReply = z.infer<typeof OpeningReply>;

/** Eq 10: what the doctor's card signs of a prescription. The therapy itself is behind `bodyHash`. */
export const Manifest = z.strictObject({
  type: z.literal('prescription-manifest'),
  ...MESSAGE_HEAD,
  rxId: Id16,
  pid: Id16,
  /** SHA-256 of PCert_P (DER). */
  pcertHash: Hash32,
  visitId: Id16,
  issued: Day,
  /** Last day on which it may be collected. */
  expires: Day,
  parts: z.int().min(1).max(MAX_PARTS),
  daysPerPart: z.int().min(1).max(MAX_DAYS_PER_PART),
  lineCount: z.int().min(1).max(60),
  controlled: z.boolean(),
  /** SHA-256(lp(salt) ‖ lp(R_X) ‖ lp(MR_S)). */
  bodyHash: Hash32,
});
export type Manifest = z.infer<typeof Manifest>;

/** The pharmacy the patient chose; signed by the patient's card, so that naming another needs no doctor. */
export const Designation = z.strictObject({
  type: z.literal('designation'),
  ...MESSAGE_HEAD,
  rxId: Id16,
  pharmacy: InstitutionCode,
  nonce: Hash32,
  at: Instant,
});
export type Designation = z.infer<typeof Designation>;

const LineNumber = z.int().min(1).max(60);
const Reason = z.string().min(1).max(200);

/** What happened to one line of a prescription at the counter. A line without one is owed. */
export const LineOutcome = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('given'), line: LineNumber }),
  /** Another medicine, by its ATC code. */
  z.strictObject({
    outcome: z.literal('substituted'),
    line: LineNumber,
    code: z.string().regex(/^[A-Z0-9]{3,7}$/u),
    reason: Reason,
  }),
  /** The same in another dose. */
  z.strictObject({
    outcome: z.literal('dose-changed'),
    line: LineNumber,
    dose: z.number().positive().max(1000),
    timesPerDay: z.int().min(1).max(12),
    reason: Reason,
  }),
  z.strictObject({ outcome: z.literal('refused'), line: LineNumber, reason: Reason }),
]);
export type LineOutcome = z.infer<typeof LineOutcome>;

/** Eq 17 with the dispensing: the card's pickup object and signature inside, signed by the pharmacist's staff card. */
export const Pickup = z.strictObject({
  type: z.literal('pickup'),
  ...MESSAGE_HEAD,
  rxId: Id16,
  part: z.int().min(1).max(3),
  /** PU (crypto/proxysig/pickup-object.ts). Lines that were owed come later, on the same. */
  pickupObject: Base64,
  /** Sig_SKP(PU): r ‖ s, 64 bytes; of an agent Sig_SKAp(PU): T ‖ s, 65 bytes (eq 18). */
  pickupSignature: Base64,
  /** Where an agent collected. */
  agent: PickupAgent.exactOptional(),
  lines: z.array(LineOutcome).min(1).max(60),
  /** Of the pharmacy's acceptance. Left out: dispensed while the bureau was away. */
  secret: Hash32.exactOptional(),
  /** Why this part is handed out before its window, as the patient declared. */
  exception: RefillException.exactOptional(),
  at: Instant,
});
export type Pickup = z.infer<typeof Pickup>;

/** A dispensing taken back within 24 hours; signed by a pharmacist of the same pharmacy. */
export const Undispensing = z.strictObject({
  type: z.literal('undispensing'),
  ...MESSAGE_HEAD,
  rxId: Id16,
  part: z.int().min(1).max(3),
  reason: Reason,
  at: Instant,
});
export type Undispensing = z.infer<typeof Undispensing>;

/** Group-signed (purpose cancellation, its sid the R_X_ID): what was not collected yet is not to be. */
export const Cancellation = z.strictObject({
  type: z.literal('cancellation'),
  ...MESSAGE_HEAD,
  rxId: Id16,
  reason: Reason,
});
export type Cancellation = z.infer<typeof Cancellation>;
