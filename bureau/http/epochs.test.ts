/**
 * Epochs in operation over real HTTPS: re-issue without talking to doctors, revocation, the acceptance window, an early epoch.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL_CLASSES, type DoctorClass } from '../../contract/doctor-classes.ts';
import { equalBytes, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { findEntry, isBundle } from '../../crypto/groupsig/bundle.ts';
import { encodeAttributes } from '../../crypto/groupsig/context.ts';
import { type EpochHead, epochHeadStatement, linkEpochHeads } from '../../crypto/groupsig/epoch-head.ts';
import { headInForce } from '../../crypto/groupsig/epoch-window.ts';
import { loadCredential } from '../../crypto/groupsig/member-credential.ts';
import { verifyP256 } from '../../crypto/pki/certificate-signer.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { beginEpoch, readmitDoctor, revokeDoctor } from '../../main/app/administer-bureau.ts';
import { loadBureau } from '../../main/app/load-bureau.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, checkIn, makeCast, openVisit, prepareOpening, signOn } from '../testing/journeys.ts';
import { personal, prescription, presence, record, sealed } from '../testing/messages.ts';
import { DAY, MINUTE } from '../testing/moving-clock.ts';
import type { SoftDoctor } from '../testing/soft-people.ts';
import { beginJoin, createWorld, folderOf, makeDoctor, signal, type World } from '../testing/world.ts';

const HOUR = 60 * MINUTE;
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

let world: World;
let cast: Cast;
beforeAll(async () => {
  world = await createWorld({ epochDays: 1 });
  cast = await makeCast(world);
});
afterAll(() => world.close());

/** The chain as a desk sees it, signature checked. */
async function chainOf(): Promise<readonly EpochHead[]> {
  await world.tend();
  const material = await world.posts.clinic.client.material({}, signal);
  const chain = linkEpochHeads(material.epochs.map(bytes), world.group.key.pkh);
  const statement = epochHeadStatement((chain.at(-1) ?? chain[0]).encoded);
  const { spki } = parseCertificate(bytes(material.signingCertificate));
  expect(verifyP256(spki, statement, bytes(material.epochSignature))).toBe(true);
  return chain;
}

async function current(): Promise<EpochHead> {
  const head = headInForce(await chainOf(), world.clock.now());
  if (head === undefined) throw new Error('no epoch is in force');
  return head;
}

const fetchBundle = async (head: EpochHead, doctorClass: number): Promise<Uint8Array> => {
  const params = { epoch: `${head.epoch.day}.${head.epoch.seq}`, doctorClass: String(doctorClass) };
  return bytes((await world.posts.clinic.client.bundle({ params }, signal)).bundle);
};

/** The doctor with the credential a bundle holds for it, or undefined. */
async function inBundle(doctor: SoftDoctor, head: EpochHead, classNumber = 1): Promise<SoftDoctor | undefined> {
  const attributes = { epoch: head.epoch, classNumber };
  const place = { pkh: head.pkh, attributes: encodeAttributes(attributes) };
  const issued = findEntry(await fetchBundle(head, classNumber), doctor.bundleKey, place);
  if (issued === undefined) return undefined;
  const { backend, key } = world.group;
  return { ...doctor, attributes, credential: loadCredential(backend, key, { Q: doctor.Q, issued }, attributes) };
}

async function renewed(doctor: SoftDoctor, classNumber = 1): Promise<SoftDoctor> {
  const found = await inBundle(doctor, await current(), classNumber);
  if (found === undefined) throw new Error('no credential in the bundle');
  return found;
}

/** A new visit, opened by a doctor. */
async function visitBy(doctor: SoftDoctor) {
  const registrar = await signOn(world, world.posts.registration, cast.registrar);
  await checkIn(world, world.posts.registration, registrar, cast.patient);
  return (await openVisit(world, world.posts.clinic, cast.patient, doctor)).visit;
}

const send = (message: string, token: string) =>
  world.posts.clinic.client.record({ presence: token, body: { message } }, signal);

