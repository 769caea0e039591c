/**
 * Fingers at rest (ISO/IEC 24745: renewable, apart from who it is): what was captured lies under a random number, as the gallery knows it. Which
 * pseudonym a number belongs to is sealed on both sides (AES-256-GCM, number or pseudonym as additional data), so that the tables without the key
 * join nobody's fingers to a record.
 * @module
 */
import { z } from 'zod';
import { FingerNumber, type FingerprintSet, FingerRecordText, Photo } from '../../contract/fingerprints.ts';
import { Id16 } from '../../contract/formats.ts';
import { utf8 } from '../../crypto/common/bytes.ts';
import { hmac256 } from '../../crypto/common/hash.ts';
import { openJson, sealJson } from './identities.ts';

const Face = z.strictObject({ pid: Id16, photo: Photo });
/** Whose set it is, and the photo. */
export type Face = z.infer<typeof Face>;

const Records = z.array(
  z.strictObject({ finger: FingerNumber, impressions: z.array(z.strictObject({ record: FingerRecordText })) }),
);
/** What was captured of each finger, as records. */
export type FingerRecords = z.infer<typeof Records>;

const Handles = z.array(z.strictObject({ handle: Id16, pid: Id16 }));
/** Who was shown in a query. */
export type Handles = z.infer<typeof Handles>;

/** Seals and opens, each with the row's own number as additional data. Opening throws a plain Error for a row that was altered or moved. */
export interface FingerSeals {
  number(pid: string, number: string): Uint8Array;
  openNumber(pid: string, sealed: Uint8Array): string;
  face(number: string, face: Face): Uint8Array;
  openFace(number: string, sealed: Uint8Array): Face;
  records(number: string, set: FingerprintSet): Uint8Array;
  openRecords(number: string, sealed: Uint8Array): FingerRecords;
  handles(queryId: string, handles: Handles): Uint8Array;
  openHandles(queryId: string, sealed: Uint8Array): Handles;
}

/** `sealingKey`: 32 bytes, of which each kind of row gets a key of its own. */
export function createFingerSeals(sealingKey: Uint8Array): FingerSeals {
  const keyOf = (kind: string): Uint8Array => hmac256(sealingKey, utf8(`IMIS fingers: ${kind}`));
  const pair = <T>(kind: string, schema: z.ZodType<T>) => {
    const key = keyOf(kind);
    return {
      seal: (id: string, value: T): Uint8Array => sealJson(key, id, value),
      open: (id: string, sealed: Uint8Array): T => schema.parse(openJson(key, id, sealed)),
    };
  };
  const [number, face] = [pair('number', Id16), pair('face', Face)];
  const [records, handles] = [pair('records', Records), pair('handles', Handles)];
  return {
    number: number.seal,
    openNumber: number.open,
    face: face.seal,
    openFace: face.open,
    records: (id, { fingers }) =>
      records.seal(
        id,
        fingers.map(({ finger, impressions }) => ({
          finger,
          impressions: impressions.map(({ record }) => ({ record })),
        })),
      ),
    openRecords: records.open,
    handles: handles.seal,
    openHandles: handles.open,
  };
}
