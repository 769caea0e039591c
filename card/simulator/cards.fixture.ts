/**
 * Issued software cards for tests: authorities, the issuing desk's steps, and a session to each card.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { concat, utf8 } from '../../crypto/common/bytes.ts';
import { encodeSignedAttributes } from '../../crypto/envelope/signed-attributes.ts';
import { type CardHolderKind, issueCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { createSoftwareCertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import type { CertificateSubject } from '../../crypto/pki/certificate-subject.ts';
import { issueCertificate } from '../../crypto/pki/issue-certificate.ts';
import { generateP256, type P256KeyPair } from '../../crypto/pki/key-store.ts';
import { type Certified, certified, issuerOf, NOW, PID, signal } from '../../crypto/pki/pki.fixture.ts';
import { p256Point, p256Spki } from '../../crypto/pki/public-key.ts';
import { type CardSession, createCardSession } from '../apdu/card-session.ts';
import { type PinBlock, pinBlock } from '../apdu/pin-block.ts';
import { AUTHENTICATION_FILE, DOCTOR_FILES, PATIENT_FILES, STAFF_FILES } from '../apps/card-profile.ts';
import { type IssuingApp, openIssuingApp } from '../apps/issuing-app.ts';
import { CardError } from '../card-error.ts';
import type { SoftwareCard } from './card-os.ts';

export { PID };

/** A fresh block each time: the calls wipe theirs. */
export const pin = (digits = '123456'): PinBlock => pinBlock(utf8(digits));

/** The unblocking key of every issued card. */
export const PUK = '87654321';

/** Random bytes. */
export const bytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** Powers a card and opens a session to it. */
export function sessionTo(card: SoftwareCard, options?: { readonly extended?: boolean }): CardSession {
  card.powerOn();
  return createCardSession(card, options);
}

/** Takes the supply away and gives it back. */
export function reinsert(card: SoftwareCard): CardSession {
  card.powerOff();
  return sessionTo(card);
}

/** The two authorities behind the cards. */
export async function authorities(): Promise<{ readonly bureau: Certified; readonly professions: Certified }> {
  return {
    bureau: await certified({ kind: 'bureau-ca', name: 'bureau' }),
    professions: await certified({ kind: 'professional-ca', name: 'professions' }),
  };
}

/** A certificate for a point that a card made. */
export const certify = (issuer: Certified, subject: CertificateSubject, point: Uint8Array): Promise<Uint8Array> =>
  issueCertificate(
    { subject, spki: p256Spki(point), notBefore: NOW - 86_400_000, notAfter: NOW + 86_400_000 },
    issuerOf(issuer),
    signal,
  );

/** Reference of the card authority of these cards. */
const CARD_AUTHORITY = 'TWIMISCVCA00001';

/** The card's own certificate with what it trusts: changed as a test wishes. `authority` certifies, and is what the card is told unless `told` is given. */
export async function certifyCard(
  issuing: IssuingApp,
  card: CardHolderKind,
  point: Uint8Array,
  options: {
    readonly serial?: Uint8Array;
    readonly authority?: P256KeyPair;
    readonly told?: P256KeyPair;
    readonly reference?: string;
    readonly bureauKey?: Uint8Array;
  } = {},
): Promise<Uint8Array> {
  const authority = options.authority ?? (await generateP256());
  const serial = options.serial ?? concat(Uint8Array.of(0x51), bytes(15));
  const certificate = await issueCardCertificate(
    {
      authority: options.reference ?? CARD_AUTHORITY,
      holder: serial,
      point,
      role: { kind: 'card', card },
      notBefore: NOW - 86_400_000,
      notAfter: NOW + 86_400_000,
    },
    createSoftwareCertificateSigner(authority.privateKey),
    signal,
  );
  const { spki } = options.told ?? authority;
  await issuing.setCardAuthority(p256Point(spki) ?? new Uint8Array(0), CARD_AUTHORITY);
  if (options.bureauKey !== undefined) await issuing.setBureauKey(options.bureauKey);
  await issuing.writeFile(AUTHENTICATION_FILE, certificate);
  return serial;
}

/** PIN and PUK of an issued card. */
export async function setPins(issuing: IssuingApp, digits = '123456'): Promise<void> {
  await issuing.setPin(pin(digits));
  await issuing.setPuk(pin(PUK));
}

