/**
 * A desk's folder: its own keys, and the one anchor it trusts. Made by enrol-terminal.ts, read by the desk when it starts.
 *
 * ```
 * desk.json                   who this desk is
 * keys/terminal.*             key and certificate of the terminal: TLS client (crypto/pki/key-store.ts)
 * keys/decryption.*           pharmacies and insurers: the key that messages to the institution are sealed to
 * anchors/bureau-ca.cert.pem  the bureau's authority
 * ```
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { Id16, InstitutionCode, TerminalRole } from '../../contract/formats.ts';
import { createSoftwareKeyAgreement, type KeyAgreement } from '../../crypto/envelope/recipient-key.ts';
import { createKeyStore, toPem } from '../../crypto/pki/key-store.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { readBytes, readJson } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';

/** The files of a desk's folder. */
export const deskFiles = (dir: string) => ({
  desk: join(dir, 'desk.json'),
  keys: join(dir, 'keys'),
  bureauCa: join(dir, 'anchors', 'bureau-ca.cert.pem'),
});

export const DeskFile = z.strictObject({
  version: z.literal(1),
  desk: TerminalRole,
  /** Institution it stands in, and the bureau's own code. */
  institution: InstitutionCode,
  institutionName: z.string().min(1).max(60),
  bureau: InstitutionCode,
  terminalId: Id16,
  /** Name of the terminal, for people. */
  name: z.string().min(1).max(60),
});
export type DeskFile = z.infer<typeof DeskFile>;

/** A desk's identity with its keys in memory. */
export interface Desk extends DeskFile {
  /** PEM, as createBureauClient takes it. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly terminal: Certificate;
  readonly bureauCa: Certificate;
  /** Desks of a pharmacy or an insurer only. */
  readonly decryption: KeyAgreement | undefined;
}

function readAnchor(path: string): Certificate {
  const pem = readBytes(path);
  try {
    return parseCertificate(new Uint8Array(new X509Certificate(Buffer.from(pem)).raw));
  } catch (cause) {
    throw new BureauFolderError('FOLDER_DAMAGED', path, { cause });
  }
}

/** Reads a desk's folder. Throws BureauFolderError FOLDER_NOT_FOUND or FOLDER_DAMAGED, PkiError for its keys. */
export async function loadDesk(dir: string): Promise<Desk> {
  const files = deskFiles(dir);
  const desk = readJson(files.desk, DeskFile);
  const bureauCa = readAnchor(files.bureauCa);
  const store = createKeyStore(files.keys);
  const stored = await store.load('terminal');
  if (stored.certificate === undefined)
    throw new BureauFolderError('FOLDER_DAMAGED', 'the terminal has no certificate');
  const names = await store.names();
  const sealed = names.includes('decryption') ? await store.load('decryption') : undefined;
  return {
    ...desk,
    tls: {
      cert: toPem('CERTIFICATE', stored.certificate),
      key: stored.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      ca: toPem('CERTIFICATE', bureauCa.der),
    },
    terminal: parseCertificate(stored.certificate),
    bureauCa,
    decryption: sealed === undefined ? undefined : createSoftwareKeyAgreement(sealed.privateKey, sealed.certificate),
  };
}
