/** The life of a prescription over real HTTPS: locks, parts, owed lines, what is taken back, cancelled, and named for another pharmacy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf } from '../../contract/errors.ts';
import type { LineOutcome } from '../../contract/messages.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { decodeOrder } from '../../crypto/proxysig/bureau-order.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, enrol, makeCast, signOn, visitOf } from '../testing/journeys.ts';
import {
  bytesOf,
  cancellation,
  designate,
  type PickupChanges,
  pickup,
  pickupObjectOf,
  prescription,
  type SoftPrescription,
  sealed,
  undispensing,
} from '../testing/messages.ts';
import { DAY, MINUTE } from '../testing/moving-clock.ts';
import type { Certified } from '../testing/soft-people.ts';
import { createWorld, makeStaff, OTHER_PHARMACY, signal, type World } from '../testing/world.ts';

let world: World;
let cast: Cast;
let otherPharmacist: Certified;
/** Sign-ons last eight hours: each test takes what it needs at its own time. */
const operatorAt = (post: 'pharmacy' | 'otherPharmacy'): Promise<string> =>
  signOn(world, world.posts[post], post === 'pharmacy' ? cast.pharmacist : otherPharmacist);

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
  otherPharmacist = await makeStaff(world, cast.operators.clerk, OTHER_PHARMACY, 'pharmacist');
});
afterAll(() => world.close());

/** A prescription at the bureau: 28 days a part, valid for 90. */
async function prescribed(parts = 1): Promise<SoftPrescription & { readonly pid: string }> {
  const registrar = await signOn(world, world.posts.registration, cast.registrar);
  const visit = await visitOf(world, { ...cast, operators: { ...cast.operators, registrar } });
  const now = world.clock.now();
  const expires = new Date(now + 90 * DAY).toISOString().slice(0, 10);
  const made = await prescription(world, cast.doctor, visit, { manifest: { parts, expires } });
  await visit.post.client.prescription({ presence: visit.presence, body: made.body }, signal);
  return { ...made, pid: visit.pid };
}

/** Everything a pharmacist does at a desk, with a fresh sign-on. */
async function counter(rx: SoftPrescription, post: 'pharmacy' | 'otherPharmacy' = 'pharmacy') {
  const operator = await operatorAt(post);
  const at = world.posts[post];
  const pharmacist = post === 'pharmacy' ? cast.pharmacist : otherPharmacist;
  const params = { rxId: rx.rxId };
  return {
    operator,
    status: () => at.client.prescriptionStatus({ params }, signal),
    accept: (recover = false) => at.client.acceptance({ operator, params, body: { recover } }, signal),
    acceptEarly: () =>
      at.client.acceptance({ operator, params, body: { recover: false, exception: 'abroad' } }, signal),
    release: (secret: string) => at.client.release({ operator, params, body: { secret } }, signal),
    dispense: async (changes: PickupChanges = {}) => {
      const message = sealed(world, await pickup(world, at, pharmacist, cast.patient, rx, changes));
      return at.client.pickup({ operator, body: { message } }, signal);
    },
    takeBack: async (part = 1) => {
      const message = sealed(world, await undispensing(world, at, pharmacist, rx.rxId, { part }));
      return at.client.undispensing({ operator, body: { message } }, signal);
    },
  };
}
const given = (...lines: number[]): LineOutcome[] => lines.map((line) => ({ line, outcome: 'given' }));
const part = (n: number, total: number, more: PickupChanges['payload'] = {}): PickupChanges => ({
  object: { part: n, total },
  payload: { part: n, ...more },
});
const cancel = async (rx: SoftPrescription & { readonly pid: string }, post = world.posts.clinic) => {
  const message = sealed(world, await cancellation(world, post, cast.doctor, rx));
  return post.client.cancellation({ body: { message } }, signal);
};
const name = async (rx: SoftPrescription, pharmacy: string, by = cast.patient) => {
  const post = world.posts.registration;
  const designation = sealed(world, await designate(world, post, by, { rxId: rx.rxId, pharmacy }));
  return post.client.designation({ body: { designation, ciphertext: rx.body.ciphertext } }, signal);
};
/** The orders that the patient's card gets for a prescription. */
async function told(rx: SoftPrescription) {
  const cards = await world.store.cards({ holder: cast.patient.pid, kind: 'patient', limit: 1 }, signal);
  const rows = await world.store.cardOrders(cards[0]?.serial ?? '', 0, signal);
  return rows
    .map(({ encoded }) => decodeOrder(encoded).contents)
    .filter((one) => 'rxId' in one && hex(one.rxId) === rx.rxId);
}

