/**
 * The patient application from the host's side: eqs 2, 6, 11 and 17 as named operations. Arguments and results are plain data.
 * @module
 */
import { concat, equalBytes } from '../../crypto/common/bytes.ts';
import {
  type ChallengeToken,
  decodeStandingToken,
  decodeTimeToken,
  encodeChallengeToken,
  encodeStandingToken,
  encodeTimeToken,
  type StandingToken,
  type TimeToken,
} from '../../crypto/proxysig/bureau-token.ts';
import {
  decodePrescriptionRecord,
  encodePrescriptionRecord,
  type PrescriptionRecord,
} from '../../crypto/proxysig/prescription-record.ts';
import type { CardSession } from '../apdu/card-session.ts';
import type { PinBlock } from '../apdu/pin-block.ts';
import { CardError } from '../card-error.ts';
import {
  exchange,
  open,
  readFile,
  readRecord,
  readRecords,
  type Signal,
  verifyPin,
  writeFile,
} from './card-commands.ts';
import { APPLICATIONS, PATIENT_FILES } from './card-profile.ts';
import { type ConsumeRequest, collect, type Pickup } from './collect-command.ts';
import { type HolderOperations, holderOperations } from './holder.ts';
import { type JointOperations, jointOperations, type ProxyOffer } from './joint-app.ts';
import {
  commitSet,
  type PendingSetStatus,
  pendingSetStatus,
  rollBackSet,
  type StagedRecord,
  type StagedSet,
  stageSet,
} from './pending-set.ts';
import { openChannel, type TerminalCredential } from './secure-channel.ts';
import { decodeVisitRecord, encodeVisitRecord } from './visit-record.ts';

/** DER of the card's certificates; `chain` as the issuer wrote it. */
export interface PatientCertificates {
  readonly signing: Uint8Array;
  readonly decryption: Uint8Array;
  readonly chain: Uint8Array;
}

/** What one visit leaves on the card: a visit of at most 254 bytes, prescriptions with their sealed bodies (at most 4,080 bytes), allergies of at most 40. */
export interface VisitSet {
  /** Id of the message that the bureau accepts or not, 32 bytes: what becomes of the set is settled by it. */
  readonly reference: Uint8Array;
  readonly visit?: Uint8Array;
  readonly prescriptions?: readonly {
    readonly record: Omit<PrescriptionRecord, 'used' | 'status'>;
    readonly body?: Uint8Array;
  }[];
  readonly allergies?: readonly Uint8Array[];
}

/** A record of EF WARRANT; points have 33 bytes, omega as in crypto/proxysig/warrant.ts. */
export interface WarrantOnCard {
  readonly slot: number;
  readonly rP: Uint8Array;
  readonly rA: Uint8Array;
  readonly agentKey: Uint8Array;
  readonly omega: Uint8Array;
}

/** A doctor card's proof to another card: its certificate, and r ‖ s (64 bytes) over the other's challenge and the terminal. */
export interface RoleProof {
  readonly certificate: Uint8Array;
  readonly signature: Uint8Array;
}

