/**
 * Certification path validation (RFC 5280 6.1) for our hierarchy: at most two authorities below an anchor, each kind
 * only from the authority that its profile names.
 * @module
 */
import { equalBytes, hex } from '../common/bytes.ts';
import { readCertificateFields } from './certificate-fields.ts';
import { type CertificateKind, profileOf } from './certificate-kinds.ts';
import { verifyP256 } from './certificate-signer.ts';
import { type Certificate, sameCertificate } from './parse-certificate.ts';
import { PkiError } from './pki-error.ts';
import { keyIdentifier } from './public-key.ts';
import type { RevocationList } from './revocation-list.ts';

/** What the verifier trusts, knows and wants. */
export interface PathPolicy {
  /** Trusted authorities; obtained out of band. */
  readonly anchors: readonly Certificate[];
  /** Authorities that must themselves chain to an anchor. */
  readonly intermediates?: readonly Certificate[];
  /** One list for each issuer on the path; undefined where revocation is deliberately not asked. */
  readonly revoked: readonly RevocationList[] | undefined;
  /** Unix milliseconds. */
  readonly now: number;
  /** Kinds that are meant at this place. */
  readonly kinds: readonly CertificateKind[];
}

const MAX_AUTHORITIES = 3;

/** How a log may speak of a certificate: a subject is a person's name or pseudonym. */
const nameless = ({ kind, serial }: Certificate): string => `${kind} certificate ${serial}`;

function checkDates(certificate: Certificate, now: number): void {
  if (now < certificate.notBefore) throw new PkiError('CERT_NOT_YET_VALID', nameless(certificate));
  // notAfter names the last second, and all of it counts.
  if (now >= certificate.notAfter + 1000) throw new PkiError('CERT_EXPIRED', nameless(certificate));
}

function findIssuer(certificate: Certificate, candidates: readonly Certificate[]): Certificate | undefined {
  return candidates.find(
    (candidate) =>
      equalBytes(candidate.subjectDer, certificate.issuerDer) &&
      equalBytes(keyIdentifier(candidate.spki), certificate.issuerKey) &&
      candidate.pathLength !== undefined &&
      profileOf(certificate.kind).issuers.includes(candidate.kind),
  );
}

function checkRevocation(
  certificate: Certificate,
  issuer: Certificate,
  lists: readonly RevocationList[],
  now: number,
): void {
  const issuerKey = hex(keyIdentifier(issuer.spki));
  const list = lists.find((one) => one.issuerKey === issuerKey);
  if (list === undefined) throw new PkiError('CRL_WRONG_ISSUER', `no list by ${issuer.subject}`);
  const since = list.revoked.get(certificate.serial);
  // A revocation counts even on a stale list: what was revoked stays so.
  if (since !== undefined) throw new PkiError('CERT_REVOKED', nameless(certificate));
  if (now < list.thisUpdate) throw new PkiError('CRL_NOT_YET_VALID', issuer.subject);
  if (now > list.nextUpdate) throw new PkiError('CRL_STALE', issuer.subject);
}

/**
 * Returns the path from `certificate` to an anchor, both included. Throws PkiError: CERT_WRONG_KIND,
 * CERT_UNKNOWN_ISSUER, CERT_SIGNATURE_INVALID, CERT_NOT_YET_VALID, CERT_EXPIRED, CERT_REVOKED, CERT_PATH_TOO_LONG,
 * CRL_WRONG_ISSUER, CRL_NOT_YET_VALID, CRL_STALE.
 */
export function validatePath(certificate: Certificate, policy: PathPolicy): readonly Certificate[] {
  if (!policy.kinds.includes(certificate.kind)) {
    throw new PkiError('CERT_WRONG_KIND', `${certificate.kind} where ${policy.kinds.join(' or ')} belongs`);
  }
  const path = [certificate];
  let current = certificate;
  while (!policy.anchors.some((anchor) => sameCertificate(anchor, current))) {
    if (path.length > MAX_AUTHORITIES) throw new PkiError('CERT_PATH_TOO_LONG', nameless(certificate));
    // A root that is not trusted issues itself: without the filter it would be found again and again.
    const between = (policy.intermediates ?? []).filter((one) => !path.some((seen) => sameCertificate(seen, one)));
    const issuer = findIssuer(current, policy.anchors) ?? findIssuer(current, between);
    if (issuer === undefined) throw new PkiError('CERT_UNKNOWN_ISSUER', `${nameless(current)} by ${current.issuer}`);
    // Authorities between this issuer and the end of the path.
    if (path.length - 1 > (issuer.pathLength ?? 0)) throw new PkiError('CERT_PATH_TOO_LONG', issuer.subject);
    const { tbs, signature } = readCertificateFields(current.der);
    if (!verifyP256(issuer.spki, tbs, signature)) throw new PkiError('CERT_SIGNATURE_INVALID', nameless(current));
    checkDates(current, policy.now);
    if (policy.revoked !== undefined) checkRevocation(current, issuer, policy.revoked, policy.now);
    path.push(issuer);
    current = issuer;
  }
  checkDates(current, policy.now);
  return path;
}
