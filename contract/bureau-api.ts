/**
 * The bureau's REST interface, version 1: one table that server, client and the served OpenAPI document are made from.
 * Every request comes over mutual TLS; the terminal is the client certificate. The operator travels in the header `imis-operator`
 * (staff: token of a sign-on) or `imis-presence` (clinic: token of an opening, behind which stands a group signature).
 * @module
 */
import { z } from 'zod';
import { AgentApproval, ErasedWarrantList, WarrantStanding } from './agents.ts';
import { BreakGlassLine } from './break-glass.ts';
import { CardLogLine, CardStatus, CardStep, CardView, ClerkEvent } from './card-life.ts';
import { CardKind } from './card-service.ts';
import { CaseFile, CaseId, CaseState, OpeningLogLine, ProofFile } from './dispute.ts';
import { DoctorClasses } from './doctor-classes.ts';
import { FingerprintStanding } from './fingerprints.ts';
import {
  Base64,
  Day,
  Hash32,
  Id16,
  Instant,
  InstitutionCode,
  NationalId,
  StaffRole,
  type TerminalRole,
} from './formats.ts';
import { PrescriptionState, RefillException } from './prescription-state.ts';

/** What must accompany a request besides the terminal. */
export type OperatorRule =
  | { readonly kind: 'none' }
  | { readonly kind: 'staff'; readonly roles: readonly StaffRole[] }
  | { readonly kind: 'presence' };

/** One route. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Fastify notation: `:name` is a parameter. */
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodType;
  /** The body of a POST; of a GET the query, whose values are text. */
  readonly body: z.ZodType;
  readonly answer: z.ZodType;
  readonly terminals: readonly TerminalRole[];
  readonly operator: OperatorRule;
}

/** An epoch as a path names it: day since 1970, a dot, its number within the day. */
const EpochName = z.string().regex(/^[0-9]{1,7}\.[0-9]{1,5}$/u);

const None = z.strictObject({});
const Sealed = z.strictObject({ message: Base64 });
const CardParam = z.strictObject({ serial: Id16 });
const CaseParam = z.strictObject({ caseId: CaseId });
const Reason = z.string().min(1).max(500);
const RxParam = z.strictObject({ rxId: Id16 });
const everyTerminal = ['registration', 'clinic', 'pharmacy', 'emergency', 'bureau', 'insurer'] as const;
const nobody = { kind: 'none' } as const;

/** An accepted message: its id, the instant the bureau vouches for, and the bureau's signature over both (receipt of groupsig.md). */
export const Ack = z.strictObject({ id: Hash32, receivedAt: Instant, receipt: Base64 });
export type Ack = z.infer<typeof Ack>;

/** Public material every desk keeps: enough to verify off line. */
export const PublicMaterial = z.strictObject({
  version: z.literal(1),
  serverTime: Instant,
  /** Group key, encoded (crypto/groupsig/group-key.ts), and its X.509 certificate. */
  groupKey: Base64,
  groupCertificate: Base64,
  /** Versioned opener set OS_v. */
  openerSet: Base64,
  /** Epoch heads (crypto/groupsig/epoch-head.ts), oldest first, each naming the one before; the bureau's signature over the newest. */
  epochs: z.array(Base64).min(1),
  epochSignature: Base64,
  /** Trust anchors and the bureau's own certificates, DER. */
  bureauCa: Base64,
  signingCertificate: Base64,
  encryptionCertificate: Base64,
  /** Whose signature a card-verifiable certificate carries (crypto/pki/card-certificate.ts). */
  cardAuthorityCertificate: Base64,
  revocationList: Base64,
  /**
   * The authority of citizens, with the bureau's signature over it (crypto/pki/civil-authority.ts), r ‖ s; that authority's own revocation list
   * where the bureau has one.
   */
  civil: z
    .strictObject({ authority: Base64, signature: Base64, revocationList: Base64.exactOptional() })
    .exactOptional(),
  erasedWarrants: ErasedWarrantList,
  /** The time of this answer as cards take it (crypto/proxysig/bureau-token.ts), 68 bytes: they have no clock. */
  timeToken: Base64,
  institutions: z.array(
    z.strictObject({
      code: InstitutionCode,
      name: z.string(),
      kind: z.enum(['hospital', 'pharmacy', 'bureau', 'insurer']),
      decryptionCertificate: Base64.optional(),
    }),
  ),
});
export type PublicMaterial = z.infer<typeof PublicMaterial>;

