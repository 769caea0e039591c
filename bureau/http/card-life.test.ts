/**
 * The life of cards over the bureau's routes: what a clerk does takes effect at once in the revocation list, with the next epoch in its head
 * and the group, and by orders on the cards.
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CardView } from '../../contract/card-life.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { decodeEpochHead, revokedHash } from '../../crypto/groupsig/epoch-head.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { isSignedBy } from '../../crypto/pki/p256-key.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import { openRevocationList } from '../../crypto/pki/revocation-list.ts';
import { decodeOrder } from '../../crypto/proxysig/bureau-order.ts';
import { changeDoctorClasses, reportDeceased, revoke, revokeDoctor } from '../../main/app/administer-bureau.ts';
import { keepMaterial } from '../../main/station/material.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, checkIn, enrol, makeCast, serialOf, signOn, visitOf } from '../testing/journeys.ts';
import { pickup, prescription, sealed } from '../testing/messages.ts';
import { DAY, MINUTE } from '../testing/moving-clock.ts';
import type { SoftPatient } from '../testing/soft-people.ts';
import {
  beginJoin,
  createWorld,
  folderOf,
  HOSPITAL,
  makeDoctor,
  makeStaff,
  signal,
  type World,
} from '../testing/world.ts';

let world: World;
let cast: Cast;
let operator: string;

beforeAll(async () => {
  world = await createWorld({ epochDays: 1 });
  cast = await makeCast(world);
  operator = cast.operators.clerk;
});
afterAll(() => world.close());

const office = () => world.posts.bureau.client;
const cardsOf = async (holder: string): Promise<readonly CardView[]> =>
  (await office().cards({ operator, body: { holder } }, signal)).cards;
const cardOf = async (holder: string): Promise<CardView> => (await cardsOf(holder))[0] ?? expect.fail('no card');
/** The holder's card that is not this one. */
const otherCard = async (holder: string, serial: string): Promise<CardView> =>
  (await cardsOf(holder)).find((card) => card.serial !== serial) ?? expect.fail('no other card');
const step = (serial: string, event: 'report-lost' | 'report-stolen' | 'suspend' | 'resume' | 'return') =>
  office().cardStep({ operator, params: { serial }, body: { event, reason: '' } }, signal);
const putInPlace = (serial: string, by: string, event: 'replace' | 'renew' = 'replace') =>
  office().cardStep({ operator, params: { serial }, body: { event, reason: '', by } }, signal);

/** Orders of a card after one, checked as a card would. */
async function ordersOf(serial: string, last = 0) {
  const { orders } = await world.posts.pharmacy.client.cardOrders({ body: { serial, last } }, signal);
  const bureau = p256Point(parseCertificate(fromBase64(world.material.signingCertificate)).spki) ?? expect.fail();
  return orders.map((order, i) => {
    const { card, number, contents, body, signature } = decodeOrder(fromBase64(order));
    expect([hex(card), number, isSignedBy(bureau, body, signature)]).toEqual([serial, last + 1 + i, true]);
    return contents;
  });
}

/** What a desk makes of the public material: it refuses a list and a head that do not belong together. */
async function trusted() {
  const { desk, client } = world.posts.clinic;
  const ports = { bureau: client, bureauCa: desk.bureauCa.der, clock: world.clock, log: () => undefined };
  return keepMaterial(ports)(signal);
}
const isListed = async (serial: string): Promise<boolean> => (await trusted()).revoked.revoked.has(serial);

/** Does the newest head count this certificate? Found by taking it out of what it counts. */
async function isCounted(serial: string): Promise<boolean> {
  const material = await office().material({}, signal);
  const newest = decodeEpochHead(fromBase64(material.epochs.at(-1) ?? ''));
  const list = openRevocationList(fromBase64(material.revocationList), parseCertificate(fromBase64(material.bureauCa)));
  const before = [...list.revoked].filter(([, at]) => at < Math.floor(newest.issuedAt / 1000) * 1000);
  expect(revokedHash(before.map(([one]) => fromHex(one)))).toEqual(newest.revokedCards);
  return before.some(([one]) => one === serial);
}

