import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bcdOf } from '../../crypto/common/bcd.ts';
import { concat, hex, lp, lp1, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { agreedWith, newPrivateKey, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import {
  type ChallengeToken,
  challengeBody,
  encodeTimeToken,
  standingBody,
  timeBody,
} from '../../crypto/proxysig/bureau-token.ts';
import { decodePickup } from '../../crypto/proxysig/pickup-object.ts';
import type { PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { command } from '../apdu/command.ts';
import { DEFAULT_POLICY, PATIENT_FILES, POLICY } from '../apps/card-profile.ts';
import type { ConsumeRequest } from '../apps/collect-command.ts';
import { openDoctorApp } from '../apps/doctor-app.ts';
import { openIssuingApp } from '../apps/issuing-app.ts';
import { openPatientApp, type PatientApp } from '../apps/patient-app.ts';
import { recognise } from '../apps/recognise.ts';
import type { SoftwareCard } from './card-os.ts';
import {
  atClinic,
  atPharmacy,
  attributesOf,
  authorities,
  bytes,
  certify,
  certifyCard,
  FIRST_DAY,
  issuePatient,
  PHARMACY_CODE,
  PID,
  pin,
  refusalOf,
  reinsert,
  sessionTo,
  setPins,
  TERMINAL_ID,
  terminal,
} from './cards.fixture.ts';
import { createPatientCard } from './patient-card.ts';

const NOON = 1_900_000_000;
const PHARMACY = bcdOf(PHARMACY_CODE);
const isSigned = (point: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  const key = createPublicKey({ key: Buffer.from(p256Spki(point)), format: 'der', type: 'spki' });
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
};
type NewRecord = Omit<PrescriptionRecord, 'used' | 'status'>;
const prescription = (rxh: Uint8Array, changes: Partial<NewRecord> = {}): NewRecord => ({
  rxId: bytes(16),
  hash16: rxh.slice(0, 16),
  issued: NOON - 1000,
  expires: NOON + 1000,
  parts: 3,
  controlled: false,
  pharmacy: new Uint8Array(5),
  ...changes,
});
const request = (rxId: Uint8Array, rxh: Uint8Array, changes: Partial<ConsumeRequest> = {}): ConsumeRequest => ({
  rxId,
  part: 1,
  rxh,
  nonce: bytes(32),
  ...changes,
});

async function issued(options: Parameters<typeof issuePatient>[1] = {}) {
  const card = createPatientCard();
  const keys = await issuePatient(card, options);
  const session = reinsert(card);
  return { card, keys, session, app: await atClinic(session) };
}

/** A prescription written at the clinic, the card then at a pharmacy. */
async function withPrescription(card: SoftwareCard, changes: Partial<NewRecord> = {}) {
  const rxh = bytes(32);
  const record = prescription(rxh, changes);
  const clinic = await atClinic(reinsert(card));
  await clinic.writeVisitAndPrescription({ reference: bytes(32), prescriptions: [{ record }] });
  return { rxh, rxId: record.rxId, app: await atPharmacy(reinsert(card)) };
}

/** The bureau's challenge for the fixture terminal and the card that is there. */
async function challengeToken(
  bureau: Uint8Array,
  app: PatientApp,
  at: Uint8Array = TERMINAL_ID,
): Promise<ChallengeToken> {
  const challenge = bytes(32);
  return { challenge, signature: signMessage(bureau, challengeBody(challenge, at, await app.getChallenge())) };
}

describe('issuing a patient card', () => {
  it('makes the keys on the card and ends with ACTIVATE', async () => {
    const { keys, session } = await issued();
    expect(await recognise(session)).toBe('patient');
    const again = await atPharmacy(session);
    const { signing, decryption } = await again.readCertificates();
    expect(parseCertificate(signing).spki).toEqual(p256Spki(keys.signing));
    expect(parseCertificate(decryption).spki).toEqual(p256Spki(keys.agreement));
    const issuing = await openIssuingApp(session, 'patient', await terminal('bureau'));
    expect(await refusalOf(issuing.generateKey('signature'))).toBe('CARD_REFUSED');
    expect(await refusalOf(issuing.activate())).toBe('CARD_REFUSED');
    expect(await refusalOf(issuing.setPin(pin()))).toBe('CARD_REFUSED');
    expect(await refusalOf(issuing.setPolicy(0xff))).toBe('CARD_REFUSED');
    expect(await refusalOf(issuing.writeFile(PATIENT_FILES.certificate, bytes(9)))).toBe('CARD_ROLE_REFUSED');
    expect(await refusalOf(openDoctorApp(session, await terminal('clinic')))).toBe('CARD_WRONG_KIND');
    const clinic = await atClinic(session);
    expect(await clinic.readStanding()).toBeUndefined();
    expect(await clinic.readVisits()).toEqual([]);
  });

  it('refuses to be activated with a certificate for another key, person or kind', async () => {
    const card = createPatientCard();
    const { bureau } = await authorities();
    const issuing = await openIssuingApp(sessionTo(card), 'patient', await terminal('bureau'));
    expect(await refusalOf(issuing.activate())).toBe('CARD_REFUSED');
    const signing = await issuing.generateKey('signature');
    await certifyCard(issuing, 'patient', await issuing.generateKey('authentication'));
    const agreement = await issuing.generateKey('agreement');
    await setPins(issuing);
    const standing = { paidUntil: '2026-12-31', agents: [] };
    const subject = { kind: 'patient-signing', pid: PID, standing } as const;
    await issuing.writeFile(PATIENT_FILES.certificate, await certify(bureau, subject, agreement));
    const decryption = (pid: Uint8Array) => certify(bureau, { kind: 'patient-decryption', pid }, agreement);
    await issuing.writeFile(PATIENT_FILES.decryptionCertificate, await decryption(PID));
    expect(await refusalOf(issuing.activate())).toBe('CARD_REFUSED');
    await issuing.writeFile(PATIENT_FILES.certificate, await certify(bureau, subject, signing));
    await issuing.writeFile(PATIENT_FILES.decryptionCertificate, await decryption(bytes(16)));
    expect(await refusalOf(issuing.activate())).toBe('CARD_REFUSED');
    await issuing.writeFile(PATIENT_FILES.decryptionCertificate, await decryption(PID));
    await issuing.activate();
  });

  it('signs nothing before it is active', async () => {
    const card = createPatientCard();
    const session = sessionTo(card);
    const issuing = await openIssuingApp(session, 'patient', await terminal('bureau'));
    await issuing.generateKey('signature');
    await certifyCard(issuing, 'patient', await issuing.generateKey('authentication'));
    const app = await openPatientApp(session, await terminal('registration'));
    expect(await refusalOf(app.signAttributes(attributesOf('check-in')))).toBe('CARD_REFUSED');
  });
});

describe('signing', () => {
  it('needs no PIN for check-in, opening and designation, each where it belongs; for everything else it does', async () => {
    const bureau = newPrivateKey(bytes);
    const { card, keys } = await issued({ bureauKey: publicPoint(bureau) });
    const registration = await openPatientApp(reinsert(card), await terminal('registration'));
    await registration.putChallenge(await challengeToken(bureau, registration));
    const checkIn = attributesOf('check-in');
    expect(isSigned(keys.signing, checkIn, (await registration.signAttributes(checkIn)).signature)).toBe(true);
    const clinic = await atClinic(reinsert(card));
    await clinic.putChallenge(await challengeToken(bureau, clinic));
    for (const type of ['opening', 'designation']) await clinic.signAttributes(attributesOf(type));
    expect(await refusalOf(clinic.signAttributes(attributesOf('card-application')))).toBe('PIN_REQUIRED');
    expect(await refusalOf(clinic.signAttributes(attributesOf('designation', bytes(16))))).toBe('PIN_REQUIRED');
    await clinic.verifyPin(pin());
    expect((await clinic.signAttributes(attributesOf('card-application'))).counter).toBe(4);
    const [newest] = await clinic.readLog();
    expect(newest).toMatchObject({ counter: 4, kind: 'signature', time: FIRST_DAY / 1000 });
  });

  it('without PIN is once for a challenge of the bureau, for this terminal and the challenge this card just gave', async () => {
    const bureau = newPrivateKey(bytes);
    const { card } = await issued({ bureauKey: publicPoint(bureau) });
    const registration = await openPatientApp(reinsert(card), await terminal('registration'));
    const checkIn = () => registration.signAttributes(attributesOf('check-in'));
    const put = async (token: Promise<ChallengeToken>) => refusalOf(registration.putChallenge(await token));
    expect(await refusalOf(checkIn())).toBe('PIN_REQUIRED');
    const token = await challengeToken(bureau, registration);
    await registration.putChallenge(token);
    await checkIn();
    expect(await refusalOf(checkIn())).toBe('PIN_REQUIRED');
    // Replayed: the card's challenge is spent, and after a fresh one it is for another.
    expect(await put(Promise.resolve(token))).toBe('CARD_REFUSED');
    await registration.getChallenge();
    expect(await put(Promise.resolve(token))).toBe('CARD_REFUSED');
    expect(await put(challengeToken(newPrivateKey(bytes), registration))).toBe('CARD_REFUSED');
    expect(await put(challengeToken(bureau, registration, bytes(16)))).toBe('CARD_REFUSED');
    expect(await refusalOf(checkIn())).toBe('PIN_REQUIRED');
    // It belongs to its channel.
    await registration.putChallenge(await challengeToken(bureau, registration));
    const later = await openPatientApp(reinsert(card), await terminal('registration'));
    expect(await refusalOf(later.signAttributes(attributesOf('check-in')))).toBe('PIN_REQUIRED');
  });

  it('refuses a check-in at a clinic, an opening without a doctor, and what names another terminal', async () => {
    const bureau = newPrivateKey(bytes);
    const { card, app: clinic } = await issued({ bureauKey: publicPoint(bureau) });
    expect(await refusalOf(clinic.signAttributes(attributesOf('check-in')))).toBe('CARD_ROLE_REFUSED');
    const alone = await openPatientApp(reinsert(card), await terminal('clinic'));
    await alone.putChallenge(await challengeToken(bureau, alone));
    expect(await refusalOf(alone.signAttributes(attributesOf('opening')))).toBe('CARD_ROLE_REFUSED');
    const other = await openPatientApp(reinsert(card), await terminal('registration', { holder: bytes(16) }));
    await other.verifyPin(pin());
    expect(await refusalOf(other.signAttributes(attributesOf('check-in')))).toBe('CARD_REFUSED');
  });

  it('names a pharmacy without a doctor beside it, at any terminal, by the PIN', async () => {
    const { card } = await issued();
    for (const role of ['clinic', 'pharmacy', 'registration'] as const) {
      const alone = await openPatientApp(reinsert(card), await terminal(role));
      const designate = () => alone.signAttributes(attributesOf('designation'));
      expect(await refusalOf(designate())).toBe('PIN_REQUIRED');
      await alone.verifyPin(pin());
      expect((await designate()).signature).toHaveLength(64);
    }
  });

  it('goes by the policy byte', async () => {
    const { app } = await issued({ policy: DEFAULT_POLICY & ~POLICY.designation });
    expect(await refusalOf(app.signAttributes(attributesOf('designation')))).toBe('PIN_REQUIRED');
  });

  it('signs nothing but signed attributes: no hash, no join statement, no pickup object, no group attributes', async () => {
    const { app } = await issued();
    await app.verifyPin(pin());
    const der = attributesOf('check-in');
    const join = concat(lp1('NHI-GSIG-V1-JOIN'), bytes(32), lp(utf8('D-77')), bytes(32), bytes(48));
    const pickup = concat(lp1('NHI-PICKUP-V1'), bytes(184));
    for (const other of [h256(der), join, pickup, der.slice(1), concat(der, bytes(1)), timeBody(5), bytes(600)]) {
      expect(await refusalOf(app.signAttributes(other))).toBe('CARD_REFUSED');
    }
    // A SET whose imis-context was replaced by another attribute.
    const oidAt = hex(der).indexOf(hex(utf8('check-in'))) / 2 - 8;
    expect(await refusalOf(app.signAttributes(der.with(oidAt, (der[oidAt] ?? 0) ^ 1)))).toBe('CARD_REFUSED');
  });

  it('agrees behind the PIN, on points of the curve only', async () => {
    const { app, keys } = await issued();
    const ephemeral = newPrivateKey(bytes);
    const point = publicPoint(ephemeral);
    expect(await refusalOf(app.agree(point))).toBe('PIN_REQUIRED');
    await app.verifyPin(pin());
    expect(await app.agree(point)).toEqual(agreedWith(ephemeral, keys.agreement));
    expect(await refusalOf(app.agree(point.with(64, (point[64] ?? 0) ^ 1)))).toBe('CARD_REFUSED');
    expect(await refusalOf(app.agree(new Uint8Array(65)))).toBe('CARD_REFUSED');
  });
});

describe('visits and prescriptions', () => {
  it('arrive together and are read back, with short commands too', async () => {
    const { card } = await issued();
    for (const extended of [true, false]) {
      const app = await atClinic(sessionTo(card, { extended }));
      const body = bytes(4000);
      const record = prescription(bytes(32), { pharmacy: PHARMACY });
      const visit = utf8('{"visit":1}');
      await app.writeVisitAndPrescription({
        reference: bytes(32),
        visit,
        prescriptions: [{ record, body }],
        allergies: [utf8('penicillin')],
      });
      expect((await app.readVisits())[0]).toEqual(visit);
      const pharmacy = await atPharmacy(sessionTo(card, { extended }));
      expect(await pharmacy.readPrescriptions()).toContainEqual({ ...record, used: 0, status: 'open' });
      expect(await pharmacy.readPrescriptionBody(record.rxId)).toEqual(body);
      expect(await pharmacy.readAllergies()).toContainEqual(utf8('penicillin'));
    }
    const app = await atPharmacy(sessionTo(card));
    expect((await app.readPrescriptionBody(0)).length).toBe(4000);
    expect(await refusalOf(app.readPrescriptionBody(2))).toBe('CARD_RECORD_NOT_FOUND');
    expect(await refusalOf(app.readPrescriptionBody(bytes(16)))).toBe('CARD_RECORD_NOT_FOUND');
  });

  it('keeps six visits, newest first', async () => {
    const { app } = await issued();
    for (let i = 1; i <= 8; i++) await app.writeVisitAndPrescription({ reference: bytes(32), visit: Uint8Array.of(i) });
    expect(await app.readVisits()).toEqual([8, 7, 6, 5, 4, 3].map((i) => Uint8Array.of(i)));
  });

  it('replaces the oldest collected body, and is full when all are open', async () => {
    const { app, card } = await issued();
    const all = [0, 1, 2, 3]
      .map(() => ({ rxh: bytes(32) }))
      .map(({ rxh }) => ({ rxh, record: prescription(rxh, { parts: 1 }) }));
    for (const { record } of all) {
      await app.writeVisitAndPrescription({ reference: bytes(32), prescriptions: [{ record, body: record.rxId }] });
    }
    const fifth = prescription(bytes(32));
    const write = (clinic: PatientApp) =>
      clinic.writeVisitAndPrescription({
        reference: bytes(32),
        prescriptions: [{ record: fifth, body: fifth.rxId }],
      });
    expect(await refusalOf(write(app))).toBe('CARD_FULL');
    expect((await app.txStatus()).records).toBe(0);
    const pharmacy = await atPharmacy(reinsert(card));
    for (const { rxh, record } of [all[2], all[1]].filter((item) => item !== undefined)) {
      await pharmacy.consume(request(record.rxId, rxh));
    }
    await write(await atClinic(reinsert(card)));
    const later = await atPharmacy(reinsert(card));
    expect(await refusalOf(later.readPrescriptionBody(all[1]?.record.rxId ?? bytes(16)))).toBe('CARD_RECORD_NOT_FOUND');
    expect((await later.readPrescriptionBody(all[2]?.record.rxId ?? bytes(16))).length).toBe(16);
    expect((await later.readPrescriptionBody(fifth.rxId)).length).toBe(16);
  });

  it('holds thirty records, each R_X_ID once', async () => {
    const { app } = await issued();
    const first = prescription(bytes(32));
    await app.writeVisitAndPrescription({ reference: bytes(32), prescriptions: [{ record: first }] });
    expect(
      await refusalOf(app.writeVisitAndPrescription({ reference: bytes(32), prescriptions: [{ record: first }] })),
    ).toBe('CARD_ALREADY_USED');
    for (let i = 0; i < 29; i++) {
      await app.writeVisitAndPrescription({
        reference: bytes(32),
        prescriptions: [{ record: prescription(bytes(32)) }],
      });
    }
    expect((await app.readPrescriptions()).length).toBe(30);
    const more = { reference: bytes(32), prescriptions: [{ record: prescription(bytes(32)) }] };
    expect(await refusalOf(app.writeVisitAndPrescription(more))).toBe('CARD_FULL');
  });

  it('keeps emergency data behind the PIN for writing', async () => {
    const { app } = await issued();
    expect(await refusalOf(app.writeEmergency(utf8('A+')))).toBe('PIN_REQUIRED');
    await app.verifyPin(pin());
    await app.writeEmergency(utf8('A+'));
    expect(await app.readEmergency()).toEqual(utf8('A+'));
  });
});

describe('pickup', () => {
  it('is built and signed by the card, part by part', async () => {
    const { card, keys } = await issued();
    const { rxId, rxh, app } = await withPrescription(card);
    for (const part of [1, 2, 3]) {
      const wanted = request(rxId, rxh, { part });
      const made = await app.consume(wanted);
      expect(made.partsLeft).toBe(3 - part);
      expect(isSigned(keys.signing, made.pu, made.signature)).toBe(true);
      expect(decodePickup(made.pu)).toEqual({
        mode: 'patient',
        rxId,
        rxh,
        part,
        total: 3,
        pharmacy: PHARMACY,
        terminal: TERMINAL_ID,
        nonce: wanted.nonce,
        timeTokenHash: new Uint8Array(32),
        pid: PID,
        warrant: new Uint8Array(32),
      });
    }
    expect(await app.readPrescriptions()).toMatchObject([{ used: 3, status: 'collected' }]);
  });

  it('gives the same PU the same bytes, and refuses another one', async () => {
    const { card } = await issued();
    const { rxId, rxh, app } = await withPrescription(card, { parts: 1 });
    const wanted = request(rxId, rxh);
    const made = await app.consume(wanted);
    const later = await atPharmacy(reinsert(card));
    expect(await later.consume(wanted)).toEqual(made);
    expect(await refusalOf(later.consume({ ...wanted, nonce: bytes(32) }))).toBe('CARD_ALREADY_USED');
    const role = { kind: 'terminal', role: 'pharmacy', institution: '5901020305' } as const;
    for (const changes of [{ role }, { holder: bytes(16) }]) {
      const elsewhere = await openPatientApp(reinsert(card), await terminal('pharmacy', changes));
      expect(await refusalOf(elsewhere.consume(wanted))).toBe('CARD_ALREADY_USED');
    }
  });

  it('refuses what is not there, not next, not here', async () => {
    const { card } = await issued();
    const { rxId, rxh, app } = await withPrescription(card, { pharmacy: PHARMACY });
    expect(await refusalOf(app.consume(request(bytes(16), rxh)))).toBe('CARD_RECORD_NOT_FOUND');
    expect(await refusalOf(app.consume(request(rxId, bytes(32))))).toBe('CARD_RECORD_NOT_FOUND');
    for (const part of [0, 2, 4]) {
      expect(await refusalOf(app.consume(request(rxId, rxh, { part })))).toBe('CARD_OUTSIDE_WINDOW');
    }
    const role = { kind: 'terminal', role: 'pharmacy', institution: '5901020305' } as const;
    const elsewhere = await openPatientApp(reinsert(card), await terminal('pharmacy', { role }));
    expect(await refusalOf(elsewhere.consume(request(rxId, rxh)))).toBe('CARD_OUTSIDE_WINDOW');
    const clinic = await atClinic(reinsert(card));
    expect(await refusalOf(clinic.consume(request(rxId, rxh)))).toBe('CARD_ROLE_REFUSED');
    expect((await (await atPharmacy(reinsert(card))).consume(request(rxId, rxh))).partsLeft).toBe(2);
  });

  it('asks for the PIN for a controlled drug', async () => {
    const { card } = await issued();
    const { rxId, rxh, app } = await withPrescription(card, { controlled: true });
    const wanted = request(rxId, rxh);
    expect(await refusalOf(app.consume(wanted))).toBe('PIN_REQUIRED');
    await app.verifyPin(pin());
    expect((await app.consume(wanted)).partsLeft).toBe(2);
  });

  it('judges by the newest signed time, and keeps its answer when time moves on', async () => {
    const bureau = newPrivateKey(bytes);
    const { card } = await issued({ bureauKey: publicPoint(bureau) });
    const { rxId, rxh, app } = await withPrescription(card);
    const token = (time: number) => ({ time, signature: signMessage(bureau, timeBody(time)) });
    const first = token(NOON);
    await app.putTimeToken(first);
    expect(await app.readTimeToken()).toEqual(first);
    expect(await refusalOf(app.putTimeToken(token(NOON - 1)))).toBe('CARD_REFUSED');
    const forged = { time: NOON + 5, signature: signMessage(newPrivateKey(bytes), timeBody(NOON + 5)) };
    expect(await refusalOf(app.putTimeToken(forged))).toBe('CARD_REFUSED');
    const wanted = request(rxId, rxh);
    const made = await app.consume(wanted);
    expect(made.time).toBe(NOON);
    expect(decodePickup(made.pu).timeTokenHash).toEqual(h256(encodeTimeToken(first)));
    await app.putTimeToken(token(NOON + 1001));
    expect(await app.consume(wanted)).toEqual(made);
    expect(await refusalOf(app.consume(request(rxId, rxh, { part: 2 })))).toBe('CARD_OUTSIDE_WINDOW');
  });

  it('takes the holder’s own newer standing', async () => {
    const bureau = newPrivateKey(bytes);
    const { app } = await issued({ bureauKey: publicPoint(bureau) });
    const token = (pid: Uint8Array, signedAt: number) => {
      const body = { pid, paidUntil: NOON, issued: signedAt };
      return { ...body, signature: signMessage(bureau, standingBody(body)) };
    };
    await app.putStanding(token(PID, 10));
    expect(await refusalOf(app.putStanding(token(PID, 10)))).toBe('CARD_REFUSED');
    expect(await refusalOf(app.putStanding(token(bytes(16), 11)))).toBe('CARD_REFUSED');
    expect((await app.readStanding())?.issued).toBe(10);
    const { app: other } = await issued();
    expect(await refusalOf(other.putStanding(token(PID, 10)))).toBe('CARD_RECORD_NOT_FOUND');
  });
});

describe('files', () => {
  it('names the right length for a short one beyond the end, and refuses wrong places', async () => {
    const { session } = await issued();
    const send = async (header: readonly [number, number, number, number], le?: number) =>
      (await session.send(command(header, undefined, le))).sw;
    expect((await session.send(command([0, 0xb0, 0x81, 0], undefined, 40))).data.length).toBe(16);
    expect(await send([0, 0xb0, 0x81, 17], 256)).toBe(0x6b00);
    expect(await send([0, 0xb0, 0x9f, 0], 256)).toBe(0x6a82);
    expect(await send([0, 0xb2, 1, (0x0a << 3) | 4], 256)).toBe(0x6982);
    expect(await send([0, 0x99, 0, 0])).toBe(0x6d00);
    expect(await send([0x08, 0xb0, 0x81, 0])).toBe(0x6882);
    expect(await send([0xa0, 0xb0, 0x81, 0])).toBe(0x6e00);
  });

  it('are read in the clear only where nothing identifies the card: CARDINFO', async () => {
    const { session } = await issued();
    for (const file of Object.values(PATIENT_FILES)) {
      const header =
        file.structure === 'transparent'
          ? ([0x00, 0xb0, 0x80 | file.sfi, 0] as const)
          : ([0x00, 0xb2, 1, (file.sfi << 3) | 4] as const);
      const { sw } = await session.send(command(header, undefined, 65_536));
      expect([file.fid, sw]).toEqual([file.fid, file === PATIENT_FILES.cardInfo ? 0x9000 : 0x6982]);
    }
  });
});
