/**
 * What a pharmacy must not hand out: altered, swapped, forwarded, designated elsewhere, collected before.
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DerReader, readDer, within } from '../../crypto/common/der-read.ts';
import { explicitTag, TAG } from '../../crypto/common/der-write.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { PHARMACY } from '../../main/app/demonstration.ts';
import { loadDesk } from '../../main/app/desk-folder.ts';
import { MINUTE } from './moving-clocks.ts';
import { openOtherPharmacy } from './other-pharmacy.ts';
import { registerOf } from './register.ts';
import {
  at,
  CHEN,
  codeOf,
  collect,
  DRAFT,
  LEE,
  leavePharmacy,
  listed,
  look,
  openHouse,
  pinOf,
  seeDoctor,
  settled,
  signOn,
  WANG,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const flipped = (base64: string, bit: number): string => {
  const bytes = Buffer.from(base64, 'base64');
  const byte = Math.floor(bit / 8) % bytes.length;
  bytes.writeUInt8(bytes.readUInt8(byte) ^ (1 << (bit % 8)), byte);
  return bytes.toString('base64');
};
const flippedHex = (hex: string, bit: number): string =>
  Buffer.from(flipped(Buffer.from(hex, 'hex').toString('base64'), bit), 'base64').toString('hex');

/** Bits spread over a field, a different place in every byte they meet. */
const sampled = (base64: string, count: number): number[] => {
  const bits = Buffer.from(base64, 'base64').length * 8;
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * bits) / count));
};

/** Where in a sealed prescription the entry of another recipient than `own` lies, the patient's: from, to. A SET keeps no order. */
function entryOfPatient(sealed: Uint8Array, own: Certificate): readonly [number, number] {
  const recipients = within(readDer(sealed, TAG.sequence), (info) => {
    info.read(TAG.oid);
    return within(info.read(explicitTag(0)), (outer) =>
      within(outer.read(TAG.sequence), (reader) => {
        reader.read(TAG.integer);
        const entries = new DerReader(reader.read(TAG.set).body).rest();
        reader.rest();
        return entries;
      }),
    );
  });
  const serial = Buffer.from(own.serial, 'hex');
  const others = recipients.filter(({ whole }) => !Buffer.from(whole).includes(serial));
  const [entry] = others;
  if (entry === undefined || recipients.length !== 2 || others.length !== 1) throw new Error('not two recipients');
  const from = entry.whole.byteOffset - sealed.byteOffset;
  return [from, from + entry.whole.length];
}

