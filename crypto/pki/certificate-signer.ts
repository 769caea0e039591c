/**
 * Who signs certificates and revocation lists: a port, because an authority's key may live on a card or elsewhere.
 * @module
 */
import { type KeyObject, sign, verify } from 'node:crypto';
import { DerError } from '../common/der-read.ts';
import { importSpki, p256Point } from './public-key.ts';

/** Signs with ECDSA P-256 and SHA-256. */
export interface CertificateSigner {
  /** Signature over the DER of TBSCertificate or TBSCertList; the answer is a DER Ecdsa-Sig-Value. */
  sign(tbs: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

/** A signer over a P-256 private key in memory. Throws RangeError for another key. */
export function createSoftwareCertificateSigner(privateKey: KeyObject): CertificateSigner {
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new RangeError('not a P-256 key');
  return {
    async sign(tbs, signal) {
      signal.throwIfAborted();
      return new Uint8Array(sign('sha256', tbs, privateKey));
    },
  };
}

/** ECDSA P-256 with SHA-256 over `message`; false for a signature that does not hold and for a key that is no P-256 key. */
export function verifyP256(spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (p256Point(spki) === undefined) return false;
  try {
    return verify('sha256', message, importSpki(spki), signature);
  } catch (error) {
    // A point off the curve: the key is bad, so nothing it "signed" holds.
    if (error instanceof DerError) return false;
    throw error;
  }
}
