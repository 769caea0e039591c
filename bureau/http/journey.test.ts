import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bureauApi } from '../../contract/bureau-api.ts';
import { Manifest } from '../../contract/messages.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { decodeUtf8 } from '../../crypto/common/utf8.ts';
import { open } from '../../crypto/envelope/open.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { decodePrescriptionBody, prescriptionCommitment } from '../../crypto/envelope/prescription-body.ts';
import { encodeReceipt } from '../../crypto/envelope/receipt.ts';
import { createSoftwareKeyAgreement } from '../../crypto/envelope/recipient-key.ts';
import { withoutUnsignedAttributes } from '../../crypto/envelope/unsigned-attributes.ts';
import { verifyP256 } from '../../crypto/pki/certificate-signer.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { openRevocationList } from '../../crypto/pki/revocation-list.ts';
import { readPrescription, readVisitRecord } from '../../record/visit-documents.ts';
import { type Cast, checkIn, enrol, makeCast, openVisit, prepareCheckIn, visitOf } from '../testing/journeys.ts';
import { applicationOf, base64, bytesOf, personal, pickup, prescription, record, sealed } from '../testing/messages.ts';
import { createWorld, HOSPITAL, makeCitizen, PHARMACY, signal, type World } from '../testing/world.ts';

let world: World;
let cast: Cast;

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
});
afterAll(() => world.close());