describe('the lock', () => {
  it('is one pharmacy’s, is released with its secret only, and recovered when that is lost', async () => {
    const rx = await prescribed();
    const { accept, release, dispense, status } = await counter(rx);
    const { secret, part: next } = await accept();
    expect(next).toBe(1);
    expect(await status()).toMatchObject({ state: 'accepted', used: 0 });
    await expectRefused(world, 'RX_LOCKED', 'none', () => accept());
    await expectRefused(world, 'RX_SECRET_WRONG', 'none', () => release(hex(secureRng(32))));
    const again = await accept(true);
    await expectRefused(world, 'RX_SECRET_WRONG', 'none', () => release(secret));
    await expectRefused(world, 'RX_SECRET_WRONG', 'line', () => dispense({ payload: { secret } }));
    expect(await release(again.secret)).toEqual({ state: 'issued' });
    await expectRefused(world, 'RX_NOT_ACCEPTED', 'none', () => release(again.secret));
    await expectRefused(world, 'RX_NOT_ACCEPTED', 'line', () => dispense({ payload: { secret: again.secret } }));
    const third = await accept();
    await dispense({ payload: { secret: third.secret } });
    expect(await status()).toMatchObject({ state: 'dispensed', used: 1, owed: [] });
    const kinds = (await world.store.prescriptionEvents(rx.rxId, signal)).map(({ event }) => event);
    expect(kinds).toEqual(['accept', 'accept', 'release', 'accept', 'dispense']);
  });

  it('is not for a pharmacy that the patient did not name', async () => {
    const rx = await prescribed();
    const elsewhere = await counter(rx, 'otherPharmacy');
    await expectRefused(world, 'RX_OTHER_PHARMACY', 'none', () => elsewhere.accept());
    const unknown = await counter({ ...rx, rxId: hex(secureRng(16)) });
    await expectRefused(world, 'RX_NOT_FOUND', 'none', () => unknown.accept());
  });

  it('goes to one of two who ask at the same instant', async () => {
    for (let i = 0; i < 10; i++) {
      const { accept } = await counter(await prescribed());
      const results = await Promise.allSettled([accept(), accept()]);
      const codes = results.map((one) => (one.status === 'rejected' ? refusalOf(one.reason).code : 'accepted'));
      expect(codes.sort()).toEqual(['RX_LOCKED', 'accepted']);
    }
  });
});

describe('lines', () => {
  it('are given, substituted, changed or refused with a reason, and owed until they are settled', async () => {
    const rx = await prescribed();
    const { dispense, status } = await counter(rx);
    const encoded = pickupObjectOf(world.posts.pharmacy, cast.patient, rx);
    await dispense({ encoded, payload: { lines: given(1) } });
    expect(await status()).toMatchObject({ state: 'owing', used: 1, owed: [2] });
    await expectRefused(world, 'RX_LINE_SETTLED', 'line', () => dispense({ encoded, payload: { lines: given(1, 2) } }));
    await expectRefused(world, 'RX_COLLECTED', 'line', () => dispense({ payload: { lines: given(2) } }));
    const outcome: LineOutcome = { line: 2, outcome: 'substituted', code: 'A10BB09', reason: '缺藥' };
    await dispense({ encoded, payload: { lines: [outcome] } });
    expect(await status()).toMatchObject({ state: 'dispensed', owed: [] });
    const rows = await world.store.dispensings(rx.rxId, signal);
    expect(rows.map(({ lines }) => JSON.parse(lines))).toEqual([given(1), [outcome]]);
    expect(new Set(rows.map((row) => row.pickup)).size).toBe(1);
  });

  it('need a reason for whatever is not plainly given', async () => {
    const { dispense } = await counter(await prescribed());
    for (const outcome of ['substituted', 'dose-changed', 'refused']) {
      const lines = [{ line: 1, outcome, code: 'A10BB09', dose: 1, timesPerDay: 1, reason: '' }] as never;
      await expectRefused(world, 'REQUEST_MALFORMED', 'line', () => dispense({ payload: { lines } }));
    }
  });
});

describe('a refill', () => {
  it('waits for the last ten days of the supply, but for one exception that is declared', async () => {
    const rx = await prescribed(3);
    const first = await counter(rx);
    await first.dispense(part(1, 3));
    const opensOn = new Date(world.clock.now() + 18 * DAY + 8 * 60 * MINUTE).toISOString().slice(0, 10);
    expect(await first.status()).toMatchObject({ state: 'partly-dispensed', used: 1, opensOn });
    await expectRefused(world, 'RX_TOO_EARLY', 'none', () => first.accept());
    await expectRefused(world, 'RX_TOO_EARLY', 'line', () => first.dispense(part(2, 3)));
    const { secret } = await first.acceptEarly();
    await first.dispense(part(2, 3, { secret, exception: 'abroad' }));
    await expectRefused(world, 'RX_EXCEPTION_USED', 'line', () => first.dispense(part(3, 3, { exception: 'abroad' })));
    world.clock.advance(18 * DAY);
    const later = await counter(rx);
    await later.dispense(part(3, 3));
    expect(await later.status()).toMatchObject({ state: 'dispensed', used: 3 });
    world.clock.advance(-18 * DAY);
  });
});

