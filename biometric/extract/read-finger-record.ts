/**
 * A record of either format. Both begin alike; they differ in where their length stands.
 * @module
 */
import type { FingerRecord } from './finger-record.ts';
import { readIncits378 } from './incits-378.ts';
import { RECORD_FORMAT, readIso19794 } from './iso-19794-2.ts';

const u32 = (bytes: Uint8Array, at: number): number =>
  bytes.length < at + 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);

/** Whether bytes claim to be a finger minutiae record. */
export const isFingerRecord = (bytes: Uint8Array): boolean => u32(bytes, 0) === RECORD_FORMAT;

/** Reads ISO/IEC 19794-2:2005 or INCITS 378-2004. Throws TEMPLATE_MALFORMED, TEMPLATE_VERSION. */
export function readFingerRecord(bytes: Uint8Array): FingerRecord {
  // INCITS has the length of a small record in the first two of these four bytes, where ISO has 0 for any record below 64 KiB.
  const length = u32(bytes, 8);
  const short = length >>> 16;
  return length !== bytes.length && (short === bytes.length || short === 0) && length !== -1
    ? readIncits378(bytes)
    : readIso19794(bytes);
}
