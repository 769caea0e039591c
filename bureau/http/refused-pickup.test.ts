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
import { type Cast, enrol, makeCast, serialOf, signOn, visitOf } from '../testing/journeys.ts';
import {
  bytesOf,
  type PickupChanges,
  pickup,
  prescription,
  type SoftPrescription,
  sealed,
} from '../testing/messages.ts';
import { DAY, MINUTE } from '../testing/moving-clock.ts';
import type { Certified } from '../testing/soft-people.ts';
import {
  createWorld,
  folderOf,
  makeStaff,
  OTHER_PHARMACY,
  PHARMACY,
  type Post,
  signal,
  type World,
} from '../testing/world.ts';

let world: World;
let cast: Cast;
let rx: SoftPrescription;
let otherPharmacist: Certified;
let otherOperator: string;

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
  otherPharmacist = await makeStaff(world, cast.operators.clerk, OTHER_PHARMACY, 'pharmacist');
  otherOperator = await signOn(world, world.posts.otherPharmacy, otherPharmacist);
  rx = await prescribed();
});
afterAll(() => world.close());

/** A new prescription at the bureau, for the world's pharmacy. */
async function prescribed(parts = 1): Promise<SoftPrescription> {
  const visit = await visitOf(world, cast);
  const made = await prescription(world, cast.doctor, visit, { manifest: { parts, daysPerPart: 10 } });
  await visit.post.client.prescription({ presence: visit.presence, body: made.body }, signal);
  return made;
}

const send = (message: string, post: Post = world.posts.pharmacy, operator: string = cast.operators.pharmacist) =>
  post.client.pickup({ operator, body: { message } }, signal);
const make = async (changes: PickupChanges = {}, of: SoftPrescription = rx): Promise<string> =>
  sealed(world, await pickup(world, world.posts.pharmacy, cast.pharmacist, cast.patient, of, changes));
const refused = async (code: Parameters<typeof expectRefused>[1], changes: PickupChanges): Promise<void> => {
  const message = await make(changes);
  await expectRefused(world, code, 'line', () => send(message));
};

describe('a pharmacy is refused', () => {
  it('a prescription that is designated to another', async () => {
    const { client } = world.posts.otherPharmacy;
    const operator = otherOperator;
    const params = { rxId: rx.rxId };
    await expectRefused(world, 'RX_OTHER_PHARMACY', 'none', () => client.inboxItem({ operator, params }, signal));
    expect((await client.inbox({ operator }, signal)).items).toEqual([]);
    const message = sealed(world, await pickup(world, world.posts.otherPharmacy, otherPharmacist, cast.patient, rx));
    await expectRefused(world, 'RX_OTHER_PHARMACY', 'line', () => send(message, world.posts.otherPharmacy, operator));
  });

  it('one that does not exist', async () => {
    const operator = cast.operators.pharmacist;
    const params = { rxId: '00'.repeat(16) };
    const { client } = world.posts.pharmacy;
    await expectRefused(world, 'RX_NOT_FOUND', 'none', () => client.inboxItem({ operator, params }, signal));
    const message = await make({}, { ...rx, rxId: '00'.repeat(16) });
    await expectRefused(world, 'RX_NOT_FOUND', 'line', () => send(message));
  });
});

