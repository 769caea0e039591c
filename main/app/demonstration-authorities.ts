/**
 * Certificates of authorities that are not the bureau's, from the stand-ins in its folder: for demonstrations, where no citizen and no
 * doctor has a real one.
 * @module
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import type { Clock } from '../../contract/clock.ts';
import { createSoftwareCertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import type { CertificateSubject } from '../../crypto/pki/certificate-subject.ts';
import { issueCertificate } from '../../crypto/pki/issue-certificate.ts';
import { issueRevocationList, openRevocationList } from '../../crypto/pki/revocation-list.ts';
import { bureauFiles, readBytes } from './bureau-files.ts';
import { loadKey } from './load-bureau.ts';

const FIVE_YEARS = 5 * 365 * 86_400_000;
/** How long a list of the stand-in is good, ms. */
const LIST_LIFE = 30 * 86_400_000;

async function issueBy(
  dir: string,
  authority: 'civil-ca' | 'professional-ca',
  subject: CertificateSubject,
  spki: Uint8Array,
  clock: Clock,
): Promise<Uint8Array> {
  const { key, certificate } = await loadKey(bureauFiles(dir).authorities, authority);
  const now = clock.now();
  return issueCertificate(
    { subject, spki, notBefore: now - 60_000, notAfter: now + FIVE_YEARS },
    { signer: createSoftwareCertificateSigner(key), certificate: certificate.der },
    new AbortController().signal,
  );
}

/** Cert_P for a citizen's civil key, DER. Throws PkiError, RangeError for a key that is not P-256. */
export const issueCivilCertificate = (
  dir: string,
  citizen: { readonly name: string; readonly nationalId: string; readonly spki: Uint8Array },
  clock: Clock,
): Promise<Uint8Array> => {
  const { name, nationalId, spki } = citizen;
  return issueBy(dir, 'civil-ca', { kind: 'civil', name, personId: nationalId }, spki, clock);
};

/** The authority of citizens revokes certificates by their serial numbers (hex): its list in the bureau's folder, begun or continued. */
export async function revokeCivilCertificates(dir: string, serials: readonly string[], clock: Clock): Promise<void> {
  const { authorities, civilRevocationList: file } = bureauFiles(dir);
  const { key, certificate } = await loadKey(authorities, 'civil-ca');
  const before = existsSync(file) ? openRevocationList(readBytes(file), certificate) : undefined;
  const now = clock.now();
  const revoked = new Map([...(before?.revoked ?? []), ...serials.map((serial) => [serial, now] as const)]);
  const list = await issueRevocationList(
    {
      number: (before?.number ?? 0) + 1,
      thisUpdate: now,
      nextUpdate: now + LIST_LIFE,
      revoked: Array.from(revoked, ([serial, at]) => ({ serial, at })),
    },
    { signer: createSoftwareCertificateSigner(key), certificate: certificate.der },
    new AbortController().signal,
  );
  writeFileSync(`${file}.new`, list, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Cert_D for the key of a doctor's card, DER. */
export const issueDoctorCertificate = (
  dir: string,
  doctor: { readonly name: string; readonly doctorId: string; readonly spki: Uint8Array },
  clock: Clock,
): Promise<Uint8Array> => {
  const { name, doctorId, spki } = doctor;
  return issueBy(dir, 'professional-ca', { kind: 'doctor', name, doctorId }, spki, clock);
};
