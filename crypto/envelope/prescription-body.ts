/**
 * The body of a prescription, and the commitment to it that the signed manifest holds (eq. 10): the bureau gets the
 * manifest and cannot read the body, the pharmacy gets both. The salt keeps short prescriptions from being guessed.
 *
 * `PrescriptionBody ::= SEQUENCE { salt OCTET STRING (SIZE (32)), rx OCTET STRING, mrs OCTET STRING }`
 * @module
 */
import { hash } from 'node:crypto';
import { concat, lp } from '../common/bytes.ts';
import { DerError, readDer, within } from '../common/der-read.ts';
import { encodeDer, octets, sequence, TAG } from '../common/der-write.ts';
import { decoding } from './envelope-error.ts';

/** R_X and MR_S of eq. 10 as the exact bytes carried, and 32 random bytes. */
export interface PrescriptionBody {
  readonly salt: Uint8Array;
  readonly rx: Uint8Array;
  readonly mrs: Uint8Array;
}

/** DER of a body. Throws RangeError on a salt of another length. */
export function encodePrescriptionBody(body: PrescriptionBody): Uint8Array {
  if (body.salt.length !== 32) throw new RangeError('salt has 32 bytes');
  return encodeDer(sequence(octets(body.salt), octets(body.rx), octets(body.mrs)));
}

/** Inverse of {@link encodePrescriptionBody}. Throws EnvelopeError BODY_MALFORMED. */
export const decodePrescriptionBody = (der: Uint8Array): PrescriptionBody =>
  decoding('BODY_MALFORMED', () =>
    within(readDer(der, TAG.sequence), (reader) => {
      const salt = reader.read(TAG.octets).body;
      if (salt.length !== 32) throw new DerError('salt of another length');
      return { salt, rx: reader.read(TAG.octets).body, mrs: reader.read(TAG.octets).body };
    }),
  );

/** SHA-256( lp(salt) ‖ lp(rx) ‖ lp(mrs) ), 32 bytes, lp with four length bytes. */
export const prescriptionCommitment = ({ salt, rx, mrs }: PrescriptionBody): Uint8Array =>
  new Uint8Array(hash('sha256', concat(lp(salt), lp(rx), lp(mrs)), 'buffer'));
