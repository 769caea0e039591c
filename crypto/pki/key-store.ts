/**
 * A folder of private keys (PKCS#8 PEM, RFC 5958 and 7468; encrypted where a passphrase is given) and their
 * certificates. Key files belong to their owner alone (mode 0600).
 * @module
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { equalBytes } from '../common/bytes.ts';
import { readCertificateFields } from './certificate-fields.ts';
import { PkiError } from './pki-error.ts';

/** A key pair of P-256. */
export interface P256KeyPair {
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
}

/** SubjectPublicKeyInfo of a private or public key. */
export const spkiOf = (key: KeyObject): Uint8Array =>
  new Uint8Array((key.type === 'public' ? key : createPublicKey(key)).export({ type: 'spki', format: 'der' }));

/** Makes a P-256 key pair, for signatures or for key agreement. */
export async function generateP256(): Promise<P256KeyPair> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'prime256v1' });
  return { privateKey, spki: spkiOf(publicKey) };
}

/** PEM text of one DER value under a label such as CERTIFICATE. */
export const toPem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;

/** What lies under one name. */
export interface StoredKey {
  readonly privateKey: KeyObject;
  /** Certificate, DER, where one was saved. */
  readonly certificate?: Uint8Array;
}

/** Keys by name; a name is 1 to 64 of a-z, 0-9, dot, hyphen, underscore, beginning with a letter or digit. */
export interface KeyStore {
  /** Saves or replaces a key. Throws PkiError KEY_NAME_INVALID, KEY_MISMATCH, CERT_MALFORMED. */
  save(name: string, key: StoredKey, options?: { readonly passphrase?: string }): Promise<void>;
  /** Throws PkiError KEY_NAME_INVALID, KEY_NOT_FOUND, KEY_PERMISSIONS, KEY_UNREADABLE, KEY_MISMATCH, CERT_MALFORMED. */
  load(name: string, options?: { readonly passphrase?: string }): Promise<StoredKey>;
  /** Names of all keys, sorted. */
  names(): Promise<readonly string[]>;
}

const KEY_SUFFIX = '.key.pem';
const CERTIFICATE_SUFFIX = '.cert.pem';

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const fresh = `${path}.new`;
  await writeFile(fresh, text, { mode });
  // The mode above is cut by the umask and ignored for a file left over from a crash.
  await chmod(fresh, mode);
  await rename(fresh, path);
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function checkName(name: string): void {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) throw new PkiError('KEY_NAME_INVALID', 'not a name for a key');
}

function checkMatch(name: string, key: StoredKey): void {
  if (key.certificate === undefined) return;
  if (!equalBytes(readCertificateFields(key.certificate).spki, spkiOf(key.privateKey))) {
    throw new PkiError('KEY_MISMATCH', `the certificate of ${name} is for another key`);
  }
}

function readKey(name: string, pem: string, passphrase: string | undefined): KeyObject {
  try {
    // Without a passphrase an encrypted file must fail, not ask on the terminal.
    return createPrivateKey({ key: pem, format: 'pem', passphrase: passphrase ?? '' });
  } catch (cause) {
    throw new PkiError('KEY_UNREADABLE', `key ${name} cannot be read`, { cause });
  }
}

function readCertificatePem(name: string, pem: string): Uint8Array {
  try {
    return new Uint8Array(new X509Certificate(pem).raw);
  } catch (cause) {
    throw new PkiError('CERT_MALFORMED', `certificate of ${name} cannot be read`, { cause });
  }
}

/** Opens a store in `folder`, which is made (mode 0700) when the first key is saved. */
export function createKeyStore(folder: string): KeyStore {
  return {
    async save(name, key, options = {}) {
      checkName(name);
      checkMatch(name, key);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const secret = options.passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase: options.passphrase };
      const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem', ...secret }).toString();
      await replaceFile(join(folder, name + KEY_SUFFIX), pem, 0o600);
      const beside = join(folder, name + CERTIFICATE_SUFFIX);
      if (key.certificate === undefined) await rm(beside, { force: true });
      else await replaceFile(beside, toPem('CERTIFICATE', key.certificate), 0o644);
    },

    async load(name, options = {}) {
      checkName(name);
      const path = join(folder, name + KEY_SUFFIX);
      const pem = await readOptional(path);
      if (pem === undefined) throw new PkiError('KEY_NOT_FOUND', `no key ${name}`);
      if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) {
        throw new PkiError('KEY_PERMISSIONS', `key ${name} is open to others`);
      }
      const certificate = await readOptional(join(folder, name + CERTIFICATE_SUFFIX));
      const key: StoredKey = {
        privateKey: readKey(name, pem, options.passphrase),
        ...(certificate === undefined ? {} : { certificate: readCertificatePem(name, certificate) }),
      };
      checkMatch(name, key);
      return key;
    },

    async names() {
      try {
        const files = await readdir(folder);
        return files
          .filter((file) => file.endsWith(KEY_SUFFIX))
          .map((file) => file.slice(0, -KEY_SUFFIX.length))
          .sort();
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
  };
}
