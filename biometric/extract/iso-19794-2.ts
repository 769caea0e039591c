/**
 * Finger minutiae record of ISO/IEC 19794-2:2005, clause 7: header of 24 bytes, directions in steps of 1.40625 degrees. Other versions are refused.
 *
 *     const bytes = writeIso19794({ views: [{ position: 'rightIndex', view: 0, impression: 0, quality: 80, template }] });
 *     const { views } = readIso19794(bytes); // BiometricError TEMPLATE_MALFORMED, TEMPLATE_VERSION
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

/** `FMR` and a zero. */
export const RECORD_FORMAT = 0x46_4d_52_00;
/** ` 20` and a zero: the version of ISO/IEC 19794-2:2005 and of INCITS 378-2004. */
export const RECORD_VERSION = 0x20_32_30_00;

const HEADER = 24;
const ANGLES: RecordAngles = { steps: 256 };

/** Writes a record; device unknown. Throws RangeError for what no record can hold. */
export function writeIso19794(record: FingerRecord): Uint8Array {
  const [width, height] = sizeOf(record);
  const views = writeViews(record, ANGLES);
  const bytes = new Uint8Array(HEADER + views.length);
  const data = new DataView(bytes.buffer);
  data.setUint32(0, RECORD_FORMAT);
  data.setUint32(4, RECORD_VERSION);
  data.setUint32(8, bytes.length);
  [0, width, height, TEMPLATE_PIXELS_PER_CM, TEMPLATE_PIXELS_PER_CM].forEach((value, i) =>
    data.setUint16(12 + 2 * i, value),
  );
  data.setUint8(22, record.views.length);
  bytes.set(views, HEADER);
  return bytes;
}

/** Reads a record, coordinates brought to 500 dpi. Throws TEMPLATE_MALFORMED, TEMPLATE_VERSION. */
export function readIso19794(bytes: Uint8Array): FingerRecord {
  const reader = createRecordReader(bytes);
  if (reader.u32() !== RECORD_FORMAT) malformed('not a finger minutiae record');
  if (reader.u32() !== RECORD_VERSION) throw new BiometricError('TEMPLATE_VERSION', 'not version 20');
  if (reader.u32() !== bytes.length) malformed('the record has another length than it says');
  reader.u16();
  return readBody(reader, ANGLES);
}
