/**
 * Public keys as SubjectPublicKeyInfo (RFC 5280 4.1.2.7): P-256 in its one form (RFC 5480, named curve, uncompressed
 * point), and the group key under our own algorithm identifier.
 * @module
 */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { concat, equalBytes } from '../common/bytes.ts';
import { DerError, readBits, readDer, readOid, within } from '../common/der-read.ts';
import { bitString, encodeDer, oid, sequence, TAG } from '../common/der-write.ts';
import { IMIS_OID } from '../common/oids.ts';
import { P256_SPKI_PREFIX } from '../common/p256-spki.ts';
import { OID } from '../common/standard-oids.ts';

/** SubjectPublicKeyInfo of a P-256 point, 65 bytes 04 ‖ x ‖ y. Throws RangeError on another length or form. */
export function p256Spki(point: Uint8Array): Uint8Array {
  if (point.length !== 65 || point[0] !== 4) throw new RangeError('p256Spki: not an uncompressed point');
  return concat(P256_SPKI_PREFIX, point);
}

/** The point of a P-256 SubjectPublicKeyInfo, 65 bytes; undefined for every other key. Not checked to lie on the curve. */
export function p256Point(spki: Uint8Array): Uint8Array | undefined {
  const matches = spki.length === 91 && equalBytes(spki.subarray(0, 26), P256_SPKI_PREFIX) && spki[26] === 4;
  return matches ? spki.subarray(26) : undefined;
}

/** SubjectPublicKeyInfo of a group key; `key` is its encoding in crypto/groupsig. */
export const groupSpki = (key: Uint8Array): Uint8Array =>
  encodeDer(sequence(sequence(oid(IMIS_OID.groupSignature)), bitString(key)));

/** The encoded group key of a SubjectPublicKeyInfo; undefined for every other key. Throws DerError on what is no key. */
export function groupKey(spki: Uint8Array): Uint8Array | undefined {
  const { algorithm, key, parameters } = readSpki(spki);
  return algorithm === IMIS_OID.groupSignature && !parameters ? key : undefined;
}

function readSpki(spki: Uint8Array): { algorithm: string; parameters: boolean; key: Uint8Array } {
  return within(readDer(spki, TAG.sequence), (reader) => {
    const [algorithm, parameters] = within(reader.read(TAG.sequence), (inner) => [
      readOid(inner.read(TAG.oid)),
      inner.rest().length > 0,
    ]);
    return { algorithm, parameters, key: readBits(reader.read(TAG.bitString)) };
  });
}

/** Dotted algorithm identifier of a SubjectPublicKeyInfo. Throws DerError on what is none. */
const keyAlgorithm = (spki: Uint8Array): string => readSpki(spki).algorithm;

/** Imports a P-256 or RSA SubjectPublicKeyInfo. Throws DerError when it is neither, or not a valid key. */
export function importSpki(spki: Uint8Array): KeyObject {
  if (p256Point(spki) === undefined && keyAlgorithm(spki) !== OID.rsaEncryption) throw new DerError('key not accepted');
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new DerError('not a valid public key', { cause });
  }
}

/** SHA-256 of a SubjectPublicKeyInfo, 32 bytes: names a key everywhere (RFC 7093 method 4; `aud`, `recipient`). */
export const keyIdentifier = (spki: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', spki, 'buffer'));
