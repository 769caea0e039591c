/** Agents over real HTTPS: approved, delegated to, collecting, taken back. */
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayAfter, dayOf, instantOf, lastSecondOf } from '../../contract/calendar.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { decodeEpochHead } from '../../crypto/groupsig/epoch-head.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import { decodeOrder } from '../../crypto/proxysig/bureau-order.ts';
import { erasedWarrantsHash, readErasedWarrants } from '../../crypto/proxysig/erased-warrants.ts';
import { bureauFiles } from '../../main/app/bureau-files.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, enrol, makeCast, signOn, visitOf } from '../testing/journeys.ts';
import { bytesOf, pickup, pickupObjectOf, prescription, type SoftPrescription, sealed } from '../testing/messages.ts';
import { DAY, MINUTE } from '../testing/moving-clock.ts';
import {
  agentRequest,
  delegated,
  delegation,
  erasure,
  makeAgent,
  type RequestChanges,
} from '../testing/soft-agents.ts';
import type { Certified, SoftPatient } from '../testing/soft-people.ts';
import { createWorld, folderOf, makeStaff, signal, type World } from '../testing/world.ts';

let world: World;
let cast: Cast;
let neighbour: Certified;
let other: SoftPatient;

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
  neighbour = await makeAgent(world, 'B123456780', '趙鄰居');
  other = await enrol(world, cast.operators.clerk, 'C100000001', '孫女士');
});
afterAll(() => world.close());

const approve = (message: string, operator = cast.operators.registrar) =>
  world.posts.registration.client.agentApproval({ operator, body: { message } }, signal);
const ask = (changes: RequestChanges = {}, agent = neighbour, patient = cast.patient) =>
  agentRequest(world, patient, agent, changes);
const takeBack = async (
  serial: string,
  by: Certified = cast.patient.signing,
  post = world.posts.pharmacy,
  reason?: string,
) => post.client.warrantErasure({ body: { message: await erasure(world, post, by, serial, reason) } }, signal);
const standing = (serial: string) =>
  world.posts.registration.client.warrant({ operator: cast.operators.registrar, params: { serial } }, signal);

async function prescribed(parts = 1): Promise<SoftPrescription> {
  const visit = await visitOf(world, cast);
  const made = await prescription(world, cast.doctor, visit, { manifest: { parts } });
  await visit.post.client.prescription({ presence: visit.presence, body: made.body }, signal);
  return made;
}

/** The list of the material, as a desk reads it, with what the newest head says of it. */
async function erasedList() {
  const material = await world.posts.pharmacy.client.material({}, signal);
  const point = p256Point(parseCertificate(bytesOf(material.signingCertificate)).spki) ?? new Uint8Array(0);
  const list = readErasedWarrants(bytesOf(material.erasedWarrants.list), point);
  const { revokedWarrants } = decodeEpochHead(bytesOf(material.epochs.at(-1) ?? ''));
  return { list, sinceHead: material.erasedWarrants.sinceHead, revokedWarrants };
}

describe('an agent is approved', () => {
  it('whom patient and agent have signed for, under one pseudonym for this patient and another for the next', async () => {
    const first = await approve(await ask());
    expect(first.maskedName).toBe('趙○居');
    expect(first.notAfter).toBe(lastSecondOf(dayAfter(world.clock.now(), 30)));
    const second = await approve(await ask());
    expect(second.agentId).toBe(first.agentId);
    expect(second.serial).not.toBe(first.serial);
    const elsewhere = await approve(await ask({}, neighbour, other));
    expect(elsewhere.agentId).not.toBe(first.agentId);
    expect(await standing(first.serial)).toEqual({
      serial: first.serial,
      agentId: first.agentId,
      maskedName: '趙○居',
      until: dayAfter(world.clock.now(), 30),
      erased: false,
      used: 0,
    });
  });

  it('by an own health card, and with a key made for this warrant', async () => {
    const agentKey = await generateP256();
    const approval = await approve(await ask({ agentKey }, other.signing));
    expect(approval.maskedName).toBe('孫○士');
    const row = await world.store.agentApproval(approval.serial, signal);
    expect(hex(new Uint8Array(row?.agent_key ?? []))).toBe(hex(agentKey.spki));
  });

  it('once a request, with the same answer when it is repeated', async () => {
    const message = await ask();
    const answer = await approve(message);
    expect(await approve(message)).toEqual(answer);
  });

  it('and whoever copies the database reads neither name nor number', async () => {
    await approve(await ask());
    const database = new Database(bureauFiles(folderOf(world)).database, { readonly: true });
    try {
      const rows = ['agent_approval', 'message', 'evidence'].flatMap((table) =>
        database.prepare(`select * from ${table}`).all(),
      );
      const text = rows
        .flatMap((row) => Object.values(row as Record<string, unknown>))
        .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value)))
        .join('\n');
      expect(text).toContain('agent-approval');
      expect(text.includes('趙鄰居') || text.includes('B123456780')).toBe(false);
    } finally {
      database.close();
    }
  });
});

