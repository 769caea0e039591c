/**
 * What must be refused at the clinic, and what happens when people do two things at once or change their mind in the middle.
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { revoke } from '../../main/app/administer-bureau.ts';
import { MINUTE } from './moving-clocks.ts';
import { registerOf } from './register.ts';
import {
  at,
  CHEN,
  checkIn,
  codeOf,
  DRAFT,
  LEE,
  look,
  open,
  openHouse,
  patientIn,
  pinOf,
  seeDoctor,
  sign,
  WANG,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

describe('visits that must not go on', () => {
  let world: World;
  const fresh = new Map<string, Uint8Array>();
  beforeAll(async () => {
    world = await createWorld();
    for (const card of [WANG, CHEN]) fresh.set(card, world.table.copy(card));
    await openHouse(world);
  });
  beforeEach(async () => {
    for (const desk of ['registration', 'clinic', 'pharmacy'] as const) {
      world.table.remove(`${desk}/right`);
      await world.station.clear({ desk });
      await world.until(desk, ({ flow }) => flow.step === 'idle');
    }
    for (const [card, copy] of fresh) world.table.restore(card, copy);
  });
  afterAll(() => world.close());

  const openNow = () => world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
  const signNow = () => world.station.signVisit({ desk: 'clinic', pin: pinOf(LEE), draft: DRAFT });

  it('an opening without a check-in, then with one', async () => {
    await patientIn(world, 'clinic', CHEN);
    const before = registerOf(world);
    expect((await openNow()).flow).toMatchObject({ step: 'refused', refusal: { code: 'VISIT_NOT_FOUND' } });
    expect(registerOf(world)).toEqual(before);
    await checkIn(world, CHEN);
    await open(world, CHEN);
  });

  it('an opening that answers a challenge that has run out', async () => {
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
    const before = registerOf(world);
    const stop = world.desk('clinic').wire.meddle('challenge', async (input, pass) => {
      const answer = await pass(input);
      world.clocks.advance(3 * MINUTE + 1);
      return answer;
    });
    expect((await openNow()).flow).toMatchObject({ step: 'refused', refusal: { code: 'CHALLENGE_STALE' } });
    expect(registerOf(world)).toEqual(before);
    stop();
    expect((await openNow()).flow.step).toBe('opened');
  });

  it('an opening replayed: the records are released once', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    const { wire, ports } = world.desk('clinic');
    const sent = wire.seen.findLast(({ route }) => route === 'opening');
    // What was seen on the route is what the desk had sent there.
    const again = ports.bureau.opening(sent?.input as Parameters<typeof ports.bureau.opening>[0], signal);
    expect(await codeOf(again)).toBe('CHALLENGE_USED');
    expect((await sign(world)).acknowledged).toBe(true);
  });

  it('an opening whose answer was lost: the desk says what the bureau says, and a new check-in helps', async () => {
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
    const stop = world.desk('clinic').wire.meddle('opening', async (input, pass) => {
      await pass(input);
      throw Object.assign(new Error('lost'), { code: 'BUREAU_UNREACHABLE' });
    });
    expect((await openNow()).flow).toMatchObject({ step: 'refused', refusal: { code: 'BUREAU_UNREACHABLE' } });
    stop();
    expect((await openNow()).flow).toMatchObject({ step: 'refused', refusal: { code: 'RECORDS_RELEASED' } });
    await checkIn(world, WANG);
    await open(world, WANG);
  });

  it('an answer for another visit', async () => {
    await checkIn(world, CHEN);
    await checkIn(world, WANG);
    const { wire } = world.desk('clinic');
    await patientIn(world, 'clinic', CHEN);
    let kept: { reply: string } | undefined;
    const stopFirst = wire.meddle('opening', async (input, pass) => {
      kept = await pass(input);
      return kept;
    });
    await openNow();
    stopFirst();
    await world.station.clear({ desk: 'clinic' });
    world.table.remove('clinic/right');
    await patientIn(world, 'clinic', WANG);
    const stop = wire.meddle('opening', async () => kept ?? { reply: '' });
    const { flow } = await openNow();
    expect(flow).toMatchObject({ step: 'refused', refusal: { code: 'NOT_A_RECIPIENT' } });
    stop();
    expect((await openNow()).flow.step).toBe('opened');
  });

  it('another patient’s card between opening and signing', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    const before = registerOf(world);
    await patientIn(world, 'clinic', CHEN);
    expect((await signNow()).flow).toMatchObject({ step: 'opened', refusal: { code: 'CARD_OTHER_PERSON' } });
    world.table.remove('clinic/right');
    await world.until('clinic', ({ slots }) => slots.some(({ state }) => state === 'empty'));
    expect((await signNow()).flow).toMatchObject({ step: 'opened', refusal: { code: 'CARD_ABSENT' } });
    expect(registerOf(world)).toEqual(before);
    await patientIn(world, 'clinic', WANG);
    expect(await sign(world)).toMatchObject({ acknowledged: true, onCard: true });
  });

  it('another patient’s card between signing and writing: nothing goes on it, the right one gets it later', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    const stop = world.desk('clinic').wire.meddle('prescription', async (input, pass) => {
      await patientIn(world, 'clinic', CHEN);
      return pass(input);
    });
    const { rxId } = at(await signClinic(), 'signed');
    stop();
    expect((await world.state('clinic')).flow).toMatchObject({ acknowledged: true, onCard: false });
    expect(await world.table.cards.patientPrescriptions({ slot: 'clinic/right' })).toEqual([]);
    // Also after the desk has gone on to other things.
    await world.station.clear({ desk: 'clinic' });
    await patientIn(world, 'clinic', WANG);
    await world.until('clinic', ({ slots }) => slots.every(({ state }) => state === 'ready'));
    for (let i = 0; i < 100; i++) {
      const held = await world.table.cards.patientPrescriptions({ slot: 'clinic/right' });
      if (held.some((record) => record.rxId === rxId)) break;
    }
    expect((await world.state('clinic')).flow).toEqual({ step: 'idle' });
    world.table.remove('clinic/right');
    expect((await look(world, WANG, rxId)).state).toBe('ready');
  });

  const signClinic = async () => {
    const state = await signNow();
    if (state.desk !== 'clinic') throw new Error('another desk answered');
    return state;
  };

  it('a prescription for a pharmacy the bureau does not know, or for none', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    const before = registerOf(world);
    const { pharmacy: _pharmacy, ...homeless } = DRAFT;
    for (const [draft, code] of [
      [{ ...DRAFT, pharmacy: '1234567890' }, 'NOT_FOUND'],
      [homeless, 'REQUEST_MALFORMED'],
    ] as const) {
      const { flow } = await world.station.signVisit({ desk: 'clinic', pin: pinOf(LEE), draft });
      expect(flow).toMatchObject({ step: 'opened', refusal: { code } });
    }
    expect(registerOf(world)).toEqual(before);
    expect(await sign(world)).toMatchObject({ acknowledged: true, onCard: true });
  });

  it('a second opening while a visit is open: the visit is not lost', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    expect(await codeOf(openNow())).toBe('STEP_OUT_OF_ORDER');
    expect((await world.state('clinic')).flow.step).toBe('opened');
    expect(await sign(world)).toMatchObject({ acknowledged: true, onCard: true });
  });

  it('a second signing of what is signed', async () => {
    await seeDoctor(world, WANG);
    expect(await codeOf(signNow())).toBe('STEP_OUT_OF_ORDER');
  });

  it('two intents at once: the second is out of order and changes nothing of the first', async () => {
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
    const second = pinOf(LEE);
    const [first, other] = await Promise.all([
      openNow(),
      codeOf(world.station.openVisit({ desk: 'clinic', pin: second })),
    ]);
    expect(first.flow.step).toBe('opened');
    expect(other).toBe('STEP_OUT_OF_ORDER');
    expect(second).toEqual([0, 0, 0, 0, 0, 0]);
    const before = registerOf(world);
    const [signed, again] = await Promise.all([signNow(), codeOf(signNow())]);
    expect(signed.flow.step).toBe('signed');
    expect(again).toBe('STEP_OUT_OF_ORDER');
    expect(registerOf(world)).toMatchObject({
      records: before.records + 1,
      prescriptions: before.prescriptions + 1,
    });
    world.table.remove('clinic/right');
    const { rxId } = at(signed.desk === 'clinic' ? signed : await signClinic(), 'signed');
    await look(world, WANG, rxId);
    const [dispensed, twice] = await Promise.all([
      world.station.dispense({ desk: 'pharmacy', rxId: rxId ?? '' }),
      codeOf(world.station.dispense({ desk: 'pharmacy', rxId: rxId ?? '' })),
    ]);
    expect(dispensed.flow.step).toBe('dispensed');
    expect(twice).toBe('STEP_OUT_OF_ORDER');
    expect(registerOf(world).pickups).toBe(before.pickups + 1);
  });

  it('a sign-on while the desk is at work: whoever is signed on stays so', async () => {
    const held = Promise.withResolvers<void>();
    const stop = world.desk('registration').wire.meddle('checkIn', async (input, pass) => {
      await held.promise;
      return pass(input);
    });
    world.table.insert(WANG, 'registration/right');
    await world.until('registration', ({ flow }) => flow.step === 'working');
    const pin = pinOf('staff-registrar');
    expect(await codeOf(world.station.signOn({ desk: 'registration', pin }))).toBe('STEP_OUT_OF_ORDER');
    expect(pin).toEqual([0, 0, 0, 0, 0, 0]);
    expect((await world.state('registration')).operator?.role).toBe('registrar');
    held.resolve();
    expect((await world.until('registration', ({ flow }) => flow.step !== 'working')).flow.step).toBe('checked-in');
    stop();
  });

  it.each([
    ['registration', 'checkIn', 'challenge'],
    ['clinic', 'openVisit', 'opening'],
    ['clinic', 'openVisit', 'challenge'],
  ] as const)('cleared during work (%s, %s at %s): nothing of the patient comes back', async (desk, _intent, route) => {
    await checkIn(world, WANG);
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const stop = world.desk(desk).wire.meddle(route, async (input, pass) => {
      reached.resolve();
      await held.promise;
      return pass(input);
    });
    await patientInWithoutWaiting(desk);
    const working = desk === 'clinic' ? openNow() : undefined;
    await reached.promise;
    expect((await world.station.clear({ desk })).flow).toEqual({ step: 'idle' });
    held.resolve();
    await working;
    const seen = world.published.length;
    await world.until(desk, ({ flow }) => flow.step === 'idle');
    stop();
    expect((await world.state(desk)).flow).toEqual({ step: 'idle' });
    expect(JSON.stringify(world.published.slice(seen))).not.toContain('王');
    world.table.remove(`${desk}/right`);
    // The desk is free again for whoever comes next.
    await checkIn(world, CHEN);
    await open(world, CHEN);
  });

  const patientInWithoutWaiting = async (desk: 'registration' | 'clinic'): Promise<void> => {
    world.table.insert(WANG, `${desk}/right`);
    await world.until(desk, ({ slots }) => slots.every(({ state }) => state === 'ready'));
  };

  it('cleared while what is signed goes out: it goes out whole, and on the card, and shows nowhere', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    const before = registerOf(world);
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const stop = world.desk('clinic').wire.meddle('record', async (input, pass) => {
      reached.resolve();
      await held.promise;
      return pass(input);
    });
    const signing = signNow();
    await reached.promise;
    expect((await world.station.clear({ desk: 'clinic' })).flow).toEqual({ step: 'idle' });
    held.resolve();
    expect((await signing).flow).toEqual({ step: 'idle' });
    stop();
    expect(registerOf(world)).toMatchObject({
      records: before.records + 1,
      prescriptions: before.prescriptions + 1,
    });
    expect(await world.table.cards.patientPrescriptions({ slot: 'clinic/right' })).toHaveLength(1);
  });

  it('cancelled by whoever asked, while the card signs: nothing is sent, and the visit stays open', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    const before = registerOf(world);
    const given = new AbortController();
    const stop = world.station.subscribe.state(({ flow }) => {
      if (flow.step === 'opened' && flow.stages.some(({ name }) => name === 'sign-record')) given.abort();
    });
    const signing = world.station.signVisit({ desk: 'clinic', pin: pinOf(LEE), draft: DRAFT }, given.signal);
    expect((await signing).flow).toMatchObject({ step: 'opened', refusal: { code: 'CANCELLED' } });
    stop();
    expect(registerOf(world)).toEqual(before);
    expect(await world.desk('clinic').outboxItems()).toEqual([]);
    expect(await sign(world)).toMatchObject({ acknowledged: true, onCard: true });
  });

  it('a card revoked between check-in and opening', async () => {
    await checkIn(world, CHEN);
    await patientIn(world, 'clinic', CHEN);
    const { signing } = await world.table.cards.patientCertificates({ slot: 'clinic/right' });
    await revoke(world.folders.bureau, parseCertificate(signing).serial, world.clocks.bureau);
    const before = registerOf(world);
    expect((await openNow()).flow).toMatchObject({ step: 'refused', refusal: { code: 'CERT_REVOKED' } });
    expect(registerOf(world)).toEqual(before);
    world.table.remove('clinic/right');
    await checkIn(world, WANG);
    await open(world, WANG);
  });
});
