/**
 * What lies where in the bureau's folder, and the shapes of its JSON files. Everything is mode 0600, folders 0700.
 *
 * ```
 * bureau.json        code and name of the bureau
 * institutions.json  whom the bureau knows, with the certificates that messages are sealed to
 * epochs.json        how long an epoch of the group signature lasts and when a class is too small
 * bureau.sqlite      the register (bureau/store)
 * keys/              bureau-ca, bureau-signing, bureau-encryption, card-authority, server (crypto/pki/key-store.ts)
 * group/             group key, opener set in force, certificate, issuer secret; opener sets as the officers signed them
 * identity/          keys of the pseudonym-to-person table
 * gallery/           fingers as searches need them, sealed; made anew from the register when the folder is gone (biometric/index)
 * gallery-partitions.json  in place of that: names of the gallery's partitions, in order (gallery-service.ts)
 * openers/           one sealed file for each opening officer (opener-file.ts), until it is handed over
 * authorities/       civil-ca and professional-ca: stand-ins for authorities of others; civil-ca.crl: the former's revocation list (DER), where
 *                    somebody brings it
 * ```
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Base64, Day, Hash32, InstitutionCode } from '../../contract/formats.ts';
import { BureauFolderError } from './bureau-folder-error.ts';

/** The files of a bureau's folder. */
export const bureauFiles = (dir: string) => ({
  bureau: join(dir, 'bureau.json'),
  institutions: join(dir, 'institutions.json'),
  epochs: join(dir, 'epochs.json'),
  database: join(dir, 'bureau.sqlite'),
  keys: join(dir, 'keys'),
  authorities: join(dir, 'authorities'),
  civilRevocationList: join(dir, 'authorities', 'civil-ca.crl'),
  group: join(dir, 'group', 'group.json'),
  issuerSecret: join(dir, 'group', 'issuer.secret'),
  /** As its officers signed it and the bureau adopted it. */
  openerSet: (version: number) => join(dir, 'group', `opener-set-${version}.json`),
  identity: join(dir, 'identity', 'identity.json'),
  gallery: join(dir, 'gallery'),
  galleryPartitions: join(dir, 'gallery-partitions.json'),
  opener: (index: number) => join(dir, 'openers', `opener-${index}.json`),
  /** Only where no passphrase was given: for demonstration. */
  openerPassphrase: (index: number) => join(dir, 'openers', `opener-${index}.passphrase`),
});

/** Kinds of institution. */
export const InstitutionKind = z.enum(['hospital', 'pharmacy', 'bureau', 'insurer']);
export type InstitutionKind = z.infer<typeof InstitutionKind>;

export const BureauFile = z.strictObject({
  version: z.literal(1),
  institution: InstitutionCode,
  name: z.string().min(1).max(60),
});

export const InstitutionsFile = z.strictObject({
  version: z.literal(1),
  institutions: z.array(
    z.strictObject({
      code: InstitutionCode,
      name: z.string().min(1).max(60),
      kind: InstitutionKind,
      decryptionCertificate: Base64.exactOptional(),
    }),
  ),
});
export type InstitutionsFile = z.infer<typeof InstitutionsFile>;

/** How epochs run; the epochs themselves stand in the register. */
export const EpochsFile = z.strictObject({
  version: z.literal(1),
  /** Days of Taiwan an epoch lasts. */
  days: z.int().min(1).max(366),
  /** Members below which a profession is served by the physicians' bundle. */
  minimumClass: z.int().min(1),
});

export const GroupFile = z.strictObject({
  version: z.literal(1),
  groupKey: Base64,
  openerSet: Base64,
  certificate: Base64,
});

export const IdentityFile = z.strictObject({ version: z.literal(1), sealingKey: Hash32, tagKey: Hash32 });

/** A calendar day as an administrator types it. */
export const DayText = Day;

/** A file, or a folder on the way to it, that is not there; anything else is there and cannot be read. */
const MISSING: readonly unknown[] = ['ENOENT', 'ENOTDIR'];

/** Bytes of a file. Throws FOLDER_NOT_FOUND where there is none, FOLDER_DAMAGED where it cannot be read or is no file. */
export function readBytes(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && MISSING.includes(cause.code);
    throw new BureauFolderError(isMissing ? 'FOLDER_NOT_FOUND' : 'FOLDER_DAMAGED', path, { cause });
  }
}

/** A JSON file against its schema. Throws FOLDER_NOT_FOUND or FOLDER_DAMAGED. */
export function readJson<T>(path: string, schema: z.ZodType<T>): T {
  const text = Buffer.from(readBytes(path)).toString('utf8');
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BureauFolderError('FOLDER_DAMAGED', path, { cause });
  }
}

/** A value an administrator gave, against its schema. Throws VALUE_INVALID with the name of the value. */
export function given<T>(name: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new BureauFolderError('VALUE_INVALID', name, { cause: parsed.error });
  return parsed.data;
}

/** JSON text as our files hold it. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
