/**
 * The key ceremony of a bureau for demonstration and for a bureau on a single machine: every key it needs, in one folder (layout in
 * bureau-files.ts). Where parties are separate, so are the folders: the authorities of citizens and of professions belong to others and
 * only stand in here, and each opener's share goes to its officer and is erased here.
 * @module
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openSqliteStore } from '../../bureau/store/open-sqlite.ts';
import type { Clock } from '../../contract/clock.ts';
import { InstitutionCode } from '../../contract/formats.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { createSoftwareCertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import type { CertificateSubject } from '../../crypto/pki/certificate-subject.ts';
import { type Issuer, issueCertificate } from '../../crypto/pki/issue-certificate.ts';
import { createKeyStore, generateP256, type StoredKey } from '../../crypto/pki/key-store.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { groupSpki, keyIdentifier } from '../../crypto/pki/public-key.ts';
import { bureauFiles, given, type InstitutionsFile, jsonText } from './bureau-files.ts';
import { type GroupCeremony, makeGroup, wipeGroup } from './group-ceremony.ts';
import { makeFolder } from './new-folder.ts';
import { type LoadedOpenerShare, sealOpenerShare } from './officers/opener-file.ts';
import { CHOSEN_PASSPHRASE_COST, GENERATED_PASSPHRASE_COST, generatePassphrase } from './officers/sealed-secret.ts';

const YEAR = 365 * 86_400_000;
/** Authorities outlast what they issue. */
const AUTHORITY_YEARS = 20;
const KEY_YEARS = 10;
/** Reference of the key that signs card-verifiable certificates; the number at its end counts such keys. */
const CARD_AUTHORITY = 'TWIMISCVCA00001';
const TLS_DAYS = 825;
/** Values of the groupsig note. */
const EPOCH_DAYS = 1;
const MINIMUM_CLASS = 1000;

/** What may be chosen. */
export interface BureauFolderOptions {
  readonly clock: Clock;
  /** The bureau's own institution code. */
  readonly institution?: string;
  readonly name?: string;
  readonly epochDays?: number;
  /** Under which the openers' shares are sealed; without it they are for demonstration (see `writeOpeners`). */
  readonly openerPassphrase?: Uint8Array;
  /** A group whose officers generated the opening key among themselves: no shares come here. Its issuer secret is wiped. */
  readonly group?: GroupCeremony;
  /** Hosts the server's certificate names besides 127.0.0.1, ::1 and localhost. */
  readonly hosts?: { readonly dns?: readonly string[]; readonly ip?: readonly string[] };
}

const signal = new AbortController().signal;

/** A key with a certificate, saved under `name`; without an issuer it signs itself. */
async function makeKey(
  folder: string,
  name: string,
  subject: CertificateSubject,
  dates: { readonly notBefore: number; readonly notAfter: number },
  issuer?: Issuer,
): Promise<Required<StoredKey>> {
  const { privateKey, spki } = await generateP256();
  const certificate = await issueCertificate(
    { subject, spki, ...dates },
    issuer ?? { signer: createSoftwareCertificateSigner(privateKey) },
    signal,
  );
  await createKeyStore(folder).save(name, { privateKey, certificate });
  return { privateKey, certificate };
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, content, { mode: 0o600, flag: 'wx' });
}

/**
 * Seals each opener's share under `passphrase`. Where there is none, each gets a generated one that lies beside it in clear: good for a
 * demonstration only, since whoever reads the folder can then open signatures.
 */
async function writeOpeners(
  files: ReturnType<typeof bureauFiles>,
  openers: readonly LoadedOpenerShare[],
  passphrase: Uint8Array | undefined,
): Promise<void> {
  // One after another: scrypt takes 128 MiB each for a chosen passphrase.
  for (const opener of openers) {
    const own = passphrase ?? generatePassphrase();
    const cost = passphrase === undefined ? GENERATED_PASSPHRASE_COST : CHOSEN_PASSPHRASE_COST;
    await write(files.opener(opener.index), jsonText(await sealOpenerShare(opener, own, cost)));
    if (passphrase === undefined) await write(files.openerPassphrase(opener.index), own);
  }
}

