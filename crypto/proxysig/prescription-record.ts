/**
 * One record of EF RXID, 48 bytes: R_X_ID(16) ‖ rxh[0..16) ‖ issued(4) ‖ expires(4) ‖ parts total(1) ‖ used(1) ‖ status(1) ‖ pharmacy(5)
 * (card note 3.3). Times are seconds since 1970; the pharmacy is zero until one is designated.
 * @module
 */
import { digitsOf } from '../common/bcd.ts';
import { concat, readUint, uint } from '../common/bytes.ts';

/** What the card knows of one prescription. */
export interface PrescriptionRecord {
  /** R_X_ID, 16 bytes. */
  readonly rxId: Uint8Array;
  /** First 16 bytes of rxh. */
  readonly hash16: Uint8Array;
  readonly issued: number;
  readonly expires: number;
  /** Parts in all (1 to 3), and how many of them were collected. */
  readonly parts: number;
  readonly used: number;
  readonly status: 'open' | 'collected' | 'cancelled';
  /** Controlled drug: the card asks for the PIN at pickup. */
  readonly controlled: boolean;
  /** Institution code, 5 bytes of binary coded decimal; zero when any pharmacy may. */
  readonly pharmacy: Uint8Array;
}

/** Bytes of a record. */
const PRESCRIPTION_RECORD_LENGTH = 48;
/** A refill slip has at most three parts. */
const MOST_PARTS = 3;

/** Status bytes. */
export const PRESCRIPTION_STATUS = { open: 1, collected: 2, cancelled: 3 } as const;
const CONTROLLED = 0x80;

/** 48 bytes. Throws RangeError on a field of another length or range. */
export function encodePrescriptionRecord(record: PrescriptionRecord): Uint8Array {
  const bytes = concat(
    record.rxId,
    record.hash16,
    uint(record.issued, 4),
    uint(record.expires, 4),
    uint(record.parts, 1),
    uint(record.used, 1),
    uint(PRESCRIPTION_STATUS[record.status] | (record.controlled ? CONTROLLED : 0), 1),
    record.pharmacy,
  );
  const lengths = record.rxId.length === 16 && record.hash16.length === 16 && record.pharmacy.length === 5;
  if (!lengths || decodePrescriptionRecord(bytes) === undefined) {
    throw new RangeError('encodePrescriptionRecord: a field has a wrong length or value');
  }
  return bytes;
}

/** Reads 48 bytes; undefined for anything {@link encodePrescriptionRecord} cannot have made. */
export function decodePrescriptionRecord(bytes: Uint8Array): PrescriptionRecord | undefined {
  if (bytes.length !== PRESCRIPTION_RECORD_LENGTH) return undefined;
  const parts = bytes[40] ?? 0;
  const used = bytes[41] ?? 0;
  const status = statusOf((bytes[42] ?? 0) & ~CONTROLLED);
  if (status === undefined || parts < 1 || parts > MOST_PARTS || used > parts) return undefined;
  if ((status === 'collected') !== (used === parts) && status !== 'cancelled') return undefined;
  const pharmacy = bytes.slice(43);
  if (digitsOf(pharmacy) === undefined) return undefined;
  return {
    rxId: bytes.slice(0, 16),
    hash16: bytes.slice(16, 32),
    issued: readUint(bytes.subarray(32, 36)),
    expires: readUint(bytes.subarray(36, 40)),
    parts,
    used,
    status,
    controlled: ((bytes[42] ?? 0) & CONTROLLED) !== 0,
    pharmacy,
  };
}

/** The status of a byte; undefined for none. */
export function statusOf(byte: number): PrescriptionRecord['status'] | undefined {
  switch (byte) {
    case PRESCRIPTION_STATUS.open:
      return 'open';
    case PRESCRIPTION_STATUS.collected:
      return 'collected';
    case PRESCRIPTION_STATUS.cancelled:
      return 'cancelled';
    default:
      return undefined;
  }
}
