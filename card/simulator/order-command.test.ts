/**
 * BUREAU ORDER on the software cards: what each kind does, and every order that must be refused.
 * @module
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { bcdOf } from '../../crypto/common/bcd.ts';
import { concat, uint } from '../../crypto/common/bytes.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { createSampleGroup } from '../../crypto/groupsig/testing/sample-group.ts';
import { newPrivateKey, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { encodeOrder, type OrderContents, orderBody } from '../../crypto/proxysig/bureau-order.ts';
import { standingBody } from '../../crypto/proxysig/bureau-token.ts';
import type { PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { command } from '../apdu/command.ts';
import { type OrderOperations, openForOrders } from '../apps/bureau-orders.ts';
import { open, select } from '../apps/card-commands.ts';
import { APPLICATIONS, PATIENT_FILES } from '../apps/card-profile.ts';
import { openDoctorApp } from '../apps/doctor-app.ts';
import { openIssuingApp } from '../apps/issuing-app.ts';
import { openPatientApp } from '../apps/patient-app.ts';
import { recognise } from '../apps/recognise.ts';
import { openChannel } from '../apps/secure-channel.ts';
import { openStaffApp } from '../apps/staff-app.ts';
import type { SoftwareCard } from './card-os.ts';
import {
  atPharmacy,
  attributesOf,
  bytes,
  issuePatient,
  issueStaff,
  PID,
  pin,
  prepareDoctor,
  refusalOf,
  reinsert,
  sessionTo,
  terminal,
} from './cards.fixture.ts';
import { createDoctorCard } from './doctor-card.ts';
import { createPatientCard } from './patient-card.ts';
import { createStaffCard } from './staff-card.ts';

const bureau = newPrivateKey(bytes);
const bureauKey = publicPoint(bureau);
const PHARMACY = bcdOf('5901020304');

/** An order to a card, signed by the bureau or by another key. */
const ordered = (card: Uint8Array, number: number, contents: OrderContents, by = bureau): Uint8Array => {
  const order = { card, number, contents };
  return encodeOrder(order, signMessage(by, orderBody(order)));
};

const rx = (changes: Partial<PrescriptionRecord> = {}): PrescriptionRecord => ({
  rxId: bytes(16),
  hash16: bytes(16),
  issued: 1_800_000_000,
  expires: 1_900_000_000,
  parts: 3,
  used: 0,
  status: 'open',
  controlled: false,
  pharmacy: PHARMACY,
  ...changes,
});

async function patient() {
  const card = createPatientCard();
  const { serial } = await issuePatient(card, { bureauKey });
  const app = await atPharmacy(reinsert(card));
  let number = 0;
  return {
    card,
    serial,
    app,
    give: (contents: OrderContents) => app.giveOrder(ordered(serial, ++number, contents)),
  };
}

describe('the state of a card’s orders', () => {
  it('is its serial number and 0 to begin with, and the last number after', async () => {
    const { app, serial, give } = await patient();
    expect(await app.orderState()).toEqual({ serial, last: 0 });
    await give({ kind: 'block' });
    expect(await app.orderState()).toEqual({ serial, last: 1 });
  });

  it('is told to nobody in the clear, and not by a blank card', async () => {
    const { card } = await patient();
    const session = reinsert(card);
    await select(session, APPLICATIONS.patient, undefined);
    expect((await session.send(command([0x80, 0xd4, 0, 0], undefined, 256))).sw).toBe(0x6982);
    const blank = sessionTo(createPatientCard());
    await openIssuingApp(blank, 'patient', await terminal('bureau'));
    expect(await refusalOf(openForOrders(blank, 'patient', await terminal('bureau')))).toBe('CARD_NOT_GENUINE');
  });
});

