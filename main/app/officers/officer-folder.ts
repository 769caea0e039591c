/**
 * The folder of an opening officer, on the officer's own machine. One folder holds one share.
 *
 * ```
 * officer.json    public: name, signing and agreement key, signed with the former; this file goes to whoever convenes a ceremony
 * unlock.json     32 random bytes under the officer's passphrase (sealed-secret.ts): they open what follows
 * keys/           signing, agreement (crypto/pki/key-store.ts, PKCS#8 encrypted under the 32 bytes)
 * opener.json     the share, sealed under the officer's passphrase (opener-file.ts)
 * opener-next.json  the share of a ceremony that not everybody has signed yet
 * ceremonies/     what a ceremony under way must keep, sealed under the 32 bytes; gone when it has ended
 * ```
 *
 * PKCS#8 stretches a passphrase with PBKDF2 and few rounds. The 32 bytes between keep it from being the cheap way to try passphrases.
 * @module
 */

import type { KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Base64 } from '../../../contract/formats.ts';
import { concat, hex, lp, lp1, utf8 } from '../../../crypto/common/bytes.ts';
import { secureRng } from '../../../crypto/common/random.ts';
import { fromBase64, toBase64 } from '../../../crypto/envelope/base64.ts';
import { createSoftwareCertificateSigner, verifyP256 } from '../../../crypto/pki/certificate-signer.ts';
import { createKeyStore, generateP256, spkiOf } from '../../../crypto/pki/key-store.ts';
import { keyIdentifier, p256Point } from '../../../crypto/pki/public-key.ts';
import { given, jsonText, readJson } from '../bureau-files.ts';
import { BureauFolderError } from '../bureau-folder-error.ts';
import { makeFolder } from '../new-folder.ts';
import { type LoadedOpenerShare, sealOpenerShare } from './opener-file.ts';
import { CHOSEN_PASSPHRASE_COST, openSecret, SealedSecret, sealSecret } from './sealed-secret.ts';

const Name = z.string().min(1).max(60);

const PublicFile = z.strictObject({
  version: z.literal(1),
  name: Name,
  signing: Base64,
  agreement: Base64,
  signature: Base64,
});

/** An officer as others know it: P-256 keys as SubjectPublicKeyInfo. `agreement` is for what is sealed to the officer outside a ceremony. */
export interface PublicOfficer {
  readonly name: string;
  readonly signing: Uint8Array;
  readonly agreement: Uint8Array;
}

/** An officer at work; `secret` are the 32 bytes of unlock.json, to be wiped. */
export interface Officer extends PublicOfficer {
  readonly signingKey: KeyObject;
  readonly agreementKey: KeyObject;
  readonly secret: Uint8Array;
  /** scrypt's N in this folder (sealed-secret.ts). */
  readonly cost: number;
}

/** The files of an officer's folder. */
export const officerFiles = (dir: string) => ({
  officer: join(dir, 'officer.json'),
  unlock: join(dir, 'unlock.json'),
  keys: join(dir, 'keys'),
  opener: join(dir, 'opener.json'),
  nextOpener: join(dir, 'opener-next.json'),
  ceremony: (hash: Uint8Array) => join(dir, 'ceremonies', `${hex(hash)}.json`),
});

const UNLOCK = lp1('IMIS-OFFICER-UNLOCK');

const signedBytes = ({ name, signing, agreement }: PublicOfficer): Uint8Array =>
  concat(lp1('IMIS-OFFICER-V1'), lp(utf8(name)), lp(signing), lp(agreement));

/** What people read to each other to make sure of an officer's keys: SHA-256 of the signing key, hex. */
export const fingerprintOf = ({ signing }: Pick<PublicOfficer, 'signing'>): string => hex(keyIdentifier(signing));

/** Signs with an officer's key: ECDSA P-256, SHA-256, DER. */
export const signAsOfficer = (key: KeyObject, message: Uint8Array): Promise<Uint8Array> =>
  createSoftwareCertificateSigner(key).sign(message, new AbortController().signal);

/**
 * Makes an officer's folder, with a share handed over where there is one. Throws FOLDER_EXISTS, or VALUE_INVALID for the name.
 * Answers the fingerprint.
 */
export async function createOfficerFolder(
  dir: string,
  wanted: {
    readonly name: string;
    readonly passphrase: Uint8Array;
    readonly share?: LoadedOpenerShare;
    readonly cost?: number;
  },
): Promise<string> {
  const name = given('name', Name, wanted.name);
  const { passphrase, share, cost = CHOSEN_PASSPHRASE_COST } = wanted;
  const [signing, agreement] = [await generateP256(), await generateP256()];
  const officer = { name, signing: signing.spki, agreement: agreement.spki };
  const signature = await signAsOfficer(signing.privateKey, signedBytes(officer));
  const secret = secureRng(32);
  await makeFolder(dir, async (folder) => {
    const files = officerFiles(folder);
    const write = (path: string, value: unknown) => writeFile(path, jsonText(value), { mode: 0o600, flag: 'wx' });
    await write(files.unlock, await sealSecret(secret, passphrase, UNLOCK, cost));
    const store = createKeyStore(files.keys);
    await store.save('signing', { privateKey: signing.privateKey }, { passphrase: hex(secret) });
    await store.save('agreement', { privateKey: agreement.privateKey }, { passphrase: hex(secret) });
    await write(files.officer, {
      version: 1,
      name,
      signing: toBase64(officer.signing),
      agreement: toBase64(officer.agreement),
      signature: toBase64(signature),
    });
    if (share !== undefined) await write(files.opener, await sealOpenerShare(share, passphrase, cost));
  });
  secret.fill(0);
  return fingerprintOf(officer);
}

/** Reads an officer.json. Throws FOLDER_NOT_FOUND, or FOLDER_DAMAGED unless both are P-256 keys and the signature holds. */
export function readOfficer(path: string): PublicOfficer {
  const file = readJson(path, PublicFile);
  const officer = { name: file.name, signing: fromBase64(file.signing), agreement: fromBase64(file.agreement) };
  const sound =
    p256Point(officer.agreement) !== undefined &&
    verifyP256(officer.signing, signedBytes(officer), fromBase64(file.signature));
  if (!sound) throw new BureauFolderError('FOLDER_DAMAGED', path);
  return officer;
}

/** Opens an officer's folder. Throws FOLDER_NOT_FOUND, FOLDER_DAMAGED, PASSPHRASE_WRONG, PkiError. */
export async function openOfficer(dir: string, passphrase: Uint8Array): Promise<Officer> {
  const files = officerFiles(dir);
  const officer = readOfficer(files.officer);
  const unlock = readJson(files.unlock, SealedSecret);
  const secret = await openSecret(unlock, passphrase, UNLOCK);
  const store = createKeyStore(files.keys);
  const [signing, agreement] = await Promise.all(
    ['signing', 'agreement'].map((name) => store.load(name, { passphrase: hex(secret) })),
  );
  if (signing === undefined || agreement === undefined) throw new Error('openOfficer: two keys were loaded');
  const own = fingerprintOf({ signing: spkiOf(signing.privateKey) });
  if (own !== fingerprintOf(officer)) throw new BureauFolderError('FOLDER_DAMAGED', files.officer);
  return { ...officer, signingKey: signing.privateKey, agreementKey: agreement.privateKey, secret, cost: unlock.cost };
}
