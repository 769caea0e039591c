/**
 * Issuing X.509 v3 certificates (RFC 5280 4.1) of our kinds, ECDSA P-256 with SHA-256.
 * @module
 */
import { isIPv4, isIPv6 } from 'node:net';
import { utf8 } from '../common/bytes.ts';
import {
  bitString,
  boolean,
  type DerPart,
  type DerTree,
  encodeDer,
  explicit,
  implicitTag,
  integer,
  octets,
  oid,
  sequence,
  TAG,
  time,
  tlv,
  unsigned,
} from '../common/der-write.ts';
import { IMIS_OID } from '../common/oids.ts';
import { secureRng } from '../common/random.ts';
import { OID } from '../common/standard-oids.ts';
import { policyOf, profileOf } from './certificate-kinds.ts';
import { encodeName } from './certificate-name.ts';
import type { CertificateSigner } from './certificate-signer.ts';
import { type CertificateSubject, subjectName } from './certificate-subject.ts';
import { encodeRole, encodeStanding } from './imis-extensions.ts';
import { parseCertificate } from './parse-certificate.ts';
import { groupKey, keyIdentifier, p256Point } from './public-key.ts';

/** What a new certificate says. */
export interface CertificateRequest {
  readonly subject: CertificateSubject;
  /** SubjectPublicKeyInfo, DER: P-256, or a group key for kind `group`. */
  readonly spki: Uint8Array;
  /** Unix milliseconds, cut to the second. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** 16 bytes, first bit clear; random when left out. */
  readonly serial?: Uint8Array;
}

/** The authority: its key behind a port, and its certificate. Without one the new certificate signs itself. */
export interface Issuer {
  readonly signer: CertificateSigner;
  readonly certificate?: Uint8Array;
}

/** AlgorithmIdentifier of every signature by an authority of ours. */
export const ecdsaWithSha256 = (): DerTree => sequence(oid(OID.ecdsaWithSha256));

/** One extension. */
export const extension = (id: string, value: DerPart, critical = false): DerTree =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(encodeDer(value)));

/** A random positive serial number of exactly 16 bytes. */
function randomSerial(): Uint8Array {
  const serial = secureRng(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

function ipBytes(text: string): Uint8Array {
  if (isIPv4(text)) return Uint8Array.from(text.split('.').map(Number));
  if (!isIPv6(text)) throw new RangeError('not an IP address');
  const [, canonical = ''] = /^\[(.*)\]$/.exec(new URL(`http://[${text}]`).hostname) ?? [];
  const [head = '', tail] = canonical.split('::');
  const words = (part: string): string[] => part.split(':').filter((word) => word !== '');
  const after = words(tail ?? '');
  const before = words(head);
  const middle = Array<string>(8 - before.length - after.length).fill('0');
  const all = [...before, ...middle, ...after].map((word) => Number.parseInt(word, 16));
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

function keyUsageBits(usage: number): DerTree {
  // DER drops trailing zero bits of a named bit list, and says how many of the last octet.
  const unused = Math.clz32(usage & -usage) === 32 ? 0 : 31 - Math.clz32(usage & -usage);
  return tlv(TAG.bitString, Uint8Array.of(unused, usage));
}

function kindExtensions(subject: CertificateSubject): DerTree[] {
  switch (subject.kind) {
    case 'bureau-ca':
    case 'civil-ca':
    case 'professional-ca':
      return [extension(OID.basicConstraints, sequence(boolean(true), integer(subject.pathLength ?? 0)), true)];
    case 'patient-signing':
      return [extension(IMIS_OID.standing, encodeStanding(subject.standing))];
    case 'staff':
    case 'terminal':
    case 'institution-decryption':
      return [extension(IMIS_OID.role, encodeRole(subject.role))];
    case 'server': {
      const dns = subject.dns.map((name) => tlv(implicitTag(2), utf8(name)));
      const ip = subject.ip.map((address) => tlv(implicitTag(7), ipBytes(address)));
      if (dns.length + ip.length === 0) throw new RangeError('a server certificate names a host');
      return [extension(OID.subjectAltName, sequence(...dns, ...ip))];
    }
    case 'bureau-signing':
    case 'bureau-encryption':
    case 'civil':
    case 'patient-decryption':
    case 'doctor':
    case 'group':
    case 'card-authority':
      return [];
  }
}

function extensions(request: CertificateRequest, issuerSpki: Uint8Array): DerTree {
  const profile = profileOf(request.subject.kind);
  const usages = profile.extendedKeyUsage.map(oid);
  return sequence(
    ...kindExtensions(request.subject),
    ...(profile.authority ? [] : [extension(OID.basicConstraints, sequence(), true)]),
    extension(OID.keyUsage, keyUsageBits(profile.keyUsage), true),
    ...(usages.length === 0 ? [] : [extension(OID.extendedKeyUsage, sequence(...usages))]),
    extension(OID.certificatePolicies, sequence(sequence(oid(policyOf(request.subject.kind))))),
    extension(OID.subjectKeyIdentifier, octets(keyIdentifier(request.spki))),
    extension(OID.authorityKeyIdentifier, sequence(tlv(implicitTag(0), keyIdentifier(issuerSpki)))),
  );
}

/**
 * Issues a certificate and returns its DER. Throws RangeError on a request out of shape (key of the wrong sort, dates in
 * the wrong order, an issuer that may not issue the kind) and PkiError when the issuer's certificate cannot be parsed.
 */
export async function issueCertificate(
  request: CertificateRequest,
  issuer: Issuer,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { kind } = request.subject;
  const profile = profileOf(kind);
  const authority = issuer.certificate === undefined ? undefined : parseCertificate(issuer.certificate);
  const serial = request.serial ?? randomSerial();
  const rightKey = profile.key === 'p256' ? p256Point(request.spki) : groupKey(request.spki);
  if (rightKey === undefined) throw new RangeError(`a ${kind} certificate is not for this sort of key`);
  if (!profile.issuers.includes(authority?.kind ?? kind)) throw new RangeError(`this issuer may not issue ${kind}`);
  if (serial.length !== 16 || (serial[0] ?? 0) >= 0x80) throw new RangeError('a serial number has 16 bytes, positive');
  if (request.notAfter < request.notBefore) throw new RangeError('notAfter before notBefore');
  const name = encodeName(subjectName(request.subject));
  const tbs = encodeDer(
    sequence(
      explicit(0, integer(2)),
      unsigned(serial),
      ecdsaWithSha256(),
      authority?.subjectDer ?? name,
      sequence(time(request.notBefore), time(request.notAfter)),
      name,
      request.spki,
      explicit(3, extensions(request, authority?.spki ?? request.spki)),
    ),
  );
  const signature = await issuer.signer.sign(tbs, signal);
  return encodeDer(sequence(tbs, ecdsaWithSha256(), bitString(signature)));
}
