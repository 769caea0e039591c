/**
 * The two notations of an ECDSA P-256 signature: cards answer r ‖ s (64 bytes), X.509 and CMS carry Ecdsa-Sig-Value (RFC 3279 2.2.3).
 * @module
 */
import { verify } from 'node:crypto';
import { concat } from '../common/bytes.ts';
import { DerError, readDer, readUnsigned, within } from '../common/der-read.ts';
import { encodeDer, sequence, TAG, unsigned } from '../common/der-write.ts';
import { importSpki, p256Point } from './public-key.ts';

const stripped = (bytes: Uint8Array): Uint8Array => {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? bytes.slice(-1) : bytes.slice(first);
};

/** DER Ecdsa-Sig-Value of r ‖ s. Throws RangeError unless there are 64 bytes. */
export function ecdsaToDer(raw: Uint8Array): Uint8Array {
  if (raw.length !== 64) throw new RangeError('r ‖ s has 64 bytes');
  return encodeDer(sequence(unsigned(stripped(raw.subarray(0, 32))), unsigned(stripped(raw.subarray(32)))));
}

/** r ‖ s, 64 bytes, of a DER Ecdsa-Sig-Value. Throws DerError on anything else. */
export const ecdsaFromDer = (der: Uint8Array): Uint8Array =>
  within(readDer(der, TAG.sequence), (reader) => {
    const half = (): Uint8Array => {
      const bytes = stripped(readUnsigned(reader.read(TAG.integer)));
      if (bytes.length > 32) throw new DerError('an integer above 256 bits');
      return concat(new Uint8Array(32 - bytes.length), bytes);
    };
    return concat(half(), half());
  });

/** Whether r ‖ s is a signature with SHA-256 over `message`; false for a key that is no P-256 key or a signature of another length. */
export function verifyRawP256(spki: Uint8Array, message: Uint8Array, raw: Uint8Array): boolean {
  if (raw.length !== 64 || p256Point(spki) === undefined) return false;
  return verify('sha256', message, { key: importSpki(spki), dsaEncoding: 'ieee-p1363' }, raw);
}
