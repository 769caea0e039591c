/**
 * A desk's folder: its own keys, and the anchors it trusts. Made by enrol-terminal.ts, read by the desk when it starts.
 *
 * ```
 * desk.json                   who this desk is
 * keys/terminal.*             key and certificate of the terminal: TLS client (crypto/pki/key-store.ts)
 * keys/decryption.*           pharmacies and insurers: the key that messages to the institution are sealed to
 * keys/card-channel.*         the key with which the terminal speaks to cards, and its card-verifiable certificate (.cvc)
 * anchors/bureau-ca.cert.pem  the bureau's authority
 * anchors/card-authority.*    who signs card-verifiable certificates
 * ```
 * @module
 */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { Id16, InstitutionCode, TerminalRole } from '../../contract/formats.ts';
import type { Desk as DeskName } from '../../contract/station.ts';
import { createSoftwareKeyAgreement, type KeyAgreement } from '../../crypto/envelope/recipient-key.ts';
import { createKeyStore, toPem } from '../../crypto/pki/key-store.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import { readBytes, readJson } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';

/** The files of a desk's folder. */
export const deskFiles = (dir: string) => ({
  desk: join(dir, 'desk.json'),
  keys: join(dir, 'keys'),
  cardChannelCertificate: join(dir, 'keys', 'card-channel.cvc'),
  bureauCa: join(dir, 'anchors', 'bureau-ca.cert.pem'),
  cardAuthority: join(dir, 'anchors', 'card-authority.cert.pem'),
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

/** The desk that a terminal with this role runs; undefined where there is no screen for it. */
export function deskOfRole(role: TerminalRole): DeskName | undefined {
  switch (role) {
    case 'registration':
    case 'clinic':
    case 'pharmacy':
    case 'emergency':
      return role;
    case 'bureau':
      return 'card-office';
    case 'insurer':
      return undefined;
  }
}

/** A desk's identity with its keys in memory. */
export interface Desk extends DeskFile {
  /** PEM, as createBureauClient takes it. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly terminal: Certificate;
  readonly bureauCa: Certificate;
  /** The key with which it speaks to cards, and the file with its certificate, which is renewed while the desk runs. */
  readonly cardChannel: { readonly key: KeyObject; readonly cvcFile: string };
  /** Reference and point (65 bytes) of the authority whose signature such certificates carry. */
  readonly cardAuthority: { readonly reference: string; readonly point: Uint8Array };
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

/** Reference and point of a card authority's certificate. Throws FOLDER_DAMAGED for a certificate of another kind. */
function readCardAuthority(path: string): Desk['cardAuthority'] {
  const { kind, name, spki } = readAnchor(path);
  const point = p256Point(spki);
  if (kind !== 'card-authority' || name.commonName === undefined || point === undefined)
    throw new BureauFolderError('FOLDER_DAMAGED', path);
  return { reference: name.commonName, point };
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
    cardChannel: { key: (await store.load('card-channel')).privateKey, cvcFile: files.cardChannelCertificate },
    cardAuthority: readCardAuthority(files.cardAuthority),
    decryption: sealed === undefined ? undefined : createSoftwareKeyAgreement(sealed.privateKey, sealed.certificate),
  };
}
