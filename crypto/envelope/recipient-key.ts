/**
 * The receiver's side of a recipient: ports, because the private key may live on a card, and software implementations.
 * @module
 */
import { constants, createPublicKey, diffieHellman, type KeyObject, privateDecrypt } from 'node:crypto';
import { importSpki, p256Spki } from '../pki/public-key.ts';
import { EnvelopeError } from './envelope-error.ts';

/** A P-256 key that agrees on a secret. */
export interface KeyAgreement {
  /** SubjectPublicKeyInfo of the key, DER. */
  readonly spki: Uint8Array;
  /** Its certificate, DER, where senders may name it by issuer and serial number. */
  readonly certificate?: Uint8Array;
  /**
   * Takes the sender's ephemeral point, 65 bytes 04 ‖ x ‖ y; answers the shared x, 32 bytes. Rejects a point off the curve
   * with EnvelopeError ENVELOPE_TAMPERED.
   */
  agree(ephemeralPoint: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

/** An RSA key of 3072 bits or more that unwraps with OAEP, SHA-256. */
export interface KeyTransport {
  readonly spki: Uint8Array;
  readonly certificate?: Uint8Array;
  /** Takes the encrypted content key; answers the content key. Rejects padding that does not hold with ENVELOPE_TAMPERED. */
  unwrap(encryptedKey: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

/** Either sort of key. */
export type RecipientKey = KeyAgreement | KeyTransport;

const exportSpki = (privateKey: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));

const withCertificate = (certificate: Uint8Array | undefined) => (certificate === undefined ? {} : { certificate });

function orTampered<T>(use: () => T): T {
  try {
    return use();
  } catch (cause) {
    throw new EnvelopeError('ENVELOPE_TAMPERED', 'the key for this recipient does not hold', { cause });
  }
}

/** Key agreement with a P-256 private key in memory. Throws RangeError for another key. */
export function createSoftwareKeyAgreement(privateKey: KeyObject, certificate?: Uint8Array): KeyAgreement {
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new RangeError('not a P-256 key');
  return {
    spki: exportSpki(privateKey),
    ...withCertificate(certificate),
    async agree(ephemeralPoint, signal) {
      signal.throwIfAborted();
      const publicKey = orTampered(() => importSpki(p256Spki(ephemeralPoint)));
      return new Uint8Array(diffieHellman({ privateKey, publicKey }));
    },
  };
}

/** Key transport with an RSA private key in memory. Throws RangeError below 3072 bits. */
export function createSoftwareKeyTransport(privateKey: KeyObject, certificate?: Uint8Array): KeyTransport {
  if ((privateKey.asymmetricKeyDetails?.modulusLength ?? 0) < 3072) throw new RangeError('not an RSA key of 3072 bits');
  return {
    spki: exportSpki(privateKey),
    ...withCertificate(certificate),
    async unwrap(encryptedKey, signal) {
      signal.throwIfAborted();
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      return orTampered(
        () => new Uint8Array(privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, encryptedKey)),
      );
    },
  };
}