describe('a patient’s day', () => {
  it('goes from application to pickup, every step signed and kept', async () => {
    const { posts } = world;
    const { operators, doctor, pharmacist } = cast;
    const patient = await enrol(world, operators.clerk, 'B100000002', '陳大文');
    expect(parseCertificate(patient.signing.certificate)).toMatchObject({
      kind: 'patient-signing',
      name: { serialNumber: patient.pid },
    });
    expect(parseCertificate(patient.decryption.certificate).kind).toBe('patient-decryption');

    const arrived = await checkIn(world, posts.registration, operators.registrar, patient);
    expect(arrived).toMatchObject({ pid: patient.pid, maskedName: '陳○文', birthYear: 1950, queueNumber: 1 });

    const first = await openVisit(world, posts.clinic, patient, doctor);
    expect(first.reply).toMatchObject({ visitId: arrived.visitId, maskedName: '陳○文', records: [] });

    // eq 9
    const signedRecord = await record(world, doctor, first.visit);
    const recordMessage = sealed(world, signedRecord);
    const { presence } = first.visit;
    const recordAck = await posts.clinic.client.record({ presence, body: { message: recordMessage } }, signal);
    const signing = parseCertificate(bytesOf(world.material.signingCertificate));
    const receipt = encodeReceipt(fromHex(recordAck.id), Date.parse(recordAck.receivedAt));
    expect(verifyP256(signing.spki, receipt, bytesOf(recordAck.receipt))).toBe(true);

    // eq 10
    const rx = await prescription(world, doctor, first.visit);
    const rxAck = await posts.clinic.client.prescription({ presence, body: rx.body }, signal);
    expect(rxAck.id).toBe(rx.id);
    const status = (): Promise<unknown> =>
      posts.clinic.client.prescriptionStatus({ params: { rxId: rx.rxId } }, signal);
    expect(await status()).toMatchObject({ state: 'issued', parts: 1, used: 0, pharmacy: PHARMACY });

    // the same bytes get the same answer
    expect(await posts.clinic.client.record({ presence, body: { message: recordMessage } }, signal)).toEqual(recordAck);
    expect(await posts.clinic.client.prescription({ presence, body: rx.body }, signal)).toEqual(rxAck);

    // eq 16: the pharmacy opens it with its own key and finds what the doctor committed to
    const operator = operators.pharmacist;
    const inbox = await posts.pharmacy.client.inbox({ operator }, signal);
    expect(inbox.items.map(({ rxId }) => rxId)).toEqual([rx.rxId]);
    const item = await posts.pharmacy.client.inboxItem({ operator, params: { rxId: rx.rxId } }, signal);
    expect(item.ack).toEqual(rxAck);
    const { decryption } = posts.pharmacy.desk;
    if (decryption === undefined) throw new Error('a pharmacy without decryption key');
    const message = parseSignedMessage(await open(bytesOf(item.ciphertext), decryption, signal));
    expect(withoutUnsignedAttributes(message.der)).toEqual(rx.manifest);
    const [attribute] = message.unsigned;
    expect(attribute?.type).toBe(IMIS_OID.prescriptionBody);
    const body = decodePrescriptionBody(attribute?.value ?? new Uint8Array(0));
    const manifest = Manifest.parse(JSON.parse(decodeUtf8(message.content)));
    expect(hex(prescriptionCommitment(body))).toBe(manifest.bodyHash);
    expect(readPrescription(body.rx)?.lines).toHaveLength(manifest.lineCount);
    // and so does the patient's card
    const cardKey = createSoftwareKeyAgreement(patient.decryption.privateKey, patient.decryption.certificate);
    expect(await open(bytesOf(item.ciphertext), cardKey, signal)).toEqual(message.der);

    // eq 17
    const collected = sealed(world, await pickup(world, posts.pharmacy, pharmacist, patient, rx));
    const ack = await posts.pharmacy.client.pickup({ operator, body: { message: collected } }, signal);
    expect(await posts.pharmacy.client.pickup({ operator, body: { message: collected } }, signal)).toEqual(ack);
    expect(await status()).toMatchObject({ state: 'dispensed', used: 1 });
    expect((await posts.pharmacy.client.inbox({ operator }, signal)).items).toEqual([]);

    // eq 8 at the next visit: the record as it was signed, once
    const second = await checkIn(world, posts.registration, operators.registrar, patient);
    expect(second.queueNumber).toBe(2);
    const { reply } = await openVisit(world, posts.clinic, patient, doctor);
    expect(reply.records.map(({ id }) => id)).toEqual([recordAck.id]);
    const kept = parseSignedMessage(bytesOf(reply.records[0]?.signed ?? ''));
    expect(kept.der).toEqual(signedRecord);
    expect(readVisitRecord(kept.content)).toMatchObject({
      pid: patient.pid,
      institution: HOSPITAL,
      diagnoses: ['I10'],
    });
  });

  it('leaves evidence of every signature that was looked at', async () => {
    const { evidence } = world.posts.bureau.client;
    const before = (await evidence({ operator: cast.operators.clerk }, signal)).records.length;
    const visit = await visitOf(world, cast);
    const presence = visit.presence;
    const rx = await prescription(world, cast.doctor, visit);
    await visit.post.client.prescription({ presence, body: rx.body }, signal);
    const collected = await pickup(world, world.posts.pharmacy, cast.pharmacist, visit.patient, rx);
    const operator = cast.operators.pharmacist;
    await world.posts.pharmacy.client.pickup({ operator, body: { message: sealed(world, collected) } }, signal);
    const { records } = await evidence({ operator: cast.operators.clerk }, signal);
    const lines = records.slice(before);
    // check-in; patient's and doctor's half of the opening; manifest and designation; dispensing and the card's own signature
    expect(lines.map(({ equation }) => equation)).toEqual(['7', '7', '7', '10', '10', '17', '17']);
    expect(lines.every(({ result }) => result === 'ok')).toBe(true);
    const pkh = hex(world.group.key.pkh);
    expect(lines.map(({ keyId }) => keyId === pkh)).toEqual([false, false, true, true, false, false, false]);
    const parsed = parseSignedMessage(rx.manifest);
    expect(lines[3]).toMatchObject({
      messageHash: hex(h256(parsed.signedAttributes)),
      signature: base64(parsed.signature),
      epoch: `${world.epoch.day.toString(16).padStart(8, '0')}0000`,
    });
  });

  it('names no doctor in what the bureau keeps of group-signed messages', async () => {
    const rows = await world.store.recordsOf(cast.patient.pid, 10, signal);
    const all = Buffer.concat(rows.map(({ signed }) => signed));
    expect(all.includes(Buffer.from('林醫師'))).toBe(false);
    expect(all.includes(Buffer.from(cast.doctor.Q))).toBe(false);
  });
});