const nextEpoch = async (): Promise<void> => {
  world.clock.advance(DAY);
  operator = await signOn(world, world.posts.bureau, world.clerk);
  await office().material({}, signal);
};

let people = 0;
const somebody = (): Promise<SoftPatient> => {
  people += 1;
  return enrol(world, operator, `B2000000${String(people).padStart(2, '0')}`, '陳美玲');
};
const arrive = async (patient: SoftPatient) =>
  checkIn(world, world.posts.registration, await signOn(world, world.posts.registration, cast.registrar), patient);

describe('a card in the register', () => {
  it('is found by holder, national number, kind and state, with its log', async () => {
    const patient = await somebody();
    const card = await cardOf(patient.pid);
    expect(card).toMatchObject({
      kind: 'patient',
      status: 'active',
      holder: patient.pid,
      orders: 0,
      renewalDue: false,
    });
    expect(card.serial).toMatch(/^(?:0[1-9a-f]|[1-7][0-9a-f])[0-9a-f]{30}$/u);
    const nationalId = `B2000000${String(people).padStart(2, '0')}`;
    expect((await office().cards({ operator, body: { nationalId } }, signal)).cards).toEqual([card]);
    const none = await office().cards({ operator, body: { nationalId: 'Z299999999' } }, signal);
    expect(none.cards).toEqual([]);
    const staff = await office().cards({ operator, body: { kind: 'staff', status: 'active' } }, signal);
    expect(staff.cards.length).toBeGreaterThan(1);
    const { log } = await office().card({ operator, params: { serial: card.serial } }, signal);
    expect(log).toMatchObject([{ event: 'issue', status: 'active', by: serialOf(world.clerk.certificate) }]);
  });

  it('is nobody’s business but a clerk’s, and unknown when it is', async () => {
    const { serial } = await cardOf(cast.patient.pid);
    const pharmacist = await signOn(world, world.posts.pharmacy, cast.pharmacist);
    await expect(world.posts.pharmacy.client.cards({ operator: pharmacist, body: {} }, signal)).rejects.toMatchObject({
      code: 'TERMINAL_NOT_ALLOWED',
    });
    await expect(office().cards({ body: {} }, signal)).rejects.toMatchObject({ code: 'OPERATOR_REQUIRED' });
    const unknown = { operator, params: { serial: '00'.repeat(16) } };
    await expectRefused(world, 'NOT_FOUND', 'none', () => office().card(unknown, signal));
    await expectRefused(world, 'NOT_FOUND', 'none', () =>
      office().cardStep({ ...unknown, body: { event: 'suspend', reason: '' } }, signal),
    );
    const odd = { operator, body: { holder: 'x', color: 'red' } } as const;
    await expectRefused(world, 'REQUEST_MALFORMED', 'none', () => office().cards(odd, signal));
    await expectRefused(world, 'CARD_STATE_CONFLICT', 'none', () => step(serial, 'resume'));
  });
});

