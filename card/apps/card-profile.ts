/**
 * The three card applications in numbers: identifiers, files, keys, PINs (card note 3.3, 3.4, 3.8). Host and software card read the same table.
 * @module
 */
import { fromHex } from '../../crypto/common/bytes.ts';
import type { TerminalRole } from '../../crypto/pki/imis-extensions.ts';

export type { TerminalRole };

/** Which application a card holds. */
export type CardKind = 'patient' | 'doctor' | 'staff';

/** EF structure of ISO/IEC 7816-4 7.3.2. */
export type FileStructure = 'transparent' | 'linear-fixed' | 'linear-variable' | 'cyclic';

/** All of this must hold: the terminal has one of the roles (any, without), a doctor card has proved itself to this card, the PIN was verified. */
export interface AccessCondition {
  readonly roles?: readonly TerminalRole[];
  readonly doctor?: true;
  readonly pin?: true;
}

/**
 * Who may: `always` everybody, also outside a channel; `never` nobody. Otherwise a terminal that has proved itself in the secure channel, where
 * one of the conditions holds.
 */
export type FileAccess = 'always' | 'never' | readonly AccessCondition[];

/** How records come: `staged` by APPEND RECORD into the pending set under conditions; `card` only through commands of the card's own. */
export type FileWrite = { readonly staged: readonly AccessCondition[] } | 'card' | readonly AccessCondition[];

/** One elementary file. `size` is bytes of a transparent file or of each record. Issuing may write every transparent file. */
export interface FileProfile {
  readonly fid: number;
  readonly sfi: number;
  readonly structure: FileStructure;
  readonly size: number;
  readonly records: number;
  readonly read: FileAccess;
  /** Besides the issuing desk, which writes transparent files until ACTIVATE. */
  readonly write: FileWrite;
}

/** Any terminal that has proved itself. */
const TERMINAL: FileAccess = [{}];
/** Clinic and pharmacy terminals. */
const CARE = [{ roles: ['clinic', 'emergency'] }, { roles: ['pharmacy'] }] as const;
/** And registration, where the holder says which of them an agent may collect. */
const CARE_OR_HOLDER: FileAccess = [...CARE, { roles: ['registration'], pin: true }];
/** At a clinic's terminal, a doctor card in it has proved itself to this card. */
export const BESIDE_DOCTOR: readonly AccessCondition[] = [{ roles: ['clinic', 'emergency'], doctor: true }];
/** The holder, or the bureau's desk. */
const LOG: FileAccess = [{ pin: true }, { roles: ['bureau'] }];
const ISSUER: FileWrite = [];

const binary = (
  fid: number,
  sfi: number,
  size: number,
  read: FileAccess = TERMINAL,
  write: FileWrite = ISSUER,
): FileProfile => ({ fid, sfi, structure: 'transparent', size, records: 1, read, write });

const records = (
  structure: FileStructure,
  [fid, sfi]: readonly [number, number],
  [count, size]: readonly [number, number],
  read: FileAccess,
  write: FileWrite,
): FileProfile => ({ fid, sfi, structure, size, records: count, read, write });

/** EF AUT.CVC, the card's own certificate: the same in every application. */
export const AUTHENTICATION_FILE = binary(0x0104, 0x04, 512);

/** Files of the patient application. */
export const PATIENT_FILES = {
  cardInfo: binary(0x0101, 0x01, 16, 'always'),
  certificate: binary(0x0102, 0x02, 1024),
  chain: binary(0x0103, 0x03, 768),
  authentication: AUTHENTICATION_FILE,
  warrants: records(
    'linear-variable',
    [0x0105, 0x05],
    [4, 512],
    [{ roles: ['registration', 'pharmacy', 'bureau'] }],
    'card',
  ),
  decryptionCertificate: binary(0x0106, 0x0b, 1024),
  visits: records('cyclic', [0x0201, 0x06], [6, 256], BESIDE_DOCTOR, { staged: BESIDE_DOCTOR }),
  prescriptions: records('linear-fixed', [0x0202, 0x07], [30, 48], CARE_OR_HOLDER, { staged: BESIDE_DOCTOR }),
  allergies: records('linear-variable', [0x0203, 0x08], [10, 40], CARE, { staged: BESIDE_DOCTOR }),
  emergency: binary(0x0204, 0x09, 512, BESIDE_DOCTOR, [{ ...BESIDE_DOCTOR[0], pin: true }]),
  bodies: records('linear-variable', [0x0206, 0x0c], [4, 4096], [{ roles: ['pharmacy'] }], { staged: BESIDE_DOCTOR }),
  standing: binary(0x0207, 0x0d, 128, TERMINAL, 'card'),
  time: binary(0x0208, 0x0e, 128, TERMINAL, 'card'),
  log: records('cyclic', [0x0301, 0x0a], [50, 40], LOG, 'card'),
} as const satisfies Record<string, FileProfile>;

