/**
 * Authorities and certificates for tests of crypto/pki and crypto/envelope.
 * @module
 */
import { createSoftwareCertificateSigner } from './certificate-signer.ts';
import type { CertificateSubject } from './certificate-subject.ts';
import { type Issuer, issueCertificate } from './issue-certificate.ts';
import { generateP256, type P256KeyPair } from './key-store.ts';

/** A fixed instant, 2026-03-01T00:00:00Z, and a day, in milliseconds. */
export const NOW = Date.UTC(2026, 2, 1);
export const DAY = 86_400_000;

/** Never aborted. */
export const signal = new AbortController().signal;

/** A key with its certificate. */
export interface Certified extends P256KeyPair {
  readonly certificate: Uint8Array;
}

/** Issuer of a certified authority. */
export const issuerOf = ({ privateKey, certificate }: Certified): Required<Issuer> => ({
  signer: createSoftwareCertificateSigner(privateKey),
  certificate,
});

/** A fresh key with a certificate by `issuer`, or by itself; valid from a day ago for a year. */
export async function certified(
  subject: CertificateSubject,
  issuer?: Certified,
  dates: { readonly notBefore?: number; readonly notAfter?: number; readonly serial?: Uint8Array } = {},
): Promise<Certified> {
  const pair = await generateP256();
  const request = { subject, spki: pair.spki, notBefore: NOW - DAY, notAfter: NOW + 365 * DAY, ...dates };
  const by = issuer === undefined ? { signer: createSoftwareCertificateSigner(pair.privateKey) } : issuerOf(issuer);
  return { ...pair, certificate: await issueCertificate(request, by, signal) };
}

/** PID_P of the test patient. */
export const PID = new Uint8Array(16).fill(0x5a);

/** A subject of each kind that is not an authority's own. */
export const SUBJECTS: readonly CertificateSubject[] = [
  { kind: 'bureau-signing', name: '健保署 replies' },
  { kind: 'bureau-encryption', name: 'NHI' },
  { kind: 'patient-signing', pid: PID, standing: { paidUntil: '2026-12-31', agents: [new Uint8Array(32).fill(7)] } },
  { kind: 'patient-decryption', pid: PID },
  { kind: 'staff', name: '王明', staffId: 'S1', role: { institution: '3501200000', role: 'pharmacist' } },
  {
    kind: 'terminal',
    name: 'T1',
    terminalId: new Uint8Array(16).fill(9),
    role: { institution: '3501200000', role: 'pharmacy' },
  },
  { kind: 'institution-decryption', name: 'Pharmacy', role: { institution: '3501200000', role: 'pharmacy' } },
  { kind: 'server', name: 'bureau', dns: ['localhost'], ip: ['127.0.0.1', '::1'] },
  { kind: 'card-authority', name: 'TWIMISCVCA00001' },
];

/** The code of the error that `run` throws or rejects with; undefined when it does neither. */
export async function codeOf(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return undefined;
}
