/**
 * Certificates of our kinds, parsed strictly: what is not exactly the profile of its kind is no certificate of ours.
 * @module
 */
import { equalBytes, fromHex, hex } from '../common/bytes.ts';
import { DerError, readBoolean, readDer, readInteger, readOid, within } from '../common/der-read.ts';
import { implicitTag, TAG } from '../common/der-write.ts';
import { IMIS_OID } from '../common/oids.ts';
import { OID } from '../common/standard-oids.ts';
import { isAuthorityReference } from './authority-reference.ts';
import { type CertificateFields, type Extension, readCertificateFields } from './certificate-fields.ts';
import { type CertificateKind, kindOfPolicy, profileOf } from './certificate-kinds.ts';
import { type DistinguishedName, nameText, readName } from './certificate-name.ts';
import { type Role, readRole, readStanding, STAFF_ROLES, type Standing, TERMINAL_ROLES } from './imis-extensions.ts';
import { PkiError } from './pki-error.ts';
import { groupKey, p256Point } from './public-key.ts';

/** A certificate of one of our kinds. Its signature has not been checked: see validate-path.ts. */
export interface Certificate {
  readonly der: Uint8Array;
  readonly kind: CertificateKind;
  /** Names for people, and as DER for comparison. */
  readonly subject: string;
  readonly issuer: string;
  readonly subjectDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly name: DistinguishedName;
  /** Lower-case hexadecimal. */
  readonly serial: string;
  /** Unix milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly spki: Uint8Array;
  /** SHA-256 of the issuer's SubjectPublicKeyInfo, 32 bytes, as the certificate states it. */
  readonly issuerKey: Uint8Array;
  /** Authorities only: how many authorities may stand below. */
  readonly pathLength?: number;
  /** PID_P, 16 bytes: kinds patient-signing and patient-decryption. */
  readonly pid?: Uint8Array;
  /** 16 bytes: kind terminal. */
  readonly terminalId?: Uint8Array;
  /** Kind patient-signing. */
  readonly standing?: Standing;
  /** Kinds staff, terminal, institution-decryption. */
  readonly role?: Role;
}

const UNDERSTOOD: readonly string[] = [
  OID.basicConstraints,
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.certificatePolicies,
  OID.subjectKeyIdentifier,
  OID.authorityKeyIdentifier,
  OID.subjectAltName,
  IMIS_OID.standing,
  IMIS_OID.role,
];

function demand(fields: CertificateFields, id: string): Uint8Array {
  const found = fields.extensions.get(id);
  if (found === undefined) throw new DerError(`extension ${id} missing`);
  return found.value;
}

function readKind(fields: CertificateFields): CertificateKind {
  const policies = fields.extensions.get(OID.certificatePolicies);
  if (policies === undefined) throw new PkiError('CERT_KIND_UNKNOWN', 'no certificate policy');
  const policy = within(readDer(policies.value, TAG.sequence), (list) =>
    within(list.read(TAG.sequence), (one) => readOid(one.read(TAG.oid))),
  );
  const kind = kindOfPolicy(policy);
  if (kind === undefined) throw new PkiError('CERT_KIND_UNKNOWN', `policy ${policy}`);
  return kind;
}

function checkProfile(kind: CertificateKind, fields: CertificateFields): { pathLength?: number } {
  const profile = profileOf(kind);
  const usage = readDer(demand(fields, OID.keyUsage), TAG.bitString).body;
  if (usage.length !== 2 || usage[1] !== profile.keyUsage) throw new DerError('key usage of another kind');
  const extended = fields.extensions.get(OID.extendedKeyUsage);
  const usages =
    extended === undefined ? [] : within(readDer(extended.value, TAG.sequence), (r) => r.rest()).map(readOid);
  if (usages.join() !== profile.extendedKeyUsage.join()) throw new DerError('extended key usage of another kind');
  const key = profile.key === 'p256' ? p256Point(fields.spki) : groupKey(fields.spki);
  if (key === undefined) throw new DerError('key of another sort');
  return within(readDer(demand(fields, OID.basicConstraints), TAG.sequence), (reader) => {
    const flag = reader.optional(TAG.boolean);
    const authority = flag !== undefined && readBoolean(flag);
    if (authority !== profile.authority) throw new DerError('authority or not');
    return authority ? { pathLength: readInteger(reader.read(TAG.integer)) } : {};
  });
}