describe('the steps that the bureau names with a card', () => {
  const ALONE = ['report-lost', 'report-stolen', 'suspend', 'resume', 'return'] as const;
  const stepsOf = async (serial: string) => (await office().card({ operator, params: { serial } }, signal)).steps;

  it.each([
    [[], ['report-lost', 'report-stolen', 'suspend', 'return', 'replace']],
    [['suspend'], ['report-lost', 'report-stolen', 'resume', 'return', 'replace']],
    [['report-lost'], ['report-stolen', 'return', 'replace']],
    [['report-stolen'], ['return', 'replace']],
    [['return'], ['replace']],
  ] as const)('after %j are those that it takes, and no other', async (before, steps) => {
    const patient = await somebody();
    const { serial } = await cardOf(patient.pid);
    for (const event of before) await step(serial, event);
    expect(await stepsOf(serial)).toEqual(steps);
    const named: readonly string[] = steps;
    for (const event of ALONE) {
      if (!named.includes(event))
        await expect(step(serial, event)).rejects.toMatchObject({ code: 'CARD_STATE_CONFLICT' });
    }
    // The last of them, for the others would change what can follow.
    const last = ALONE.findLast((event) => named.includes(event));
    if (last !== undefined) expect((await step(serial, last)).serial).toBe(serial);
  });

  it('are none once another has taken the place, and no renewal before it is due', async () => {
    const patient = await somebody();
    const old = await cardOf(patient.pid);
    await enrol(world, operator, `B2000000${String(people).padStart(2, '0')}`, '陳美玲');
    const successor = await otherCard(patient.pid, old.serial);
    expect(await stepsOf(old.serial)).not.toContain('renew');
    await putInPlace(old.serial, successor.serial);
    expect(await stepsOf(old.serial)).toEqual([]);
  });
});