/** Files of the doctor application. */
export const DOCTOR_FILES = {
  cardInfo: binary(0x0101, 0x01, 16, 'always'),
  certificate: binary(0x0102, 0x02, 1024),
  chain: binary(0x0103, 0x03, 768),
  authentication: AUTHENTICATION_FILE,
  groupKey: binary(0x0105, 0x05, 1024, TERMINAL, [{ roles: ['bureau'], pin: true }]),
  credential: binary(0x0106, 0x06, 256, [{ pin: true }], [{ pin: true }]),
  log: records('cyclic', [0x0301, 0x0a], [100, 40], LOG, 'card'),
} as const satisfies Record<string, FileProfile>;

/** Files of the staff application. */
export const STAFF_FILES = {
  cardInfo: binary(0x0101, 0x01, 16, 'always'),
  certificate: binary(0x0102, 0x02, 1024),
  chain: binary(0x0103, 0x03, 768),
  authentication: AUTHENTICATION_FILE,
  log: records('cyclic', [0x0301, 0x0a], [50, 40], LOG, 'card'),
} as const satisfies Record<string, FileProfile>;

/** Key references. */
export const KEY = { signature: 0x01, authentication: 0x02, agreement: 0x03, group: 0x21 } as const;

/** PIN references. */
export const PIN = { holder: 0x01, unblock: 0x02 } as const;

/** Agents' slots on a patient card: reference of the slot's PIN, of its key SK_Ap, and P1 of the proxy commands; record 1 to 4 of EF WARRANT. */
export const AGENT_SLOTS = [0x11, 0x12, 0x13, 0x14] as const;

/** Length in digits and number of tries (uses, for the PUK). */
export interface PinProfile {
  readonly min: number;
  readonly max: number;
  readonly tries: number;
}

/** One application. `keys` are P-256 keys made on the card while it is personalised. */
export interface ApplicationProfile {
  readonly kind: CardKind;
  readonly aid: Uint8Array;
  readonly files: Readonly<Record<string, FileProfile>> & {
    readonly authentication: FileProfile;
    readonly log: FileProfile;
  };
  readonly keys: readonly number[];
  readonly pin: PinProfile;
  readonly puk: PinProfile;
}

const PUK: PinProfile = { min: 8, max: 8, tries: 10 };

/** All applications, in the order in which a host looks for them. */
export const APPLICATIONS: Readonly<Record<CardKind, ApplicationProfile>> = {
  patient: {
    kind: 'patient',
    aid: fromHex('f048495350415401'),
    files: PATIENT_FILES,
    keys: [KEY.signature, KEY.authentication, KEY.agreement],
    pin: { min: 6, max: 8, tries: 3 },
    puk: PUK,
  },
  doctor: {
    kind: 'doctor',
    aid: fromHex('f0484953444f4301'),
    files: DOCTOR_FILES,
    keys: [KEY.signature, KEY.authentication],
    pin: { min: 6, max: 12, tries: 3 },
    puk: PUK,
  },
  staff: {
    kind: 'staff',
    aid: fromHex('f048495353544601'),
    files: STAFF_FILES,
    keys: [KEY.signature, KEY.authentication],
    pin: { min: 6, max: 12, tries: 3 },
    puk: PUK,
  },
};

/** Historical bytes of every card: compact-TLV with card capabilities (chaining, extended length) and profile version 1. Nothing else: an answer to reset must not tell cards apart. */
export const HISTORICAL_BYTES = fromHex('80738021c0620100');

/** Signatures a card makes after one VERIFY, and group signatures one session may cover. */
export const SESSION_LIMIT = 250;

/** Commitments a doctor card keeps at a time. */
export const COMMITMENT_LIMIT = 255;

/** Most records of a pending set. */
export const SET_LIMIT = 64;

/** First byte of TX STATUS: no set is open; one is, and lacks records that were announced; one lies there whole. */
export const SET_STATE = { none: 0, filling: 1, complete: 2 } as const;

/** Bits of the patient card's policy byte: what the card does without a PIN. */
export const POLICY = { checkIn: 0x01, opening: 0x02, designation: 0x04, pickup: 0x08, agreement: 0x10 } as const;

/** Check-in, opening, designation and pickup of what is not controlled. */
export const DEFAULT_POLICY = POLICY.checkIn | POLICY.opening | POLICY.designation | POLICY.pickup;

/** PUT DATA tags of personalisation. */
export const DATA_OBJECT = { policy: 0x02, bureauKey: 0x03, cardAuthority: 0x04 } as const;