export const bureauApi = {
  material: {
    method: 'GET',
    path: '/v1/material',
    summary: 'Public material: group key, epoch, certificates, revocation, institutions',
    params: None,
    body: None,
    answer: PublicMaterial,
    terminals: everyTerminal,
    operator: nobody,
  },
  challenge: {
    method: 'POST',
    path: '/v1/challenges',
    summary:
      'A fresh challenge for this terminal. For an opening it also names the visit of that patient at this institution',
    params: None,
    body: z.discriminatedUnion('purpose', [
      z.strictObject({ purpose: z.literal('sign-on') }),
      z.strictObject({ purpose: z.literal('check-in'), card: Id16.optional() }),
      z.strictObject({ purpose: z.literal('opening'), pid: Id16, card: Id16.optional() }),
      z.strictObject({ purpose: z.literal('emergency') }),
    ]),
    /** `card` is a challenge of the card itself; then `token` is ours signed for that card at this terminal (crypto/proxysig/bureau-token.ts). */
    answer: z.strictObject({
      challenge: Hash32,
      expiresAt: Instant,
      visitId: Id16.optional(),
      token: Base64.optional(),
    }),
    terminals: everyTerminal,
    operator: nobody,
  },
  signOn: {
    method: 'POST',
    path: '/v1/operator-sessions',
    summary: 'A member of staff proves the staff card at this terminal',
    params: None,
    body: Sealed,
    answer: z.strictObject({ token: Hash32, role: StaffRole, expiresAt: Instant }),
    terminals: everyTerminal,
    operator: nobody,
  },
  checkIn: {
    method: 'POST',
    path: '/v1/check-ins',
    summary: 'Eq 6 and 7: the patient card is here; a visit opens',
    params: None,
    body: Sealed,
    answer: z.strictObject({ reply: Base64 }),
    terminals: ['registration'],
    operator: { kind: 'staff', roles: ['registrar', 'nurse'] },
  },
  opening: {
    method: 'POST',
    path: '/v1/openings',
    summary: 'Eq 7 and 8: both cards are here; recent records, once a visit',
    params: None,
    body: Sealed,
    answer: z.strictObject({ reply: Base64 }),
    terminals: ['clinic'],
    operator: nobody,
  },
  record: {
    method: 'POST',
    path: '/v1/records',
    summary: 'Eq 9: a group-signed clinical record',
    params: None,
    body: Sealed,
    answer: Ack,
    terminals: ['clinic'],
    operator: { kind: 'presence' },
  },
  prescription: {
    method: 'POST',
    path: '/v1/prescriptions',
    summary: 'Eq 10: manifest for the bureau, designation by the patient card, ciphertext for the pharmacy',
    params: None,
    body: z.strictObject({ manifest: Base64, designation: Base64, ciphertext: Base64 }),
    answer: Ack,
    terminals: ['clinic'],
    operator: { kind: 'presence' },
  },
  messageState: {
    method: 'GET',
    path: '/v1/messages/:id',
    summary: 'Was the message with this id accepted? Settles a set that a card still holds open (eq 11)',
    params: z.strictObject({ id: Hash32 }),
    body: None,
    answer: z.strictObject({ accepted: z.boolean(), receivedAt: Instant.optional() }),
    terminals: everyTerminal,
    operator: nobody,
  },
  prescriptionStatus: {
    method: 'GET',
    path: '/v1/prescriptions/:rxId',
    summary: 'Status of R_X_ID',
    params: RxParam,
    body: None,
    answer: z.strictObject({
      rxId: Id16,
      state: PrescriptionState,
      parts: z.int(),
      /** Parts handed out. */
      used: z.int(),
      expires: Day,
      /** First day of the next part, where it has to wait for one. */
      opensOn: Day.optional(),
      pharmacy: InstitutionCode,
      /** Lines of the newest part that are owed. */
      owed: z.array(z.int()),
      /** Of the newest part, for the pharmacy that handed it out: on what the rest is given, and until when it can be taken back. */
      newest: z.strictObject({ pickupObject: Base64, pickupSignature: Base64, takeBackUntil: Instant }).optional(),
    }),
    terminals: ['clinic', 'pharmacy', 'bureau'],
    operator: nobody,
  },
  acceptance: {
    method: 'POST',
    path: '/v1/prescriptions/:rxId/acceptance',
    summary: 'The pharmacy prepares the next part: nobody else may; answers the secret of the lock, once',
    params: RxParam,
    /** `recover`: the lock is this pharmacy's and its secret lost; the former one is good for nothing then. */
    body: z.strictObject({ recover: z.boolean(), exception: RefillException.exactOptional() }),
    answer: z.strictObject({ secret: Hash32, part: z.int().min(1).max(3), acceptedAt: Instant }),
    terminals: ['pharmacy'],
    operator: { kind: 'staff', roles: ['pharmacist'] },
  },
  release: {
    method: 'POST',
    path: '/v1/prescriptions/:rxId/release',
    summary: 'Not prepared after all: the lock is given up',
    params: RxParam,
    body: z.strictObject({ secret: Hash32 }),
    answer: z.strictObject({ state: PrescriptionState }),
    terminals: ['pharmacy'],
    operator: { kind: 'staff', roles: ['pharmacist'] },
  },
  undispensing: {
    method: 'POST',
    path: '/v1/undispensings',
    summary: 'A dispensing taken back within 24 hours',
    params: None,
    body: Sealed,
    answer: Ack,
    terminals: ['pharmacy'],
    operator: { kind: 'staff', roles: ['pharmacist'] },
  },
  cancellation: {
    method: 'POST',
    path: '/v1/cancellations',
    summary: 'A doctor of the same institution cancels what was not collected',
    params: None,
    body: Sealed,
    answer: Ack,
    terminals: ['clinic'],
    operator: nobody,
  },
  designation: {
    method: 'POST',
    path: '/v1/designations',
    summary: 'The patient’s card names another pharmacy; the prescription comes along, sealed to it',
    params: None,
    body: z.strictObject({ designation: Base64, ciphertext: Base64 }),
    answer: Ack,
    terminals: ['registration', 'clinic', 'pharmacy'],
    operator: nobody,
  },
  inbox: {
    method: 'GET',
    path: '/v1/inbox',
    summary: 'Open prescriptions designated to the pharmacy of this terminal',
    params: None,
    body: None,
    answer: z.strictObject({
      items: z.array(
        z.strictObject({
          rxId: Id16,
          receivedAt: Instant,
          expires: Day,
          state: PrescriptionState,
          /** First day of the next part, where it has to wait for one. */
          opensOn: Day.optional(),
        }),
      ),
    }),
    terminals: ['pharmacy'],
    operator: { kind: 'staff', roles: ['pharmacist'] },
  },
  inboxItem: {
    method: 'GET',
    path: '/v1/inbox/:rxId',
    summary: 'One sealed prescription with its designation and receipt',
    params: RxParam,
    body: None,
    answer: z.strictObject({ rxId: Id16, ciphertext: Base64, designation: Base64, ack: Ack }),
    terminals: ['pharmacy'],
    operator: { kind: 'staff', roles: ['pharmacist'] },
  },
  pickup: {
    method: 'POST',
    path: '/v1/pickups',
    summary: 'Eq 17: the pickup, recorded once',
    params: None,
    body: Sealed,
    answer: Ack,
    terminals: ['pharmacy'],
    operator: { kind: 'staff', roles: ['pharmacist'] },
  },
  agentApproval: {
    method: 'POST',
    path: '/v1/agent-approvals',
    summary: 'Eq 5: the bureau approves an agent whom patient and agent have both signed for',
    params: None,
    body: Sealed,
    answer: AgentApproval,
    terminals: ['registration'],
    operator: { kind: 'staff', roles: ['registrar'] },
  },
  warrantErasure: {
    method: 'POST',
    path: '/v1/warrant-erasures',
    summary: 'A warrant taken back, by the patient’s card or a clerk',
    params: None,
    body: Sealed,
    answer: Ack,
    terminals: ['registration', 'clinic', 'pharmacy', 'bureau'],
    operator: nobody,
  },
  warrant: {
    method: 'GET',
    path: '/v1/warrants/:serial',
    summary: 'How a warrant stands, and the masked name of its agent',
    params: z.strictObject({ serial: Id16 }),
    body: None,
    answer: WarrantStanding,
    terminals: ['registration', 'pharmacy', 'bureau'],
    operator: { kind: 'staff', roles: ['registrar', 'pharmacist', 'clerk'] },
  },
  application: {
    method: 'POST',
    path: '/v1/applications',
    summary: 'Eq 1 and 2: enrol a patient; certificates for the keys born on the card',
    params: None,
    body: Sealed,
    answer: z.strictObject({ pid: Id16, signing: Base64, decryption: Base64, authentication: Base64 }),
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk'] },
  },
  fingerprints: {
    method: 'POST',
    path: '/v1/fingerprints',
    summary:
      'Eq 1: the holder’s card gives, refuses or withdraws fingerprints and photo; what was captured comes beside it',
    params: None,
    /** `decision`: FingerprintDecision, signed by the patient’s card, sealed. `set`: the bytes of a FingerprintSet, sealed unsigned. */
    body: z.strictObject({
      decision: Base64,
      set: Base64.exactOptional(),
      /** FINGER_DUPLICATE was looked into, these are two people: what the clerk found. Sent with the same decision and set. */
      duplicateFound: z.string().trim().min(1).max(200).exactOptional(),
    }),
    answer: FingerprintStanding,
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk'] },
  },
  fingerprintStanding: {
    method: 'GET',
    path: '/v1/fingerprints/:pid',
    summary: 'How a patient stands: enrolled, refused, withdrawn; never what was enrolled',
    params: z.strictObject({ pid: Id16 }),
    body: None,
    answer: FingerprintStanding,
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk'] },
  },
  emergencyQuery: {
    method: 'POST',
    path: '/v1/emergency/queries',
    summary:
      'Eq 13 and 14: who has these fingers? Group-signed by an emergency doctor; the probe comes beside the query',
    params: None,
    /** `query`: EmergencyQuery, group-signed, sealed. `probe`: the bytes of an EmergencyProbe, sealed unsigned. */
    body: z.strictObject({ query: Base64, probe: Base64 }),
    /** EmergencyCandidates. */
    answer: z.strictObject({ reply: Base64 }),
    terminals: ['emergency'],
    operator: nobody,
  },
  emergencyConfirmation: {
    method: 'POST',
    path: '/v1/emergency/confirmations',
    summary: 'Eq 15: a second person says who it is; the minimal record comes back',
    params: None,
    body: Sealed,
    /** EmergencyRecord. */
    answer: z.strictObject({ reply: Base64 }),
    terminals: ['emergency'],
    operator: nobody,
  },
  breakGlassLog: {
    method: 'GET',
    path: '/v1/break-glass-log',
    summary: 'Every query and confirmation of the emergency rooms, oldest first, 500 at most',
    params: None,
    /** After this position; from the beginning when left out. */
    body: z.strictObject({
      after: z
        .string()
        .regex(/^[0-9]{1,12}$/u)
        .optional(),
    }),
    /** `broken`: position of the first line of the whole log that does not fit the one before; null when all do. */
    answer: z.strictObject({ lines: z.array(BreakGlassLine), broken: z.int().nullable() }),
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk', 'officer'] },
  },
  joinChallenge: {
    method: 'POST',
    path: '/v1/group/challenges',
    summary: 'Eq 3: the issuer nonce of a join by a doctor’s card, and the card’s own certificate',
    params: None,
    body: z.strictObject({ certificate: Base64, authenticationKey: Base64 }),
    answer: z.strictObject({ nonce: Hash32, authentication: Base64 }),
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk'] },
  },
  join: {
    method: 'POST',
    path: '/v1/group/members',
    summary: 'Eq 3 and 4: the blind join; the credential comes back',
    params: None,
    body: z.strictObject({
      nonce: Hash32,
      certificate: Base64,
      Q: Base64,
      c: Base64,
      z: Base64,
      signature: Base64,
      attestation: Base64,
      doctorClasses: DoctorClasses,
    }),
    answer: z.strictObject({ credential: Base64 }),
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk'] },
  },
  bundle: {
    method: 'GET',
    path: '/v1/epochs/:epoch/bundles/:doctorClass',
    summary: 'The masked credentials of one epoch and class; the same for everybody who asks',
    params: z.strictObject({ epoch: EpochName, doctorClass: z.string().regex(/^[1-9][0-9]{0,4}$/u) }),
    body: None,
    answer: z.strictObject({ bundle: Base64 }),
    terminals: ['clinic', 'emergency', 'bureau'],
    operator: nobody,
  },
  staffCard: {
    method: 'POST',
    path: '/v1/staff-cards',
    summary: 'Certificates for the keys born on a staff card',
    params: None,
    body: z.strictObject({
      key: Base64,
      authenticationKey: Base64,
      institution: InstitutionCode,
      role: StaffRole,
      name: z.string().min(1).max(60),
      /** Serial number of the card it replaces: the same member of staff. */
      replaces: Id16.exactOptional(),
    }),
    answer: z.strictObject({ certificate: Base64, authentication: Base64 }),
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk'] },
  },
  terminalCardCertificate: {
    method: 'POST',
    path: '/v1/terminal-card-certificates',
    summary: 'A new card-verifiable certificate for the key with which this terminal speaks to cards',
    params: None,
    body: z.strictObject({ key: Base64 }),
    answer: z.strictObject({ certificate: Base64 }),
    terminals: everyTerminal,
    operator: nobody,
  },
  cardOrders: {
    method: 'POST',
    path: '/v1/card-orders',
    summary: 'The orders of the bureau to a card after the last it took, in sequence',
    params: None,
    body: z.strictObject({ serial: Id16, last: z.int().min(0).max(0xffff_ffff) }),
    answer: z.strictObject({ orders: z.array(Base64) }),
    terminals: everyTerminal,
    operator: nobody,
  },
  cards: {
    method: 'GET',
    path: '/v1/cards',
    summary: 'Cards of a holder, of a kind, in a state; newest first, 200 at most',
    params: None,
    body: z.strictObject({
      holder: z.string().min(1).max(200).optional(),
      nationalId: NationalId.optional(),
      kind: CardKind.optional(),
      status: CardStatus.optional(),
    }),
    answer: z.strictObject({ cards: z.array(CardView) }),
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk'] },
  },
  card: {
    method: 'GET',
    path: '/v1/cards/:serial',
    summary: 'A card, everything that happened to it, and the steps a clerk may take now',
    params: CardParam,
    body: None,
    answer: z.strictObject({ card: CardView, log: z.array(CardLogLine), steps: z.array(ClerkEvent) }),
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk'] },
  },
  cardWarrants: {
    method: 'GET',
    path: '/v1/cards/:serial/warrants',
    summary: 'The warrants of the holder of a health card, the newest first',
    params: CardParam,
    body: None,
    answer: z.strictObject({ warrants: z.array(WarrantStanding) }),
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk'] },
  },
  cardStep: {
    method: 'POST',
    path: '/v1/cards/:serial/events',
    summary: 'Report a card, suspend it, let it go again, take it back, put another in its place',
    params: CardParam,
    body: CardStep,
    answer: CardView,
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk'] },
  },
  openDispute: {
    method: 'POST',
    path: '/v1/disputes',
    summary: 'An officer orders a signature to be opened; the case to give to the openers',
    params: None,
    body: z.union([
      z.strictObject({ caseId: CaseId, reason: Reason, messageId: Hash32 }),
      z.strictObject({ caseId: CaseId, reason: Reason, signed: Base64 }),
    ]),
    answer: CaseFile,
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['officer'] },
  },
  dispute: {
    method: 'GET',
    path: '/v1/disputes/:caseId',
    summary: 'A case and whose shares are there',
    params: CaseParam,
    body: None,
    answer: CaseState,
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['officer'] },
  },
  disputeShare: {
    method: 'POST',
    path: '/v1/disputes/:caseId/shares',
    summary: 'An officer’s share, sealed to the bureau',
    params: CaseParam,
    body: z.strictObject({ sealed: Base64 }),
    answer: CaseState,
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['officer'] },
  },
  disputeProof: {
    method: 'POST',
    path: '/v1/disputes/:caseId/proof',
    summary: 'The shares combined: a proof that anybody can check',
    params: CaseParam,
    body: None,
    answer: ProofFile,
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['officer'] },
  },
  openingLog: {
    method: 'GET',
    path: '/v1/opening-log',
    summary: 'Every step of every opening, oldest first',
    params: None,
    body: None,
    answer: z.strictObject({ lines: z.array(OpeningLogLine) }),
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk', 'officer'] },
  },
  evidence: {
    method: 'GET',
    path: '/v1/evidence',
    summary: 'Every verification the bureau made, oldest first',
    params: None,
    body: None,
    answer: z.strictObject({
      records: z.array(
        z.strictObject({
          equation: z.string(),
          messageHash: Hash32,
          signature: z.base64(),
          keyId: Hash32,
          epoch: z.string(),
          result: z.string(),
          at: Instant,
          verifier: z.string(),
        }),
      ),
    }),
    terminals: ['bureau'],
    operator: { kind: 'staff', roles: ['clerk', 'officer'] },
  },
} as const satisfies Record<string, Route>;

export type BureauApi = typeof bureauApi;
export type RouteName = keyof BureauApi;

/** A refused request. */
export const ErrorAnswer = z.strictObject({
  error: z.strictObject({ code: z.string(), ref: z.string(), retry: z.boolean() }),
});
