/**
 * The kinds of certificate, and what each may do: who issues it, key usage (RFC 5280 4.2.1.3), extended key usage
 * (4.2.1.12). The kind is a certificate policy (4.2.1.4) below our own arc, and a certificate whose other extensions
 * contradict its kind is refused.
 * @module
 */
import { IMIS_OID } from '../common/oids.ts';
import { OID } from '../common/standard-oids.ts';

/** What a kind implies. */
export interface CertificateProfile {
  /** Last arc of the policy identifier. Never reused. */
  readonly policy: number;
  /** Kinds of authority that may issue it; an authority of the own kind may be the certificate itself (an anchor). */
  readonly issuers: readonly string[];
  readonly authority: boolean;
  /** First octet of the KeyUsage bit string. */
  readonly keyUsage: number;
  readonly extendedKeyUsage: readonly string[];
  /** Algorithm of the certified key. */
  readonly key: 'p256' | 'group';
}

const SIGN = 0x80 | 0x40; // digitalSignature, contentCommitment
const AUTHENTICATE = 0x80; // digitalSignature
const AGREE = 0x08; // keyAgreement
const CERTIFY = 0x04 | 0x02; // keyCertSign, cRLSign

const profile = (
  policy: number,
  issuer: string,
  keyUsage: number,
  extendedKeyUsage: readonly string[] = [],
  key: 'p256' | 'group' = 'p256',
): CertificateProfile => ({
  policy,
  issuers: [issuer],
  authority: keyUsage === CERTIFY,
  keyUsage,
  extendedKeyUsage,
  key,
});

/** Every kind and its profile. */
export const CERTIFICATE_KINDS = {
  /** Authority of the bureau. */
  'bureau-ca': profile(1, 'bureau-ca', CERTIFY),
  /** The bureau's signature on replies, receipts, supplements. */
  'bureau-signing': profile(2, 'bureau-ca', SIGN),
  /** The bureau's ECDH key: messages to NHI are sealed to it. */
  'bureau-encryption': profile(3, 'bureau-ca', AGREE),
  /** Stands in for the citizens' certificate authority. */
  'civil-ca': profile(4, 'civil-ca', CERTIFY),
  /** Cert_P, the patient's civil key: signs eq. 1. */
  civil: profile(5, 'civil-ca', SIGN),
  /** PCert_P of eq. 2: subject is the pseudonym PID_P. */
  'patient-signing': profile(6, 'bureau-ca', SIGN),
  /** The patient card's ECDH key under the same PID_P. */
  'patient-decryption': profile(7, 'bureau-ca', AGREE),
  /** Authority of the profession, not the bureau. */
  'professional-ca': profile(8, 'professional-ca', CERTIFY),
  /** Cert_D of eq. 3. */
  doctor: profile(9, 'professional-ca', SIGN),
  /** A member of staff: registrar, nurse, pharmacist, clerk, officer. */
  staff: profile(10, 'bureau-ca', SIGN),
  /** A terminal: TLS client and signatures of its own. */
  terminal: profile(11, 'bureau-ca', AUTHENTICATE, [OID.clientAuth, OID.emailProtection]),
  /** An institution's ECDH key: messages to a pharmacy or an insurer are sealed to it. */
  'institution-decryption': profile(12, 'bureau-ca', AGREE),
  /** TLS server of the bureau. */
  server: profile(13, 'bureau-ca', AUTHENTICATE, [OID.serverAuth]),
  /** PK_GK, so that foreign tools find a signer certificate in a group-signed message. */
  group: profile(14, 'bureau-ca', SIGN, [], 'group'),
  /** Signs card-verifiable certificates (card-certificate.ts); an end entity here, because it issues no X.509. Its name is its reference. */
  'card-authority': profile(15, 'bureau-ca', AUTHENTICATE),
} as const satisfies Record<string, CertificateProfile>;

/** Name of a kind. */
export type CertificateKind = keyof typeof CERTIFICATE_KINDS;

/** The profile of a kind. */
export const profileOf = (kind: CertificateKind): CertificateProfile => CERTIFICATE_KINDS[kind];

/** Policy identifier of a kind. */
export const policyOf = (kind: CertificateKind): string =>
  `${IMIS_OID.certificateKinds}.${CERTIFICATE_KINDS[kind].policy}`;

// Object.keys of a constant table has exactly its keys; the compiler only knows string.
const KINDS = Object.keys(CERTIFICATE_KINDS) as CertificateKind[];

/** The kind with this policy identifier, if any. */
export const kindOfPolicy = (policy: string): CertificateKind | undefined =>
  KINDS.find((kind) => policyOf(kind) === policy);
