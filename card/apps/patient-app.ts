/**
 * The patient application from the host's side: eqs 2, 6, 11 and 17 as named operations. Arguments and results are plain data.
 * @module
 */
import { concat, equalBytes, readUint, uint } from '../../crypto/common/bytes.ts';
import {
  decodeStandingToken,
  decodeTimeToken,
  encodeStandingToken,
  encodeTimeToken,
  type StandingToken,
  type TimeToken,
} from '../../crypto/proxysig/bureau-token.ts';
import { PICKUP_LENGTH } from '../../crypto/proxysig/pickup-object.ts';
import {
  decodePrescriptionRecord,
  encodePrescriptionRecord,
  type PrescriptionRecord,
} from '../../crypto/proxysig/prescription-record.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { CardError } from '../card-error.ts';
import { exchange, open, readFile, readRecord, readRecords, type Signal, writeFile } from './card-commands.ts';
import { APPLICATIONS, PATIENT_FILES } from './card-profile.ts';
import { type HolderOperations, holderOperations } from './holder.ts';
import {
  commitSet,
  type PendingSetStatus,
  pendingSetStatus,
  rollBackSet,
  type StagedRecord,
  type StagedSet,
  stageSet,
} from './pending-set.ts';
import { decodeVisitRecord, encodeVisitRecord } from './visit-record.ts';

/** DER of the card's certificates; `chain` as the issuer wrote it. */
export interface PatientCertificates {
  readonly signing: Uint8Array;
  readonly decryption: Uint8Array;
  readonly chain: Uint8Array;
}

/** What one visit leaves on the card: a visit of at most 254 bytes, prescriptions with their sealed bodies (at most 4,080 bytes), allergies of at most 40. */
export interface VisitSet {
  readonly visit?: Uint8Array;
  readonly prescriptions?: readonly {
    readonly record: Omit<PrescriptionRecord, 'used' | 'status'>;
    readonly body?: Uint8Array;
  }[];
  readonly allergies?: readonly Uint8Array[];
}

/** What a pharmacy gives to collect one part. Lengths: rxId 16, rxh 32, nonce 32, pharmacyId 5 (binary coded decimal), terminalId 16. */
export interface ConsumeRequest {
  readonly rxId: Uint8Array;
  readonly part: number;
  readonly rxh: Uint8Array;
  readonly nonce: Uint8Array;
  readonly pharmacyId: Uint8Array;
  readonly terminalId: Uint8Array;
}

/** The card's pickup: PU (198 bytes), its signature r ‖ s, parts left, and the newest time the card has seen (0 when none). */
export interface Pickup {
  readonly pu: Uint8Array;
  readonly signature: Uint8Array;
  readonly partsLeft: number;
  readonly time: number;
}

/** A patient card. Every call may reject with CARD_LOST, CARD_ANSWER_INVALID and CANCELLED besides what it names. */
export interface PatientApp extends HolderOperations {
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
  /** Rejects with CARD_REFUSED when the signature does not hold, the token is about somebody else, or a newer one is there. */
  putStanding(token: StandingToken, signal?: Signal): Promise<void>;
  /** As {@link putStanding}. */
  putTimeToken(token: TimeToken, signal?: Signal): Promise<void>;
}

const FILES = PATIENT_FILES;

/** Selects the patient application; rejects with CARD_WRONG_KIND. */
export async function openPatientApp(session: CardSession, signal?: Signal): Promise<PatientApp> {
  await open(session, APPLICATIONS.patient, signal);
  const profile = { ...APPLICATIONS.patient, files: FILES };
  return {
    ...holderOperations(session, profile),
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
    stageVisitAndPrescription: (set, signal) => stageSet(session, recordsOf(set), signal),
    async writeVisitAndPrescription(set, signal) {
      const staged = await stageSet(session, recordsOf(set), signal);
      await commitSet(session, staged, signal);
      return staged;
    },
    txStatus: (signal) => pendingSetStatus(session, signal),
    commit: (set, signal) => commitSet(session, set, signal),
    rollback: (sequence, signal) => rollBackSet(session, sequence, signal),
    consume: (request, signal) => consume(session, request, signal),
    async putStanding(token, signal) {
      const data = encodeStandingToken(token);
      await exchange(session, { what: 'STANDING', header: [0x80, 0xd8, 0, 0], data }, signal);
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

async function consume(session: CardSession, request: ConsumeRequest, signal: Signal): Promise<Pickup> {
  const { rxId, part, rxh, nonce, pharmacyId, terminalId } = request;
  const data = concat(rxId, uint(part, 1), rxh, nonce, pharmacyId, terminalId);
  const header = [0x80, 0xd0, 0, 0] as const;
  const length = 69 + PICKUP_LENGTH;
  const answer = await exchange(session, { what: 'CONSUME RX', header, data, answer: length, kind: 'once' }, signal);
  return {
    partsLeft: answer[0] ?? 0,
    time: readUint(answer.subarray(1, 5)),
    signature: answer.slice(5, 69),
    pu: answer.slice(69),
  };
}