describe('what was handed out', () => {
  it('is taken back within a day: the card is told, its object is void, and another collects', async () => {
    const rx = await prescribed();
    const { dispense, takeBack, status } = await counter(rx);
    await expectRefused(world, 'RX_NOT_DISPENSED', 'line', () => takeBack());
    const encoded = pickupObjectOf(world.posts.pharmacy, cast.patient, rx);
    await dispense({ encoded });
    await takeBack();
    expect(await status()).toMatchObject({ state: 'issued', used: 0 });
    expect(await told(rx)).toMatchObject([{ kind: 'set-rx-state', used: 0, status: 'open' }]);
    await expectRefused(world, 'RX_PICKUP_VOID', 'line', () => dispense({ encoded }));
    await dispense();
    expect(await status()).toMatchObject({ state: 'dispensed', used: 1 });
  });

  it('stays after a day, and at another pharmacy', async () => {
    const rx = await prescribed();
    const here = await counter(rx);
    await here.dispense();
    const elsewhere = await counter(rx, 'otherPharmacy');
    await expectRefused(world, 'RX_OTHER_PHARMACY', 'line', () => elsewhere.takeBack());
    world.clock.advance(DAY + 1);
    const later = await counter(rx);
    await expectRefused(world, 'RX_UNDISPENSE_LATE', 'line', () => later.takeBack());
    world.clock.advance(-DAY - 1);
  });
});

describe('a cancellation', () => {
  it('is any doctor’s of the same institution, tells the card, and empties the inbox', async () => {
    const rx = await prescribed();
    const { operator, accept } = await counter(rx);
    const ack = await cancel(rx);
    expect(ack.id).toMatch(/^[0-9a-f]{64}$/u);
    expect(await told(rx)).toMatchObject([{ kind: 'set-rx-state', used: 0, status: 'cancelled' }]);
    const { items } = await world.posts.pharmacy.client.inbox({ operator }, signal);
    expect(items.map(({ rxId }) => rxId)).not.toContain(rx.rxId);
    await expectRefused(world, 'RX_CANCELLED', 'none', () => accept());
    await expectRefused(world, 'RX_CANCELLED', 'line', () => cancel(rx));
  });

  it('comes too late for what was dispensed or is being prepared, and stops the parts that are left', async () => {
    const [done, locked, refill] = [await prescribed(), await prescribed(), await prescribed(2)];
    await (await counter(done)).dispense();
    await expectRefused(world, 'RX_COLLECTED', 'line', () => cancel(done));
    await (await counter(locked)).accept();
    await expectRefused(world, 'RX_LOCKED', 'line', () => cancel(locked));
    const { dispense, status } = await counter(refill);
    await dispense(part(1, 2));
    await cancel(refill);
    expect(await status()).toMatchObject({ state: 'cancelled', used: 1 });
  });

  it('is refused from another institution, for another prescription or patient, and with a flipped bit', async () => {
    const rx = await prescribed();
    const { clinic, otherClinic } = world.posts;
    await expectRefused(world, 'RX_OTHER_PRESCRIBER', 'line', () => cancel(rx, otherClinic));
    for (const ctx of [{ sid: secureRng(16) }, { pid: secureRng(16) }]) {
      const message = sealed(world, await cancellation(world, clinic, cast.doctor, rx, { ctx }));
      await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () =>
        clinic.client.cancellation({ body: { message } }, signal),
      );
    }
    const purpose = sealed(world, await cancellation(world, clinic, cast.doctor, rx, { ctx: { purpose: 'record' } }));
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () =>
      clinic.client.cancellation({ body: { message: purpose } }, signal),
    );
  });
});

describe('another pharmacy', () => {
  it('is named by the patient’s card alone: the card is told, one inbox loses it, the other has it', async () => {
    const rx = await prescribed();
    await name(rx, OTHER_PHARMACY);
    expect(await told(rx)).toMatchObject([{ kind: 'redesignate' }]);
    const here = await counter(rx);
    await expectRefused(world, 'RX_OTHER_PHARMACY', 'none', () => here.accept());
    const there = await counter(rx, 'otherPharmacy');
    const item = await world.posts.otherPharmacy.client.inboxItem(
      { operator: there.operator, params: { rxId: rx.rxId } },
      signal,
    );
    expect(bytesOf(item.designation).length).toBeGreaterThan(100);
    const { secret } = await there.accept();
    await expectRefused(world, 'RX_LOCKED', 'line', () => name(rx, world.posts.pharmacy.desk.institution));
    await there.dispense({ payload: { secret } });
    expect(await there.status()).toMatchObject({ state: 'dispensed' });
    await expectRefused(world, 'RX_COLLECTED', 'line', () => name(rx, world.posts.pharmacy.desk.institution));
  });

  it('is named by nobody else, and must exist', async () => {
    const rx = await prescribed();
    const other = await enrol(world, await signOn(world, world.posts.bureau, world.clerk), 'P100000009', '沈別人');
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () => name(rx, OTHER_PHARMACY, other));
    await expectRefused(world, 'NOT_FOUND', 'line', () => name(rx, '0000000000'));
    await expectRefused(world, 'NOT_FOUND', 'line', () => name(rx, world.posts.clinic.desk.institution));
  });
});
