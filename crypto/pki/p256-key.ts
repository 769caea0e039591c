/**
 * P-256 keys as 32 and 65 bytes, the form in which cards hold and send them: ECDSA with SHA-256 as r ‖ s (FIPS 186-5) and ECDH
 * (SP 800-56A rev. 3, 5.7.1.2). Points are uncompressed, 04 ‖ x ‖ y.
 * @module
 */
import { createECDH, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { bytes32 } from '../common/hash.ts';
import { type Rng, randomScalar } from '../common/random.ts';

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const CURVE = 'prime256v1';

/** A fresh private key, 32 bytes. */
export const newPrivateKey = (rng: Rng): Uint8Array => bytes32(randomScalar(ORDER, rng));

/** The public point of a private key. */
export function publicPoint(privateKey: Uint8Array): Uint8Array {
  const ecdh = createECDH(CURVE);
  ecdh.setPrivateKey(privateKey);
  return new Uint8Array(ecdh.getPublicKey());
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const publicJwk = (point: Uint8Array) => ({
  kty: 'EC',
  crv: 'P-256',
  x: base64url(point.subarray(1, 33)),
  y: base64url(point.subarray(33)),
});

/** r ‖ s over SHA-256 of the message, 64 bytes. */
export function signMessage(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  const jwk = { ...publicJwk(publicPoint(privateKey)), d: base64url(privateKey) };
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return new Uint8Array(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }));
}

/** Is it a signature by the key over the message? False also for a point off the curve. */
export function isSignedBy(point: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (point.length !== 65 || point[0] !== 4) return false;
  try {
    const key = createPublicKey({ key: publicJwk(point), format: 'jwk' });
    return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch (error) {
    // The import refuses a point off the curve.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_CRYPTO_INVALID_JWK') return false;
    throw error;
  }
}

/** An uncompressed point of the curve, and not the identity? */
export const isPoint = (point: Uint8Array): boolean => agreedWith(bytes32(1n), point) !== undefined;

/** x of d*P, 32 bytes; undefined when the other point is not one of the curve. */
export function agreedWith(privateKey: Uint8Array, point: Uint8Array): Uint8Array | undefined {
  if (point.length !== 65 || point[0] !== 4) return undefined;
  const ecdh = createECDH(CURVE);
  ecdh.setPrivateKey(privateKey);
  try {
    return new Uint8Array(ecdh.computeSecret(point));
  } catch (error) {
    if (isInvalidPoint(error)) return undefined;
    throw error;
  }
}

const isInvalidPoint = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY';
