/**
 * People, keys and messages for tests of crypto/envelope. The group signature here is a stand-in: 400 bytes that only the
 * stand-in verifier accepts.
 * @module
 */
import { generateKeyPairSync, hash, hkdfSync } from 'node:crypto';
import { equalBytes, utf8 } from '../common/bytes.ts';
import { IMIS_OID } from '../common/oids.ts';
import { issueCertificate } from '../pki/issue-certificate.ts';
import { type Certified, certified, DAY, issuerOf, NOW, PID, signal } from '../pki/pki.fixture.ts';
import { groupSpki, keyIdentifier } from '../pki/public-key.ts';
import { type AttributeSigner, createSoftwareSigner } from './attribute-signer.ts';
import type { ImisContext } from './imis-context.ts';
import type { OutgoingMessage } from './signed-message.ts';
import type { GroupVerifier, SignerTrust } from './verify-signed-message.ts';

/** Accepts every certificate: paths are crypto/pki's tests. */
export const trustAll: SignerTrust = { check: async () => undefined };

const standInSigma = (ctx: Uint8Array, messageHash: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', messageHash, ctx, utf8('stand-in'), 400));

/** Accepts what {@link groupSigner} makes. */
export const groupVerifier: GroupVerifier = {
  verify: async (ctx, messageHash, signature) => equalBytes(signature, standInSigma(ctx, messageHash)),
};

/** The cast. */
export interface Cast {
  readonly root: Certified;
  readonly patient: Certified;
  readonly pharmacy: Certified;
  readonly insurer: Certified;
  readonly patientSigner: AttributeSigner;
  readonly groupSigner: AttributeSigner;
}

/** ctx of 74 bytes for purpose and audience; epoch, class and sid are fixed. */
export function nhiContext(purpose: number, audience: Uint8Array): Uint8Array {
  const ctx = new Uint8Array(74);
  ctx.set([1, purpose]);
  ctx.set(audience, 10);
  ctx.set(PID, 42);
  ctx.fill(8, 58);
  return ctx;
}

/** Makes everybody. */
export async function makeCast(): Promise<Cast> {
  const root = await certified({ kind: 'bureau-ca', name: 'NHI root' });
  const standing = { paidUntil: '2026-12-31', agents: [] };
  const patient = await certified({ kind: 'patient-signing', pid: PID, standing }, root);
  const institution = (code: string, role: 'pharmacy' | 'insurer') =>
    certified({ kind: 'institution-decryption', name: role, role: { institution: code, role } }, root);
  const groupCertificate = await issueCertificate(
    {
      subject: { kind: 'group', name: 'PK_GK' },
      spki: groupSpki(new Uint8Array(144).fill(3)),
      notBefore: NOW - DAY,
      notAfter: NOW + DAY,
    },
    issuerOf(root),
    signal,
  );
  return {
    root,
    patient,
    pharmacy: await institution('5901200000', 'pharmacy'),
    insurer: await institution('7701200000', 'insurer'),
    patientSigner: createSoftwareSigner(patient.privateKey, patient.certificate),
    groupSigner: {
      certificate: groupCertificate,
      algorithm: 'nhi-gsig-v1',
      async sign(attributes) {
        // ctx is the one value of 74 octets in the attributes: 04 4a, then the bytes.
        const at = Buffer.from(attributes).indexOf(Buffer.from([0x31, 0x4c, 0x04, 0x4a])) + 4;
        return standInSigma(attributes.subarray(at, at + 74), new Uint8Array(hash('sha256', attributes, 'buffer')));
      },
    },
  };
}

/** A context for the recipient with this key. */
export const contextFor = (recipientSpki: Uint8Array, more: Partial<ImisContext> = {}): ImisContext => ({
  version: 1,
  type: 'check-in',
  messageId: new Uint8Array(16).fill(1),
  senderTerminal: new Uint8Array(16).fill(2),
  recipient: keyIdentifier(recipientSpki),
  pid: PID,
  pcertHash: new Uint8Array(32).fill(4),
  ...more,
});

/** A message of JSON, to be signed with P-256, for the recipient with this key. */
export const p256Message = (
  recipientSpki: Uint8Array,
  content: Uint8Array = utf8('{"type":"check-in"}'),
): OutgoingMessage => ({
  contentType: IMIS_OID.jsonContent,
  content,
  attributes: { kind: 'p256', signingTime: NOW, context: contextFor(recipientSpki) },
  certificates: [],
});

/** A prescription's manifest, to be group-signed: names nobody. */
export const manifestMessage = (certificates: readonly Uint8Array[] = []): OutgoingMessage => ({
  contentType: IMIS_OID.manifestContent,
  content: utf8('{"type":"prescription"}'),
  attributes: { kind: 'group', ctx: nhiContext(2, new Uint8Array(32)) },
  certificates,
});

/** An RSA private key. */
export const rsaKey = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