describe('an application', () => {
  it('is answered again but not carried out again', async () => {
    const post = world.posts.bureau;
    const operator = cast.operators.clerk;
    const citizen = await makeCitizen(world, 'C100000001', '李四');
    const message = sealed(world, await personal(world, post, citizen.civil, applicationOf(post, citizen)));
    const first = await post.client.application({ operator, body: { message } }, signal);
    expect(await post.client.application({ operator, body: { message } }, signal)).toEqual(first);
    expect(await world.store.certificatesOf(first.pid, 'patient-signing', signal)).toHaveLength(1);
  });

  it('for a new card keeps the pseudonym', async () => {
    const post = world.posts.bureau;
    const operator = cast.operators.clerk;
    const citizen = await makeCitizen(world, 'D100000005', '張三');
    const apply = async (who: typeof citizen) => {
      const message = sealed(world, await personal(world, post, who.civil, applicationOf(post, who)));
      return post.client.application({ operator, body: { message } }, signal);
    };
    const first = await apply(citizen);
    const again = await apply({ ...citizen, signing: await generateP256(), decryption: await generateP256() });
    expect(again.pid).toBe(first.pid);
    expect(again.signing).not.toBe(first.signing);
  });
});

describe('public material', () => {
  it('verifies against the anchor of the desk folder', async () => {
    const { bureauCa } = world.posts.clinic.desk;
    expect(bytesOf(world.material.bureauCa)).toEqual(bureauCa.der);
    const list = openRevocationList(bytesOf(world.material.revocationList), bureauCa);
    expect(list.nextUpdate - list.thisUpdate).toBe(72 * 3_600_000);
    expect(world.material.serverTime).toBe(new Date(world.clock.now()).toISOString());
  });

  it('has an OpenAPI document with every route', async () => {
    const dispatcher = new Agent({ connect: world.posts.clinic.desk.tls });
    const answer = await request(new URL('/v1/openapi.json', world.url), { dispatcher });
    const document = (await answer.body.json()) as { openapi: string; paths: Record<string, object> };
    await dispatcher.close();
    expect(document.openapi).toBe('3.0.3');
    expect(Object.keys(document.paths)).toHaveLength(Object.keys(bureauApi).length);
    expect(Object.keys(document.paths)).toContain('/v1/prescriptions/{rxId}');
  });
});

describe('queue numbers', () => {
  it('run on for each institution and day', async () => {
    const post = world.posts.registration;
    const numbers: number[] = [];
    for (let i = 0; i < 3; i++) {
      numbers.push((await checkIn(world, post, cast.operators.registrar, cast.patient)).queueNumber);
    }
    const [first = 0] = numbers;
    expect(numbers).toEqual([first, first + 1, first + 2]);
  });

  it('are given to two check-ins at once without a clash', async () => {
    const post = world.posts.registration;
    const operator = cast.operators.registrar;
    const send = async () => {
      const { payload } = await prepareCheckIn(world, post, cast.patient);
      const message = sealed(world, await personal(world, post, cast.patient.signing, payload));
      return message;
    };
    const messages = [await send(), await send(), await send()];
    await Promise.all(messages.map((message) => post.client.checkIn({ operator, body: { message } }, signal)));
    const body = { purpose: 'opening', pid: cast.patient.pid } as const;
    const { visitId = '' } = await world.posts.clinic.client.challenge({ body }, signal);
    expect((await world.store.visit(visitId, signal))?.queue_number).toBeGreaterThanOrEqual(3);
  });
});
