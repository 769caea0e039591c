/**
 * From the bureau's folder (bureau-files.ts) to the bureau its domain functions work with. Everything read passes a strict decoder.
 * @module
 */

import { statSync } from 'node:fs';
import { createBreakGlassLog } from '../../bureau/domain/break-glass.ts';
import type { Bureau, BureauKeys, BureauPolicy, Institution } from '../../bureau/domain/bureau.ts';
import { createEnrolledFingers, type FingerEngines } from '../../bureau/domain/enrolled-fingers.ts';
import { createEpochs } from '../../bureau/domain/epochs.ts';
import { createFingerSeals } from '../../bureau/domain/finger-seals.ts';
import { openSqliteStore } from '../../bureau/store/open-sqlite.ts';
import { AGENT_DAYS } from '../../contract/agent-service.ts';
import type { Clock } from '../../contract/clock.ts';
import { fromHex } from '../../crypto/common/bytes.ts';
import { createSoftwareSigner } from '../../crypto/envelope/attribute-signer.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import { createSoftwareKeyAgreement } from '../../crypto/envelope/recipient-key.ts';
import { decodeGroupKey } from '../../crypto/groupsig/group-key.ts';
import { decodeOpenerSet } from '../../crypto/groupsig/opener-set.ts';
import type { CertificateKind } from '../../crypto/pki/certificate-kinds.ts';
import { createSoftwareCertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import { createKeyStore, type StoredKey } from '../../crypto/pki/key-store.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { validatePath } from '../../crypto/pki/validate-path.ts';
import {
  BureauFile,
  bureauFiles,
  EpochsFile,
  GroupFile,
  IdentityFile,
  InstitutionsFile,
  readBytes,
  readJson,
} from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import type { GalleryService } from './gallery-service.ts';
import { createGroupBackend } from './group-backend.ts';
import { keepVerifiers } from './keep-verifiers.ts';
import { openFingerEngines, openPartitionedEngines } from './open-finger-engines.ts';
import { startIssuer } from './start-issuer.ts';

/** Values of the product note where it has them. */
const DEFAULT_POLICY: BureauPolicy = {
  maxSkew: 120_000,
  lateDelivery: 72 * 3_600_000,
  challengeLife: 180_000,
  operatorLife: 8 * 3_600_000,
  initialStandingDays: 365,
  warrantDays: AGENT_DAYS,
  recentRecords: 20,
  consentLife: 15 * 60_000,
  fingerprintLife: 10 * 365 * 86_400_000,
  emergencyChallengeLife: 10 * 60_000,
  emergencyQueries: 12,
  emergencyLife: 5 * 60_000,
  emergencyCandidates: 5,
  emergencyRate: 0.01,
};

/** Published half a day ahead; heads are kept for as long as a prescription of three times thirty days may be collected, and ten days. */
const EPOCH_TIMES = { publishAhead: 12 * 3_600_000, keepHeads: 100 * 86_400_000 };

export interface LoadOptions {
  readonly policy?: Partial<BureauPolicy>;
  /** Told why the gallery of fingers cannot be reached. */
  readonly log?: (what: string, cause: unknown) => void;
  /** Where its gallery is in partitions; in its folder when left out. */
  readonly gallery?: GalleryService;
  /** Stands between the bureau and its gallery, where one is to lose a part of it. */
  readonly engines?: (opened: FingerEngines) => FingerEngines;
}

/** A key with its certificate out of a key store, which must be of the kind given. Throws PkiError or FOLDER_DAMAGED. */
export async function loadKey(
  folder: string,
  name: CertificateKind,
): Promise<{ readonly key: StoredKey['privateKey']; readonly certificate: Certificate }> {
  const stored = await createKeyStore(folder).load(name);
  if (stored.certificate === undefined) throw new BureauFolderError('FOLDER_DAMAGED', `${name} has no certificate`);
  const certificate = parseCertificate(stored.certificate);
  if (certificate.kind !== name) throw new BureauFolderError('FOLDER_DAMAGED', `${name} is a ${certificate.kind} key`);
  return { key: stored.privateKey, certificate };
}

/** Is the secret's file there and of the right length? Only the issuing worker reads it. */
function checkIssuerSecret(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new BureauFolderError('FOLDER_NOT_FOUND', path);
  if (size !== 64) throw new BureauFolderError('FOLDER_DAMAGED', path);
}

async function loadGroup(dir: string): Promise<BureauKeys['group'] & { close(): Promise<void> }> {
  const files = bureauFiles(dir);
  const file = readJson(files.group, GroupFile);
  checkIssuerSecret(files.issuerSecret);
  const backend = await createGroupBackend()();
  const key = decodeGroupKey(backend, fromBase64(file.groupKey));
  const verifiers = keepVerifiers();
  const issuer = startIssuer({ groupKey: key.encoded, secretFile: files.issuerSecret });
  const { encoded: openerSet } = decodeOpenerSet(backend, key, fromBase64(file.openerSet));
  return {
    backend,
    key,
    openerSet,
    certificate: parseCertificate(fromBase64(file.certificate)),
    verifier: verifiers.for(key.encoded),
    issuer,
    close: async () => {
      await Promise.all([verifiers.close(), issuer.close()]);
    },
  };
}

/** What is in a file, read again when it has changed: what is put there beside a running bureau counts at once. Undefined where there is none. */
function readAgain<T>(path: string, read: (path: string) => T): () => T | undefined {
  let last: { readonly stamp: string; readonly value: T } | undefined;
  return () => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    const stamp = `${found.mtimeMs} ${found.size} ${found.ino}`;
    if (stamp !== last?.stamp) last = { stamp, value: read(path) };
    return last.value;
  };
}

