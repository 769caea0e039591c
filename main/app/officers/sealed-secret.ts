/**
 * A secret on disk under a passphrase: scrypt (RFC 7914) for the key, AES-256-GCM around the secret, as JSON. The label (what it is, whose)
 * and the parameters are authenticated, so a file passed off as another's does not open. Whoever copies the file can try passphrases at
 * the cost that stands in it; erasing a file does not erase copies that a disk or a back-up keeps.
 * @module
 */

import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto';
import { z } from 'zod';
import { Base64 } from '../../../contract/formats.ts';
import { concat, lp, lp1, uint, utf8, wipe } from '../../../crypto/common/bytes.ts';
import { secureRng } from '../../../crypto/common/random.ts';
import { fromBase64, toBase64 } from '../../../crypto/envelope/base64.ts';
import { readBytes } from '../bureau-files.ts';
import { BureauFolderError } from '../bureau-folder-error.ts';

/** scrypt's N for a passphrase that somebody thought of: 128 MiB of memory, a fraction of a second. */
export const CHOSEN_PASSPHRASE_COST = 2 ** 17;
/** scrypt's N for a generated passphrase of 128 bits, which needs no stretching: the least that is read. */
export const GENERATED_PASSPHRASE_COST = 2 ** 14;
const MAX_COST = 2 ** 20;
const BLOCK_SIZE = 8;

const MIN_PASSPHRASE_BYTES = 12;
const TAG_BYTES = 16;

/** A sealed secret: `sealed` = ciphertext ‖ tag(16). */
export const SealedSecret = z.strictObject({
  kdf: z.literal('scrypt-8-1'),
  /** N, a power of two. */
  cost: z
    .int()
    .min(GENERATED_PASSPHRASE_COST)
    .max(MAX_COST)
    .refine((cost) => Number.isInteger(Math.log2(cost))),
  salt: Base64,
  cipher: z.literal('aes-256-gcm'),
  nonce: Base64,
  sealed: Base64,
});
export type SealedSecret = z.infer<typeof SealedSecret>;

const base64 = (bytes: Uint8Array): string => toBase64(bytes);

function deriveKey(passphrase: Uint8Array, salt: Uint8Array, cost: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const parameters = { N: cost, r: BLOCK_SIZE, p: 1, maxmem: 2 * 128 * cost * BLOCK_SIZE };
  scrypt(passphrase, salt, 32, parameters, (error, key) => (error === null ? resolve(key) : reject(error)));
  return promise;
}

const associatedData = (label: Uint8Array, cost: number): Uint8Array =>
  concat(lp1('IMIS-SEALED-SECRET-V1'), lp(label), uint(cost, 4));

/** Seals a secret; `label` says what and whose it is. The caller wipes what it gave. */
export async function sealSecret(
  secret: Uint8Array,
  passphrase: Uint8Array,
  label: Uint8Array,
  cost = CHOSEN_PASSPHRASE_COST,
): Promise<SealedSecret> {
  const [salt, nonce] = [secureRng(16), secureRng(12)];
  const key = await deriveKey(passphrase, salt, cost);
  try {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(associatedData(label, cost));
    const sealed = concat(cipher.update(secret), cipher.final(), cipher.getAuthTag());
    return {
      kdf: 'scrypt-8-1',
      cost,
      salt: base64(salt),
      cipher: 'aes-256-gcm',
      nonce: base64(nonce),
      sealed: base64(sealed),
    };
  } finally {
    wipe(key);
  }
}

/** The secret. Throws PASSPHRASE_WRONG also for an altered file and for one of another label. */
export async function openSecret(file: SealedSecret, passphrase: Uint8Array, label: Uint8Array): Promise<Uint8Array> {
  const [salt, nonce, sealed] = [file.salt, file.nonce, file.sealed].map(fromBase64);
  if (salt?.length !== 16 || nonce?.length !== 12 || sealed === undefined || sealed.length < TAG_BYTES) {
    throw new BureauFolderError('FOLDER_DAMAGED', 'sealed secret');
  }
  const key = await deriveKey(passphrase, salt, file.cost);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(label, file.cost));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const secret = decipher.update(sealed.subarray(0, -TAG_BYTES));
    try {
      decipher.final();
    } catch (cause) {
      wipe(secret);
      throw new BureauFolderError('PASSPHRASE_WRONG', 'the seal does not open', { cause });
    }
    return new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
  } finally {
    wipe(key);
  }
}

/** A passphrase of 128 random bits as 32 hexadecimal digits in UTF-8. */
export const generatePassphrase = (): Uint8Array => utf8(Buffer.from(secureRng(16)).toString('hex'));

/** The passphrase in a file, one line feed at its end left out. Throws FOLDER_NOT_FOUND or PASSPHRASE_SHORT. */
export function readPassphrase(path: string): Uint8Array {
  const bytes = readBytes(path);
  const passphrase = bytes.at(-1) === 0x0a ? bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1) : bytes;
  if (passphrase.length < MIN_PASSPHRASE_BYTES) throw new BureauFolderError('PASSPHRASE_SHORT', path);
  return passphrase;
}