describe('an agent is refused', () => {
  const refused = async (code: Parameters<typeof expectRefused>[1], message: string): Promise<void> =>
    expectRefused(world, code, 'line', () => approve(message));

  it('who is the patient, or has the patient’s key', async () => {
    const self = await makeAgent(world, 'A200000003', '王小明');
    await refused('WARRANT_UNAPPROVED', await ask({}, self));
    await refused('WARRANT_UNAPPROVED', await ask({}, cast.patient.signing));
    await refused('WARRANT_UNAPPROVED', await ask({ agentKey: cast.patient.signing }));
  });

  it('for a term that is over, or longer than the policy', async () => {
    const until = (days: number) => ({ request: { until: dayAfter(world.clock.now(), days) } });
    await refused('WARRANT_EXPIRED', await ask(until(-1)));
    await refused('WARRANT_UNAPPROVED', await ask(until(181)));
    expect((await approve(await ask(until(0)))).notAfter).toBe(lastSecondOf(dayOf(world.clock.now())));
    await approve(await ask(until(180)));
  });

  it('whose consent is for another patient, another time, a key of another kind, or signed by nobody', async () => {
    await refused('CONTEXT_MISMATCH', await ask({ consent: { pid: other.pid } }));
    const at = (ms: number) => ({ consent: { at: instantOf(world.clock.now() + ms) } });
    await refused('TIME_SKEW', await ask(at(-16 * MINUTE)));
    await refused('TIME_SKEW', await ask(at(3 * MINUTE)));
    await approve(await ask(at(-14 * MINUTE)));
    await refused('REQUEST_MALFORMED', await ask({ consent: { agentKey: 'AAAA' } }));
    await refused('CERT_WRONG_KIND', await ask({}, cast.pharmacist));
    const stranger = { ...(await generateP256()), certificate: neighbour.certificate };
    await refused('SIGNATURE_INVALID', await ask({}, stranger));
    const named = { keyId: hex(h256(stranger.spki)) };
    await refused('CONTEXT_MISMATCH', await ask({ consent: named }));
  });

  it('without a registrar', async () => {
    const nurse = await makeStaff(world, cast.operators.clerk, world.posts.registration.desk.institution, 'nurse');
    const operator = await signOn(world, world.posts.registration, nurse);
    const message = await ask();
    await expectRefused(world, 'OPERATOR_NOT_ALLOWED', 'none', () => approve(message, operator));
  });
});

