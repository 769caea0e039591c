/**
 * One record of EF ALLERGY, at most 40 bytes: version(1) = 01 ‖ kind(1) ‖ criticality(1) ‖ day(2) ‖ substance. kind 01 ATC code or group, 02
 * class of allergens, 03 free words; criticality 00 unable to assess, 01 low, 02 high (FHIR R4); day: days since 1970-01-01 on which it was
 * first recorded; substance: ASCII of kinds 01 and 02, UTF-8 of 03. The card does not read it.
 * @module
 */
import { concat, readUint, readUtf8, uint, utf8 } from '../../crypto/common/bytes.ts';
import { PATIENT_FILES } from './card-profile.ts';

const VERSION = 1;
const HEAD = 5;
const KINDS = ['atc', 'class', 'text'] as const;
const CRITICALITIES = ['unable-to-assess', 'low', 'high'] as const;

/** What the record says. `day` counts from 1970-01-01, at most 65,535. */
export interface AllergyRecord {
  readonly kind: (typeof KINDS)[number];
  readonly code: string;
  readonly criticality: (typeof CRITICALITIES)[number];
  readonly day: number;
}

/** Encodes it. Throws RangeError when there is no substance, or one for which the file has no room. */
export function encodeAllergyRecord({ kind, code, criticality, day }: AllergyRecord): Uint8Array {
  const substance = utf8(code);
  const most = PATIENT_FILES.allergies.size - HEAD;
  if (substance.length === 0 || substance.length > most) throw new RangeError(`a substance has 1 to ${most} bytes`);
  const head = concat(uint(VERSION, 1), uint(KINDS.indexOf(kind) + 1, 1), uint(CRITICALITIES.indexOf(criticality), 1));
  return concat(head, uint(day, 2), substance);
}

/** Reads it; undefined for bytes of another form or a later version. */
export function decodeAllergyRecord(record: Uint8Array): AllergyRecord | undefined {
  const kind = KINDS[(record[1] ?? 0) - 1];
  const criticality = CRITICALITIES[record[2] ?? CRITICALITIES.length];
  const code = readUtf8(record.subarray(HEAD));
  if (record[0] !== VERSION || kind === undefined || criticality === undefined || !code) return undefined;
  if (kind !== 'text' && !/^[\x21-\x7e]+$/u.test(code)) return undefined;
  return { kind, code, criticality, day: readUint(record.subarray(3, HEAD)) };
}
