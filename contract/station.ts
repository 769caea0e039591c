/**
 * What a screen may ask of its station. Screens render the state that the station publishes and send intents; they decide nothing.
 * JSON-safe throughout. One contract for all desks: an intent that the desk does not have is STEP_OUT_OF_ORDER.
 * @module
 */
import { z } from 'zod';
import { AgentScope, AgentServiceView } from './agent-service.ts';
import { ErasureReason } from './agents.ts';
import { CardStep } from './card-life.ts';
import { CardInReader, CardOfficeFlow, CardQuery } from './card-office-desk.ts';
import { CardKind, SlotView, TrayCard } from './card-service.ts';
import { ClinicFlow, ComfortView, VisitDraft } from './clinic-desk.ts';
import { CandidatesStep, EmergencyCase, EmergencyRecordStep, FingersStep, MAX_FINGERS } from './emergency-desk.ts';
import { type ErrorCode, isErrorCode, Refusal } from './errors.ts';
import { IMPRESSIONS } from './fingerprint-desk.ts';
import { FingerprintDecision, Photo } from './fingerprints.ts';
import { Id16, Instant, InstitutionCode, PinDigits, StaffRole } from './formats.ts';
import { IdentityView } from './identity.ts';
import { IssuedScope } from './issued.ts';
import { LineOutcome } from './messages.ts';
import { PharmacyFlow } from './pharmacy-desk.ts';
import { PinServiceView, PinWork } from './pin-service.ts';
import { RefillException } from './prescription-state.ts';
import { RegistrationFlow } from './registration-desk.ts';
import { SafetyTableHead } from './safety.ts';
import { Idle, Refused, Working } from './stage.ts';
import { AskedFinger, LaidFinger } from './taken-finger.ts';

const None = z.strictObject({});

/** The desks of the product. The card office is the bureau's own, at a terminal with the role `bureau`. */
export const Desk = z.enum(['registration', 'clinic', 'pharmacy', 'emergency', 'card-office']);
export type Desk = z.infer<typeof Desk>;

/** A term of a code system in both languages. */
const Term = z.strictObject({ code: z.string(), zh: z.string(), en: z.string() });
export type Term = z.infer<typeof Term>;

/** Emergency: why -> fingers -> candidates -> the record of the one whom a second person confirmed. */
export const EmergencyFlow = z.discriminatedUnion('step', [
  Idle,
  Working,
  FingersStep,
  CandidatesStep,
  EmergencyRecordStep,
  Refused,
]);
export type EmergencyFlow = z.infer<typeof EmergencyFlow>;

/** A message of this desk that the bureau refused for good. */
export const Conflict = z.strictObject({
  id: z.string(),
  route: z.enum(['record', 'prescription', 'pickup']),
  /** Of a pickup: which prescription and part. */
  rxId: Id16.optional(),
  part: z.int().optional(),
  code: z.custom<ErrorCode>(isErrorCode),
  /** When it was signed here. */
  at: Instant,
});
export type Conflict = z.infer<typeof Conflict>;

const common = {
  slots: z.array(SlotView),
  /**
   * The member of staff who signed on with a staff card; a clinic has none, the doctor signs. `offLine`: while the bureau was away; the bureau is
   * told as soon as it is back.
   */
  operator: z.strictObject({ role: StaffRole, until: Instant, offLine: z.boolean() }).optional(),
  /** Why the last sign-on failed. */
  signOnRefusal: Refusal.optional(),
  /** What the bureau refused for good: a person has to deal with each, nothing is dropped. */
  conflicts: z.array(Conflict),
  /** Set while the desk serves a holder's PIN and does nothing else. */
  pinService: PinServiceView.optional(),
  /** Set while the desk serves the agents of a card and does nothing else. */
  agentService: AgentServiceView.optional(),
  bureau: z.strictObject({ online: z.boolean(), waiting: z.int().min(0) }),
} as const;