describe('a pickup is refused', () => {
  it('whose object is for another pharmacy, terminal, prescription, part or patient', async () => {
    await refused('CONTEXT_MISMATCH', { object: { pharmacy: bcdOf(OTHER_PHARMACY) } });
    await refused('CONTEXT_MISMATCH', {
      object: { terminal: fromHex(world.posts.secondPharmacyDesk.desk.terminalId) },
    });
    await refused('CONTEXT_MISMATCH', { object: { rxId: secureRng(16) } });
    await refused('CONTEXT_MISMATCH', { object: { total: 2 } });
    await refused('CONTEXT_MISMATCH', { object: { part: 2, total: 2 } });
    await refused('CONTEXT_MISMATCH', { object: { pid: secureRng(16) } });
    await refused('CONTEXT_MISMATCH', { object: { mode: 'agent', warrant: secureRng(32) } });
    await refused('RX_ALTERED', { object: { rxh: secureRng(32) } });
  });

  it('whose object another card signed, or nobody', async () => {
    const key = await generateP256();
    await refused('SIGNATURE_INVALID', { card: { ...key, certificate: cast.patient.signing.certificate } });
    const other = await enrol(world, cast.operators.clerk, 'P100000009', '沈別人');
    await refused('SIGNATURE_INVALID', { card: other.signing });
    await refused('SIGNATURE_INVALID', { payload: { pickupSignature: Buffer.alloc(64).toString('base64') } });
    await refused('SIGNATURE_INVALID', { payload: { pickupSignature: 'AAAA' } });
    await refused('REQUEST_MALFORMED', { payload: { pickupObject: 'AAAA' } });
  });

  it('of a card that was revoked: lost or stolen', async () => {
    const patient = await enrol(world, cast.operators.clerk, 'Q100000004', '褚遺失');
    const visit = await visitOf(world, cast, patient);
    const mine = await prescription(world, cast.doctor, visit);
    await visit.post.client.prescription({ presence: visit.presence, body: mine.body }, signal);
    await revoke(folderOf(world), serialOf(patient.signing.certificate), world.clock);
    const message = sealed(world, await pickup(world, world.posts.pharmacy, cast.pharmacist, patient, mine));
    await expectRefused(world, 'SIGNATURE_INVALID', 'line', () => send(message));
  });

  it('with a flipped bit in content or signature', async () => {
    const der = await pickup(world, world.posts.pharmacy, cast.pharmacist, cast.patient, rx);
    const content = Buffer.from(der).indexOf(rx.rxId);
    const altered = sealed(world, flipped(der, content));
    await expectRefused(world, 'DIGEST_MISMATCH', 'line', () => send(altered));
    const unsigned = sealed(world, flipped(der, der.length - 3));
    await expectRefused(world, 'SIGNATURE_INVALID', 'line', () => send(unsigned));
  });

  it('that no pharmacist of this pharmacy signed', async () => {
    const { pharmacy } = world.posts;
    const nurse = await makeStaff(world, cast.operators.clerk, PHARMACY, 'nurse');
    for (const signer of [nurse, otherPharmacist]) {
      const message = sealed(world, await pickup(world, pharmacy, signer, cast.patient, rx));
      await expectRefused(world, 'OPERATOR_NOT_ALLOWED', 'line', () => send(message));
    }
    const patient = sealed(world, await pickup(world, pharmacy, cast.patient.signing, cast.patient, rx));
    await expectRefused(world, 'CERT_WRONG_KIND', 'line', () => send(patient));
  });

  it('from the future or from too long ago', async () => {
    const at = (ms: number): PickupChanges => ({ payload: { at: instantOf(world.clock.now() + ms) } });
    await refused('TIME_SKEW', at(5 * MINUTE));
    await refused('TIME_SKEW', at(-3 * DAY - 1));
  });

  it('after the last day', async () => {
    world.clock.advance(8 * DAY);
    const operator = await signOn(world, world.posts.pharmacy, cast.pharmacist);
    const message = await make();
    await expectRefused(world, 'RX_EXPIRED', 'line', () => send(message, world.posts.pharmacy, operator));
    world.clock.advance(-8 * DAY);
  });

  it('with two outcomes of a line, or one of a line that it does not have', async () => {
    const given = (...lines: number[]): PickupChanges => ({
      payload: { lines: lines.map((line) => ({ line, outcome: 'given' })) },
    });
    await refused('REQUEST_MALFORMED', given());
    await refused('REQUEST_MALFORMED', given(1, 1));
    await refused('REQUEST_MALFORMED', given(1, 2, 2));
    await refused('REQUEST_MALFORMED', given(1, 3));
    await refused('REQUEST_MALFORMED', given(1, 2, 3));
  });

  it('the second time', async () => {
    const mine = await prescribed();
    const der = await pickup(world, world.posts.pharmacy, cast.pharmacist, cast.patient, mine);
    await send(sealed(world, der));
    const again = await make({}, mine);
    await expectRefused(world, 'RX_COLLECTED', 'line', () => send(again));
    await expectRefused(world, 'ID_REUSED', 'line', () => send(sealed(world, der)));
    expect((await world.store.prescription(mine.rxId, signal))?.used).toBe(1);
  });
});

describe('a pickup is accepted', () => {
  it('that waited through the night and is sent by a colleague', async () => {
    const mine = await prescribed();
    const message = await make({}, mine);
    world.clock.advance(DAY);
    const colleague = await makeStaff(
      world,
      await signOn(world, world.posts.bureau, world.clerk),
      PHARMACY,
      'pharmacist',
    );
    const operator = await signOn(world, world.posts.pharmacy, colleague);
    const ack = await send(message, world.posts.pharmacy, operator);
    expect(ack.receivedAt).toBe(instantOf(world.clock.now()));
    expect(bytesOf(ack.receipt).length).toBeGreaterThan(60);
    world.clock.advance(-DAY);
  });

  it('part by part, in order', async () => {
    const mine = await prescribed(2);
    const part = (n: number) => make({ object: { part: n, total: 2 }, payload: { part: n } }, mine);
    const second = await part(2);
    await expectRefused(world, 'RX_PART_INVALID', 'line', () => send(second));
    await send(await part(1));
    const params = { rxId: mine.rxId };
    const { client } = world.posts.pharmacy;
    expect(await client.prescriptionStatus({ params }, signal)).toMatchObject({ state: 'partly-dispensed', used: 1 });
    await send(await part(2));
    expect(await client.prescriptionStatus({ params }, signal)).toMatchObject({ state: 'dispensed', used: 2 });
  });

  it('once, when two desks of the pharmacy send at the same instant', async () => {
    const { pharmacy, secondPharmacyDesk } = world.posts;
    const second = await makeStaff(world, cast.operators.clerk, PHARMACY, 'pharmacist');
    const secondOperator = await signOn(world, secondPharmacyDesk, second);
    for (let i = 0; i < 10; i++) {
      const mine = await prescribed();
      const a = await make({}, mine);
      const b = sealed(world, await pickup(world, secondPharmacyDesk, second, cast.patient, mine));
      const results = await Promise.allSettled([send(a, pharmacy), send(b, secondPharmacyDesk, secondOperator)]);
      const codes = results.map((one) => (one.status === 'rejected' ? refusalOf(one.reason).code : 'accepted'));
      expect(codes.sort()).toEqual(['RX_COLLECTED', 'accepted']);
    }
  });
});