/** Makes the folder; throws BureauFolderError FOLDER_EXISTS when something is there, VALUE_INVALID for a code that is not ten digits. */
export async function createBureauFolder(dir: string, options: BureauFolderOptions): Promise<void> {
  const institution = given('institution', InstitutionCode, options.institution ?? '9900000001');
  const name = options.name ?? 'NHI bureau (demonstration)';
  const now = options.clock.now();
  const dates = (years: number) => ({ notBefore: now - 60_000, notAfter: now + years * YEAR });
  await makeFolder(dir, async (folder) => {
    const files = bureauFiles(folder);
    const ca = await makeKey(
      files.keys,
      'bureau-ca',
      { kind: 'bureau-ca', name: `${name} CA` },
      dates(AUTHORITY_YEARS),
    );
    const issuer = { signer: createSoftwareCertificateSigner(ca.privateKey), certificate: ca.certificate };
    const made = [
      await makeKey(files.keys, 'bureau-signing', { kind: 'bureau-signing', name }, dates(KEY_YEARS), issuer),
      await makeKey(files.keys, 'bureau-encryption', { kind: 'bureau-encryption', name }, dates(KEY_YEARS), issuer),
      await makeKey(
        files.keys,
        'card-authority',
        { kind: 'card-authority', name: CARD_AUTHORITY },
        dates(KEY_YEARS),
        issuer,
      ),
      await makeKey(
        files.keys,
        'server',
        {
          kind: 'server',
          name,
          dns: ['localhost', ...(options.hosts?.dns ?? [])],
          ip: ['127.0.0.1', '::1', ...(options.hosts?.ip ?? [])],
        },
        { notBefore: now - 60_000, notAfter: now + TLS_DAYS * 86_400_000 },
        issuer,
      ),
    ].map(({ certificate }) => certificate);

    await makeKey(
      files.authorities,
      'civil-ca',
      { kind: 'civil-ca', name: 'Stand-in for the citizens’ authority' },
      dates(AUTHORITY_YEARS),
    );
    await makeKey(
      files.authorities,
      'professional-ca',
      { kind: 'professional-ca', name: 'Stand-in for the professional authority' },
      dates(AUTHORITY_YEARS),
    );
    await write(
      join(files.authorities, 'README.txt'),
      'These two authorities belong to others. They are here so that one machine can show the whole system;\n' +
        'in service the bureau holds their certificates only.\n',
    );

    const group = options.group ?? (await makeGroup());
    const groupCertificate = await issueCertificate(
      { subject: { kind: 'group', name: 'PK_GK' }, spki: groupSpki(group.groupKey), ...dates(KEY_YEARS) },
      issuer,
      signal,
    );
    const base64 = (bytes: Uint8Array): string => toBase64(bytes);
    await write(
      files.group,
      jsonText({
        version: 1,
        groupKey: base64(group.groupKey),
        openerSet: base64(group.openerSet),
        certificate: base64(groupCertificate),
      }),
    );
    await write(files.issuerSecret, group.issuerSecret);
    await writeOpeners(files, group.openers, options.openerPassphrase);
    wipeGroup(group);

    const fresh = (): string => hex(secureRng(32));
    await write(files.identity, jsonText({ version: 1, sealingKey: fresh(), tagKey: fresh() }));
    await write(files.bureau, jsonText({ version: 1, institution, name }));
    const known: InstitutionsFile = { version: 1, institutions: [{ code: institution, name, kind: 'bureau' }] };
    await write(files.institutions, jsonText(known));
    const epochs = { version: 1, days: options.epochDays ?? EPOCH_DAYS, minimumClass: MINIMUM_CLASS };
    await write(files.epochs, jsonText(epochs));

    // SQLite gives its side files the mode of the database, so it has to exist before SQLite opens it.
    await write(files.database, '');
    const store = await openSqliteStore(files.database);
    try {
      await store.saveCertificates(
        [...made, groupCertificate].map(parseCertificate).map((certificate) => ({
          version: 1,
          type: certificate.kind,
          institution,
          key_id: hex(keyIdentifier(certificate.spki)),
          serial: certificate.serial,
          pid: null,
          der: certificate.der,
          issued_at: now,
          revoked_at: null,
        })),
        signal,
      );
    } finally {
      await store.close();
    }
  });
}