/** Everything a screen shows. */
export const DeskState = z.discriminatedUnion('desk', [
  z.strictObject({
    desk: z.literal('registration'),
    ...common,
    flow: RegistrationFlow,
    identity: IdentityView,
    /** Whether this desk has a component that reads virtual cards. */
    virtualCards: z.boolean(),
  }),
  z.strictObject({
    desk: z.literal('clinic'),
    ...common,
    flow: ClinicFlow,
    /** Set while the doctor's card signs without a further PIN. */
    comfort: ComfortView.optional(),
  }),
  z.strictObject({
    desk: z.literal('pharmacy'),
    ...common,
    flow: PharmacyFlow,
    /** Of when keys, lists and certificates are that this desk verifies with; absent before there were any. */
    materialFrom: Instant.optional(),
  }),
  z.strictObject({ desk: z.literal('emergency'), ...common, flow: EmergencyFlow }),
  z.strictObject({
    desk: z.literal('card-office'),
    ...common,
    flow: CardOfficeFlow,
    /** Cards in its readers without the clerk's own, while a clerk is signed on. */
    inReaders: z.array(CardInReader),
  }),
]);
export type DeskState = z.infer<typeof DeskState>;

/** What a station is and where it stands. */
export const StationDescription = z.strictObject({
  desks: z.array(Desk).min(1),
  /** Whose desk each is: a demonstration has desks of a hospital and of a pharmacy. */
  institutions: z.array(z.strictObject({ desk: Desk, code: InstitutionCode, name: z.string() })).min(1),
  source: z.enum(['pcsc', 'software']),
  demonstration: z.boolean(),
  conditions: z.array(Term),
  medications: z.array(Term),
  pharmacies: z.array(z.strictObject({ code: InstitutionCode, name: z.string() })),
  /** Classes of allergens in the clinic's safety table, and which table that is; left out where none is loaded. */
  allergens: z.array(Term),
  safetyTable: SafetyTableHead.optional(),
  /** Fingers that can be laid on the scanner of a demonstration; left out where there is a real one or none. */
  laidFingers: z.array(LaidFinger).exactOptional(),
});
export type StationDescription = z.infer<typeof StationDescription>;

const onDesk = <S extends z.ZodRawShape>(shape: S) => z.strictObject({ desk: Desk, ...shape });

const NEW_PIN = { next: PinDigits, again: PinDigits } as const;

