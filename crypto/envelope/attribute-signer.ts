/**
 * Who signs messages: a port, since the key is on a card. The signature is over the DER of the signed attributes.
 * @module
 */
import { type KeyObject, sign } from 'node:crypto';
import { IMIS_OID } from '../common/oids.ts';
import { OID } from '../common/standard-oids.ts';

/** Our two signature algorithms. */
export type SignatureAlgorithm = 'ecdsa-p256-sha256' | 'nhi-gsig-v1';

/** Signs signed attributes. */
export interface AttributeSigner {
  /** DER; for a group signature the certificate of PK_GK, never the signer's own. */
  readonly certificate: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  /** Takes the DER of the attributes and hashes it itself; answers a DER Ecdsa-Sig-Value, or 400 bytes of sigma. */
  sign(signedAttributes: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

/** Dotted identifier of a signature algorithm. */
export const signatureOid = (algorithm: SignatureAlgorithm): string =>
  algorithm === 'nhi-gsig-v1' ? IMIS_OID.groupSignature : OID.ecdsaWithSha256;

/** A signer over a P-256 private key in memory. Throws RangeError for another key. */
export function createSoftwareSigner(privateKey: KeyObject, certificate: Uint8Array): AttributeSigner {
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new RangeError('not a P-256 key');
  return {
    certificate,
    algorithm: 'ecdsa-p256-sha256',
    async sign(signedAttributes, signal) {
      signal.throwIfAborted();
      return new Uint8Array(sign('sha256', signedAttributes, privateKey));
    },
  };
}
