/**
 * SubjectPublicKeyInfo of a P-256 key in its one form (RFC 5280 4.1.2.7; RFC 5480: named curve, uncompressed point).
 * @module
 */
import { fromHex } from './bytes.ts';

/** SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING of 65 bytes }: the same 26 bytes before every point. */
export const P256_SPKI_PREFIX: Uint8Array = fromHex('3059301306072a8648ce3d020106082a8648ce3d030107034200');
