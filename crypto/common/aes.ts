/**
 * AES-128 as secure messaging uses it: CBC without padding, one block, and CMAC (NIST SP 800-38A and 800-38B, RFC 4493). Keys have 16 bytes.
 * @module
 */
import { cbc, cmac, ecb } from '@noble/ciphers/aes.js';

/** Bytes of a block, a key and a MAC here. */
export const AES_BLOCK = 16;

/** CBC of whole blocks; `iv` has 16 bytes. */
export const encryptCbc = (key: Uint8Array, iv: Uint8Array, blocks: Uint8Array): Uint8Array =>
  cbc(key, iv, { disablePadding: true }).encrypt(blocks);

/** Inverse of {@link encryptCbc}. */
export const decryptCbc = (key: Uint8Array, iv: Uint8Array, blocks: Uint8Array): Uint8Array =>
  cbc(key, iv, { disablePadding: true }).decrypt(blocks);

/** One block. */
export const encryptBlock = (key: Uint8Array, block: Uint8Array): Uint8Array =>
  ecb(key, { disablePadding: true }).encrypt(block);

/** AES-CMAC, 16 bytes. */
export const aesCmac = (key: Uint8Array, message: Uint8Array): Uint8Array => cmac(message, key);
