/**
 * The body of a prescription, and the commitment to it that the signed manifest holds (eq. 10): the bureau gets the
 * manifest and cannot read the body, the pharmacy gets both. The salt keeps short prescriptions from being guessed.
 *
 * `PrescriptionBody ::= SEQUENCE { salt OCTET STRING (SIZE (32)), rx OCTET STRING, mrs OCTET STRING }`
 * rx and mrs travel as raw DEFLATE (RFC 1951): ten lines of FHIR must fit the 4,096 bytes of a card record. The commitment is over
 * the documents themselves, so a therapy is the same therapy whatever deflated it.
 * @module
 */
import { hash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { concat, lp } from '../common/bytes.ts';
import { DerError, readDer, within } from '../common/der-read.ts';
import { encodeDer, octets, sequence, TAG } from '../common/der-write.ts';
import { decoding, EnvelopeError } from './envelope-error.ts';

/** A document inside a body is at most this long, so that a small message cannot fill the memory. */
const MAX_DOCUMENT_BYTES = 256 * 1024;

/** R_X and MR_S of eq. 10 as the exact documents signed for, and 32 random bytes. */
export interface PrescriptionBody {
  readonly salt: Uint8Array;
  readonly rx: Uint8Array;
  readonly mrs: Uint8Array;
}

const deflate = (document: Uint8Array): Uint8Array => new Uint8Array(deflateRawSync(document, { level: 9 }));

function inflate(bytes: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(inflateRawSync(bytes, { maxOutputLength: MAX_DOCUMENT_BYTES }));
  } catch (cause) {
    throw new EnvelopeError('BODY_MALFORMED', 'a document that does not inflate', { cause });
  }
}

/** DER of a body. Throws RangeError on a salt of another length. */
export function encodePrescriptionBody(body: PrescriptionBody): Uint8Array {
  if (body.salt.length !== 32) throw new RangeError('salt has 32 bytes');
  return encodeDer(sequence(octets(body.salt), octets(deflate(body.rx)), octets(deflate(body.mrs))));
}

/** Inverse of {@link encodePrescriptionBody}. Throws EnvelopeError BODY_MALFORMED. */
export const decodePrescriptionBody = (der: Uint8Array): PrescriptionBody =>
  decoding('BODY_MALFORMED', () =>
    within(readDer(der, TAG.sequence), (reader) => {
      const salt = reader.read(TAG.octets).body;
      if (salt.length !== 32) throw new DerError('salt of another length');
      return { salt, rx: inflate(reader.read(TAG.octets).body), mrs: inflate(reader.read(TAG.octets).body) };
    }),
  );

/** SHA-256( lp(salt) ‖ lp(rx) ‖ lp(mrs) ), 32 bytes, lp with four length bytes. */
export const prescriptionCommitment = ({ salt, rx, mrs }: PrescriptionBody): Uint8Array =>
  new Uint8Array(hash('sha256', concat(lp(salt), lp(rx), lp(mrs)), 'buffer'));
