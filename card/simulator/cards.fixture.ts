/**
 * Issued software cards for tests: authorities, the issuing desk's steps, and a session to each card.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { concat, utf8 } from '../../crypto/common/bytes.ts';
import { encodeSignedAttributes } from '../../crypto/envelope/signed-attributes.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { type CardCertificateContents, issueCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { createSoftwareCertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import type { CertificateSubject } from '../../crypto/pki/certificate-subject.ts';
import { issueCertificate } from '../../crypto/pki/issue-certificate.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { newPrivateKey, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { type Certified, certified, issuerOf, NOW, PID, signal } from '../../crypto/pki/pki.fixture.ts';
import { p256Point, p256Spki } from '../../crypto/pki/public-key.ts';
import { type CardSession, createCardSession } from '../apdu/card-session.ts';
import { roleStatement } from '../apdu/channel-keys.ts';
import { command } from '../apdu/command.ts';
import { type PinBlock, pinBlock } from '../apdu/pin-block.ts';
import {
  APPLICATIONS,
  AUTHENTICATION_FILE,
  type CardKind,
  DOCTOR_FILES,
  PATIENT_FILES,
  STAFF_FILES,
  type TerminalRole,
} from '../apps/card-profile.ts';
import { type IssuingApp, openIssuingApp } from '../apps/issuing-app.ts';
import { openPatientApp, type PatientApp } from '../apps/patient-app.ts';
import { openTerminalChannel, type TerminalCredential } from '../apps/secure-channel.ts';
import { CardError } from '../card-error.ts';
import type { SoftwareCard } from './card-os.ts';
import { createDoctorCard } from './doctor-card.ts';
import { createPatientCard } from './patient-card.ts';
import { createStaffCard } from './staff-card.ts';

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

const authorityKeys = await generateP256();
const authoritySigner = createSoftwareCertificateSigner(authorityKeys.privateKey);

/** The card authority of all fixture cards and terminals. */
export const AUTHORITY: TerminalCredential['authority'] = {
  reference: 'TWIMISCVCA00001',
  point: p256Point(authorityKeys.spki) ?? new Uint8Array(0),
};

/** First and last day of fixture certificates. */
export const FIRST_DAY = NOW;
const LAST_DAY = Date.UTC(2099, 11, 31);

/** Terminal id of every fixture terminal, whatever its role, and the institution of it. */
export const TERMINAL_ID = new Uint8Array(16).fill(0x22);
export const PHARMACY_CODE = '5901020304';

/** A card-verifiable certificate of the fixture authority; `changes` to what it says, `signer` for one by somebody else. */
export const cardCertificate = (
  changes: Partial<CardCertificateContents> & Pick<CardCertificateContents, 'point' | 'role'>,
  signer = authoritySigner,
): Promise<Uint8Array> =>
  issueCardCertificate(
    {
      authority: AUTHORITY.reference,
      holder: TERMINAL_ID,
      notBefore: FIRST_DAY,
      notAfter: LAST_DAY,
      ...changes,
    },
    signer,
    signal,
  );

/** A terminal of a role with a key of its own; `changes` to its certificate. */
export function terminal(
  role: TerminalRole,
  changes?: Partial<CardCertificateContents>,
  signer = authoritySigner,
): Promise<TerminalCredential> {
  if (changes !== undefined || signer !== authoritySigner) return newTerminal(role, changes ?? {}, signer);
  const known = usual.get(role) ?? newTerminal(role, {}, signer);
  usual.set(role, known);
  return known;
}

/** The terminals that tests ask for again and again. */
const usual = new Map<TerminalRole, Promise<TerminalCredential>>();

