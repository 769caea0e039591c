/**
 * RecipientInfo (RFC 5652 6.2) for one recipient: KeyAgreeRecipientInfo for P-256 (RFC 5753 3.1, a fresh ephemeral key
 * each), KeyTransRecipientInfo with RSAES-OAEP for RSA (RFC 4055, RFC 3560).
 * @module
 */
import { constants, createECDH, type ECDH, type KeyObject, publicEncrypt } from 'node:crypto';
import { wipe } from '../common/bytes.ts';
import {
  bitString,
  type DerTree,
  encodeDer,
  explicit,
  explicitTag,
  implicitTag,
  integer,
  octets,
  oid,
  sequence,
  tlv,
  unsigned,
} from '../common/der-write.ts';
import { OID } from '../common/standard-oids.ts';
import { readCertificateFields } from '../pki/certificate-fields.ts';
import { importSpki, keyIdentifier, p256Point } from '../pki/public-key.ts';
import { EnvelopeError } from './envelope-error.ts';
import { deriveKek, wrapKey } from './key-wrap.ts';

/** Whom to seal to: by certificate (issuer and serial number), or a bare key (named by SHA-256 of its SPKI). DER both. */
export type Recipient = { readonly certificate: Uint8Array } | { readonly spki: Uint8Array };

type Name = { readonly issuer: Uint8Array; readonly serial: Uint8Array } | { readonly keyId: Uint8Array };

const AES256_WRAP = encodeDer(sequence(oid(OID.aes256Wrap)));
const ECDH_ALGORITHM = encodeDer(sequence(oid(OID.ecdhSha256Kdf), AES256_WRAP));
const EC_KEY_ALGORITHM = encodeDer(sequence(oid(OID.ecPublicKey)));
const SHA256 = encodeDer(sequence(oid(OID.sha256)));
const OAEP_ALGORITHM = encodeDer(
  sequence(oid(OID.rsaesOaep), sequence(explicit(0, SHA256), explicit(1, sequence(oid(OID.mgf1), SHA256)))),
);

function agree(ephemeral: ECDH, point: Uint8Array): Uint8Array {
  try {
    return ephemeral.computeSecret(point);
  } catch (cause) {
    throw new EnvelopeError('ALGORITHM_REFUSED', 'point off the curve', { algorithm: 'recipient key', cause });
  }
}

function forP256(point: Uint8Array, name: Name, contentKey: Uint8Array): DerTree {
  const ephemeral = createECDH('prime256v1');
  const ephemeralPoint = ephemeral.generateKeys();
  const shared = agree(ephemeral, point);
  const kek = deriveKek(shared, AES256_WRAP);
  const wrapped = wrapKey(kek, contentKey);
  wipe(shared, kek);
  const rid = 'keyId' in name ? explicit(0, octets(name.keyId)) : sequence(name.issuer, unsigned(name.serial));
  return tlv(
    explicitTag(1),
    integer(3),
    explicit(0, tlv(explicitTag(1), EC_KEY_ALGORITHM, bitString(ephemeralPoint))),
    ECDH_ALGORITHM,
    sequence(sequence(rid, octets(wrapped))),
  );
}

function forRsa(key: KeyObject, name: Name, contentKey: Uint8Array): DerTree {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const encrypted = publicEncrypt({ key, padding, oaepHash: 'sha256' }, contentKey);
  const rid = 'keyId' in name ? tlv(implicitTag(0), name.keyId) : sequence(name.issuer, unsigned(name.serial));
  return sequence(integer('keyId' in name ? 2 : 0), rid, OAEP_ALGORITHM, octets(encrypted));
}

function readRecipient(recipient: Recipient): { readonly spki: Uint8Array; readonly name: Name } {
  if ('spki' in recipient) return { spki: recipient.spki, name: { keyId: keyIdentifier(recipient.spki) } };
  const { spki, issuer, serial } = readCertificateFields(recipient.certificate);
  return { spki, name: { issuer, serial } };
}

/**
 * RecipientInfo that carries `contentKey` (32 bytes). Throws EnvelopeError ALGORITHM_REFUSED for a key that is neither
 * a valid P-256 key nor RSA of at least 3072 bits, PkiError CERT_MALFORMED for what is no certificate.
 */
export function writeRecipient(recipient: Recipient, contentKey: Uint8Array): DerTree {
  const { spki, name } = readRecipient(recipient);
  const point = p256Point(spki);
  if (point !== undefined) return forP256(point, name, contentKey);
  const key = importRsa(spki);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < 3072) throw new EnvelopeError('ALGORITHM_REFUSED', `RSA of ${bits} bits`, { algorithm: `RSA-${bits}` });
  return forRsa(key, name, contentKey);
}

function importRsa(spki: Uint8Array): KeyObject {
  try {
    return importSpki(spki);
  } catch (cause) {
    throw new EnvelopeError('ALGORITHM_REFUSED', 'recipient key', { algorithm: 'recipient key', cause });
  }
}
