/**
 * The rows of a desk's disk as text, and the only place where they are written and read: what a row holds is sealed to the bureau, or names a
 * pseudonym and no person. Sealing at rest, record by record, goes in here.
 * @module
 */
import { z } from 'zod';
import { Ack, PublicMaterial } from '../../contract/bureau-api.ts';
import { PrescriptionOnCard, VisitOnCard } from '../../contract/card-service.ts';
import { ERRORS, type ErrorCode, isErrorCode } from '../../contract/errors.ts';
import { Day, Hash32, Id16 } from '../../contract/formats.ts';
import { Allergy } from '../../contract/safety.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import type { OutboxItem } from '../../nhi-client/outbox.ts';
import type {
  BegunPickup,
  DeskEvidence,
  HeldLock,
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

const StoredLock: z.ZodType<HeldLock> = z.strictObject({
  version: z.literal(1),
  rxId: Id16,
  part: z.int().min(1).max(3),
  secret: Hash32,
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

const Row = z.object({ json: z.string() });

/** A kind of row: a value to its text, and rows as SQLite hands them back to values. Throws on a row of another shape. */
export interface RowForm<T> {
  toText(value: T): string;
  fromRows(rows: readonly unknown[]): T[];
}

const form = <T>(schema: z.ZodType<T>): RowForm<T> => ({
  toText: (value) => JSON.stringify(z.encode(schema, value)),
  fromRows: (rows) => rows.map((row) => schema.parse(JSON.parse(Row.parse(row).json))),
});

/** Rows that an earlier version may have written in another shape, and which are as good as nothing then. */
const lenient = <T>(schema: z.ZodType<T>): RowForm<T> => ({
  ...form(schema),
  fromRows: (rows) =>
    rows.flatMap((row) => {
      const read = schema.safeParse(JSON.parse(Row.parse(row).json));
      return read.success ? [read.data] : [];
    }),
});

/** Every kind of row of a desk. */
export const DESK_ROWS = {
  outbox: form(Item),
  evidence: form(Evidence),
  /** Fetched anew where what is stored is of before. */
  material: lenient<PublicMaterial>(PublicMaterial),
  keptSet: form(StoredSet),
  begunPickup: form(StoredPickup),
  heldLock: form(StoredLock),
  inbox: form(StoredPrescription),
  settled: form(Settled),
  printedSheet: form(Sheet),
} as const;