describe('prescriptions a pharmacy must not hand out', () => {
  let world: World;
  let fresh: ReadonlyMap<string, Uint8Array>;
  beforeAll(async () => {
    world = await createWorld();
    fresh = new Map([WANG, CHEN].map((card) => [card, world.table.copy(card)]));
    await openHouse(world);
  });
  beforeEach(async () => {
    await leavePharmacy(world);
    for (const [card, copy] of fresh) world.table.restore(card, copy);
  });
  afterAll(() => world.close());

  const lookAgain = async (rxId: string | undefined) => {
    const state = await world.station.lookUp({ desk: 'pharmacy' });
    if (state.desk !== 'pharmacy') throw new Error('another desk answered');
    return listed(state, rxId);
  };

  it('altered: one flipped bit anywhere in ciphertext, designation or receipt', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    expect((await look(world, WANG, rxId)).state).toBe('ready');
    const { wire } = world.desk('pharmacy');
    const item = wire.seen.findLast(({ route }) => route === 'inboxItem')?.answer as Awaited<
      ReturnType<typeof wire.client.inboxItem>
    >; // The route's own answer.
    const before = registerOf(world);
    const altered = [
      ...sampled(item.ciphertext, 96).map((bit) => ({
        where: `ciphertext bit ${bit}`,
        bit,
        item: { ...item, ciphertext: flipped(item.ciphertext, bit) },
      })),
      ...sampled(item.designation, 48).map((bit) => ({
        where: `designation bit ${bit}`,
        bit,
        item: { ...item, designation: flipped(item.designation, bit) },
      })),
      ...sampled(item.ack.receipt, 16).map((bit) => ({
        where: `receipt bit ${bit}`,
        bit,
        item: { ...item, ack: { ...item.ack, receipt: flipped(item.ack.receipt, bit) } },
      })),
      { where: 'receipt id', bit: 0, item: { ...item, ack: { ...item.ack, id: flippedHex(item.ack.id, 77) } } },
      {
        where: 'receipt time',
        bit: 0,
        item: {
          ...item,
          ack: { ...item.ack, receivedAt: new Date(Date.parse(item.ack.receivedAt) + 1).toISOString() },
        },
      },
    ];
    const own = (await wire.client.material({}, signal)).institutions.find(({ code }) => code === PHARMACY);
    const [from, to] = entryOfPatient(
      new Uint8Array(Buffer.from(item.ciphertext, 'base64')),
      parseCertificate(new Uint8Array(Buffer.from(own?.decryptionCertificate ?? '', 'base64'))),
    );
    const passed: string[] = [];
    const codes = new Set<unknown>();
    for (const { where, bit, item: changed } of altered) {
      const stop = wire.meddle('inboxItem', async () => changed);
      const view = await lookAgain(rxId);
      stop();
      codes.add(view.refusal?.code);
      if (view.state === 'ready') {
        // The patient's own entry in the envelope: nothing that this pharmacy reads or believes.
        const isOthers = where.startsWith('ciphertext') && bit / 8 >= from && bit / 8 < to;
        if (!isOthers) passed.push(where);
        expect(view.lines).toEqual(DRAFT.lines);
        continue;
      }
      expect(view.lines).toEqual([]);
      expect(await codeOf(world.station.dispense({ desk: 'pharmacy', rxId: rxId ?? '' }))).toBe('STEP_OUT_OF_ORDER');
    }
    expect(passed).toEqual([]);
    expect([...codes]).not.toContain('INTERNAL');
    expect(registerOf(world)).toEqual(before);
    expect((await lookAgain(rxId)).state).toBe('ready');
    expect(at(await collect(world, rxId), 'dispensed').acknowledged).toBe(true);
  }, 60_000);

  it('swapped: the prescription of another patient on this card', async () => {
    const others = await seeDoctor(world, CHEN);
    world.table.seat('other-pharmacy', await loadDesk(world.folders.pharmacy));
    world.table.insert(CHEN, 'other-pharmacy/right');
    const slot = 'other-pharmacy/right';
    const [record] = await world.table.cards.patientPrescriptions({ slot });
    const rxId = others.rxId ?? '';
    const body = await world.table.cards.patientPrescriptionBody({ slot, rxId });
    if (record === undefined) throw new Error('the card holds no prescription');
    const { used: _used, status: _status, ...moved } = record;
    world.table.remove(slot);
    // Only a clinic writes, beside its doctor.
    const there = 'other-registration/right';
    world.table.seat('other-registration', await loadDesk(world.folders.clinic));
    world.table.insert(WANG, there);
    await world.table.cards.doctorVerifyPin({ slot: 'clinic/left', pin: pinOf(LEE) });
    await world.table.cards.patientMeetsDoctor({ slot: there, doctorSlot: 'clinic/left' });
    await world.table.cards.patientWriteVisit({
      slot: there,
      reference: 'ab'.repeat(32),
      visit: { visitId: '0'.repeat(32), day: '2026-01-01', institution: '0401180014', diagnoses: [] },
      prescription: { record: moved, body },
    });
    const before = registerOf(world);
    const view = await look(world, WANG, rxId);
    expect(view).toMatchObject({ state: 'refused', lines: [], refusal: { code: 'CERT_SWAPPED' } });
    expect(await codeOf(world.station.dispense({ desk: 'pharmacy', rxId }))).toBe('STEP_OUT_OF_ORDER');
    expect(registerOf(world)).toEqual(before);
    await leavePharmacy(world);
    expect((await look(world, CHEN, rxId)).state).toBe('ready');
  });

  it('swapped: the bureau sends another prescription of the same patient', async () => {
    const first = await seeDoctor(world, WANG);
    const second = await seeDoctor(world, WANG, { ...DRAFT, lines: DRAFT.lines.slice(1) });
    const { wire } = world.desk('pharmacy');
    const stop = wire.meddle('inboxItem', (input, pass) =>
      pass({ ...input, params: { rxId: (first.rxId === input.params?.rxId ? second.rxId : first.rxId) ?? '' } }),
    );
    const view = await look(world, WANG, first.rxId);
    expect(view).toMatchObject({ state: 'refused', lines: [] });
    expect(view.refusal?.code).toBe('RX_ALTERED');
    stop();
    expect(await lookAgain(first.rxId)).toMatchObject({ state: 'ready', lines: DRAFT.lines });
    expect(await lookAgain(second.rxId)).toMatchObject({ state: 'ready', lines: DRAFT.lines.slice(1) });
  });

  it('forwarded: sealed to one pharmacy, shown at another', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    const { wire } = world.desk('pharmacy');
    await look(world, WANG, rxId);
    const item = wire.seen.findLast(({ route }) => route === 'inboxItem')?.answer as Awaited<
      ReturnType<typeof wire.client.inboxItem>
    >; // The route's own answer.
    await leavePharmacy(world);
    const other = await openOtherPharmacy(world);
    const otherWire = other.desk('pharmacy').wire;
    const stop = otherWire.meddle('inboxItem', async () => item);
    const before = registerOf(world);
    world.table.insert(WANG, 'other-pharmacy/right');
    const state = await other.until('pharmacy', (now) => settled(now) && now.flow.step === 'listed');
    // The card itself says that another pharmacy was named.
    expect(listed(state, rxId)).toMatchObject({ state: 'refused', lines: [], refusal: { code: 'RX_OTHER_PHARMACY' } });
    stop();
    // And the bureau says so to whoever asks past the card; the envelope opens for nobody else.
    const token = otherWire.seen.findLast(({ route }) => route === 'signOn')?.answer as { token: string }; // Its answer.
    const asked = other
      .desk('pharmacy')
      .ports.bureau.inboxItem({ operator: token.token, params: { rxId: rxId ?? '' } }, signal);
    expect(await codeOf(asked)).toBe('RX_OTHER_PHARMACY');
    expect(registerOf(world)).toEqual(before);
    expect((await look(world, WANG, rxId)).state).toBe('ready');
  });

  it('sealed to another pharmacy than the one that was named', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    const elsewhere = await seeDoctor(world, WANG, { ...DRAFT, pharmacy: '5931010023' });
    const other = await world.store.prescription(elsewhere.rxId ?? '', signal);
    const stop = world.desk('pharmacy').wire.meddle('inboxItem', async (input, pass) => ({
      ...(await pass(input)),
      ciphertext: Buffer.from(other?.ciphertext ?? []).toString('base64'),
    }));
    const view = await look(world, WANG, rxId);
    expect(view).toMatchObject({ state: 'refused', lines: [], refusal: { code: 'NOT_A_RECIPIENT' } });
    stop();
    expect((await lookAgain(rxId)).state).toBe('ready');
    expect((await lookAgain(elsewhere.rxId)).refusal?.code).toBe('RX_OTHER_PHARMACY');
  });

  it('collected before, by the card’s word', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    await look(world, WANG, rxId);
    at(await collect(world, rxId), 'dispensed');
    const before = registerOf(world);
    expect((await lookAgain(rxId)).state).toBe('collected');
    expect(await codeOf(world.station.dispense({ desk: 'pharmacy', rxId: rxId ?? '' }))).toBe('STEP_OUT_OF_ORDER');
    expect(registerOf(world)).toEqual(before);
  });

  it('collected before, by the bureau’s word, when the card is an older copy of itself', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    const older = world.table.copy(WANG);
    await look(world, WANG, rxId);
    at(await collect(world, rxId), 'dispensed');
    await leavePharmacy(world);
    world.table.restore(WANG, older);
    const before = registerOf(world);
    const view = await look(world, WANG, rxId);
    expect(view).toMatchObject({ state: 'collected', refusal: { code: 'RX_COLLECTED' } });
    expect(await codeOf(world.station.dispense({ desk: 'pharmacy', rxId: rxId ?? '' }))).toBe('STEP_OUT_OF_ORDER');
    expect(registerOf(world)).toEqual(before);
    expect((await world.store.prescription(rxId ?? '', signal))?.used).toBe(1);
    expect((await lookAgain(rxId)).state).toBe('collected');
  });

  // Last: the clocks do not go back.
  it('of an epoch that is over: good until it expires, and no longer', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    const later = async (days: number) => {
      world.clocks.advance(days * 24 * 60 * MINUTE);
      await signOn(world, 'pharmacy', 'staff-pharmacist');
      const view = await look(world, WANG, rxId);
      await leavePharmacy(world);
      return view;
    };
    const heads = async () => (await world.desk('pharmacy').ports.bureau.material({}, signal)).epochs;
    const before30 = await heads();
    // An epoch has a day, a prescription the whole of its last day.
    world.clocks.advance(MINUTE);
    expect(await later(30)).toMatchObject({ state: 'ready', lines: DRAFT.lines });
    expect((await heads()).length).toBeGreaterThan(before30.length);
    const before = registerOf(world);
    expect(await later(1)).toMatchObject({ state: 'refused', refusal: { code: 'RX_EXPIRED' } });
    expect(registerOf(world)).toEqual(before);
  });
});
