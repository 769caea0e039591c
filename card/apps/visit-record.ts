/**
 * One record of EF VISITS: length(2) ‖ data, filled with zeros to 256 bytes, since a cyclic file has records of one length. The data is the
 * host's own; the card does not read it.
 * @module
 */
import { concat, readUint, uint } from '../../crypto/common/bytes.ts';
import { CardError } from '../card-error.ts';
import { PATIENT_FILES } from './card-profile.ts';

/** Most bytes a visit may have. */
const VISIT_MAX = PATIENT_FILES.visits.size - 2;

/** 256 bytes. Throws RangeError above {@link VISIT_MAX} bytes. */
export function encodeVisitRecord(data: Uint8Array): Uint8Array {
  if (data.length > VISIT_MAX) throw new RangeError(`a visit has at most ${VISIT_MAX} bytes`);
  return concat(uint(data.length, 2), data, new Uint8Array(VISIT_MAX - data.length));
}

/** The data of a record; throws CARD_ANSWER_INVALID on anything {@link encodeVisitRecord} cannot have made. */
export function decodeVisitRecord(record: Uint8Array): Uint8Array {
  const end = 2 + readUint(record.subarray(0, 2));
  const filled = record.subarray(end).every((byte) => byte === 0);
  if (record.length !== VISIT_MAX + 2 || end > record.length || !filled) {
    throw new CardError('CARD_ANSWER_INVALID', 'a visit record of another form');
  }
  return record.slice(2, end);
}
