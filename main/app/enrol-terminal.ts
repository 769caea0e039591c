/**
 * Enrolling a terminal: a desk folder with keys of its own (desk-folder.ts), its certificate in the bureau's register. Also while the
 * bureau runs: SQLite in WAL mode lets two processes in, and the list of institutions is read again when it changes.
 * @module
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Bureau } from '../../bureau/domain/bureau.ts';
import { issueAndRegister } from '../../bureau/domain/enrolment.ts';
import { certifyTerminal } from '../../bureau/domain/terminal-card-certificates.ts';
import type { Clock } from '../../contract/clock.ts';
import { InstitutionCode, TerminalRole } from '../../contract/formats.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { createKeyStore, generateP256, type StoredKey, toPem } from '../../crypto/pki/key-store.ts';
import { withBureau } from './administer-bureau.ts';
import { bureauFiles, given, type InstitutionKind, InstitutionsFile, jsonText, readJson } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { type DeskFile, deskFiles } from './desk-folder.ts';
import { makeFolder, replaceFile } from './new-folder.ts';

/** What is enrolled. */
export interface TerminalRequest {
  /** Code of an institution the bureau knows. */
  readonly institution: string;
  readonly role: string;
  /** For people. */
  readonly name: string;
  /** The desk's folder, which must not exist. */
  readonly out: string;
  /** Second and further terminals of a pharmacy or an insurer: a desk folder that holds the institution's decryption key. */
  readonly shareKeyOf?: string;
}

const KIND_OF_ROLE: Readonly<Record<TerminalRole, InstitutionKind>> = {
  registration: 'hospital',
  clinic: 'hospital',
  emergency: 'hospital',
  pharmacy: 'pharmacy',
  bureau: 'bureau',
  insurer: 'insurer',
};

const signal = new AbortController().signal;

async function writePrivate(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, content, { mode: 0o600, flag: 'wx' });
}

/** The institution's decryption key: a new one with its certificate, or the one that another desk holds. */
async function decryptionKey(
  bureau: Bureau,
  institution: Bureau['institutions'][number],
  role: TerminalRole,
  shareKeyOf: string | undefined,
): Promise<Required<StoredKey>> {
  const { code, name, decryptionCertificate: registered } = institution;
  if (registered === undefined) {
    const { privateKey, spki } = await generateP256();
    const subject = { kind: 'institution-decryption', name, role: { institution: code, role } } as const;
    const { der } = await issueAndRegister(bureau, subject, spki, { institution: code, pid: null }, signal);
    return { privateKey, certificate: der };
  }
  if (shareKeyOf === undefined) throw new BureauFolderError('DECRYPTION_KEY_EXISTS', code);
  const { privateKey, certificate } = await createKeyStore(deskFiles(shareKeyOf).keys).load('decryption');
  if (certificate === undefined || toBase64(certificate) !== registered)
    throw new BureauFolderError('DECRYPTION_KEY_OTHER', shareKeyOf);
  return { privateKey, certificate };
}

function registerDecryption(dir: string, code: string, certificate: Uint8Array): void {
  const path = bureauFiles(dir).institutions;
  const { version, institutions } = readJson(path, InstitutionsFile);
  const decryptionCertificate = toBase64(certificate);
  const changed = institutions.map((one) => (one.code === code ? { ...one, decryptionCertificate } : one));
  replaceFile(path, jsonText({ version, institutions: changed }));
}

/**
 * Makes the desk folder; answers desk.json. Throws BureauFolderError FOLDER_EXISTS, INSTITUTION_UNKNOWN, INSTITUTION_KIND,
 * DECRYPTION_KEY_EXISTS, DECRYPTION_KEY_OTHER, VALUE_INVALID.
 */
export const enrolTerminal = (dir: string, request: TerminalRequest, clock: Clock): Promise<DeskFile> =>
  withBureau(dir, clock, async (bureau) => {
    const code = given('institution', InstitutionCode, request.institution);
    const role = given('role', TerminalRole, request.role);
    const name = given('name', z.string().min(1).max(60), request.name);
    const institution = bureau.institutions.find((one) => one.code === code);
    if (institution === undefined) throw new BureauFolderError('INSTITUTION_UNKNOWN', code);
    if (institution.kind !== KIND_OF_ROLE[role])
      throw new BureauFolderError('INSTITUTION_KIND', `${role} at a ${institution.kind}`);
    const desk: DeskFile = {
      version: 1,
      desk: role,
      institution: code,
      institutionName: institution.name,
      bureau: bureau.keys.institution,
      terminalId: hex(secureRng(16)),
      name,
    };
    let decryption: Required<StoredKey> | undefined;
    await makeFolder(request.out, async (folder) => {
      const files = deskFiles(folder);
      // First, because it may be refused: a refusal must leave no certificate of a terminal in the register.
      if (role === 'pharmacy' || role === 'insurer') {
        decryption = await decryptionKey(bureau, institution, role, request.shareKeyOf);
      }
      const { privateKey, spki } = await generateP256();
      const terminal = await issueAndRegister(
        bureau,
        { kind: 'terminal', name, terminalId: fromHex(desk.terminalId), role: { institution: code, role } },
        spki,
        { institution: code, pid: null },
        signal,
      );
      const keys = createKeyStore(files.keys);
      await keys.save('terminal', { privateKey, certificate: terminal.der });
      if (decryption !== undefined) await keys.save('decryption', decryption);
      const channel = await generateP256();
      await keys.save('card-channel', { privateKey: channel.privateKey });
      const about = { id: desk.terminalId, institution: code, role };
      await writePrivate(files.cardChannelCertificate, await certifyTerminal(bureau, about, channel.spki, signal));
      await writePrivate(files.cardAuthority, toPem('CERTIFICATE', bureau.keys.cardAuthority.certificate.der));
      await writePrivate(files.bureauCa, toPem('CERTIFICATE', bureau.keys.ca.certificate.der));
      await writePrivate(files.desk, jsonText(desk));
    });
    // Last: nothing may be sealed to a key before the folder that holds it is in place.
    if (decryption !== undefined) registerDecryption(dir, code, decryption.certificate);
    return desk;
  });