/** A patient card. Every call may reject with CARD_LOST, CARD_ANSWER_INVALID and CANCELLED besides what it names. */
export interface PatientApp extends HolderOperations, JointOperations {
  readCertificates(signal?: Signal): Promise<PatientCertificates>;
  /** Newest signed standing; undefined before the first. */
  readStanding(signal?: Signal): Promise<StandingToken | undefined>;
  /** Newest signed time; undefined before the first. */
  readTimeToken(signal?: Signal): Promise<TimeToken | undefined>;
  /** Visits as they were written, newest first, at most six. */
  readVisits(signal?: Signal): Promise<readonly Uint8Array[]>;
  readPrescriptions(signal?: Signal): Promise<readonly PrescriptionRecord[]>;
  /** The sealed prescription of eq 10, by its R_X_ID or by its place from 0; rejects with CARD_RECORD_NOT_FOUND. */
  readPrescriptionBody(which: Uint8Array | number, signal?: Signal): Promise<Uint8Array>;
  readAllergies(signal?: Signal): Promise<readonly Uint8Array[]>;
  readEmergency(signal?: Signal): Promise<Uint8Array>;
  /** At most 512 bytes, after the PIN. */
  writeEmergency(data: Uint8Array, signal?: Signal): Promise<void>;
  /** x of the card's decryption key times an uncompressed point, 32 bytes; rejects with PIN_REQUIRED. */
  agree(ephemeralPoint: Uint8Array, signal?: Signal): Promise<Uint8Array>;
  /** Eq 11 up to the commit: all records lie on the card, none is visible yet. Refusals as stageSet in pending-set.ts. */
  stageVisitAndPrescription(set: VisitSet, signal?: Signal): Promise<StagedSet>;
  /** Eq 11 whole: staged, compared, committed. */
  writeVisitAndPrescription(set: VisitSet, signal?: Signal): Promise<StagedSet>;
  txStatus(signal?: Signal): Promise<PendingSetStatus>;
  commit(set: StagedSet, signal?: Signal): Promise<void>;
  rollback(sequence: number, signal?: Signal): Promise<void>;
  /** Eq 17. Rejects with CARD_ALREADY_USED, CARD_RECORD_NOT_FOUND, CARD_OUTSIDE_WINDOW, PIN_REQUIRED (controlled drug). */
  consume(request: ConsumeRequest, signal?: Signal): Promise<Pickup>;
  /** The agents' PIN, slots 11 to 14 (AGENT_SLOTS); as {@link HolderOperations.verifyPin}. */
  verifyAgentPin(slot: number, pin: PinBlock, signal?: Signal): Promise<void>;
  /** Eq 5, first half, after the holder's PIN: PK_A uncompressed and the warrant. Rejects with CARD_WARRANT_REFUSED, CARD_ALREADY_USED for a slot that is taken. */
  proxyOffer(slot: number, agentPoint: Uint8Array, omega: Uint8Array, signal?: Signal): Promise<ProxyOffer>;
  /** Eq 5, second half: R_A and what the agent sealed. Answers PK_Ap, 33 bytes. */
  proxyAccept(slot: number, rA: Uint8Array, sealed: Uint8Array, signal?: Signal): Promise<Uint8Array>;
  /** Empties a slot, after the holder's PIN. */
  proxyErase(slot: number, signal?: Signal): Promise<void>;
  /** Eq 18, after the agent's PIN. As {@link consume}, the signature T ‖ s of 65 bytes; rejects with CARD_WARRANT_REFUSED too. */
  proxySign(slot: number, request: ConsumeRequest, signal?: Signal): Promise<Pickup>;
  /** EF WARRANT: slot, R_P, R_A, PK_A and warrant of each delegation. */
  readWarrants(signal?: Signal): Promise<readonly WarrantOnCard[]>;
  /** Rejects with CARD_REFUSED when the signature does not hold, the token is about somebody else, or a newer one is there. */
  putStanding(token: StandingToken, signal?: Signal): Promise<void>;
  /** As {@link putStanding}. */
  putTimeToken(token: TimeToken, signal?: Signal): Promise<void>;
  /** The bureau's challenge for this terminal: lets the card sign one check-in or opening without the PIN. Rejects as {@link putStanding}. */
  putChallenge(token: ChallengeToken, signal?: Signal): Promise<void>;
  /** 16 bytes, for a doctor card in the same terminal. */
  getChallenge(signal?: Signal): Promise<Uint8Array>;
  /** A doctor card's answer to {@link getChallenge}; rejects with CARD_ROLE_REFUSED at a terminal without doctors, CARD_REFUSED. */
  acceptDoctor(proof: RoleProof, signal?: Signal): Promise<void>;
}

const FILES = PATIENT_FILES;