describe('a card that is lost', () => {
  it('is in the list at once, in the head within one epoch, and blocked by order', async () => {
    const patient = await somebody();
    const { serial } = await cardOf(patient.pid);
    const own = [serial, serialOf(patient.signing.certificate), serialOf(patient.decryption.certificate)];
    expect(await step(serial, 'report-lost')).toMatchObject({ status: 'lost', orders: 1 });
    for (const one of own) expect([await isListed(one), await isCounted(one)]).toEqual([true, false]);
    await expect(arrive(patient)).rejects.toMatchObject({ code: 'CERT_REVOKED' });
    expect(await ordersOf(serial)).toEqual([{ kind: 'block' }]);
    expect(await ordersOf(serial, 1)).toEqual([]);
    await nextEpoch();
    for (const one of own) expect([await isListed(one), await isCounted(one)]).toEqual([true, true]);
    await expectRefused(world, 'CARD_STATE_CONFLICT', 'none', () => step(serial, 'resume'));
    // It turns out to have been stolen: no second order, the same certificates.
    expect(await step(serial, 'report-stolen')).toMatchObject({ status: 'stolen', orders: 1 });
    const { log } = await office().card({ operator, params: { serial } }, signal);
    expect(log.map(({ event, status }) => [event, status])).toEqual([
      ['issue', 'active'],
      ['report-lost', 'lost'],
      ['report-stolen', 'stolen'],
    ]);
  });

  it('is reported by two clerks at once, and once only', async () => {
    const { serial } = await cardOf((await somebody()).pid);
    const results = await Promise.allSettled([step(serial, 'report-lost'), step(serial, 'report-lost')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await ordersOf(serial)).toHaveLength(1);
  });
});

describe('a card that is suspended', () => {
  it('is good again at once where no head has counted it', async () => {
    const patient = await somebody();
    const { serial } = await cardOf(patient.pid);
    await step(serial, 'suspend');
    expect(await isListed(serial)).toBe(true);
    await expect(arrive(patient)).rejects.toMatchObject({ code: 'CERT_REVOKED' });
    expect(await step(serial, 'resume')).toMatchObject({ status: 'active', orders: 2 });
    expect(await isListed(serial)).toBe(false);
    expect((await arrive(patient)).pid).toBe(patient.pid);
    expect(await ordersOf(serial)).toEqual([{ kind: 'block' }, { kind: 'unblock' }]);
  });

  it('is good again at the bureau at once, and for desks from the next head on, where one has counted it', async () => {
    const patient = await somebody();
    const { serial } = await cardOf(patient.pid);
    await step(serial, 'suspend');
    await nextEpoch();
    expect(await isCounted(serial)).toBe(true);
    await step(serial, 'resume');
    // Head and list belong together: taking it out now would make every desk refuse the list.
    expect([await isListed(serial), await isCounted(serial)]).toEqual([true, true]);
    expect((await arrive(patient)).pid).toBe(patient.pid);
    await nextEpoch();
    expect([await isListed(serial), await isCounted(serial)]).toEqual([false, false]);
    // Suspended once more while it still was in the list, it does not slip out.
    await step(serial, 'suspend');
    await nextEpoch();
    await step(serial, 'resume');
    await step(serial, 'suspend');
    await nextEpoch();
    expect([await isListed(serial), await isCounted(serial)]).toEqual([true, true]);
  });

  it('lets a member of staff go on at once when the card comes back', async () => {
    const registrar = await makeStaff(world, operator, HOSPITAL, 'registrar');
    const staff = await cardOf(parseCertificate(registrar.certificate).name.serialNumber ?? '');
    const post = world.posts.registration;
    const token = await signOn(world, post, registrar);
    const patient = await somebody();
    await step(staff.serial, 'suspend');
    await expect(checkIn(world, post, token, patient)).rejects.toMatchObject({ code: 'OPERATOR_REQUIRED' });
    await nextEpoch();
    await step(staff.serial, 'resume');
    expect(await isListed(staff.serial)).toBe(true);
    const again = await signOn(world, post, registrar);
    expect((await checkIn(world, post, again, patient)).pid).toBe(patient.pid);
  });

  it('does not bring back what was revoked by itself', async () => {
    const patient = await somebody();
    const { serial } = await cardOf(patient.pid);
    await step(serial, 'suspend');
    await revoke(folderOf(world), serialOf(patient.signing.certificate), world.clock);
    await step(serial, 'resume');
    expect(await isListed(serial)).toBe(false);
    expect(await isListed(serialOf(patient.signing.certificate))).toBe(true);
  });

  it('takes a doctor out of the next epoch and back into a later one', async () => {
    const doctor = await makeDoctor(world, operator);
    const { serial } = await cardOf(doctor.doctorId);
    const members = () => world.store.activeMembers([1], signal);
    expect(await members()).toContain(hex(doctor.Q));
    await step(serial, 'suspend');
    expect(await members()).not.toContain(hex(doctor.Q));
    await step(serial, 'resume');
    expect(await members()).toContain(hex(doctor.Q));
  });
});

describe('a card that is replaced', () => {
  it('stops, and the new one gets what is still to be collected, with what was used', async () => {
    const patient = await somebody();
    const old = await cardOf(patient.pid);
    const visit = await visitOf(
      world,
      {
        ...cast,
        operators: { ...cast.operators, registrar: await signOn(world, world.posts.registration, cast.registrar) },
        doctor: await makeDoctor(world, operator),
      },
      patient,
    );
    const doctor = await makeDoctor(world, operator);
    const send = async (parts: number) => {
      const rx = await prescription(world, doctor, visit, { manifest: { parts } });
      await world.posts.clinic.client.prescription({ presence: visit.presence, body: rx.body }, signal);
      return rx;
    };
    const [half, whole, collected] = [await send(2), await send(1), await send(1)];
    const pharmacist = await signOn(world, world.posts.pharmacy, cast.pharmacist);
    const collect = async (rx: typeof half, total: number, card = patient): Promise<void> => {
      const object = { object: { total } };
      const der = await pickup(world, world.posts.pharmacy, cast.pharmacist, card, rx, object);
      await world.posts.pharmacy.client.pickup({ operator: pharmacist, body: { message: sealed(world, der) } }, signal);
    };
    await collect(half, 2);
    await collect(collected, 1);

    const again = await enrol(world, operator, `B2000000${String(people).padStart(2, '0')}`, '陳美玲');
    expect(again.pid).toBe(patient.pid);
    const fresh = await otherCard(patient.pid, old.serial);
    expect(await putInPlace(old.serial, fresh.serial)).toMatchObject({ status: 'replaced', replacedBy: fresh.serial });
    expect(await ordersOf(old.serial)).toEqual([{ kind: 'block' }]);
    const issued = await ordersOf(fresh.serial);
    expect(issued).toMatchObject([
      { kind: 'issue-rx', record: { rxId: fromHex(half.rxId), parts: 2, used: 1, status: 'open', controlled: false } },
      {
        kind: 'issue-rx',
        record: { rxId: fromHex(whole.rxId), parts: 1, used: 0, hash16: fromHex(whole.id).slice(0, 16) },
      },
    ]);
    await expect(arrive(patient)).rejects.toMatchObject({ code: 'CERT_REVOKED' });
    // The same person goes on with the new card.
    await collect(whole, 1, again);
  });

  it('only by an active card of the same holder', async () => {
    const [mine, other] = [await cardOf((await somebody()).pid), await cardOf((await somebody()).pid)];
    for (const by of [mine.serial, other.serial])
      await expectRefused(world, 'CARD_STATE_CONFLICT', 'none', () => putInPlace(mine.serial, by));
    await expectRefused(world, 'NOT_FOUND', 'none', () => putInPlace(mine.serial, '01'.repeat(16)));
  });

  it('of a member of staff, who stays the same person', async () => {
    const keys = [await generateP256(), await generateP256(), await generateP256(), await generateP256()];
    const [a, b, c, d] = keys.map(({ spki }) => toBase64(spki));
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four keys');
    const about = { institution: HOSPITAL, role: 'nurse', name: '護理師' } as const;
    const issue = (body: { key: string; authenticationKey: string; replaces?: string }) =>
      office().staffCard({ operator, body: { ...about, ...body } }, signal);
    const first = parseCertificate(fromBase64((await issue({ key: a, authenticationKey: b })).certificate));
    const old = await cardOf(first.name.serialNumber ?? '');
    const second = await issue({ key: c, authenticationKey: d, replaces: old.serial });
    expect(parseCertificate(fromBase64(second.certificate)).name).toEqual(first.name);
    const fresh = await otherCard(old.holder, old.serial);
    await putInPlace(old.serial, fresh.serial);
    expect(await isListed(first.serial)).toBe(true);
    expect(await ordersOf(fresh.serial)).toEqual([]);
  });

  it('of a doctor, who joins with the new one while the old one goes out of the group', async () => {
    const doctor = await makeDoctor(world, operator);
    const old = await cardOf(doctor.doctorId);
    await step(old.serial, 'report-stolen');
    const again = await makeDoctor(world, operator, doctor.doctorId);
    const fresh = await otherCard(doctor.doctorId, old.serial);
    await putInPlace(old.serial, fresh.serial);
    const members = await world.store.activeMembers([1], signal);
    expect([members.includes(hex(doctor.Q)), members.includes(hex(again.Q))]).toEqual([false, true]);
  });
});

describe('a person', () => {
  it('who has died: all cards stop, the standing ends, prescriptions stay in the books', async () => {
    const patient = await somebody();
    await enrol(world, operator, `B2000000${String(people).padStart(2, '0')}`, '陳美玲');
    const told = await reportDeceased(folderOf(world), { pid: patient.pid }, '戶政通報', world.clock);
    expect(told).toEqual({ pid: patient.pid, cards: 2 });
    for (const { status, serial } of await cardsOf(patient.pid)) {
      expect(status).toBe('holder-deceased');
      expect(await isListed(serial)).toBe(true);
    }
    const person = await world.store.person(patient.pid, signal);
    expect(Date.parse(`${person?.paid_until}T00:00:00+08:00`)).toBeLessThan(world.clock.now() - DAY / 2);
    const again = reportDeceased(folderOf(world), { pid: '00'.repeat(16) }, '', world.clock);
    await expect(again).rejects.toMatchObject({ code: 'PERSON_UNKNOWN' });
    const nobody = reportDeceased(folderOf(world), { nationalId: 'Z299999999' }, '', world.clock);
    await expect(nobody).rejects.toMatchObject({ code: 'PERSON_UNKNOWN' });
  });

  it('who leaves as a doctor: the card is withdrawn, out of list and group', async () => {
    const doctor = await makeDoctor(world, operator);
    await revokeDoctor(folderOf(world), doctor.doctorId, false, world.clock);
    const card = await cardOf(doctor.doctorId);
    expect(card.status).toBe('returned');
    expect(await isListed(card.serial)).toBe(true);
    expect(await ordersOf(card.serial)).toEqual([{ kind: 'block' }]);
  });

  it('who changes class as a doctor keeps the card, and signs as the new class from the next epoch on', async () => {
    const doctor = await makeDoctor(world, operator);
    await changeDoctorClasses(folderOf(world), doctor.doctorId, '4,1', world.clock);
    const q = hex(doctor.Q);
    expect(await world.store.activeMembers([4], signal)).toContain(q);
    expect(await world.store.member(q, signal)).toMatchObject({ doctor_class: 4, status: 'active' });
    await changeDoctorClasses(folderOf(world), doctor.doctorId, '1', world.clock);
    expect(await world.store.activeMembers([4], signal)).not.toContain(q);
    const log = await world.store.memberLog(0, signal);
    expect(log.filter(({ doctor_id }) => doctor_id === doctor.doctorId).map(({ kind }) => kind)).toEqual([
      'joined',
      'classes',
      'classes',
    ]);
    expect((await cardOf(doctor.doctorId)).status).toBe('active');
    for (const [id, classes, code] of [
      ['D-nobody', '1', 'DOCTOR_UNKNOWN'],
      [doctor.doctorId, '9', 'VALUE_INVALID'],
      [doctor.doctorId, '', 'VALUE_INVALID'],
    ] as const)
      await expect(changeDoctorClasses(folderOf(world), id, classes, world.clock)).rejects.toMatchObject({ code });
  });

  it('whose card comes again before its join is finished has one card', async () => {
    const join = await beginJoin(world, operator);
    const { nonce } = await office().joinChallenge({ operator, body: join.keys.body }, signal);
    expect(nonce).not.toBe(join.body.nonce);
    expect(await cardsOf(join.keys.doctorId)).toHaveLength(1);
    world.clock.advance(MINUTE);
  });
});

// Last: the clock runs on for eight years.
describe('the end of a card', () => {
  it('is told at check-in, renewed from 60 days before, and comes by itself', async () => {
    const patient = await somebody();
    const card = await cardOf(patient.pid);
    const end = Date.parse(card.expiresAt);
    expect((await arrive(patient)).cardExpires).toBe(new Date(end + 8 * 3_600_000).toISOString().slice(0, 10));
    const again = await enrol(world, operator, `B2000000${String(people).padStart(2, '0')}`, '陳美玲');
    const fresh = await otherCard(again.pid, card.serial);
    const renew = () => putInPlace(card.serial, fresh.serial, 'renew');
    await expectRefused(world, 'CARD_STATE_CONFLICT', 'none', renew);
    // A third card of which nobody takes care.
    await enrol(world, operator, `B2000000${String(people).padStart(2, '0')}`, '陳美玲');
    const now = world.clock.now();
    world.clock.advance(end - 59 * DAY - now);
    operator = await signOn(world, world.posts.bureau, world.clerk);
    expect((await cardOf(again.pid)).renewalDue).toBe(true);
    const { steps } = await office().card({ operator, params: { serial: card.serial } }, signal);
    expect(steps).toContain('renew');
    expect(await renew()).toMatchObject({ status: 'replaced' });
    world.clock.advance(60 * DAY);
    await world.tend();
    const rows = await world.store.cards({ holder: again.pid, limit: 9 }, signal);
    expect(rows.map(({ status }) => status).sort()).toEqual(['expired', 'expired', 'replaced']);
  });
});
