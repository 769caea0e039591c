/** What an agent may not collect, each over HTTPS and by its code. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantOf } from '../../contract/calendar.ts';
import { refusalOf } from '../../contract/errors.ts';
import { bcdOf } from '../../crypto/common/bcd.ts';
import { fromHex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { flipped } from '../../crypto/groupsig/testing/sample-group.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { revoke } from '../../main/app/administer-bureau.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, enrol, makeCast, serialOf, visitOf } from '../testing/journeys.ts';
import {
  type PickupChanges,
  pickup,
  pickupObjectOf,
  prescription,
  type SoftPrescription,
  sealed,
} from '../testing/messages.ts';
import { DAY, MINUTE } from '../testing/moving-clock.ts';
import { delegated, erasure, makeAgent, type SoftDelegation } from '../testing/soft-agents.ts';
import type { Certified, SoftDoctor, SoftPatient } from '../testing/soft-people.ts';
import { beginJoin, createWorld, folderOf, OTHER_PHARMACY, signal, type World } from '../testing/world.ts';

let world: World;
let cast: Cast;
let neighbour: Certified;
let rx: SoftPrescription;

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
  neighbour = await makeAgent(world, 'B123456780', '趙鄰居');
  rx = await prescribed();
});
afterAll(() => world.close());

async function prescribed(
  doctor: SoftDoctor = cast.doctor,
  patient: SoftPatient = cast.patient,
  controlled = false,
): Promise<SoftPrescription> {
  const visit = await visitOf(world, { ...cast, doctor }, patient);
  const made = await prescription(world, doctor, visit, { manifest: { controlled } });
  await visit.post.client.prescription({ presence: visit.presence, body: made.body }, signal);
  return made;
}

/** A doctor who may prescribe controlled drugs. */
async function allowed(): Promise<SoftDoctor> {
  const join = await beginJoin(world, cast.operators.clerk, [5]);
  const client = world.posts.bureau.client;
  const { credential } = await client.join({ operator: cast.operators.clerk, body: join.body }, signal);
  return join.finish(credential);
}

const warranted = (changes: Parameters<typeof delegated>[4] = {}, patient = cast.patient) =>
  delegated(world, cast.operators.registrar, patient, neighbour, changes);
const send = (message: string) =>
  world.posts.pharmacy.client.pickup({ operator: cast.operators.pharmacist, body: { message } }, signal);
const make = async (changes: PickupChanges, of = rx, patient = cast.patient): Promise<string> =>
  sealed(world, await pickup(world, world.posts.pharmacy, cast.pharmacist, patient, of, changes));
const refused = async (code: Parameters<typeof expectRefused>[1], changes: PickupChanges, of = rx): Promise<void> => {
  const message = await make(changes, of);
  await expectRefused(world, code, 'line', () => send(message));
};
const seconds = (ms = 0): number => Math.floor((world.clock.now() + ms) / 1000);