describe('an order to a patient’s card', () => {
  it('issues a prescription again with what was used of it', async () => {
    const { app, give } = await patient();
    const record = rx({ used: 1 });
    expect(await give({ kind: 'issue-rx', record })).toBe(true);
    expect(await app.readPrescriptions()).toEqual([record]);
    const request = {
      rxId: record.rxId,
      part: 1,
      rxh: concat(record.hash16, bytes(16)),
      nonce: bytes(32),
    };
    // The first part was collected with another card.
    expect(await refusalOf(app.consume(request))).toBe('CARD_ALREADY_USED');
    expect((await app.consume({ ...request, part: 2 })).partsLeft).toBe(1);
    // What the card has already it does not get twice.
    expect(await give({ kind: 'issue-rx', record })).toBe(false);
    expect(await app.readPrescriptions()).toHaveLength(1);
  });

  it('issues into the place of one that is over, and has no effect where all are open', async () => {
    const { app, give } = await patient();
    for (let i = 0; i < PATIENT_FILES.prescriptions.records; i++) await give({ kind: 'issue-rx', record: rx() });
    expect(await give({ kind: 'issue-rx', record: rx() })).toBe(false);
    const [first] = await app.readPrescriptions();
    await give({ kind: 'set-rx-state', rxId: first?.rxId ?? bytes(16), used: 0, status: 'cancelled' });
    const late = rx();
    expect(await give({ kind: 'issue-rx', record: late })).toBe(true);
    expect(await app.readPrescriptions()).toContainEqual(late);
  });

  it('sets what is used and the state, and lets a part be collected again', async () => {
    const { app, give } = await patient();
    const record = rx({ parts: 1 });
    await give({ kind: 'issue-rx', record });
    const request = {
      rxId: record.rxId,
      part: 1,
      rxh: concat(record.hash16, bytes(16)),
      nonce: bytes(32),
    };
    const first = await app.consume(request);
    expect(await refusalOf(app.consume({ ...request, nonce: bytes(32) }))).toBe('CARD_ALREADY_USED');
    expect(await give({ kind: 'set-rx-state', rxId: record.rxId, used: 0, status: 'open' })).toBe(true);
    const second = await app.consume({ ...request, nonce: bytes(32) });
    expect(second.pu).not.toEqual(first.pu);
    // No record can say this: counted, no effect.
    expect(await give({ kind: 'set-rx-state', rxId: record.rxId, used: 2, status: 'open' })).toBe(false);
    expect(await give({ kind: 'set-rx-state', rxId: bytes(16), used: 0, status: 'open' })).toBe(false);
    expect((await app.readPrescriptions()).map(({ used, status }) => [used, status])).toEqual([[1, 'collected']]);
  });

  it('names another pharmacy', async () => {
    const { app, give } = await patient();
    const record = rx();
    await give({ kind: 'issue-rx', record });
    const pharmacy = bcdOf('5931010023');
    expect(await give({ kind: 'redesignate', rxId: record.rxId, pharmacy })).toBe(true);
    expect((await app.readPrescriptions())[0]?.pharmacy).toEqual(pharmacy);
    expect(await give({ kind: 'redesignate', rxId: bytes(16), pharmacy })).toBe(false);
  });

  it('sets a standing that is signed, newer and the holder’s, and no other', async () => {
    const { app, give } = await patient();
    const standing = (issued: number, pid: Uint8Array = PID, by: Uint8Array = bureau) => {
      const token = { pid, paidUntil: issued + 100, issued };
      return { kind: 'set-standing', token: { ...token, signature: signMessage(by, standingBody(token)) } } as const;
    };
    expect(await give(standing(1000))).toBe(true);
    expect(await app.readStanding()).toMatchObject({ issued: 1000 });
    for (const stale of [standing(1000), standing(2000, bytes(16)), standing(2000, PID, newPrivateKey(bytes))])
      expect(await give(stale)).toBe(false);
    expect(await app.readStanding()).toMatchObject({ issued: 1000 });
  });

  it('erases no warrant that the card has not; the one that it has: agent-slots.test.ts', async () => {
    const { give } = await patient();
    expect(await give({ kind: 'erase-warrant', serial: bytes(16) })).toBe(false);
  });
});

describe('an order is refused', () => {
  it('replayed, out of sequence, for another card, by another key, of an unknown kind, with another body', async () => {
    const { serial, app } = await patient();
    const block = { kind: 'block' } as const;
    const issue = { kind: 'issue-rx', record: rx() } as const;
    expect(await app.giveOrder(ordered(serial, 1, issue))).toBe(true);
    const unknown = ordered(serial, 2, block);
    unknown[20] = 8;
    const flipped = ordered(serial, 2, issue);
    flipped[40] = (flipped[40] ?? 0) ^ 1;
    const refused: readonly [string, Uint8Array][] = [
      ['replayed', ordered(serial, 1, issue)],
      ['one was skipped', ordered(serial, 3, block)],
      ['before the first', ordered(serial, 0, block)],
      ['for another card', ordered(bytes(16), 2, block)],
      ['by another key', ordered(serial, 2, block, newPrivateKey(bytes))],
      ['of an unknown kind', unknown],
      ['altered', flipped],
      ['cut short', ordered(serial, 2, issue).slice(0, -1)],
      ['with something behind', concat(ordered(serial, 2, block), uint(0, 1))],
      ['not even a head', bytes(30)],
    ];
    for (const [what, order] of refused)
      expect([what, await refusalOf(app.giveOrder(order))]).toEqual([what, 'CARD_REFUSED']);
    expect(await app.orderState()).toEqual({ serial, last: 1 });
    expect(await app.readPrescriptions()).toHaveLength(1);
    expect(await app.giveOrder(ordered(serial, 2, block))).toBe(true);
  });

  it('by a card that was never given the bureau’s key', async () => {
    const card = createPatientCard();
    const { serial } = await issuePatient(card);
    const app = await atPharmacy(reinsert(card));
    const order = app.giveOrder(ordered(serial, 1, { kind: 'block' }));
    expect(await refusalOf(order)).toBe('CARD_RECORD_NOT_FOUND');
  });

  it('by cards of staff when it is about what they do not have', async () => {
    const card = createStaffCard();
    const { serial } = await issueStaff(card, { bureauKey });
    const app = await openStaffApp(reinsert(card), await terminal('pharmacy'));
    const issue = ordered(serial, 1, { kind: 'issue-rx', record: rx() });
    expect(await refusalOf(app.giveOrder(issue))).toBe('CARD_REFUSED');
    expect(await app.orderState()).toEqual({ serial, last: 0 });
  });

  it('half: with the supply cut the card has taken it whole or not at all', async () => {
    const { card, serial, app } = await patient();
    const record = rx();
    card.cutPowerAfter(0);
    expect(await refusalOf(app.giveOrder(ordered(serial, 1, { kind: 'issue-rx', record })))).toBe('CARD_LOST');
    const after = await atPharmacy(reinsert(card));
    expect([await after.orderState(), await after.readPrescriptions()]).toEqual([{ serial, last: 0 }, []]);
    // A second write would be cut: there is none.
    card.cutPowerAfter(1);
    expect(await after.giveOrder(ordered(serial, 1, { kind: 'issue-rx', record }))).toBe(true);
    card.cutPowerAfter(undefined);
    expect(await after.readPrescriptions()).toEqual([record]);
  });
});

