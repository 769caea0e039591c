/**
 * What a desk may ask of the process that holds the readers: named operations on cards, never APDUs, never a reader handle.
 * Bytes cross as Uint8Array (structured clone). A slot is addressed by the label that `slots` gives it.
 * @module
 */
import { z } from 'zod';
import { BasicData } from './basic-data.ts';
import { Day, Hash32, Id16, InstitutionCode, PinDigits } from './formats.ts';
import { Allergy } from './safety.ts';

const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const Slot = z.string().min(1).max(200);
const None = z.strictObject({});
const inSlot = <S extends z.ZodRawShape>(shape: S) => z.strictObject({ slot: Slot, ...shape });

/** A place for an agent's key on a patient's card. */
const ProxySlot = z.int().min(0x11).max(0x14);

/** Which of our applications a card holds. */
export const CardKind = z.enum(['patient', 'doctor', 'staff']);
export type CardKind = z.infer<typeof CardKind>;

/**
 * Any card a desk knows: one of ours; the real NHI card, of which the public area can be read and nothing else; a citizen's certificate card, which
 * signs for its holder.
 */
export const KnownCard = z.enum([...CardKind.options, 'nhi', 'civil']);
export type KnownCard = z.infer<typeof KnownCard>;

/** One slot as a desk sees it. */
export const SlotView = z.strictObject({
  slot: Slot,
  state: z.enum(['empty', 'reading', 'ready', 'mute', 'unknown']),
  kind: KnownCard.optional(),
  /** Grows with every insertion: a card that left and came back has a new number, and no number is given twice. */
  insertion: z.int().min(0),
});
export type SlotView = z.infer<typeof SlotView>;

/** EF VISITS, what a visit leaves on the card (eq 11). */
export const VisitOnCard = z.strictObject({
  visitId: Id16,
  day: Day,
  institution: InstitutionCode,
  /** Codes of the diagnoses. */
  diagnoses: z.array(z.string().max(8)).max(6),
});
export type VisitOnCard = z.infer<typeof VisitOnCard>;

/** EF RXID, one prescription the card knows. */
export const PrescriptionOnCard = z.strictObject({
  rxId: Id16,
  /** First 16 bytes of rxh, hex. */
  hash16: Id16,
  /** Seconds since 1970. */
  issued: z.int().min(0),
  expires: z.int().min(0),
  parts: z.int().min(1).max(3),
  used: z.int().min(0),
  status: z.enum(['open', 'collected', 'cancelled']),
  controlled: z.boolean(),
  pharmacy: InstitutionCode,
});
export type PrescriptionOnCard = z.infer<typeof PrescriptionOnCard>;

/** A software card of the tray (where no reader is). */
export const TrayCard = z.strictObject({
  id: z.string().min(1),
  label: z.string(),
  kind: KnownCard,
  slot: Slot.optional(),
  /** Demonstration cards say their PIN on their face. */
  pin: z.string().optional(),
  /** And their PUK, to whoever asks for it. */
  puk: z.string().optional(),
});
export type TrayCard = z.infer<typeof TrayCard>;

/** Eq 11 as one set: the id of the message whose acceptance decides about it, visit, R_X_ID and the sealed prescription, allergies. */
const VisitSetInput = inSlot({
  reference: Hash32,
  visit: VisitOnCard,
  prescription: z
    .strictObject({ record: PrescriptionOnCard.omit({ used: true, status: true }), body: Bytes })
    .optional(),
  /** For EF ALLERGY; what the card holds already, or has no room for any more, is left out. */
  allergies: z.array(Allergy).max(20).exactOptional(),
});
const SetInput = inSlot({ reference: Hash32 });
/** With it the PIN is a transport PIN: the card opens nothing before its holder has changed it. */
const TRANSPORT = { transport: z.literal(true).exactOptional() } as const;
/** What a card that is issued is given besides its holder's certificates: its own (CVC), and the bureau's signing certificate (DER), whose orders it takes. */
const CARD_TRUST = { authentication: Bytes, bureauSigning: Bytes } as const;
export type CardTrust = { readonly [K in keyof typeof CARD_TRUST]: Uint8Array };