async function newTerminal(
  role: TerminalRole,
  changes: Partial<CardCertificateContents>,
  signer: typeof authoritySigner,
): Promise<TerminalCredential> {
  const key = newPrivateKey(bytes);
  const shown = { point: publicPoint(key), role: { kind: 'terminal', role, institution: PHARMACY_CODE }, ...changes };
  // The literal above has the kind its type wants.
  const certificate = await cardCertificate(shown as CardCertificateContents, signer);
  return { certificate, sign: async (statement) => signMessage(key, statement), authority: AUTHORITY };
}

/** Puts the card's own certificate on it while it is issued, and the bureau's key where one is given; answers the serial number. */
export async function certifyCard(
  issuing: IssuingApp,
  card: CardKind,
  point: Uint8Array,
  options: { readonly serial?: Uint8Array; readonly bureauKey?: Uint8Array } & Partial<CardCertificateContents> = {},
  signer = authoritySigner,
): Promise<Uint8Array> {
  const { serial = concat(Uint8Array.of(0x51), bytes(15)), bureauKey, ...changes } = options;
  const certificate = await cardCertificate(
    { holder: serial, point, role: { kind: 'card', card }, ...changes },
    signer,
  );
  if (bureauKey !== undefined) await issuing.setBureauKey(bureauKey);
  await issuing.writeFile(AUTHENTICATION_FILE, certificate);
  return serial;
}

/** A doctor card's key and certificate without the rest of the card. */
const doctorKey = newPrivateKey(bytes);
const doctorCertificate = await cardCertificate({
  holder: bytes(16),
  point: publicPoint(doctorKey),
  role: { kind: 'card', card: 'doctor' },
});

/** A doctor card in the same terminal proves itself to the patient card. */
async function proveDoctor(app: PatientApp): Promise<void> {
  const statement = roleStatement(await app.getChallenge(), TERMINAL_ID);
  await app.acceptDoctor({ certificate: doctorCertificate, signature: signMessage(doctorKey, statement) });
}

/** The patient card at a clinic, a doctor's card beside it. */
export async function atClinic(session: CardSession): Promise<PatientApp> {
  const app = await openPatientApp(session, await terminal('clinic'));
  await proveDoctor(app);
  return app;
}

/** Commands to a patient card in the channel of a clinic's terminal, a doctor's card beside it. */
export async function insideClinic(session: CardSession): Promise<CardSession> {
  await session.send(command([0x00, 0xa4, 0x04, 0x00], APPLICATIONS.patient.aid, 256));
  const { session: inside } = await openTerminalChannel(
    session,
    APPLICATIONS.patient,
    await terminal('clinic'),
    undefined,
  );
  const { data } = await inside.send(command([0x00, 0x84, 0, 0], undefined, 16));
  const proof = signMessage(doctorKey, roleStatement(data, TERMINAL_ID));
  await inside.send(command([0x00, 0x82, 0, 2], concat(doctorCertificate, proof)));
  return inside;
}

/** The patient card at a pharmacy. */
export const atPharmacy = async (session: CardSession): Promise<PatientApp> =>
  openPatientApp(session, await terminal('pharmacy'));

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
  const issuing = await openIssuingApp(sessionTo(card), 'patient', await terminal('bureau'));
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
  const issuing = await openIssuingApp(sessionTo(card), 'doctor', await terminal('bureau'));
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
  const issuing = await openIssuingApp(sessionTo(card), 'staff', await terminal('bureau'));
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

/** One card of each kind, active; the doctor's has not joined the group. */
export async function issueEach(
  backend: GroupBackend,
  groupKey: Uint8Array,
): Promise<ReadonlyMap<CardKind, SoftwareCard>> {
  const [patient, staff, doctor] = [createPatientCard(), createStaffCard(), createDoctorCard({ backend })];
  await issuePatient(patient);
  await issueStaff(staff);
  const { issuing } = await prepareDoctor(doctor, groupKey);
  await issuing.activate();
  return new Map<CardKind, SoftwareCard>([
    ['patient', patient],
    ['staff', staff],
    ['doctor', doctor],
  ]);
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
      senderTerminal: TERMINAL_ID,
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