function hexId(name: DistinguishedName): Uint8Array {
  const text = name.serialNumber ?? '';
  if (!/^[0-9a-f]{32}$/.test(text)) throw new DerError('subject without its identifier');
  return fromHex(text);
}

function readFacts(
  kind: CertificateKind,
  fields: CertificateFields,
  name: DistinguishedName,
): Pick<Certificate, 'pid' | 'standing' | 'role' | 'terminalId'> {
  switch (kind) {
    case 'patient-signing':
    case 'patient-decryption': {
      // The pseudonym is all that a patient's certificate may say about the person.
      if (Object.keys(name).length !== 1) throw new DerError('more than a pseudonym in the subject');
      const pid = hexId(name);
      return kind === 'patient-decryption'
        ? { pid }
        : { pid, standing: readStanding(demand(fields, IMIS_OID.standing)) };
    }
    case 'terminal':
      return { terminalId: hexId(name), role: readRole(demand(fields, IMIS_OID.role), TERMINAL_ROLES) };
    case 'institution-decryption':
      return { role: readRole(demand(fields, IMIS_OID.role), TERMINAL_ROLES) };
    case 'staff':
      return { role: readRole(demand(fields, IMIS_OID.role), STAFF_ROLES) };
    case 'server':
      demand(fields, OID.subjectAltName);
      return {};
    case 'card-authority':
      if (!isAuthorityReference(name.commonName ?? '')) throw new DerError('subject without its authority reference');
      return {};
    case 'bureau-ca':
    case 'bureau-signing':
    case 'bureau-encryption':
    case 'civil-ca':
    case 'civil':
    case 'professional-ca':
    case 'doctor':
    case 'group':
      return {};
  }
}

function checkCritical(extensions: ReadonlyMap<string, Extension>): void {
  for (const [id, { critical }] of extensions) {
    if (critical && !UNDERSTOOD.includes(id)) throw new DerError(`critical extension ${id} not understood`);
  }
}

/**
 * Parses a certificate. Throws PkiError CERT_MALFORMED, CERT_KIND_UNKNOWN for one without a kind of ours, or
 * CERT_ALGORITHM_REFUSED for a signature that is not ECDSA with SHA-256.
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const fields = readCertificateFields(der);
  if (fields.signatureAlgorithm !== OID.ecdsaWithSha256) {
    throw new PkiError('CERT_ALGORITHM_REFUSED', `signature algorithm ${fields.signatureAlgorithm}`);
  }
  try {
    checkCritical(fields.extensions);
    const kind = readKind(fields);
    const constraints = checkProfile(kind, fields);
    const name = within(readDer(fields.subject, TAG.sequence), readName);
    const issuerName = within(readDer(fields.issuer, TAG.sequence), readName);
    const issuerKey = within(
      readDer(demand(fields, OID.authorityKeyIdentifier), TAG.sequence),
      (reader) => reader.read(implicitTag(0)).body,
    );
    return {
      der: new Uint8Array(der.buffer, der.byteOffset, der.byteLength),
      kind,
      name,
      subject: nameText(name),
      issuer: nameText(issuerName),
      subjectDer: fields.subject,
      issuerDer: fields.issuer,
      serial: hex(fields.serial),
      notBefore: fields.notBefore,
      notAfter: fields.notAfter,
      spki: fields.spki,
      issuerKey,
      ...constraints,
      ...readFacts(kind, fields, name),
    };
  } catch (cause) {
    if (cause instanceof DerError) throw new PkiError('CERT_MALFORMED', cause.message, { cause });
    throw cause;
  }
}

/** True when both are the same certificate, byte for byte. */
export const sameCertificate = (a: Certificate, b: Certificate): boolean => equalBytes(a.der, b.der);