/** Institutions by the file; read in the ordinary way where it is not there, which says so. */
function createInstitutions(path: string): () => readonly Institution[] {
  const read = (file: string): readonly Institution[] => readJson(file, InstitutionsFile).institutions;
  const again = readAgain(path, read);
  return () => again() ?? read(path);
}

/** Loads keys and opens the store. Throws BureauFolderError, PkiError, GroupSigError. The caller closes it. */
export async function loadBureau(dir: string, clock: Clock, options: LoadOptions = {}): Promise<Bureau> {
  const files = bureauFiles(dir);
  const { institution } = readJson(files.bureau, BureauFile);
  const institutions = createInstitutions(files.institutions);
  institutions();
  const civilRevocationList = readAgain(files.civilRevocationList, readBytes);
  const epochsFile = readJson(files.epochs, EpochsFile);
  const identity = readJson(files.identity, IdentityFile);
  const [ca, signing, encryption, cards, civil, professional, group] = await Promise.all([
    loadKey(files.keys, 'bureau-ca'),
    loadKey(files.keys, 'bureau-signing'),
    loadKey(files.keys, 'bureau-encryption'),
    loadKey(files.keys, 'card-authority'),
    loadKey(files.authorities, 'civil-ca'),
    loadKey(files.authorities, 'professional-ca'),
    loadGroup(dir),
  ]);
  for (const certificate of [signing.certificate, encryption.certificate, cards.certificate, group.certificate]) {
    const kinds = ['bureau-signing', 'bureau-encryption', 'card-authority', 'group'] as const;
    validatePath(certificate, { anchors: [ca.certificate], revoked: undefined, now: clock.now(), kinds });
  }
  const policy = { ...DEFAULT_POLICY, ...options.policy };
  const signer = createSoftwareSigner(signing.key, signing.certificate.der);
  const store = await openSqliteStore(files.database);
  const sealingKey = fromHex(identity.sealingKey);
  const logGallery = (cause: unknown): void => options.log?.('gallery', cause);
  const openEngines =
    options.gallery === undefined
      ? openFingerEngines(files.gallery, sealingKey, logGallery)
      : openPartitionedEngines(options.gallery);
  const fingers = createEnrolledFingers({
    store,
    seals: createFingerSeals(sealingKey),
    open: async () => (options.engines ?? ((opened) => opened))(await openEngines()),
    log: logGallery,
  });
  return {
    keys: {
      institution,
      ca: { certificate: ca.certificate, signer: createSoftwareCertificateSigner(ca.key) },
      signing: {
        certificate: signing.certificate,
        signer,
      },
      encryption: {
        certificate: encryption.certificate,
        key: createSoftwareKeyAgreement(encryption.key, encryption.certificate.der),
      },
      cardAuthority: {
        certificate: cards.certificate,
        reference: cards.certificate.name.commonName ?? '',
        signer: createSoftwareCertificateSigner(cards.key),
      },
      civilCa: civil.certificate,
      professionalCa: professional.certificate,
      identity: { sealingKey, tagKey: fromHex(identity.tagKey) },
      group,
    },
    policy,
    store,
    clock,
    get institutions() {
      return institutions();
    },
    get civilRevocationList() {
      return civilRevocationList();
    },
    epochs: createEpochs({
      store,
      clock,
      issuer: group.issuer,
      signer,
      institution,
      pkh: group.key.pkh,
      policy: {
        ...EPOCH_TIMES,
        days: epochsFile.days,
        minimumClass: epochsFile.minimumClass,
        maxSkew: policy.maxSkew,
      },
    }),
    fingers,
    breakGlass: createBreakGlassLog(store),
    close: async () => {
      await group.close();
      await fingers.close();
      await store.close();
    },
  };
}