describe('a blocked card', () => {
  let backend: GroupBackend;
  beforeAll(async () => {
    backend = await createMclBackend();
  });

  async function everyKind(): Promise<readonly [keyof typeof APPLICATIONS, SoftwareCard, Uint8Array][]> {
    const [one, two, three] = [createPatientCard(), createDoctorCard({ backend }), createStaffCard()];
    const { serial } = await issuePatient(one, { bureauKey });
    const { groupKey } = createSampleGroup(backend, 0);
    const doctor = await prepareDoctor(two, groupKey.encoded, bureauKey);
    await doctor.issuing.activate();
    const staff = await issueStaff(three, { bureauKey });
    return [
      ['patient', one, serial],
      ['doctor', two, doctor.serial],
      ['staff', three, staff.serial],
    ];
  }

  it('of any kind answers SELECT, CARDINFO, key agreement and orders, and is itself again when it is let go', async () => {
    for (const [kind, card, serial] of await everyKind()) {
      const app = { patient: openPatientApp, doctor: openDoctorApp, staff: openStaffApp }[kind];
      const holder = await app(reinsert(card), await terminal('pharmacy'));
      await holder.verifyPin(pin());
      expect(await holder.giveOrder(ordered(serial, 1, { kind: 'block' }))).toBe(true);
      // Whoever had the PIN open is out.
      expect(await refusalOf(holder.signAttributes(attributesOf('sign-on')))).toBe('CARD_REFUSED');
      const blocked = reinsert(card);
      expect(await recognise(blocked)).toBe(kind);
      expect(await refusalOf(app(blocked, await terminal('pharmacy')))).toBe('CARD_BLOCKED');
      expect(await refusalOf(open(blocked, APPLICATIONS[kind], undefined))).toBe('CARD_BLOCKED');
      expect((await blocked.send(command([0x00, 0xb0, 0x81, 0], undefined, 16))).sw).toBe(0x9000);
      const { session: inside } = await openChannel(blocked, APPLICATIONS[kind], await terminal('pharmacy'), undefined);
      for (const [cla, ins, p1, p2] of [
        [0x00, 0x20, 0x00, 0x01],
        [0x00, 0x24, 0x00, 0x01],
        [0x00, 0x2c, 0x00, 0x01],
        [0x00, 0x84, 0x00, 0x00],
        [0x00, 0xb0, 0x82, 0x00],
        [0x00, 0xb2, 0x01, 0x34],
        [0x00, 0xd6, 0x82, 0x00],
        [0x00, 0xe2, 0x00, 0x30],
        [0x00, 0x2a, 0x9e, 0x9a],
        [0x00, 0x44, 0x00, 0x00],
        [0x00, 0x47, 0x80, 0x00],
        [0x00, 0xda, 0x01, 0x03],
        [0x80, 0xd0, 0x00, 0x00],
        [0x80, 0xd6, 0x00, 0x00],
        [0x80, 0xf0, 0x00, 0x00],
        [0x80, 0x50, 0x00, 0x00],
        [0x80, 0x28, 0x11, 0x00],
        [0x80, 0x2a, 0x11, 0x00],
      ] as const)
        expect((await inside.send(command([cla, ins, p1, p2]))).sw).toBe(0x6985);
      const orders: OrderOperations = await openForOrders(reinsert(card), kind, await terminal('pharmacy'));
      expect(await orders.orderState()).toEqual({ serial, last: 1 });
      expect(await orders.giveOrder(ordered(serial, 2, { kind: 'unblock' }))).toBe(true);
      await (await app(reinsert(card), await terminal('pharmacy'))).verifyPin(pin());
    }
  });
});