export const cardServiceContract = {
  procedures: {
    slots: { input: None, output: z.array(SlotView) },
    patientCertificates: { input: inSlot({}), output: z.strictObject({ signing: Bytes, decryption: Bytes }) },
    /**
     * Signs the DER of CMS signed attributes that the card itself parses: 64 bytes r ‖ s. With the bureau's token for a challenge to this
     * terminal, once without the PIN where the card's policy lets it.
     */
    patientSign: { input: inSlot({ attributes: Bytes, challengeToken: Bytes.optional() }), output: Bytes },
    /** 16 fresh bytes of the card, for which the bureau signs its challenge. */
    patientChallenge: { input: inSlot({}), output: Bytes },
    /** A doctor's card in another slot, its PIN verified, proves itself to the patient's card: what is granted beside a doctor opens. */
    patientMeetsDoctor: { input: inSlot({ doctorSlot: Slot }), output: None },
    patientVerifyPin: { input: inSlot({ pin: PinDigits }), output: None },
    /** ECDH with the card's decryption key: ephemeral point, 65 bytes, in; shared x, 32 bytes, out. */
    patientAgree: { input: inSlot({ point: Bytes }), output: Bytes },
    patientPrescriptions: { input: inSlot({}), output: z.array(PrescriptionOnCard) },
    /** EF ALLERGY in the order of the file, and how many records are of a form that nobody here knows. */
    patientAllergies: {
      input: inSlot({}),
      output: z.strictObject({ allergies: z.array(Allergy), unreadable: z.int().min(0) }),
    },
    /**
     * The newest time that the card has seen, seconds since 1970, after a token of the bureau (68 bytes) where it is newer; 0 when it has seen none.
     * By it the card judges the term of a prescription and of a warrant.
     */
    patientTime: { input: inSlot({ token: Bytes }), output: z.strictObject({ time: z.int().min(0) }) },
    /** The sealed prescription of eq 10 as the clinic wrote it. */
    patientPrescriptionBody: { input: inSlot({ rxId: Id16 }), output: Bytes },
    /** The set that an earlier stay left open; `filling` lacks records and can only be taken back. The reference is zero when none is. */
    patientPendingSet: {
      input: inSlot({}),
      output: z.strictObject({ state: z.enum(['none', 'filling', 'complete']), reference: Hash32 }),
    },
    /** Eq 11 up to its commit: the card holds all of it and shows none. */
    patientStageVisit: { input: VisitSetInput, output: None },
    /** The open set with this reference takes effect; harmless when it is not open. */
    patientCommitSet: { input: SetInput, output: None },
    /** The open set with this reference is taken back; harmless when it is not open. */
    patientRollBackSet: { input: SetInput, output: None },
    /** Eq 11 whole, and once: staged and committed unless the card holds it. */
    patientWriteVisit: { input: VisitSetInput, output: None },
    /**
     * Eq 17: the card builds and signs PU, once; for the pharmacy and terminal of this channel. With `proxySlot` the agent there, whose PIN was
     * given, collects instead, and the signature is T ‖ s, 65 bytes (eq 18).
     */
    patientConsume: {
      input: inSlot({
        rxId: Id16,
        part: z.int().min(1).max(3),
        rxHash: Bytes,
        nonce: Bytes,
        proxySlot: ProxySlot.exactOptional(),
      }),
      output: z.strictObject({ pickupObject: Bytes, signature: Bytes, partsLeft: z.int().min(0) }),
    },
    /**
     * The same by two health cards under a warrant of two cards (W, 32 bytes), both PINs given: the agent's own is in `agentSlot`. The signature is
     * T ‖ s, 65 bytes.
     */
    patientConsumeBeside: {
      input: inSlot({
        rxId: Id16,
        part: z.int().min(1).max(3),
        rxHash: Bytes,
        nonce: Bytes,
        proxySlot: ProxySlot,
        agentSlot: Slot,
        delegation: Bytes,
      }),
      output: z.strictObject({ pickupObject: Bytes, signature: Bytes, partsLeft: z.int().min(0) }),
    },
    /** EF WARRANT: agents of the holder. `proxySlot` is 17 to 20, points have 33 bytes, `omega` is the warrant. */
    patientWarrants: {
      input: inSlot({}),
      output: z.array(z.strictObject({ proxySlot: ProxySlot, rP: Bytes, rA: Bytes, agentKey: Bytes, omega: Bytes })),
    },
    /** Eq 5, the holder's half, after the PIN: PK_A (65 bytes) and the warrant; R_P, X and r ‖ s over the offer. */
    patientOfferProxy: {
      input: inSlot({ proxySlot: ProxySlot, agentPoint: Bytes, omega: Bytes }),
      output: z.strictObject({ rP: Bytes, x: Bytes, signature: Bytes }),
    },
    /** Eq 5, the agent's half, sealed to X with the agent's PIN; PK_Ap, 33 bytes. */
    patientAcceptProxy: {
      input: inSlot({ proxySlot: ProxySlot, rA: Bytes, sealed: Bytes }),
      output: z.strictObject({ proxyKey: Bytes }),
    },
    /** Eq 5 on the agent's own health card, after its PIN: PK_P (65 bytes), the offer and the warrant of two cards; R_A and r ‖ s over its word. */
    agentJoin: {
      input: inSlot({ patientPoint: Bytes, rP: Bytes, x: Bytes, signature: Bytes, omega: Bytes }),
      output: z.strictObject({ rA: Bytes, word: Bytes }),
    },
    /** Eq 5, the agent's card's answer and the PIN that the agent chose for this card; PK_Ap, 33 bytes. */
    patientAcceptJoint: {
      input: inSlot({ proxySlot: ProxySlot, rA: Bytes, word: Bytes, pin: PinDigits }),
      output: z.strictObject({ proxyKey: Bytes }),
    },
    /** Empties a slot, after the holder's PIN; at registration. */
    patientEraseProxy: { input: inSlot({ proxySlot: ProxySlot }), output: None },
    /** The agent's PIN of a slot. */
    patientVerifyAgentPin: { input: inSlot({ proxySlot: ProxySlot, pin: PinDigits }), output: None },
    /** The public area of the real NHI card: whole, so for the station only. */
    nhiBasicData: { input: inSlot({}), output: BasicData },
    /** A citizen's certificate card: its certificate, DER, with name and number, so for the station only. */
    civilCertificate: { input: inSlot({}), output: Bytes },
    /** Its PIN, and one signature under it over the DER of signed attributes, which such a card does not read: 64 bytes r ‖ s. */
    civilSign: { input: inSlot({ attributes: Bytes, pin: PinDigits }), output: Bytes },
    /** The public part of the doctor's credential and the group key it belongs to. */
    doctorCredential: { input: inSlot({}), output: z.strictObject({ groupKey: Bytes, credential: Bytes }) },
    doctorVerifyPin: { input: inSlot({ pin: PinDigits }), output: None },
    /** Opens a session for `count` group signatures of the named purposes (codes of groupsig.md's ctx). */
    doctorSession: {
      input: inSlot({ purposes: z.array(z.int().min(1).max(6)).min(1), count: z.int().min(1).max(250) }),
      output: None,
    },
    /** Takes back the session and the PIN that opened it. */
    doctorEndSession: { input: inSlot({}), output: None },
    doctorCommit: { input: inSlot({}), output: z.strictObject({ id: Bytes, N: Bytes }) },
    doctorRespond: {
      input: inSlot({ id: Bytes, head: Bytes, hm: Bytes, tx: Bytes }),
      output: z.strictObject({ n: Bytes, zs: Bytes }),
    },
    staffCertificate: { input: inSlot({}), output: Bytes },
    staffVerifyPin: { input: inSlot({ pin: PinDigits }), output: None },
    staffSign: { input: inSlot({ attributes: Bytes }), output: Bytes },
    /** Any of our cards: its holder's PIN, old and new; the new one by the PUK. */
    changePin: { input: inSlot({ pin: PinDigits, next: PinDigits }), output: None },
    unblockPin: { input: inSlot({ puk: PinDigits, next: PinDigits }), output: None },
    /** Any of our cards, a blocked one too: its serial number, and the number of the bureau's last order to it. */
    cardOrders: { input: inSlot({}), output: z.strictObject({ serial: Id16, last: z.int().min(0) }) },
    /** Gives it the next order; false when that is counted and changed nothing. */
    cardOrder: { input: inSlot({ order: Bytes }), output: z.strictObject({ applied: z.boolean() }) },
    /** Issuing desk: keys are born on a blank card; SubjectPublicKeyInfo of each comes out. */
    issuePatientKeys: {
      input: inSlot({}),
      output: z.strictObject({ signing: Bytes, decryption: Bytes, authentication: Bytes }),
    },
    issuePatientFinish: {
      input: inSlot({
        signing: Bytes,
        decryption: Bytes,
        ...CARD_TRUST,
        pid: Id16,
        pin: PinDigits,
        puk: PinDigits,
        ...TRANSPORT,
      }),
      output: None,
    },
    /** `authentication` also attests the join. With `known` the keys are those that were made before. */
    issueDoctorKeys: {
      input: inSlot({ known: z.literal(true).exactOptional() }),
      output: z.strictObject({ signing: Bytes, authentication: Bytes }),
    },
    /**
     * Eq 3: the blind join, once, with PIN; the certificate and the group key go on the card first. A card that is to get a transport PIN is
     * not active after it: to issueDoctorFinish with that PIN.
     */
    issueDoctorJoin: {
      input: inSlot({
        certificate: Bytes,
        ...CARD_TRUST,
        groupKey: Bytes,
        nonce: Bytes,
        pin: PinDigits,
        puk: PinDigits,
        ...TRANSPORT,
      }),
      output: z.strictObject({ Q: Bytes, c: Bytes, z: Bytes, signature: Bytes, attestation: Bytes }),
    },
    /** With a PIN: that is the transport PIN, and the card becomes active now. */
    issueDoctorFinish: { input: inSlot({ credential: Bytes, pin: PinDigits.exactOptional() }), output: None },
    issueStaffKeys: { input: inSlot({}), output: z.strictObject({ signing: Bytes, authentication: Bytes }) },
    issueStaffFinish: {
      input: inSlot({ certificate: Bytes, ...CARD_TRUST, pin: PinDigits, puk: PinDigits, ...TRANSPORT }),
      output: None,
    },
    tray: { input: None, output: z.array(TrayCard) },
    trayInsert: { input: z.strictObject({ card: z.string(), slot: Slot }), output: None },
    trayRemove: { input: inSlot({}), output: None },
  },
  events: {
    slots: z.array(SlotView),
    tray: z.array(TrayCard),
  },
} as const;