export const stationContract = {
  procedures: {
    describe: { input: None, output: StationDescription },
    state: { input: onDesk({}), output: DeskState },
    /** Registration, pharmacy and card office: the staff card in a reader of this desk and its PIN. */
    signOn: { input: onDesk({ pin: PinDigits }), output: DeskState },
    /** Clinic: ends comfort signing. */
    signOff: { input: onDesk({}), output: DeskState },
    /** Registration: eq 6 and 7. Starts by itself when a patient card comes in; here again after a refusal. */
    checkIn: { input: onDesk({}), output: DeskState },
    /** Registration: the NHI card's public area, once more. Starts by itself when such a card comes in. */
    readNhiCard: { input: onDesk({}), output: DeskState },
    /** Registration: what a scanner read from the patient's telephone. What is no QR code of a virtual card is refused in the state. */
    readVirtualCard: { input: onDesk({ qr: z.string().max(4096) }), output: DeskState },
    /** Clinic: the doctor's card and its PIN, once for many signatures. Rejects with the codes of a PIN and of a card. */
    openComfort: { input: onDesk({ pin: PinDigits }), output: DeskState },
    /** Clinic: both cards present, the doctor's PIN; eq 7 and 8. Without a PIN only under comfort signing: PIN_REQUIRED. */
    openVisit: { input: onDesk({ pin: PinDigits.exactOptional() }), output: DeskState },
    /** Clinic: what the draft's drugs meet; the answer stands in the state until the next review. Must come before signing where anything is found. */
    reviewVisit: { input: onDesk({ draft: VisitDraft }), output: DeskState },
    /** Clinic: eq 9, 10 and 11; the PIN as in openVisit, and with one comfort signing ends. */
    signVisit: { input: onDesk({ pin: PinDigits.exactOptional(), draft: VisitDraft }), output: DeskState },
    /**
     * Clinic, while no visit is open: what was issued here, at this page or the last one there is. The list names patients: the doctor's card, and
     * its PIN unless comfort signing is open or the list is shown already; it goes with the card. Refusals stand in the state.
     */
    openIssued: {
      input: onDesk({ scope: IssuedScope, page: z.int().min(1), pin: PinDigits.exactOptional() }),
      output: DeskState,
    },
    /**
     * Clinic: one of that list, or the one that was signed just now, is not to be collected any more: group-signed (purpose 06) with the PIN, which
     * ends comfort signing. What was collected stays so. Refusals stand in the state; STEP_OUT_OF_ORDER for any other rejects.
     */
    cancelPrescription: {
      input: onDesk({ rxId: Id16, reason: z.string().trim().min(1).max(200), pin: PinDigits }),
      output: DeskState,
    },
    /** Pharmacy: eq 16. Starts by itself when a patient card comes in. */
    lookUp: { input: onDesk({}), output: DeskState },
    /** Pharmacy: from here on this desk prepares the part and nobody else may. `recover`: the lock is ours, its secret lost. */
    accept: { input: onDesk({ rxId: Id16, recover: z.boolean() }), output: DeskState },
    /** Pharmacy: not prepared after all. */
    release: { input: onDesk({ rxId: Id16 }), output: DeskState },
    /**
     * Pharmacy: eq 17. Without `lines` everything is given; a line left out is owed. `exception` hands a part out before its window. `pin` is
     * the holder's, where the card asks for it: PIN_REQUIRED in the state without it.
     */
    dispense: {
      input: onDesk({
        rxId: Id16,
        lines: z.array(LineOutcome).min(1).max(60).exactOptional(),
        exception: RefillException.exactOptional(),
        pin: PinDigits.exactOptional(),
      }),
      output: DeskState,
    },
    /**
     * Pharmacy: a prescription of the card that was sent to another pharmacy (RX_OTHER_PHARMACY in the list) is to be collected here. The holder's
     * PIN opens the copy on the card, which is sealed to this pharmacy and designated anew (eq 10); the list is looked up again. Refusals
     * stand in the state.
     */
    designateHere: { input: onDesk({ rxId: Id16, pin: PinDigits }), output: DeskState },
    /** Pharmacy: the newest part, within 24 hours. The card is told at once. */
    takeBack: { input: onDesk({ rxId: Id16, reason: z.string().trim().min(1).max(200) }), output: DeskState },
    /** Pharmacy, while no patient's card is in: fetched anew, at this page or the last one there is. OPERATOR_REQUIRED rejects. */
    openWorkList: { input: onDesk({ page: z.int().min(1) }), output: DeskState },
    /** Pharmacy: one of the list that is shown. `accept` and `release` serve it too. */
    openWorkItem: { input: onDesk({ rxId: Id16 }), output: DeskState },
    /**
     * Pharmacy: what a scanner read. Found among the prescriptions of the card that is in, else in the work list. Refusals stand in the state,
     * RX_CODE_INVALID for what is no code of ours; over the result of a hand-out they reject.
     */
    readPickupCode: { input: onDesk({ text: z.string().max(4096) }), output: DeskState },
    /** Clinic: the slip; pharmacy: what is printed of the hand-out. Counted once more, before the screen prints. */
    printed: { input: onDesk({ rxId: Id16 }), output: DeskState },
    /** Card office. OPERATOR_REQUIRED rejects; every other refusal stands in the state. */
    findCards: { input: onDesk({ query: CardQuery }), output: DeskState },
    /**
     * Card office: a step with the card that is open, for a reason of at least one letter. `by` of `replace` and `renew` is a card that lies in a
     * reader of this desk: CARD_LOST in the state when it does no more. STEP_OUT_OF_ORDER and OPERATOR_REQUIRED reject.
     */
    takeCardStep: {
      input: onDesk({ serial: Id16, step: CardStep.refine(({ reason }) => /\S/u.test(reason), { path: ['reason'] }) }),
      output: DeskState,
    },
    /** Emergency: the doctor's card in a reader; the bureau's challenge is fetched. Refusals stand in the state. */
    beginEmergency: { input: onDesk({ about: EmergencyCase }), output: DeskState },
    /**
     * Emergency and card office: waits for a finger and takes it. A finger that is there already is taken anew: at the emergency desk the better
     * impression stays, at the card office it is the next of three. Refusals stand in the state.
     */
    takeFinger: { input: onDesk({ finger: AskedFinger }), output: DeskState },
    /** Emergency and card office: an impression of the list is thrown away. */
    dropFinger: {
      input: onDesk({
        index: z
          .int()
          .min(0)
          .max(Math.max(MAX_FINGERS, 10 * IMPRESSIONS) - 1),
      }),
      output: DeskState,
    },
    /** Emergency: eqs 13 and 14 with the PIN of the doctor's card, which wants it right before such a signature. Refusals stand in the state. */
    searchFingers: { input: onDesk({ pin: PinDigits }), output: DeskState },
    /** Emergency: back from the candidates to the fingers, for others. */
    moreFingers: { input: onDesk({}), output: DeskState },
    /** Emergency: eq 15. A second person's staff card in a reader and its PIN: this one it is. Refusals stand in the state. */
    confirmCandidate: { input: onDesk({ handle: Id16, pin: PinDigits }), output: DeskState },
    /** Emergency: somebody is still there. */
    stay: { input: onDesk({}), output: DeskState },
    /** Card office: how the holder of the patient's card in a reader stands. OPERATOR_REQUIRED rejects, here and in the next two. */
    openFingerprints: { input: onDesk({}), output: DeskState },
    /** Card office: the holder decides and signs with the card; to give means what was taken, and a photo. Other refusals stand in the state. */
    decideFingerprints: {
      input: onDesk({
        decision: FingerprintDecision.shape.decision,
        pin: PinDigits,
        photo: Photo.exactOptional(),
      }).refine(({ decision, photo }) => (decision === 'enrol') === (photo !== undefined), { path: ['photo'] }),
      output: DeskState,
    },
    /** Card office: after FINGER_DUPLICATE. What the clerk found: these are two people. */
    settleDuplicate: { input: onDesk({ found: z.string().trim().min(1).max(200) }), output: DeskState },
    /** Demonstration: a finger of {@link StationDescription} is laid on the scanner. */
    layFinger: { input: z.strictObject({ id: LaidFinger.shape.id }), output: None },
    /** Card office: a warrant of those that are shown is taken back for good, for a reason. Rejects as `takeCardStep`; every other refusal stands in the state. */
    eraseWarrant: { input: onDesk({ serial: Id16, reason: ErasureReason }), output: DeskState },
    /** Any desk: somebody has dealt with a conflict and says how; it is kept with the note. NOT_FOUND. */
    settleConflict: { input: onDesk({ id: z.string(), note: z.string().trim().min(1).max(500) }), output: DeskState },
    /** Any desk that rests: from here on a holder's PIN is served, and no card starts anything. A clinic with an open visit: STEP_OUT_OF_ORDER. */
    openPinService: { input: onDesk({ work: PinWork }), output: DeskState },
    /** A card in a reader of the desk: its old PIN, the new one twice. Refusals stand in the state. */
    changePin: { input: onDesk({ card: CardKind, pin: PinDigits, ...NEW_PIN }), output: DeskState },
    /** Likewise with the PUK, ten times in a card's life. */
    unblockPin: { input: onDesk({ card: CardKind, puk: PinDigits, ...NEW_PIN }), output: DeskState },
    /** Registration and pharmacy, at rest: the agents of a health card, from here on; it is read when it lies in the reader. */
    openAgentService: { input: onDesk({}), output: DeskState },
    /** Registration: another agent; the holder's PIN. Refusals of this and the next four stand in the state. */
    beginAgent: { input: onDesk({ pin: PinDigits }), output: DeskState },
    /** Who may collect this. */
    proposeAgent: { input: onDesk({ scope: AgentScope }), output: DeskState },
    /** The agent's own health card and its PIN. */
    consentAgent: { input: onDesk({ pin: PinDigits }), output: DeskState },
    /** Eq 5: the holder's card and PIN, and the PIN that the agent chooses, twice. */
    acceptAgent: { input: onDesk({ pin: PinDigits, ...NEW_PIN }), output: DeskState },
    /**
     * Pharmacy: the agent of a warrant and that agent's PIN; lists what it names (eq 16), to be handed out under it. `own` is the PIN of the agent's own
     * health card in another reader, where the warrant reaches controlled drugs.
     */
    collectAsAgent: {
      input: onDesk({ serial: Id16, pin: PinDigits, own: PinDigits.exactOptional() }),
      output: DeskState,
    },
    /** The holder's PIN: a warrant taken back. */
    withdrawAgent: { input: onDesk({ serial: Id16, pin: PinDigits }), output: DeskState },
    /** Back to idle, the PIN service closed; nothing of the last patient stays. */
    clear: { input: onDesk({}), output: DeskState },
    /** Software cards: what lies in the tray. Empty where real readers are. */
    tray: { input: None, output: z.array(TrayCard) },
    trayInsert: { input: z.strictObject({ card: z.string(), slot: z.string() }), output: None },
    trayRemove: { input: z.strictObject({ slot: z.string() }), output: None },
  },
  events: {
    state: DeskState,
    tray: z.array(TrayCard),
  },
} as const;
