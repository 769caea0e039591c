/**
 * Key derivation and wrapping for ECDH recipients: X9.63 KDF with SHA-256 over ECC-CMS-SharedInfo (RFC 5753 7.2), AES-256
 * key wrap (RFC 3394).
 * @module
 */
import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import { concat, uint, wipe } from '../common/bytes.ts';
import { encodeDer, explicit, octets, sequence } from '../common/der-write.ts';
import { EnvelopeError } from './envelope-error.ts';

const WRAP_IV = new Uint8Array(8).fill(0xa6);

/**
 * Key-encryption key, 32 bytes, from the shared x (32 bytes). `keyInfo` is the AlgorithmIdentifier of the key wrap as it
 * stands in the message: writers differ in whether it has parameters.
 */
export function deriveKek(shared: Uint8Array, keyInfo: Uint8Array): Uint8Array {
  const sharedInfo = encodeDer(sequence(keyInfo, explicit(2, octets(uint(256, 4)))));
  const input = concat(shared, uint(1, 4), sharedInfo);
  const kek = new Uint8Array(hash('sha256', input, 'buffer'));
  wipe(input);
  return kek;
}

/** Wraps a 32-byte key; 40 bytes. */
export function wrapKey(kek: Uint8Array, key: Uint8Array): Uint8Array {
  const cipher = createCipheriv('id-aes256-wrap', kek, WRAP_IV);
  return concat(cipher.update(key), cipher.final());
}

/** Inverse of {@link wrapKey}. Throws EnvelopeError ENVELOPE_TAMPERED when the integrity check value does not hold. */
export function unwrapKey(kek: Uint8Array, wrapped: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('id-aes256-wrap', kek, WRAP_IV);
  try {
    return concat(decipher.update(wrapped), decipher.final());
  } catch (cause) {
    throw new EnvelopeError('ENVELOPE_TAMPERED', 'the wrapped key does not hold', { cause });
  }
}
