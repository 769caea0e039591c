import { describe, expect, it } from 'vitest';
import { concat, uint, utf8 } from '../../crypto/common/bytes.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { createCardSession } from '../apdu/card-session.ts';
import { command } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { openPatientApp, type VisitSet } from '../apps/patient-app.ts';
import {
  atClinic,
  atPharmacy,
  bytes,
  insideClinic,
  issuePatient,
  refusalOf,
  reinsert,
  sessionTo,
  terminal,
} from './cards.fixture.ts';
import { loadCard } from './load-card.ts';
import { createPatientCard } from './patient-card.ts';
import { createSoftwareReader } from './software-reader.ts';

const rxh = bytes(32);
const set = (): VisitSet => ({
  reference: bytes(32),
  visit: utf8('visit'),
  prescriptions: [
    {
      record: {
        rxId: bytes(16),
        hash16: rxh.slice(0, 16),
        issued: 1,
        expires: 2_000_000_000,
        parts: 1,
        controlled: false,
        pharmacy: new Uint8Array(5),
      },
      body: bytes(1500),
    },
  ],
});

async function issued() {
  const card = createPatientCard();
  await issuePatient(card);
  return card;
}

describe('pending set', () => {
  it('is seen by nobody before its commit', async () => {
    const app = await atClinic(reinsert(await issued()));
    const wanted = set();
    const staged = await app.stageVisitAndPrescription(wanted);
    const { reference } = wanted;
    expect(await app.txStatus()).toEqual({ state: 'complete', records: 3, ...staged, committed: 0, reference });
    expect(await app.readVisits()).toEqual([]);
    expect(await app.readPrescriptions()).toEqual([]);
    await app.commit(staged);
    expect((await app.readPrescriptions()).length).toBe(1);
    expect(await app.txStatus()).toMatchObject({
      state: 'none',
      records: 0,
      committed: staged.sequence,
      reference: new Uint8Array(32),
    });
    // A lost answer to the commit: said again, it changes nothing.
    await app.commit(staged);
    expect((await app.readVisits()).length).toBe(1);
    expect(await refusalOf(app.commit({ ...staged, sequence: staged.sequence + 1 }))).toBe('CARD_REFUSED');
  });

  it('outlives the supply, takes nothing more, and is committed or rolled back later', async () => {
    const card = await issued();
    const staged = await (await atClinic(reinsert(card))).stageVisitAndPrescription(set());
    const insurer = await openPatientApp(reinsert(card), await terminal('insurer'));
    expect(await refusalOf(insurer.rollback(staged.sequence))).toBe('CARD_ROLE_REFUSED');
    expect(await refusalOf(insurer.commit(staged))).toBe('CARD_ROLE_REFUSED');
    const app = await atClinic(reinsert(card));
    expect(await app.txStatus()).toMatchObject({ records: 3, ...staged });
    expect(await refusalOf(app.writeVisitAndPrescription(set()))).toBe('CARD_REFUSED');
    expect(await app.txStatus()).toMatchObject({ records: 3, ...staged });
    expect(await refusalOf(app.commit({ ...staged, checksum: (staged.checksum + 1) % 2 ** 32 }))).toBe('CARD_REFUSED');
    expect(await refusalOf(app.rollback(staged.sequence + 1))).toBe('CARD_REFUSED');
    await app.rollback(staged.sequence);
    expect(await app.txStatus()).toMatchObject({ records: 0, committed: 0 });
    await app.writeVisitAndPrescription(set());
    expect((await app.readVisits()).length).toBe(1);
  });

  it('is opened once, under a name and a number, and takes what was announced', async () => {
    const card = await issued();
    const session = await insideClinic(reinsert(card));
    const send = async (ins: number, data: Uint8Array, p2 = 0): Promise<number> =>
      (await session.send(command([ins === 0xe2 ? 0x00 : 0x80, ins, 0, p2], data), {})).sw;
    const announce = (records: number, sum = 0, reference = bytes(32)): Uint8Array =>
      concat(reference, uint(records, 1), uint(sum, 4));
    const visit = new Uint8Array(256);
    const VISITS = 0x06 << 3;
    expect(await send(0xe2, visit, VISITS)).toBe(SW.conditions);
    expect(await send(0xee, announce(1).slice(1))).toBe(SW.wrongLength);
    expect(await send(0xee, announce(0))).toBe(SW.wrongData);
    expect(await send(0xee, announce(65))).toBe(SW.wrongData);
    expect(await send(0xee, announce(1, 0, new Uint8Array(32)))).toBe(SW.wrongData);
    expect(await send(0xee, announce(1), 1)).toBe(SW.wrongParameters);
    expect(await send(0xee, announce(1))).toBe(SW.ok);
    expect(await send(0xee, announce(1))).toBe(SW.conditions);
    expect(await send(0xe2, visit, VISITS)).toBe(SW.ok);
    expect(await send(0xe2, visit, VISITS)).toBe(SW.full);
    // The checksum that was announced is another: what lies there can only be rolled back.
    const app = await atClinic(sessionTo(card));
    const status = await app.txStatus();
    expect(status).toMatchObject({ state: 'filling', records: 1 });
    expect(await refusalOf(app.commit(status))).toBe('CARD_REFUSED');
    await app.rollback(status.sequence);
    await app.writeVisitAndPrescription(set());
  });

  it('pulled after any command, the card holds all of it or nothing', async () => {
    let commands = 0;
    for (let at = 0; commands === 0; at++) {
      const card = await issued();
      const reader = createSoftwareReader(['tray']);
      card.powerOff();
      reader.insert('tray', card);
      const app = await atClinic(createCardSession(await reader.connect('tray')));
      reader.setFault('tray', { kind: 'removed-after', at });
      const outcome = await refusalOf(app.writeVisitAndPrescription(set()));
      if (outcome === undefined) commands = at;
      else expect(outcome).toBe('CARD_LOST');
      reader.setFault('tray', undefined);
      if (outcome !== undefined) reader.insert('tray', card);
      const later = await atClinic(createCardSession(await reader.connect('tray')));
      const status = await later.txStatus();
      if (status.state === 'complete') await later.commit(status);
      else if (status.state === 'filling') {
        expect(await refusalOf(later.commit(status))).toBe('CARD_REFUSED');
        await later.rollback(status.sequence);
      }
      const visits = await later.readVisits();
      expect((await later.readPrescriptions()).length).toBe(visits.length);
    }
    // TX STATUS, TX OPEN, three records, TX STATUS, TX COMMIT.
    expect(commands).toBe(7);
  });

  it('with the supply cut at any memory write, a set is whole or absent and a pickup happens once', async () => {
    const base = await issued();
    const backend = await createMclBackend();
    const saved = base.save();
    const wanted = set();
    const rxId = wanted.prescriptions?.[0]?.record.rxId ?? bytes(16);
    const pickup = { rxId, rxh, part: 1, nonce: bytes(32) };
    let finished = false;
    for (let writes = 0; !finished; writes++) {
      const { card } = loadCard(saved, { backend });
      const app = await atClinic(reinsert(card));
      card.cutPowerAfter(writes);
      const collect = async () => (await atPharmacy(sessionTo(card))).consume(pickup);
      const outcome = await refusalOf(app.writeVisitAndPrescription(wanted).then(collect));
      finished = outcome === undefined;
      card.cutPowerAfter(undefined);
      const later = await atClinic(reinsert(card));
      const status = await later.txStatus();
      if (status.state !== 'none') await later.rollback(status.sequence);
      const [record] = await later.readPrescriptions();
      expect((await later.readVisits()).length).toBe(record === undefined ? 0 : 1);
      if (record !== undefined) {
        const pharmacy = await atPharmacy(reinsert(card));
        const first = await pharmacy.consume(pickup);
        expect(await pharmacy.consume(pickup)).toEqual(first);
        expect(await refusalOf(pharmacy.consume({ ...pickup, nonce: bytes(32) }))).toBe('CARD_ALREADY_USED');
      }
    }
  });
});
