/**
 * What must not stay and must not be said: the last patient, PINs, and who the doctor was.
 * @module
 */
import { inspect } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Desk } from '../../contract/station.ts';
import { open as openSealed } from '../../crypto/envelope/open.ts';
import { createSoftwareKeyAgreement } from '../../crypto/envelope/recipient-key.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { bureauFiles } from '../../main/app/bureau-files.ts';
import { DOCTORS, PATIENTS, STAFF } from '../../main/app/demonstration.ts';
import { loadDesk } from '../../main/app/desk-folder.ts';
import { loadKey } from '../../main/app/load-bureau.ts';
import { MINUTE } from './moving-clocks.ts';
import {
  at,
  CHEN,
  checkIn,
  codeOf,
  collect,
  DRAFT,
  LEE,
  look,
  open,
  openHouse,
  patientIn,
  pinOf,
  seeDoctor,
  settled,
  sign,
  WANG,
  wrongPin,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const Certificates = z.array(z.object({ certificate: z.custom<Uint8Array>((value) => value instanceof Uint8Array) }));

describe('privacy at the desks', () => {
  let world: World;
  let fresh: Uint8Array;
  beforeAll(async () => {
    world = await createWorld();
    fresh = world.table.copy(WANG);
    await openHouse(world);
  });
  beforeEach(async () => {
    for (const desk of ['registration', 'clinic', 'pharmacy'] as const) {
      world.table.remove(`${desk}/right`);
      await world.station.clear({ desk });
    }
    world.table.restore(WANG, fresh);
  });
  afterAll(() => world.close());

  /** What a screen may still show of nobody: slots, operator, line to the bureau. */
  const expectEmpty = async (desk: Desk): Promise<void> => {
    const { flow } = await world.state(desk);
    expect(flow).toEqual({ step: 'idle' });
  };

  it('leaves nothing of the last patient after clear, at any desk', async () => {
    await patientIn(world, 'registration', WANG);
    await world.until('registration', ({ flow }) => flow.step === 'checked-in');
    await world.station.clear({ desk: 'registration' });
    await expectEmpty('registration');
    await open(world, WANG);
    await world.station.clear({ desk: 'clinic' });
    await expectEmpty('clinic');
    world.table.remove('clinic/right');
    const { rxId } = await seeDoctor(world, WANG);
    await expectEmpty('clinic');
    await look(world, WANG, rxId);
    await world.station.clear({ desk: 'pharmacy' });
    await expectEmpty('pharmacy');
    expect(await codeOf(world.station.dispense({ desk: 'pharmacy', rxId: rxId ?? '' }))).toBe('STEP_OUT_OF_ORDER');
  });

  it('takes the list off the screen as soon as the card has left the pharmacy', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    await look(world, WANG, rxId);
    world.table.remove('pharmacy/right');
    await world.until('pharmacy', ({ flow }) => flow.step === 'idle');
    expect(await codeOf(world.station.dispense({ desk: 'pharmacy', rxId: rxId ?? '' }))).toBe('STEP_OUT_OF_ORDER');
  });

  it('lists nothing of a card that left while its prescriptions were on the way', async () => {
    await seeDoctor(world, WANG);
    const stop = world.desk('pharmacy').wire.meddle('inboxItem', async (input, pass) => {
      world.table.remove('pharmacy/right');
      return pass(input);
    });
    world.table.insert(WANG, 'pharmacy/right');
    await world.until('pharmacy', ({ flow }) => flow.step === 'working');
    await world.until('pharmacy', settled);
    stop();
    await expectEmpty('pharmacy');
  });

  it('leaves what was handed out on the screen for a minute, and not longer', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    await look(world, WANG, rxId);
    at(await collect(world, rxId), 'dispensed');
    world.table.remove('pharmacy/right');
    await world.until('pharmacy', ({ slots }) => slots.some(({ state }) => state === 'empty'));
    world.runTimers(30_000);
    expect((await world.state('pharmacy')).flow.step).toBe('dispensed');
    world.runTimers(60_000);
    await expectEmpty('pharmacy');
  });

  it.each(['after the result', 'before the result'] as const)(
    'takes a name off the registration screen a while after the card has left, %s',
    async (when) => {
      const stop = world.desk('registration').wire.meddle('checkIn', (input, pass) => {
        if (when === 'before the result') world.table.remove('registration/right');
        return pass(input);
      });
      world.table.insert(WANG, 'registration/right');
      await world.until('registration', ({ flow }) => flow.step === 'checked-in');
      stop();
      world.table.remove('registration/right');
      await world.until('registration', ({ slots }) => slots.some(({ state }) => state === 'empty'));
      world.runTimers(15_000);
      await expectEmpty('registration');
    },
  );

  it('keeps no PIN: not what was typed, not what came to the cards, whether right, wrong or out of place', async () => {
    const typed: number[][] = [];
    const type = (digits: number[]): number[] => {
      typed.push(digits);
      return digits;
    };
    const { station } = world;
    await station.signOn({ desk: 'registration', pin: type(wrongPin()) });
    await station.signOn({ desk: 'registration', pin: type(pinOf('staff-registrar')) });
    await codeOf(station.signOn({ desk: 'clinic', pin: type(pinOf(LEE)) }));
    await codeOf(station.openVisit({ desk: 'registration', pin: type(pinOf(LEE)) }));
    await codeOf(station.signVisit({ desk: 'clinic', pin: type(pinOf(LEE)), draft: DRAFT }));
    await station.openVisit({ desk: 'clinic', pin: type(pinOf(LEE)) });
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
    await station.openVisit({ desk: 'clinic', pin: type(wrongPin()) });
    await station.openVisit({ desk: 'clinic', pin: type(pinOf(LEE)) });
    await station.signVisit({ desk: 'clinic', pin: type(wrongPin()), draft: DRAFT });
    const [first, second] = [type(pinOf(LEE)), type(pinOf(LEE))];
    await Promise.all([
      station.signVisit({ desk: 'clinic', pin: first, draft: DRAFT }),
      codeOf(station.signVisit({ desk: 'clinic', pin: second, draft: DRAFT })),
    ]);
    // Where the card is not one that has that PIN.
    const stray = pinOf(LEE);
    await codeOf(
      world.table.cards.patientVerifyPin({ slot: 'clinic/left', pin: type(stray) }).finally(() => stray.fill(0)),
    );
    for (const digits of typed) expect(digits).toEqual(digits.map(() => 0));
    expect(world.table.digits.length).toBeGreaterThan(6);
    for (const digits of world.table.digits) expect(digits).toEqual(digits.map(() => 0));
  });

  it('logs no name, PIN, drug, diagnosis or pseudonym, whatever goes wrong', async () => {
    const { wire: clinic } = world.desk('clinic');
    const { wire: pharmacy } = world.desk('pharmacy');
    await checkIn(world, WANG);
    await open(world, WANG);
    await world.station.signVisit({ desk: 'clinic', pin: wrongPin(), draft: DRAFT });
    await patientIn(world, 'clinic', CHEN);
    await world.station.signVisit({ desk: 'clinic', pin: pinOf(LEE), draft: DRAFT });
    await patientIn(world, 'clinic', WANG);
    const stopRecord = clinic.meddle('record', async (input, pass) => {
      await pass(input);
      throw Object.assign(new Error('lost'), { code: 'BUREAU_UNREACHABLE' });
    });
    const signed = await sign(world);
    stopRecord();
    world.runTimers(MINUTE);
    await world.until('clinic', ({ bureau }) => bureau.waiting === 0);
    world.table.remove('clinic/right');
    const stopItem = pharmacy.meddle('inboxItem', async (input, pass) => {
      const item = await pass(input);
      return { ...item, designation: item.ciphertext };
    });
    await look(world, WANG, signed.rxId);
    stopItem();
    world.table.remove('pharmacy/right');
    await world.until('pharmacy', ({ flow }) => flow.step === 'idle');
    await look(world, WANG, signed.rxId);
    const stopPickup = pharmacy.meddle('pickup', (input, pass) => pass({ ...input, body: { message: 'AAAA' } }));
    await collect(world, signed.rxId);
    stopPickup();
    expect(world.logged.length).toBeGreaterThan(4);
    const text = world.logged.map(({ event, cause }) => `${event} ${inspect(cause, { depth: 12 })}`).join('\n');
    const pids = new Set(
      world.published.flatMap((state) => JSON.stringify(state).match(/"pid":"[0-9a-f]{32}"/gu) ?? []),
    );
    expect([...pids]).toEqual([]);
    const database = new Database(bureauFiles(world.folders.bureau).database, { readonly: true });
    const persons = z.array(z.object({ pid: z.string() })).parse(database.prepare('select pid from person').all());
    database.close();
    const secret = [
      ...PATIENTS.flatMap(({ person, pin }) => [person.name, person.nationalId, person.birthDate, pin]),
      ...[...DOCTORS, ...STAFF].flatMap(({ name, pin }) => [name, pin]),
      ...DOCTORS.map(({ doctorId }) => doctorId),
      ...persons.map(({ pid }) => pid),
      ...DRAFT.lines.map(({ code }) => code),
      ...DRAFT.diagnoses,
      '王○明',
    ];
    for (const word of secret) expect(text).not.toContain(word);
    for (const { person } of PATIENTS) expect(text).not.toContain(person.name.slice(0, 1));
  });

  it('names the doctor in nothing that is group-signed, to bureau or pharmacy', async () => {
    const signed = await seeDoctor(world, WANG);
    const { seen } = world.desk('clinic').wire;
    const { key, certificate: own } = await loadKey(bureauFiles(world.folders.bureau).keys, 'bureau-encryption');
    const bureauKey = createSoftwareKeyAgreement(key, own.der);
    const { decryption } = await loadDesk(world.folders.pharmacy);
    if (decryption === undefined) throw new Error('a pharmacy without a key');
    const Body = z.object({
      message: z.string().optional(),
      manifest: z.string().optional(),
      ciphertext: z.string().optional(),
    });
    const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
    const messages: [string, Buffer][] = [];
    for (const { route, input } of seen) {
      if (route !== 'opening' && route !== 'record' && route !== 'prescription') continue;
      const { message, manifest, ciphertext } = Body.parse(input.body);
      for (const sealed of [message, manifest])
        if (sealed !== undefined)
          messages.push([route, Buffer.from(await openSealed(bytesOf(sealed), bureauKey, signal))]);
      if (ciphertext !== undefined)
        messages.push(['pharmacy', Buffer.from(await openSealed(bytesOf(ciphertext), decryption, signal))]);
    }
    const row = await world.store.prescription(signed.rxId ?? '', signal);
    messages.push(['stored manifest', Buffer.from(row?.manifest ?? [])]);
    const database = new Database(bureauFiles(world.folders.bureau).database, { readonly: true });
    const members = Certificates.parse(database.prepare('select certificate from group_member').all());
    database.close();
    expect(members).toHaveLength(DOCTORS.length);
    const certificates = members.map(({ certificate }) => parseCertificate(new Uint8Array(certificate)));
    const traces: Buffer[] = [
      ...DOCTORS.flatMap(({ name, doctorId }) => [Buffer.from(name), Buffer.from(doctorId)]),
      ...certificates.flatMap(({ der, spki, serial }) => [
        Buffer.from(der),
        Buffer.from(spki).subarray(-64),
        Buffer.from(serial, 'hex'),
      ]),
    ];
    expect(new Set(messages.map(([what]) => what))).toEqual(
      new Set(['opening', 'record', 'prescription', 'pharmacy', 'stored manifest']),
    );
    for (const [, message] of messages) for (const trace of traces) expect(message.includes(trace)).toBe(false);
    for (const { input } of seen) {
      const sent = JSON.stringify(input);
      for (const { name, doctorId } of DOCTORS) {
        expect(sent).not.toContain(name);
        expect(sent).not.toContain(doctorId);
      }
    }
  });

  it('shows a name masked, and never a whole one', () => {
    const shown = JSON.stringify(world.published);
    expect(shown).toContain('王○明');
    for (const { person } of PATIENTS) expect(shown).not.toContain(person.name);
    for (const { name } of DOCTORS) expect(shown).not.toContain(name);
  });
});
