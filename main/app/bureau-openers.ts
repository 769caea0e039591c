/**
 * The bureau's side of the officers' ceremonies: an issuer key made before there is a group, a group out of a generated opening key, and the
 * adoption of a refreshed or changed opener set. What is adopted is countersigned and kept as group/opener-set-V.json.
 * @module
 */

import { open, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, wipe } from '../../crypto/common/bytes.ts';
import { createSoftwareSigner } from '../../crypto/envelope/attribute-signer.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { setUpIssuer } from '../../crypto/groupsig/issuer.ts';
import { bureauFiles, GroupFile, jsonText, readBytes, readJson } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import type { GroupCeremony } from './group-ceremony.ts';
import { loadKey } from './load-bureau.ts';
import { makeFolder, replaceFile } from './new-folder.ts';
import { statementBytes } from './officers/officer-ceremony-files.ts';
import { IssuerFile } from './officers/officer-ceremony-start.ts';

import { readOpenerSet, type SignedOpenerSet } from './officers/opener-set-file.ts';

const signal = new AbortController().signal;

const issuerFiles = (dir: string) => ({ secret: join(dir, 'issuer.secret'), public: join(dir, 'issuer.json') });

/** Makes a folder with the issuer's secret and its public part, issuer.json, on which the officers generate the opening key. Throws FOLDER_EXISTS. */
export async function makeIssuer(dir: string): Promise<void> {
  const { secret, w, proof } = setUpIssuer(await createMclBackend());
  try {
    await makeFolder(dir, async (folder) => {
      const files = issuerFiles(folder);
      await writeFile(files.secret, secret, { mode: 0o600 });
      await writeFile(files.public, jsonText({ version: 1, w: toBase64(w), proof: toBase64(proof) }), { mode: 0o600 });
    });
  } finally {
    wipe(secret);
  }
}

/** An issuer and the opener set that the officers generated for it. Throws OPENER_SET_REFUSED for another issuer's, and as `readOpenerSet`. */
export async function readGeneratedGroup(issuerDir: string, openerSetPath: string): Promise<GroupCeremony> {
  const files = issuerFiles(issuerDir);
  const { w } = readJson(files.public, IssuerFile);
  const { groupKey, set, file } = await readOpenerSet(openerSetPath);
  const { basis } = file.ceremony;
  if (!('w' in basis) || basis.w !== w) throw new BureauFolderError('OPENER_SET_REFUSED', openerSetPath);
  const issuerSecret = readBytes(files.secret);
  if (issuerSecret.length !== 64) throw new BureauFolderError('FOLDER_DAMAGED', files.secret);
  return { groupKey: groupKey.encoded, openerSet: set.encoded, issuerSecret, openers: [] };
}

/**
 * Erases the secret in an issuer's folder, which the bureau's folder holds by now: one copy in one place. Overwritten first, since what is
 * only unlinked stays on the disk. Throws what the system throws. Answers the path.
 */
export async function eraseIssuerSecret(issuerDir: string): Promise<string> {
  const { secret } = issuerFiles(issuerDir);
  const file = await open(secret, 'r+');
  try {
    const { size } = await file.stat();
    await file.write(new Uint8Array(size), 0, size, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await unlink(secret);
  return secret;
}

/** Signs an opener set as the bureau and keeps it in the bureau's folder. */
async function countersign(dir: string, { file, ceremony, set, message }: SignedOpenerSet): Promise<void> {
  const files = bureauFiles(dir);
  const { key, certificate } = await loadKey(files.keys, 'bureau-signing');
  const bytes = statementBytes(ceremony.ceremony.plan.hash, 'bureau', 0, message);
  const signature = await createSoftwareSigner(key, certificate.der).sign(bytes, signal);
  const bureau = { certificate: toBase64(certificate.der), signature: toBase64(signature) };
  replaceFile(files.openerSet(set.version), jsonText({ ...file, bureau }));
}

/** The holders' signing keys of the set in force, by index; undefined when no officers' ceremony made it. */
async function presentHolders(dir: string, version: number): Promise<ReadonlyMap<number, Uint8Array> | undefined> {
  try {
    const { ceremony } = await readOpenerSet(bureauFiles(dir).openerSet(version));
    return new Map(ceremony.holders.map(({ holder, signing }) => [holder ?? 0, signing]));
  } catch (cause) {
    if (cause instanceof BureauFolderError && cause.code === 'FOLDER_NOT_FOUND') return undefined;
    throw cause;
  }
}

/**
 * Puts an opener set into force: the one the group was made with, or the next after a refresh or reshare. Those who dealt must be the holders
 * the bureau knows. Sets that `imis bureau init` made by itself have no known holders: there the administrator compares the fingerprints.
 * A serving bureau goes by it after a restart. Throws OPENER_SET_REFUSED, and what reading the files throws. Answers the version.
 */
export async function adoptOpenerSet(dir: string, path: string): Promise<{ readonly openerSet: number }> {
  const files = bureauFiles(dir);
  const group = readJson(files.group, GroupFile);
  const signed = await readOpenerSet(path);
  const { groupKey, set, ceremony } = signed;
  const refuse = (why: string): BureauFolderError => new BureauFolderError('OPENER_SET_REFUSED', why);
  if (!equalBytes(groupKey.encoded, fromBase64(group.groupKey))) throw refuse('another group');
  const { previous } = ceremony.ceremony;
  if (previous === undefined) {
    if (!equalBytes(set.encoded, fromBase64(group.openerSet))) throw refuse('not the set the group was made with');
    await countersign(dir, signed);
    return { openerSet: set.version };
  }
  if (!equalBytes(previous.encoded, fromBase64(group.openerSet))) throw refuse('does not follow the set in force');
  const holders = await presentHolders(dir, previous.version);
  const strangers = ceremony.dealers.filter(({ dealer, signing }) => {
    const known = holders?.get(dealer ?? 0);
    return holders !== undefined && (known === undefined || !equalBytes(known, signing));
  });
  if (strangers.length > 0) throw refuse(`dealt by ${strangers.map(({ name }) => name).join(', ')}`);
  await countersign(dir, signed);
  replaceFile(files.group, jsonText({ ...group, openerSet: toBase64(set.encoded) }));
  return { openerSet: set.version };
}
