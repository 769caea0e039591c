import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bcdOf } from '../../crypto/common/bcd.ts';
import { concat, hex, lp, lp1, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { agreedWith, newPrivateKey, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import { encodeTimeToken, standingBody, timeBody } from '../../crypto/proxysig/bureau-token.ts';
import { decodePickup } from '../../crypto/proxysig/pickup-object.ts';
import type { PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { command } from '../apdu/command.ts';
import { DEFAULT_POLICY, PATIENT_FILES, POLICY } from '../apps/card-profile.ts';
import { openDoctorApp } from '../apps/doctor-app.ts';
import { openIssuingApp } from '../apps/issuing-app.ts';
import { type ConsumeRequest, openPatientApp, type PatientApp } from '../apps/patient-app.ts';
import { recognise } from '../apps/recognise.ts';
import {
  attributesOf,
  authorities,
  bytes,
  certify,
  certifyCard,
  issuePatient,
  PID,
  pin,
  refusalOf,
  reinsert,
  sessionTo,
  setPins,
} from './cards.fixture.ts';
import { createPatientCard } from './patient-card.ts';

const NOON = 1_900_000_000;
const PHARMACY = bcdOf('5901020304');
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
  pharmacyId: PHARMACY,
  terminalId: bytes(16),
  ...changes,
});

async function issued(options: Parameters<typeof issuePatient>[1] = {}) {
  const card = createPatientCard();
  const keys = await issuePatient(card, options);
  const session = reinsert(card);
  return { card, keys, session, app: await openPatientApp(session) };
}

async function withPrescription(app: PatientApp, changes: Partial<NewRecord> = {}) {
  const rxh = bytes(32);
  const record = prescription(rxh, changes);
  await app.writeVisitAndPrescription({ prescriptions: [{ record }] });
  return { rxh, rxId: record.rxId };
}

describe('issuing a patient card', () => {
  it('makes the keys on the card and ends with ACTIVATE', async () => {
    const { keys, session, app } = await issued();
    expect(await recognise(session)).toBe('patient');
    const again = await openPatientApp(session);
    const { signing, decryption } = await again.readCertificates();
    expect(parseCertificate(signing).spki).toEqual(p256Spki(keys.signing));
    expect(parseCertificate(decryption).spki).toEqual(p256Spki(keys.agreement));
    const issuing = await openIssuingApp(session, 'patient');
    expect(await refusalOf(issuing.generateKey('signature'))).toBe('CARD_REFUSED');
    expect(await refusalOf(issuing.activate())).toBe('CARD_REFUSED');
    expect(await refusalOf(issuing.setPin(pin()))).toBe('CARD_REFUSED');
    expect(await refusalOf(issuing.setPolicy(0xff))).toBe('CARD_REFUSED');
    expect(await refusalOf(issuing.writeFile(PATIENT_FILES.certificate, bytes(9)))).toBe('PIN_REQUIRED');
    expect(await refusalOf(openDoctorApp(session))).toBe('CARD_WRONG_KIND');
    expect(await app.readStanding()).toBeUndefined();
    expect(await app.readVisits()).toEqual([]);
  });

  it('refuses to be activated with a certificate for another key, person or kind', async () => {
    const card = createPatientCard();
    const { bureau } = await authorities();
    const issuing = await openIssuingApp(sessionTo(card), 'patient');
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
    await (await openIssuingApp(session, 'patient')).generateKey('signature');
    const app = await openPatientApp(session);
    expect(await refusalOf(app.signAttributes(attributesOf('check-in')))).toBe('CARD_REFUSED');
  });
});

describe('signing', () => {
  it('check-in, opening and designation need no PIN, everything else does', async () => {
    const { app, keys } = await issued();
    let counter = 0;
    for (const type of ['check-in', 'opening', 'designation']) {
      const der = attributesOf(type);
      const made = await app.signAttributes(der);
      expect(made.counter).toBe(++counter);
      expect(isSigned(keys.signing, der, made.signature)).toBe(true);
    }
    expect(await refusalOf(app.signAttributes(attributesOf('card-application')))).toBe('PIN_REQUIRED');
    expect(await refusalOf(app.signAttributes(attributesOf('check-in', bytes(16))))).toBe('PIN_REQUIRED');
    await app.verifyPin(pin());
    expect((await app.signAttributes(attributesOf('card-application'))).counter).toBe(4);
    const [newest] = await app.readLog();
    expect(newest).toMatchObject({ counter: 4, kind: 'signature', time: 0 });
  });

  it('goes by the policy byte', async () => {
    const { app } = await issued({ policy: DEFAULT_POLICY & ~POLICY.checkIn });
    expect(await refusalOf(app.signAttributes(attributesOf('check-in')))).toBe('PIN_REQUIRED');
    await app.signAttributes(attributesOf('opening'));
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
      const app = await openPatientApp(sessionTo(card, { extended }));
      const body = bytes(4000);
      const record = prescription(bytes(32), { pharmacy: PHARMACY });
      const visit = utf8('{"visit":1}');
      await app.writeVisitAndPrescription({
        visit,
        prescriptions: [{ record, body }],
        allergies: [utf8('penicillin')],
      });
      expect((await app.readVisits())[0]).toEqual(visit);
      expect(await app.readPrescriptions()).toContainEqual({ ...record, used: 0, status: 'open' });
      expect(await app.readPrescriptionBody(record.rxId)).toEqual(body);
      expect(await app.readAllergies()).toContainEqual(utf8('penicillin'));
    }
    const app = await openPatientApp(sessionTo(card));
    expect((await app.readPrescriptionBody(0)).length).toBe(4000);
    expect(await refusalOf(app.readPrescriptionBody(2))).toBe('CARD_RECORD_NOT_FOUND');
    expect(await refusalOf(app.readPrescriptionBody(bytes(16)))).toBe('CARD_RECORD_NOT_FOUND');
  });

  it('keeps six visits, newest first', async () => {
    const { app } = await issued();
    for (let i = 1; i <= 8; i++) await app.writeVisitAndPrescription({ visit: Uint8Array.of(i) });
    expect(await app.readVisits()).toEqual([8, 7, 6, 5, 4, 3].map((i) => Uint8Array.of(i)));
  });

  it('replaces the oldest collected body, and is full when all are open', async () => {
    const { app } = await issued();
    const all = [0, 1, 2, 3]
      .map(() => ({ rxh: bytes(32) }))
      .map(({ rxh }) => ({ rxh, record: prescription(rxh, { parts: 1 }) }));
    for (const { record } of all) {
      await app.writeVisitAndPrescription({ prescriptions: [{ record, body: record.rxId }] });
    }
    const fifth = prescription(bytes(32));
    const write = () => app.writeVisitAndPrescription({ prescriptions: [{ record: fifth, body: fifth.rxId }] });
    expect(await refusalOf(write())).toBe('CARD_FULL');
    expect((await app.txStatus()).records).toBe(0);
    for (const { rxh, record } of [all[2], all[1]].filter((item) => item !== undefined)) {
      await app.consume(request(record.rxId, rxh));
    }
    await write();
    expect(await refusalOf(app.readPrescriptionBody(all[1]?.record.rxId ?? bytes(16)))).toBe('CARD_RECORD_NOT_FOUND');
    expect((await app.readPrescriptionBody(all[2]?.record.rxId ?? bytes(16))).length).toBe(16);
    expect((await app.readPrescriptionBody(fifth.rxId)).length).toBe(16);
  });

  it('holds thirty records, each R_X_ID once', async () => {
    const { app } = await issued();
    const first = prescription(bytes(32));
    await app.writeVisitAndPrescription({ prescriptions: [{ record: first }] });
    expect(await refusalOf(app.writeVisitAndPrescription({ prescriptions: [{ record: first }] }))).toBe(
      'CARD_ALREADY_USED',
    );
    for (let i = 0; i < 29; i++) {
      await app.writeVisitAndPrescription({ prescriptions: [{ record: prescription(bytes(32)) }] });
    }
    expect((await app.readPrescriptions()).length).toBe(30);
    const more = { prescriptions: [{ record: prescription(bytes(32)) }] };
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
    const { app, keys } = await issued();
    const { rxId, rxh } = await withPrescription(app);
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
        terminal: wanted.terminalId,
        nonce: wanted.nonce,
        timeTokenHash: new Uint8Array(32),
        pid: PID,
        warrant: new Uint8Array(32),
      });
    }
    expect(await app.readPrescriptions()).toMatchObject([{ used: 3, status: 'collected' }]);
  });

  it('gives the same PU the same bytes, and refuses another one', async () => {
    const { app, card } = await issued();
    const { rxId, rxh } = await withPrescription(app, { parts: 1 });
    const wanted = request(rxId, rxh);
    const made = await app.consume(wanted);
    const later = await openPatientApp(reinsert(card));
    expect(await later.consume(wanted)).toEqual(made);
    expect(await refusalOf(later.consume({ ...wanted, nonce: bytes(32) }))).toBe('CARD_ALREADY_USED');
    expect(await refusalOf(later.consume({ ...wanted, pharmacyId: bcdOf('5901020305') }))).toBe('CARD_ALREADY_USED');
    expect(await refusalOf(later.consume({ ...wanted, terminalId: bytes(16) }))).toBe('CARD_ALREADY_USED');
  });

  it('refuses what is not there, not next, not here', async () => {
    const { app } = await issued();
    const { rxId, rxh } = await withPrescription(app, { pharmacy: PHARMACY });
    expect(await refusalOf(app.consume(request(bytes(16), rxh)))).toBe('CARD_RECORD_NOT_FOUND');
    expect(await refusalOf(app.consume(request(rxId, bytes(32))))).toBe('CARD_RECORD_NOT_FOUND');
    for (const part of [0, 2, 4]) {
      expect(await refusalOf(app.consume(request(rxId, rxh, { part })))).toBe('CARD_OUTSIDE_WINDOW');
    }
    const elsewhere = bcdOf('5901020305');
    expect(await refusalOf(app.consume(request(rxId, rxh, { pharmacyId: elsewhere })))).toBe('CARD_OUTSIDE_WINDOW');
    expect((await app.consume(request(rxId, rxh))).partsLeft).toBe(2);
  });

  it('asks for the PIN for a controlled drug', async () => {
    const { app } = await issued();
    const { rxId, rxh } = await withPrescription(app, { controlled: true });
    const wanted = request(rxId, rxh);
    expect(await refusalOf(app.consume(wanted))).toBe('PIN_REQUIRED');
    await app.verifyPin(pin());
    expect((await app.consume(wanted)).partsLeft).toBe(2);
  });

  it('judges by the newest signed time, and keeps its answer when time moves on', async () => {
    const bureau = newPrivateKey(bytes);
    const { app } = await issued({ bureauKey: publicPoint(bureau) });
    const { rxId, rxh } = await withPrescription(app);
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
    expect(await send([0, 0xb0, 0x84, 0], 256)).toBe(0x6982);
    expect(await send([0, 0xb0, 0x9f, 0], 256)).toBe(0x6a82);
    expect(await send([0, 0xb2, 1, (0x0a << 3) | 4], 256)).toBe(0x6982);
    expect(await send([0, 0x99, 0, 0])).toBe(0x6d00);
    expect(await send([0x04, 0xb0, 0x81, 0])).toBe(0x6882);
    expect(await send([0xa0, 0xb0, 0x81, 0])).toBe(0x6e00);
  });
});