/** Personalises and activates a patient card; the public points of its keys. */
export async function issuePatient(
  card: SoftwareCard,
  options: { readonly policy?: number; readonly bureauKey?: Uint8Array } = {},
): Promise<{ readonly signing: Uint8Array; readonly agreement: Uint8Array; readonly serial: Uint8Array }> {
  const { bureau } = await authorities();
  const issuing = await openIssuingApp(sessionTo(card), 'patient');
  const signing = await issuing.generateKey('signature');
  const authentication = await issuing.generateKey('authentication');
  const agreement = await issuing.generateKey('agreement');
  const standing = { paidUntil: '2026-12-31', agents: [] };
  const certificate = await certify(bureau, { kind: 'patient-signing', pid: PID, standing }, signing);
  await issuing.writeFile(PATIENT_FILES.certificate, certificate);
  const decryption = await certify(bureau, { kind: 'patient-decryption', pid: PID }, agreement);
  await issuing.writeFile(PATIENT_FILES.decryptionCertificate, decryption);
  if (options.policy !== undefined) await issuing.setPolicy(options.policy);
  const { bureauKey } = options;
  const serial = await certifyCard(issuing, 'patient', authentication, bureauKey === undefined ? {} : { bureauKey });
  await setPins(issuing);
  await issuing.activate();
  return { signing, agreement, serial };
}

/** Personalises a doctor card up to, not including, the join; ID_D is `D-77`. */
export async function prepareDoctor(
  card: SoftwareCard,
  groupKey: Uint8Array,
  bureauKey?: Uint8Array,
): Promise<{
  readonly issuing: IssuingApp;
  readonly signing: Uint8Array;
  readonly attestation: Uint8Array;
  readonly serial: Uint8Array;
}> {
  const { professions } = await authorities();
  const issuing = await openIssuingApp(sessionTo(card), 'doctor');
  const signing = await issuing.generateKey('signature');
  const attestation = await issuing.generateKey('authentication');
  const subject = { kind: 'doctor', name: '王大夫', doctorId: 'D-77' } as const;
  await issuing.writeFile(DOCTOR_FILES.certificate, await certify(professions, subject, signing));
  await issuing.writeFile(DOCTOR_FILES.groupKey, groupKey);
  const serial = await certifyCard(issuing, 'doctor', attestation, bureauKey === undefined ? {} : { bureauKey });
  await setPins(issuing);
  return { issuing, signing, attestation, serial };
}

/** Personalises and activates a staff card; the public point of its signature key, and its serial number. */
export async function issueStaff(
  card: SoftwareCard,
  { transport = false, bureauKey }: { readonly transport?: boolean; readonly bureauKey?: Uint8Array } = {},
): Promise<{ readonly point: Uint8Array; readonly serial: Uint8Array }> {
  const { bureau } = await authorities();
  const issuing = await openIssuingApp(sessionTo(card), 'staff');
  const point = await issuing.generateKey('signature');
  const role = { institution: '3501200000', role: 'pharmacist' } as const;
  const certificate = await certify(bureau, { kind: 'staff', name: '李藥師', staffId: 'S-1', role }, point);
  await issuing.writeFile(STAFF_FILES.certificate, certificate);
  const authentication = await issuing.generateKey('authentication');
  const serial = await certifyCard(issuing, 'staff', authentication, bureauKey === undefined ? {} : { bureauKey });
  await issuing.setPin(pin(), { transport });
  await issuing.setPuk(pin(PUK));
  await issuing.activate();
  return { point, serial };
}

/** Signed attributes of a message of this type. */
export const attributesOf = (type: string, pid: Uint8Array = PID): Uint8Array =>
  encodeSignedAttributes({
    kind: 'p256',
    contentType: '1.2.3.4',
    messageDigest: bytes(32),
    signingTime: NOW,
    context: {
      version: 1,
      type,
      messageId: bytes(16),
      senderTerminal: bytes(16),
      recipient: bytes(32),
      pid,
      pcertHash: new Uint8Array(0),
    },
  });

/** Code, tries left and status word of the CardError with which a promise rejects. */
export async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CardError)) return error;
  return error.triesLeft === undefined ? error.code : [error.code, error.triesLeft];
}