/** Selects the patient application and opens a channel to it; rejects with CARD_WRONG_KIND, CARD_TERMINAL_REFUSED, CARD_NOT_GENUINE. */
export async function openPatientApp(
  outside: CardSession,
  terminal: TerminalCredential,
  signal?: Signal,
): Promise<PatientApp> {
  await open(outside, APPLICATIONS.patient, signal);
  const { session, card } = await openChannel(outside, APPLICATIONS.patient, terminal, signal);
  const profile = { ...APPLICATIONS.patient, files: FILES };
  return {
    ...holderOperations(session, profile, card),
    ...jointOperations(session),
    async readCertificates(signal) {
      return {
        signing: await readFile(session, FILES.certificate, signal),
        decryption: await readFile(session, FILES.decryptionCertificate, signal),
        chain: await readFile(session, FILES.chain, signal),
      };
    },
    readStanding: async (signal) => decoded(await readFile(session, FILES.standing, signal), decodeStandingToken),
    readTimeToken: async (signal) => decoded(await readFile(session, FILES.time, signal), decodeTimeToken),
    readVisits: async (signal) => (await readRecords(session, FILES.visits, signal)).map(decodeVisitRecord),
    readPrescriptions: async (signal) =>
      (await readRecords(session, FILES.prescriptions, signal)).map(prescriptionRecord),
    readPrescriptionBody: (which, signal) => readBody(session, which, signal),
    readAllergies: (signal) => readRecords(session, FILES.allergies, signal),
    readEmergency: (signal) => readFile(session, FILES.emergency, signal),
    writeEmergency: (data, signal) => writeFile(session, FILES.emergency, data, signal),
    agree: (ephemeralPoint, signal) =>
      exchange(
        session,
        { what: 'DECIPHER', header: [0x00, 0x2a, 0x80, 0x86], data: ephemeralPoint, answer: 32 },
        signal,
      ),
    stageVisitAndPrescription: (set, signal) => stageSet(session, stagedOf(set), signal),
    async writeVisitAndPrescription(set, signal) {
      const staged = await stageSet(session, stagedOf(set), signal);
      await commitSet(session, staged, signal);
      return staged;
    },
    txStatus: (signal) => pendingSetStatus(session, signal),
    commit: (set, signal) => commitSet(session, set, signal),
    rollback: (sequence, signal) => rollBackSet(session, sequence, signal),
    consume: (request, signal) => collect(session, request, [0x80, 0xd0, 0, 0], signal),
    verifyAgentPin: (slot, pin, signal) => verifyPin(session, pin, signal, slot),
    async proxyOffer(slot, agentPoint, omega, signal) {
      const data = concat(agentPoint, omega);
      const header = [0x80, 0x28, slot, 0] as const;
      const answer = await exchange(session, { what: 'PROXY OFFER', header, data, answer: 130 }, signal);
      return { rP: answer.slice(0, 33), x: answer.slice(33, 66), signature: answer.slice(66) };
    },
    proxyAccept: (slot, rA, sealed, signal) =>
      exchange(
        session,
        { what: 'PROXY ACCEPT', header: [0x80, 0x29, slot, 0], data: concat(rA, sealed), answer: 33 },
        signal,
      ),
    async proxyErase(slot, signal) {
      await exchange(session, { what: 'PROXY ERASE', header: [0x80, 0x2c, slot, 0] }, signal);
    },
    proxySign: (slot, request, signal) => collect(session, request, [0x80, 0x2a, slot, 0], signal),
    readWarrants: async (signal) => (await readRecords(session, FILES.warrants, signal)).map(warrantRecord),
    async putStanding(token, signal) {
      const data = encodeStandingToken(token);
      await exchange(session, { what: 'STANDING', header: [0x80, 0xd8, 0, 0], data }, signal);
    },
    async putChallenge(token, signal) {
      const data = encodeChallengeToken(token);
      await exchange(session, { what: 'CHALLENGE TOKEN', header: [0x80, 0xda, 0, 0], data }, signal);
    },
    getChallenge: (signal) =>
      exchange(session, { what: 'GET CHALLENGE', header: [0x00, 0x84, 0, 0], answer: 16 }, signal),
    async acceptDoctor({ certificate, signature }, signal) {
      const data = concat(certificate, signature);
      await exchange(session, { what: 'EXTERNAL AUTHENTICATE', header: [0x00, 0x82, 0, 2], data }, signal);
    },
    async putTimeToken(token, signal) {
      const data = encodeTimeToken(token);
      await exchange(session, { what: 'TIME TOKEN', header: [0x80, 0xd6, 0, 0], data }, signal);
    },
  };
}

function decoded<T>(bytes: Uint8Array, decode: (bytes: Uint8Array) => T): T | undefined {
  if (bytes.length === 0) return undefined;
  try {
    return decode(bytes);
  } catch (cause) {
    throw new CardError('CARD_ANSWER_INVALID', 'a signed object of another form on the card', { cause });
  }
}

function prescriptionRecord(bytes: Uint8Array): PrescriptionRecord {
  const record = decodePrescriptionRecord(bytes);
  if (record === undefined) throw new CardError('CARD_ANSWER_INVALID', 'a prescription record of another form');
  return record;
}

function recordsOf({ visit, prescriptions = [], allergies = [] }: VisitSet): readonly StagedRecord[] {
  return [
    ...(visit === undefined ? [] : [{ file: FILES.visits, data: encodeVisitRecord(visit) }]),
    ...prescriptions.flatMap(({ record, body }) => [
      { file: FILES.prescriptions, data: encodePrescriptionRecord({ ...record, used: 0, status: 'open' }) },
      ...(body === undefined ? [] : [{ file: FILES.bodies, data: concat(record.rxId, body) }]),
    ]),
    ...allergies.map((data) => ({ file: FILES.allergies, data })),
  ];
}

const stagedOf = (set: VisitSet) => ({ reference: set.reference, records: recordsOf(set) });

async function readBody(session: CardSession, which: Uint8Array | number, signal: Signal): Promise<Uint8Array> {
  const wanted =
    typeof which === 'number' ? [which + 1] : Array.from({ length: FILES.bodies.records }, (_, i) => i + 1);
  for (const number of wanted) {
    const record = await readRecord(session, FILES.bodies, number, signal);
    if (record === undefined) break;
    if (typeof which === 'number' || equalBytes(record.slice(0, 16), which)) return record.slice(16);
  }
  throw new CardError('CARD_RECORD_NOT_FOUND', 'the card holds no such sealed prescription');
}

function warrantRecord(bytes: Uint8Array): WarrantOnCard {
  if (bytes.length < 100) throw new CardError('CARD_ANSWER_INVALID', 'a warrant record of another form');
  return {
    slot: bytes[0] ?? 0,
    rP: bytes.slice(1, 34),
    rA: bytes.slice(34, 67),
    agentKey: bytes.slice(67, 100),
    omega: bytes.slice(100),
  };
}
