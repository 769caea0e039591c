/**
 * Every kind of row on a desk's disk, each in one place: its name, its text, by what it is found. Sealed and stored by sealed-rows.ts.
 * @module
 */
import { z } from 'zod';
import { Ack, PublicMaterial } from '../../contract/bureau-api.ts';
import { PrescriptionOnCard, VisitOnCard } from '../../contract/card-service.ts';
import { ERRORS, type ErrorCode, isErrorCode } from '../../contract/errors.ts';
import { Day, Hash32, Id16 } from '../../contract/formats.ts';
import { MaskedPerson } from '../../contract/identity.ts';
import { MedicationLine } from '../../contract/medication-line.ts';
import { Allergy } from '../../contract/safety.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import type { OutboxItem } from '../../nhi-client/outbox.ts';
import type {
  BegunPickup,
  DeskEvidence,
  HeldLock,
  KeptIssue,
  KeptPrescription,
  KeptSet,
  PrintedSheet,
  SettledConflict,
} from '../station/ports.ts';

const Bytes = z.codec(z.base64(), z.instanceof(Uint8Array), { decode: fromBase64, encode: toBase64 });

const Item: z.ZodType<OutboxItem> = z.strictObject({
  id: z.string(),
  version: z.literal(1),
  route: z.enum(['record', 'prescription', 'pickup']),
  body: z.record(z.string(), z.string()),
  presence: z.string().exactOptional(),
  reference: z.string().exactOptional(),
  needs: z.string().exactOptional(),
  createdAt: z.number(),
  refusedWith: z.custom<ErrorCode>((code) => isErrorCode(code) && code in ERRORS).exactOptional(),
});

const Evidence: z.ZodType<DeskEvidence> = z.strictObject({
  version: z.literal(1),
  type: z.literal('verification'),
  institution: z.string(),
  keyId: z.string(),
  equation: z.string(),
  messageHash: z.string(),
  signature: z.string(),
  epoch: z.string(),
  result: z.string(),
  at: z.string(),
  verifier: z.string(),
});

const StoredSet: z.ZodType<KeptSet> = z.strictObject({
  version: z.literal(1),
  reference: Hash32,
  card: Hash32,
  recordId: Hash32,
  accepted: z.boolean(),
  visit: VisitOnCard,
  prescription: z
    .strictObject({ record: PrescriptionOnCard.omit({ used: true, status: true }), body: Bytes })
    .exactOptional(),
  allergies: z.array(Allergy).exactOptional(),
  withdrawn: z.literal(true).exactOptional(),
});

const StoredIssue: z.ZodType<KeptIssue> = z.strictObject({
  version: z.literal(1),
  rxId: Id16,
  pid: Id16,
  visitId: Id16,
  person: MaskedPerson,
  at: z.string(),
  expires: Day,
  pharmacy: z.string(),
  parts: z.int().min(1).max(3),
  controlled: z.boolean(),
  lines: z.array(MedicationLine),
  over: z.strictObject({ state: z.enum(['dispensed', 'cancelled', 'expired']), at: z.string() }).exactOptional(),
});

const StoredPickup: z.ZodType<BegunPickup> = z.strictObject({
  version: z.literal(1),
  rxId: Id16,
  part: z.int().min(1).max(3),
  nonce: Bytes,
});

const StoredPrescription: z.ZodType<KeptPrescription> = z.strictObject({
  version: z.literal(1),
  rxId: Id16,
  ciphertext: z.string(),
  designation: z.string(),
  ack: Ack,
  keptAt: z.string(),
});

const Settled: z.ZodType<SettledConflict> = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  reference: z.string(),
  code: z.string(),
  note: z.string(),
  at: z.string(),
  message: z.string(),
});

const Sheet: z.ZodType<PrintedSheet> = z.strictObject({
  version: z.literal(1),
  paper: z.enum(['pickup-slip', 'label', 'owed-slip']),
  rxId: Id16,
  part: z.int().min(0).max(3),
  line: z.int().min(0),
  count: z.int().min(1),
  day: Day,
});

const StoredLock: z.ZodType<HeldLock> = z.strictObject({
  version: z.literal(1),
  rxId: Id16,
  part: z.int().min(1).max(3),
  secret: Hash32,
});

/** The key of a fingerprint scanner (docs/scanners.md). */
export interface ScannerKey {
  readonly version: 1;
  /** 32 hex digits. */
  readonly deviceId: string;
  readonly name: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Null until the device has proved that it holds the key: it is used for nothing before. */
  readonly enrolledAt: string | null;
}

const StoredScannerKey: z.ZodType<ScannerKey> = z.strictObject({
  version: z.literal(1),
  deviceId: Id16,
  name: z.string(),
  key: Bytes,
  enrolledAt: z.string().nullable(),
});

/** How a kind of row is told from others, found again, and written as text. */
export interface RowKind<T> {
  readonly name: string;
  /** By what a row is found; unlike that of every other row of the kind, or it takes that row's place. */
  keyOf(value: T): string;
  /** What puts rows in order before the order in which they came; ms. Left out where only that counts. */
  atOf?(value: T): number;
  toText(value: T): string;
  /** Throws on a text of another shape. */
  fromTexts(texts: readonly string[]): T[];
}

const kind = <T>(name: string, schema: z.ZodType<T>, found: Pick<RowKind<T>, 'keyOf' | 'atOf'>): RowKind<T> => ({
  name,
  ...found,
  toText: (value) => JSON.stringify(z.encode(schema, value)),
  fromTexts: (texts) => texts.map((text) => schema.parse(JSON.parse(text))),
});

/** Rows that an earlier version may have written in another shape, and which are as good as nothing then. */
const lenient = <T>(name: string, schema: z.ZodType<T>, found: Pick<RowKind<T>, 'keyOf' | 'atOf'>): RowKind<T> => ({
  ...kind(name, schema, found),
  fromTexts: (texts) =>
    texts.flatMap((text) => {
      const read = schema.safeParse(JSON.parse(text));
      return read.success ? [read.data] : [];
    }),
});

/** Every kind of row of a desk. */
export const DESK_ROWS = {
  outbox: kind('outbox', Item, { keyOf: ({ id }) => id, atOf: ({ createdAt }) => createdAt }),
  /** Nobody asks for one line: all are kept. */
  evidence: kind('evidence', Evidence, { keyOf: () => hex(secureRng(16)) }),
  /** One row. Fetched anew where what is stored is of before. */
  material: lenient<PublicMaterial>('material', PublicMaterial, { keyOf: () => 'newest' }),
  keptSet: kind('kept_set', StoredSet, { keyOf: ({ reference }) => reference }),
  issue: kind('issue', StoredIssue, { keyOf: ({ rxId }) => rxId, atOf: ({ at }) => Date.parse(at) }),
  begunPickup: kind('begun_pickup', StoredPickup, { keyOf: ({ rxId }) => rxId }),
  heldLock: kind('held_lock', StoredLock, { keyOf: ({ rxId }) => rxId }),
  inbox: kind('inbox', StoredPrescription, { keyOf: ({ rxId }) => rxId }),
  settled: kind('settled', Settled, { keyOf: ({ id }) => id }),
  /** One for each piece of paper: printed again, it is counted on. */
  printedSheet: kind('printed_sheet', Sheet, {
    keyOf: ({ paper, rxId, part, line }) => `${paper}/${rxId}/${part}/${line}`,
  }),
  scannerKey: kind('scanner_key', StoredScannerKey, { keyOf: ({ deviceId }) => deviceId }),
} as const;