describe('an agent is refused', () => {
  it('before the warrant begins and after it ends, by the time of the pickup', async () => {
    await refused('WARRANT_NOT_YET', (await warranted({ notBefore: seconds(DAY) })).collects());
    const over = await warranted({ notBefore: seconds(-2 * DAY), notAfter: seconds(-MINUTE) });
    await refused('WARRANT_EXPIRED', over.collects());
    // In time, and an hour in the outbox.
    const mine = await prescribed();
    const { payload, ...rest } = over.collects();
    await send(await make({ ...rest, payload: { ...payload, at: instantOf(world.clock.now() - 2 * MINUTE) } }, mine));
  });

  it('when the warrant was taken back', async () => {
    const warrant = await warranted();
    const post = world.posts.registration;
    const message = await erasure(world, post, cast.patient.signing, warrant.serial);
    await post.client.warrantErasure({ body: { message } }, signal);
    await refused('WARRANT_ERASED', warrant.collects());
  });

  it('a prescription or at a pharmacy that the warrant does not name', async () => {
    await refused('WARRANT_SCOPE', (await warranted({ prescriptions: [secureRng(16)] })).collects());
    await refused('WARRANT_SCOPE', (await warranted({ pharmacies: [bcdOf(OTHER_PHARMACY)] })).collects());
    const mine = await prescribed();
    const named = { prescriptions: [fromHex(mine.rxId)], pharmacies: [bcdOf(world.posts.pharmacy.desk.institution)] };
    await send(await make((await warranted(named)).collects(), mine));
  });

  it('more pickups than the warrant allows', async () => {
    const warrant = await warranted({ uses: 2 });
    for (let i = 0; i < 2; i++) await send(await make(warrant.collects(), await prescribed()));
    await refused('WARRANT_SPENT', warrant.collects(), await prescribed());
    expect((await world.store.warrantPickups(warrant.serial, signal)).length).toBe(2);
  });

  it('the second of two pickups of one use that come at the same instant', async () => {
    for (let i = 0; i < 2; i++) {
      const warrant = await warranted({ uses: 1 });
      const both = [await prescribed(), await prescribed()];
      const messages = await Promise.all(both.map((one) => make(warrant.collects(), one)));
      const results = await Promise.allSettled(messages.map(send));
      const codes = results.map((one) => (one.status === 'rejected' ? refusalOf(one.reason).code : 'accepted'));
      expect(codes.sort()).toEqual(['WARRANT_SPENT', 'accepted']);
    }
  });

  it('a controlled drug with one card; two cards collect it, when the agent’s is a health card in force', async () => {
    const controlled = await prescribed(await allowed(), cast.patient, true);
    await refused('CONTROLLED_NEEDS_BOTH', (await warranted()).collects(), controlled);
    const niece = await enrol(world, cast.operators.clerk, 'F200000005', '衛外甥');
    const { registrar } = cast.operators;
    const both = (agent: Certified, changes: Parameters<typeof delegated>[4] = {}) =>
      delegated(world, registrar, cast.patient, agent, { twoParty: true, ...changes });
    const warrant = await both(niece.signing);
    // One card under a warrant of two, and an object that says so.
    const alone = { ...warrant.collects({ mode: 'agent' }), sign: () => secureRng(65) };
    await refused('CONTROLLED_NEEDS_BOTH', alone, controlled);
    await refused('WARRANT_FOREIGN', alone);
    const oneCard = await warranted();
    await refused('WARRANT_FOREIGN', { ...oneCard.collects(), object: { mode: 'two-party', warrant: oneCard.W } });
    // A second card that is none: the key of a civil certificate.
    await refused('WARRANT_FOREIGN', (await both(neighbour)).collects(), controlled);
    const bent = { ...warrant.collects(), sign: (object: Uint8Array) => flipped(warrant.sign(object), 40) };
    await refused('SIGNATURE_INVALID', bent, controlled);
    await send(await make(warrant.collects(), controlled));
    const [row] = await world.store.dispensings(controlled.rxId, signal);
    expect(row?.warrant).toBe(warrant.serial);
    const next = await prescribed(await allowed(), cast.patient, true);
    const message = await make(warrant.collects(), next);
    await revoke(folderOf(world), serialOf(niece.signing.certificate), world.clock);
    await expectRefused(world, 'CERT_REVOKED', 'line', () => send(message));
  });

  it('with the warrant of another patient, another agent’s key, or another warrant than was signed for', async () => {
    const warrant = await warranted();
    const other = await enrol(world, cast.operators.clerk, 'C100000001', '孫女士');
    await refused('WARRANT_FOREIGN', (await warranted({}, other)).collects());
    const papers = (more: Partial<SoftDelegation['papers']>): PickupChanges => ({
      ...warrant.collects(),
      payload: { agent: { ...warrant.papers, ...more } },
    });
    const key = Buffer.from((await generateP256()).spki).toString('base64');
    await refused('WARRANT_FOREIGN', papers({ agentKey: key }));
    await refused('WARRANT_FOREIGN', papers({ rP: warrant.papers.rA }));
    await refused('WARRANT_FOREIGN', papers((await warranted()).papers));
    await refused('WARRANT_FOREIGN', warrant.collects({ warrant: secureRng(32) }));
    await refused('WARRANT_MALFORMED', papers({ warrant: 'AAAA' }));
    await refused('WARRANT_MALFORMED', papers({ rA: 'AAAA' }));
  });

  it('with a warrant for more than the bureau approved', async () => {
    const warrant = await warranted();
    await refused('WARRANT_UNAPPROVED', (await warranted({ agentId: secureRng(16) })).collects());
    await refused('WARRANT_UNAPPROVED', (await warranted({ serial: secureRng(16) })).collects());
    const { notAfter } = warrant.warrant;
    await refused('WARRANT_UNAPPROVED', (await warranted({ notAfter: notAfter + 1 })).collects());
  });

  it('with a signature that is not the proxy key’s over this object', async () => {
    const warrant = await warranted();
    const bent = { ...warrant.collects(), sign: (object: Uint8Array) => flipped(warrant.sign(object), 40) };
    await refused('SIGNATURE_INVALID', bent);
    const elsewhere = pickupObjectOf(world.posts.pharmacy, cast.patient, rx, { mode: 'agent', warrant: warrant.W });
    await refused('SIGNATURE_INVALID', { ...warrant.collects(), sign: () => warrant.sign(elsewhere) });
    // The patient's own signature over an agent's object, and an agent who claims a patient's.
    const { sign: _sign, ...unsigned } = warrant.collects();
    await refused('SIGNATURE_INVALID', unsigned);
    await refused('CONTEXT_MISMATCH', { payload: { agent: warrant.papers } });
    const { payload: _payload, ...bare } = warrant.collects();
    await refused('CONTEXT_MISMATCH', bare);
  });

  it('with the card of a patient who reported it lost', async () => {
    const patient = await enrol(world, cast.operators.clerk, 'Q100000004', '褚遺失');
    const mine = await prescribed(cast.doctor, patient);
    const warrant = await warranted({}, patient);
    await revoke(folderOf(world), serialOf(patient.signing.certificate), world.clock);
    const message = await make(warrant.collects(), mine, patient);
    await expectRefused(world, 'CERT_REVOKED', 'line', () => send(message));
  });

  it('what somebody else has collected', async () => {
    const mine = await prescribed();
    await send(await make({}, mine));
    await refused('RX_COLLECTED', (await warranted()).collects(), mine);
  });
});