/** A doctor who joins now with these classes. */
async function joinAs(classes: readonly DoctorClass[]): Promise<SoftDoctor> {
  const operator = await signOn(world, world.posts.bureau, world.clerk);
  const join = await beginJoin(world, operator, classes);
  return join.finish((await world.posts.bureau.client.join({ operator, body: join.body }, signal)).credential);
}

describe('an epoch', () => {
  it('is announced by one signed head that names the bundle of every class', async () => {
    const head = await current();
    expect(head.classes.map(({ classNumber }) => classNumber)).toEqual([...ALL_CLASSES]);
    // Dentists and Chinese medicine are too few and sign as physicians; rights are never merged.
    expect(head.classes.map(({ servedBy }) => servedBy)).toEqual([1, 1, 1, 4, 5]);
    for (const row of head.classes.filter((one) => one.servedBy === one.classNumber)) {
      const bundle = await fetchBundle(head, row.classNumber);
      expect(isBundle(bundle) && equalBytes(h256(bundle), row.bundleHash)).toBe(true);
      expect(bundle).toHaveLength(4096 * 96);
    }
    const params = { epoch: '1.0', doctorClass: '1' };
    await expect(world.posts.clinic.client.bundle({ params }, signal)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(fetchBundle(head, 2)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const wrong = { epoch: 'today', doctorClass: '1' };
    await expect(world.posts.clinic.client.bundle({ params: wrong }, signal)).rejects.toMatchObject({
      code: 'REQUEST_MALFORMED',
    });
  });

  it('ends at midnight in Taiwan; the next was published twelve hours before', async () => {
    const [first] = await chainOf();
    if (first === undefined) throw new Error('no head');
    expect(new Date(first.notAfter + 8 * HOUR).toISOString().slice(11)).toBe('00:00:00.000Z');
    expect(first.notAfter - world.clock.now()).toBeLessThanOrEqual(DAY);
    // The world begins at noon.
    const chain = await chainOf();
    expect(chain).toHaveLength(2);
    expect(chain[1]).toMatchObject({ notBefore: first.notAfter, emergency: false });
  });

  it('gives every doctor a new credential without talking to them', async () => {
    const before = cast.doctor.attributes.epoch;
    // Tomorrow's was published before this doctor joined. An hour later it is published anew, and the first one never begins.
    const [, early] = await chainOf();
    if (early === undefined) throw new Error('nothing published ahead');
    expect(await inBundle(cast.doctor, early)).toBeUndefined();
    world.clock.advance(HOUR);
    const tomorrow = (await chainOf()).at(-1);
    if (tomorrow === undefined) throw new Error('nothing published ahead');
    expect(tomorrow.epoch).toEqual({ day: early.epoch.day, seq: 1 });
    // A desk can fetch tomorrow's credential today, and the doctor signs with it after midnight.
    const ready = await inBundle(cast.doctor, tomorrow);
    expect(ready).toBeDefined();
    world.clock.advance(DAY);
    const doctor = await renewed(cast.doctor);
    expect(doctor.attributes.epoch.day).toBe(before.day + 1);
    expect(ready?.attributes).toEqual(doctor.attributes);
    const visit = await visitBy(doctor);
    await send(sealed(world, await record(world, doctor, visit)), visit.presence);
  });

  it('is accepted for two hours more for anything, and for what waited in an outbox until it is too late', async () => {
    const doctor = await renewed(cast.doctor);
    const visit = await visitBy(doctor);
    const [inTime, late, tooLate] = [
      await record(world, doctor, visit),
      await record(world, doctor, visit),
      await record(world, doctor, visit),
    ];
    const head = await current();
    world.clock.advance(head.notAfter + HOUR - world.clock.now());
    await send(sealed(world, inTime), visit.presence);
    world.clock.advance(10 * HOUR);
    await send(sealed(world, late), visit.presence);
    const lines = (await world.store.evidence(signal)).filter(({ equation }) => equation === '9');
    expect(lines.slice(-2).map(({ result }) => result)).toEqual(['ok', 'late']);
    world.clock.advance(3 * DAY);
    await expectRefused(world, 'EPOCH_NOT_IN_FORCE', 'line', () => send(sealed(world, tooLate), visit.presence));
  });
});

describe('an opening', () => {
  it('is of the epoch in force or the two hours after it, never later', async () => {
    const doctor = await renewed(cast.doctor);
    const head = await current();
    world.clock.advance(head.notAfter + 3 * HOUR - world.clock.now());
    const registrar = await signOn(world, world.posts.registration, cast.registrar);
    await checkIn(world, world.posts.registration, registrar, cast.patient);
    const post = world.posts.clinic;
    const { visit, payload } = await prepareOpening(world, post, cast.patient);
    const proof = await personal(world, post, cast.patient.signing, payload);
    const message = sealed(world, await presence(world, post, doctor, visit, proof));
    await expectRefused(world, 'EPOCH_NOT_IN_FORCE', 'line', () => post.client.opening({ body: { message } }, signal));
  });
});

describe('a class', () => {
  it('may sign what its doctors are licensed for', async () => {
    const many = await joinAs([1, 4, 5]);
    world.clock.advance(DAY);
    const physician = await renewed(many, 1);
    const visit = await visitBy(physician);
    const rx = (doctor: SoftDoctor, controlled: boolean) =>
      prescription(world, doctor, visit, { manifest: { controlled } });
    const post = async (doctor: SoftDoctor, controlled: boolean) => {
      const { body } = await rx(doctor, controlled);
      return world.posts.clinic.client.prescription({ presence: visit.presence, body }, signal);
    };
    await post(physician, false);
    await expectRefused(world, 'CLASS_NOT_ALLOWED', 'line', () => post(physician, true));
    await post(await renewed(many, 5), true);
    const emergency = await renewed(many, 4);
    await expectRefused(world, 'CLASS_NOT_ALLOWED', 'line', () => post(emergency, false));
    await send(sealed(world, await record(world, emergency, visit)), visit.presence);
    // Who does not hold a class is not in its bundle.
    expect(await inBundle(cast.doctor, await current(), 5)).toBeUndefined();
  });

  it('a controlled drug is not accepted late', async () => {
    const many = await joinAs([5]);
    const visit = await visitBy(await renewed(cast.doctor));
    const { body } = await prescription(world, many, visit, { manifest: { controlled: true } });
    world.clock.advance((await current()).notAfter + 3 * HOUR - world.clock.now());
    await expectRefused(world, 'EPOCH_NOT_IN_FORCE', 'line', () =>
      world.posts.clinic.client.prescription({ presence: visit.presence, body }, signal),
    );
  });

  it('of too few members signs as a physician from the first day on', async () => {
    const dentist = await joinAs([2]);
    expect(dentist.attributes.classNumber).toBe(1);
    world.clock.advance(DAY);
    await visitBy(await renewed(dentist, 1));
  });
});

describe('a revoked doctor', () => {
  it('signs until the epoch ends and not in the next; what was signed before stays good', async () => {
    const leaving = await makeDoctor(world, await signOn(world, world.posts.bureau, world.clerk));
    const visit = await visitBy(leaving);
    const before = await record(world, leaving, visit);
    const { epoch } = await revokeDoctor(folderOf(world), leaving.doctorId, false, world.clock);
    expect(epoch).toBe(`${leaving.attributes.epoch.day}.${leaving.attributes.epoch.seq}`);
    await send(sealed(world, before), visit.presence);
    // Wherever in the day it is: an epoch that was published ahead with this doctor in it is published anew.
    const ahead = (await chainOf()).at(-1);
    if (ahead === undefined) throw new Error('no epoch');
    if (ahead.notBefore > world.clock.now()) expect(await inBundle(leaving, ahead)).toBeUndefined();
    world.clock.advance(DAY);
    const next = await current();
    expect(await inBundle(leaving, next)).toBeUndefined();
    expect(await inBundle(cast.doctor, next)).toBeDefined();
    // The old record still verifies and is handed out to the next doctor.
    const registrar = await signOn(world, world.posts.registration, cast.registrar);
    await checkIn(world, world.posts.registration, registrar, cast.patient);
    const { reply } = await openVisit(world, world.posts.clinic, cast.patient, await renewed(cast.doctor));
    expect(reply.records.some(({ signed }) => equalBytes(bytes(signed), before))).toBe(true);
    const nobody = revokeDoctor(folderOf(world), 'D-nobody', false, world.clock);
    await expect(nobody).rejects.toMatchObject({ code: 'DOCTOR_UNKNOWN' });
    await expect(revokeDoctor(folderOf(world), '', false, world.clock)).rejects.toMatchObject({
      code: 'VALUE_INVALID',
    });
  });

  it('joins again only after the bureau has readmitted the doctor', async () => {
    const again = async (doctorId: string) => {
      const operator = await signOn(world, world.posts.bureau, world.clerk);
      const join = await beginJoin(world, operator, [1], doctorId);
      return join.finish((await world.posts.bureau.client.join({ operator, body: join.body }, signal)).credential);
    };
    const doctor = await makeDoctor(world, await signOn(world, world.posts.bureau, world.clerk));
    await revokeDoctor(folderOf(world), doctor.doctorId, false, world.clock);
    await expect(again(doctor.doctorId)).rejects.toMatchObject({ code: 'MEMBER_REVOKED' });
    await readmitDoctor(folderOf(world), doctor.doctorId, world.clock);
    await visitBy(await again(doctor.doctorId));
    world.clock.advance(DAY);
    // The old card stays out.
    expect(await inBundle(doctor, await current())).toBeUndefined();
    await expect(readmitDoctor(folderOf(world), doctor.doctorId, world.clock)).rejects.toMatchObject({
      code: 'DOCTOR_UNKNOWN',
    });
  });

  it('is out at once when an epoch begins early, also of the one published ahead', async () => {
    world.clock.advance((await current()).notAfter - 2 * HOUR - world.clock.now());
    const thief = await makeDoctor(world, await signOn(world, world.posts.bureau, world.clerk));
    const visit = await visitBy(thief);
    const stolen = await record(world, thief, visit);
    const ahead = (await chainOf()).at(-1);
    if (ahead === undefined) throw new Error('nothing published ahead');
    expect(ahead.notBefore).toBeGreaterThan(world.clock.now());
    world.clock.advance(MINUTE);
    const { epoch } = await revokeDoctor(folderOf(world), thief.doctorId, true, world.clock);
    // The running bureau reads what the administrator's command published.
    const now = await current();
    expect(`${now.epoch.day}.${now.epoch.seq}`).toBe(epoch);
    expect(now).toMatchObject({ emergency: true, epoch: { day: thief.attributes.epoch.day, seq: 1 } });
    await expectRefused(world, 'EPOCH_NOT_IN_FORCE', 'line', () => send(sealed(world, stolen), visit.presence));
    expect(await inBundle(thief, now)).toBeUndefined();
    await visitBy(await renewed(cast.doctor));
    world.clock.advance(4 * HOUR);
    const tomorrow = await current();
    expect(tomorrow.epoch).toEqual({ day: ahead.epoch.day, seq: 1 });
    expect(await inBundle(thief, tomorrow)).toBeUndefined();
    expect(await inBundle(cast.doctor, tomorrow)).toBeDefined();
  });
});

describe('two bureaus on one register', () => {
  it('publish one chain', async () => {
    world.clock.advance(DAY);
    const rivals = await Promise.all([
      loadBureau(folderOf(world), world.clock),
      loadBureau(folderOf(world), world.clock),
    ]);
    const heads = await Promise.all(rivals.map((bureau) => bureau.epochs.inForce(signal)));
    expect(hex(heads[0]?.hash ?? new Uint8Array(0))).toBe(hex(heads[1]?.hash ?? new Uint8Array(1)));
    for (const bureau of rivals) await bureau.close();
    await beginEpoch(folderOf(world), world.clock);
    expect(
      linkEpochHeads(
        (await chainOf()).map(({ encoded }) => encoded),
        world.group.key.pkh,
      ).length,
    ).toBeGreaterThan(2);
  });
});
