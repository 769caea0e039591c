/**
 * Finger minutiae record of ANSI INCITS 378-2004, clause 6: header of 26 bytes (30 for a record of more than 65,535), directions in steps of 2 degrees.
 * @module
 */
import { BiometricError } from '../biometric-error.ts';
import {
  createRecordReader,
  type FingerRecord,
  malformed,
  type RecordAngles,
  readBody,
  sizeOf,
  TEMPLATE_PIXELS_PER_CM,
  writeViews,
} from './finger-record.ts';
import { RECORD_FORMAT, RECORD_VERSION } from './iso-19794-2.ts';

const ANGLES: RecordAngles = { steps: 180 };
/** Bytes after the length. */
const REST = 16;

/** Writes a record; product and device unknown. Throws RangeError for what no record can hold. */
export function writeIncits378(record: FingerRecord): Uint8Array {
  const [width, height] = sizeOf(record);
  const views = writeViews(record, ANGLES);
  const long = 10 + REST + views.length > 0xffff;
  const rest = long ? 14 : 10;
  const bytes = new Uint8Array(rest + REST + views.length);
  const data = new DataView(bytes.buffer);
  data.setUint32(0, RECORD_FORMAT);
  data.setUint32(4, RECORD_VERSION);
  if (long) data.setUint32(10, bytes.length);
  else data.setUint16(8, bytes.length);
  [0, 0, 0, width, height, TEMPLATE_PIXELS_PER_CM, TEMPLATE_PIXELS_PER_CM].forEach((value, i) =>
    data.setUint16(rest + 2 * i, value),
  );
  data.setUint8(rest + 14, record.views.length);
  bytes.set(views, rest + REST);
  return bytes;
}

/** Reads a record, coordinates brought to 500 dpi. Throws TEMPLATE_MALFORMED, TEMPLATE_VERSION. */
export function readIncits378(bytes: Uint8Array): FingerRecord {
  const reader = createRecordReader(bytes);
  if (reader.u32() !== RECORD_FORMAT) malformed('not a finger minutiae record');
  if (reader.u32() !== RECORD_VERSION) throw new BiometricError('TEMPLATE_VERSION', 'not version 20');
  const short = reader.u16();
  const length = short === 0 ? reader.u32() : short;
  if (length !== bytes.length || (short === 0 && length <= 0xffff))
    malformed('the record has another length than it says');
  reader.skip(6);
  return readBody(reader, ANGLES);
}