describe('a warrant', () => {
  it('lets its agent collect, and leaves eqs 18 and 19 as evidence', async () => {
    const rx = await prescribed();
    const warrant = await delegated(world, cast.operators.registrar, cast.patient, neighbour, { uses: 1 });
    const object = pickupObjectOf(world.posts.pharmacy, cast.patient, rx, { mode: 'agent', warrant: warrant.W });
    const { client } = world.posts.pharmacy;
    const operator = cast.operators.pharmacist;
    const dispense = async (line: number) => {
      const lines = [{ line, outcome: 'given' as const }];
      const changes = { encoded: object, sign: warrant.sign, payload: { agent: warrant.papers, lines } };
      const message = sealed(
        world,
        await pickup(world, world.posts.pharmacy, cast.pharmacist, cast.patient, rx, changes),
      );
      return client.pickup({ operator, body: { message } }, signal);
    };
    const lines = (await world.store.evidence(signal)).length;
    await dispense(1);
    // What was owed comes on the same object: one use.
    await dispense(2);
    expect((await standing(warrant.serial)).used).toBe(1);
    expect((await client.prescriptionStatus({ params: { rxId: rx.rxId } }, signal)).state).toBe('dispensed');
    const evidence = (await world.store.evidence(signal)).slice(lines, lines + 3);
    expect(evidence.map(({ equation, result }) => [equation, result])).toEqual([
      ['17', 'ok'],
      ['18', 'ok'],
      ['19', 'ok'],
    ]);
    const [, agents, approval] = evidence;
    expect(agents?.message_hash).toBe(hex(h256(object)));
    expect(agents?.signature.length).toBe(65);
    expect(approval?.message_hash).toBe(hex(warrant.W));
    expect(approval?.signature.length).toBe(64);
  });

  it('is taken back at any desk: its number is in the list, its card is told, and the next head counts it', async () => {
    const { serial } = await delegated(world, cast.operators.registrar, cast.patient, neighbour);
    const before = await erasedList();
    await takeBack(serial);
    const after = await erasedList();
    expect(after.list.number).toBe(before.list.number + 1);
    expect(after.list.serials.map(hex)).toContain(serial);
    expect(after.sinceHead).toContain(serial);
    expect((await standing(serial)).erased).toBe(true);
    const [card] = await world.store.cards({ holder: cast.patient.pid, kind: 'patient', limit: 1 }, signal);
    const told = async () =>
      (await world.store.cardOrders(card?.serial ?? '', 0, signal)).map(
        ({ encoded }) => decodeOrder(new Uint8Array(encoded)).contents,
      );
    expect(await told()).toContainEqual({ kind: 'erase-warrant', serial: fromHex(serial) });
    // Once more changes nothing.
    const orders = (await told()).length;
    await takeBack(serial);
    expect((await told()).length).toBe(orders);
    world.clock.advance(31 * DAY);
    const next = await erasedList();
    expect(next.sinceHead).toEqual([]);
    expect(hex(next.revokedWarrants)).toBe(hex(erasedWarrantsHash(next.list)));
    world.clock.advance(-31 * DAY);
  });

  it('of two cards is taken back on both', async () => {
    const [holder, two] = [other.pid, { twoParty: true }] as const;
    const { serial } = await delegated(world, cast.operators.registrar, cast.patient, other.signing, two);
    await takeBack(serial);
    for (const pid of [cast.patient.pid, holder]) {
      const [card] = await world.store.cards({ holder: pid, kind: 'patient', limit: 1 }, signal);
      const orders = await world.store.cardOrders(card?.serial ?? '', 0, signal);
      const told = orders.map(({ encoded }) => decodeOrder(new Uint8Array(encoded)).contents);
      expect(told).toContainEqual({ kind: 'erase-warrant', serial: fromHex(serial) });
    }
  });

  it('is taken back by its patient or a clerk of the bureau, and nobody else', async () => {
    const { serial } = await delegated(world, cast.operators.registrar, cast.patient, neighbour);
    const refused = (code: Parameters<typeof expectRefused>[1], work: () => Promise<unknown>) =>
      expectRefused(world, code, 'line', work);
    await refused('WARRANT_FOREIGN', () => takeBack(serial, other.signing));
    await refused('OPERATOR_NOT_ALLOWED', () => takeBack(serial, cast.pharmacist));
    await refused('OPERATOR_NOT_ALLOWED', () => takeBack(serial, world.clerk));
    await refused('CERT_WRONG_KIND', () => takeBack(serial, neighbour));
    await refused('NOT_FOUND', () => takeBack('00'.repeat(16)));
    await refused('REQUEST_MALFORMED', () => takeBack(serial, world.clerk, world.posts.bureau));
    await refused('REQUEST_MALFORMED', () => takeBack(serial, world.clerk, world.posts.bureau, ' '));
    await refused('REQUEST_MALFORMED', () => takeBack(serial, cast.patient.signing, world.posts.pharmacy, '遺失'));
    expect((await standing(serial)).erased).toBe(false);
    await takeBack(serial, world.clerk, world.posts.bureau, '法院裁定');
    expect((await standing(serial)).erased).toBe(true);
  });

  it('is listed to a clerk by a health card of its patient, newest first, and to nobody else', async () => {
    const grandmother = await enrol(world, cast.operators.clerk, 'H200000009', '葉奶奶');
    const [card] = await world.store.cards({ holder: grandmother.pid, kind: 'patient', limit: 1 }, signal);
    const params = { serial: card?.serial ?? '' };
    const { client } = world.posts.bureau;
    const { clerk } = cast.operators;
    const list = async () => (await client.cardWarrants({ operator: clerk, params }, signal)).warrants;
    expect(await list()).toEqual([]);
    const first = await delegated(world, cast.operators.registrar, grandmother, neighbour);
    world.clock.advance(1000);
    const second = await delegated(world, cast.operators.registrar, grandmother, neighbour);
    await takeBack(first.serial, grandmother.signing);
    expect((await list()).map(({ serial, erased, maskedName }) => [serial, erased, maskedName])).toEqual([
      [second.serial, false, '趙○居'],
      [first.serial, true, '趙○居'],
    ]);
    const cards = await world.store.cards({ kind: 'staff', limit: 1 }, signal);
    const staff = { serial: cards[0]?.serial ?? '' };
    expect((await client.cardWarrants({ operator: clerk, params: staff }, signal)).warrants).toEqual([]);
    const none = { serial: '00'.repeat(16) };
    await expectRefused(world, 'NOT_FOUND', 'none', () =>
      client.cardWarrants({ operator: clerk, params: none }, signal),
    );
    await expectRefused(world, 'TERMINAL_NOT_ALLOWED', 'none', () =>
      world.posts.registration.client.cardWarrants({ operator: cast.operators.registrar, params }, signal),
    );
  });

  it('is no secret to those who hold its number, and nothing to others', async () => {
    const params = { serial: '00'.repeat(16) };
    const { client } = world.posts.registration;
    await expectRefused(world, 'NOT_FOUND', 'none', () =>
      client.warrant({ operator: cast.operators.registrar, params }, signal),
    );
    await expectRefused(world, 'OPERATOR_REQUIRED', 'none', () => client.warrant({ params }, signal));
  });

  it('is bound to the bureau’s word: nothing of it can be changed', async () => {
    const approval = await approve(await ask());
    const rx = await prescribed();
    const later = delegation(world, cast.patient, neighbour, approval, { notAfter: approval.notAfter + 1 });
    const message = sealed(
      world,
      await pickup(world, world.posts.pharmacy, cast.pharmacist, cast.patient, rx, later.collects()),
    );
    await expectRefused(world, 'WARRANT_UNAPPROVED', 'line', () =>
      world.posts.pharmacy.client.pickup({ operator: cast.operators.pharmacist, body: { message } }, signal),
    );
  });
});
