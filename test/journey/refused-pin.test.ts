import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registerOf } from './register.ts';
import {
  checkIn,
  codeOf,
  DRAFT,
  doctorIn,
  LEE,
  open,
  openHouse,
  patientIn,
  pinOf,
  ready,
  sign,
  signOn,
  WANG,
  wrongPin,
} from './walk.ts';
import { createWorld, type World } from './world.ts';

const REGISTRAR = 'staff-registrar';

describe('PINs and cards at the desks', () => {
  let world: World;
  let copies: ReadonlyMap<string, Uint8Array>;
  beforeAll(async () => {
    world = await createWorld();
    copies = new Map([REGISTRAR, LEE, WANG].map((card) => [card, world.table.copy(card)]));
  });
  beforeEach(async () => {
    for (const [card, copy] of copies) world.table.restore(card, copy);
    for (const desk of ['registration', 'clinic', 'pharmacy'] as const) await world.station.clear({ desk });
    await openHouse(world);
  });
  afterAll(() => world.close());

  it('counts the tries at a sign-on: 2, 1, blocked; a blocked card stays blocked for the right PIN', async () => {
    for (const refusal of [
      { code: 'PIN_WRONG', triesLeft: 2 },
      { code: 'PIN_WRONG', triesLeft: 1 },
      { code: 'PIN_BLOCKED' },
    ]) {
      const state = await world.station.signOn({ desk: 'registration', pin: wrongPin() });
      expect(state.signOnRefusal).toMatchObject(refusal);
      expect(state.operator).toBeUndefined();
    }
    const state = await world.station.signOn({ desk: 'registration', pin: pinOf(REGISTRAR) });
    expect(state.signOnRefusal?.code).toBe('PIN_BLOCKED');
    const before = registerOf(world);
    const refused = await patientIn(world, 'registration', WANG);
    expect(refused.flow).toEqual({ step: 'idle' });
    expect((await world.station.checkIn({ desk: 'registration' })).flow).toMatchObject({
      step: 'refused',
      refusal: { code: 'OPERATOR_REQUIRED' },
    });
    expect(registerOf(world)).toEqual(before);
  });

  it('signs on after a wrong PIN', async () => {
    await world.station.signOn({ desk: 'registration', pin: wrongPin() });
    await signOn(world, 'registration', REGISTRAR);
    expect((await world.state('registration')).signOnRefusal).toBeUndefined();
  });

  it('counts the tries at an opening: 2, 1, blocked; nothing was opened', async () => {
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
    const before = registerOf(world);
    for (const refusal of [
      { code: 'PIN_WRONG', triesLeft: 2 },
      { code: 'PIN_WRONG', triesLeft: 1 },
      { code: 'PIN_BLOCKED' },
      { code: 'PIN_BLOCKED' },
    ]) {
      const { flow } = await world.station.openVisit({ desk: 'clinic', pin: wrongPin() });
      expect(flow).toMatchObject({ step: 'refused', refusal });
    }
    expect(registerOf(world)).toEqual(before);
  });

  it('keeps the visit open and the draft with the doctor when the PIN is wrong at the signing', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    const before = registerOf(world);
    for (const refusal of [
      { code: 'PIN_WRONG', triesLeft: 2 },
      { code: 'PIN_WRONG', triesLeft: 1 },
    ]) {
      const { flow } = await world.station.signVisit({ desk: 'clinic', pin: wrongPin(), draft: DRAFT });
      expect(flow).toMatchObject({ step: 'opened', refusal });
    }
    expect(registerOf(world)).toEqual(before);
    expect(await sign(world)).toMatchObject({ acknowledged: true, onCard: true });
  });

  it('blocks the doctor card at the third wrong PIN of a signing; another opening card is asked for', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    for (let i = 0; i < 3; i++) await world.station.signVisit({ desk: 'clinic', pin: wrongPin(), draft: DRAFT });
    const { flow } = await world.station.signVisit({ desk: 'clinic', pin: pinOf(LEE), draft: DRAFT });
    expect(flow).toMatchObject({ step: 'opened', refusal: { code: 'PIN_BLOCKED' } });
    const other = 'doctor-hsu';
    await doctorIn(world, other);
    const signed = await world.station.signVisit({ desk: 'clinic', pin: pinOf(other), draft: DRAFT });
    expect(signed.flow).toMatchObject({ step: 'signed', acknowledged: true, onCard: true });
  });

  it('takes no patient card where a doctor card belongs', async () => {
    await checkIn(world, WANG);
    world.table.insert('patient-chen', 'clinic/left');
    await world.until('clinic', ready('clinic/left', 'patient'));
    await patientIn(world, 'clinic', WANG);
    const { flow } = await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
    expect(flow).toMatchObject({ step: 'refused', refusal: { code: 'CARD_WRONG_KIND' } });
    await doctorIn(world);
    expect((await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) })).flow.step).toBe('opened');
  });

  it('takes no doctor card where a staff card belongs', async () => {
    world.table.insert(LEE, 'registration/left');
    await world.until('registration', ready('registration/left', 'doctor'));
    expect((await world.station.signOn({ desk: 'registration', pin: pinOf(LEE) })).signOnRefusal).toEqual({
      code: 'STAFF_CARD_ABSENT',
    });
    await patientIn(world, 'registration', WANG);
    expect((await world.station.signOn({ desk: 'registration', pin: pinOf(LEE) })).signOnRefusal).toEqual({
      code: 'CARD_WRONG_KIND',
    });
  });

  it('signs nobody on with the card of another institution, or for another role', async () => {
    world.table.insert('staff-pharmacist', 'registration/left');
    await world.until('registration', ready('registration/left', 'staff'));
    const { operator, signOnRefusal } = await world.station.signOn({
      desk: 'registration',
      pin: pinOf('staff-pharmacist'),
    });
    expect(operator).toBeUndefined();
    expect(signOnRefusal).toEqual({ code: 'OPERATOR_NOT_ALLOWED' });
  });

  it('opens nothing with one card only', async () => {
    await checkIn(world, WANG);
    const before = registerOf(world);
    expect((await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) })).flow).toMatchObject({
      step: 'refused',
      refusal: { code: 'CARD_ABSENT' },
    });
    world.table.remove('clinic/left');
    await patientIn(world, 'clinic', WANG);
    expect((await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) })).flow).toMatchObject({
      step: 'refused',
      refusal: { code: 'DOCTOR_CARD_ABSENT' },
    });
    expect(registerOf(world)).toEqual(before);
    await doctorIn(world);
    expect((await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) })).flow.step).toBe('opened');
  });

  it('signs nobody on at a clinic, and has only the intents of each desk', async () => {
    const pins = [pinOf(LEE), pinOf(LEE), pinOf(LEE)] as const;
    expect(await codeOf(world.station.signOn({ desk: 'clinic', pin: pins[0] }))).toBe('STEP_OUT_OF_ORDER');
    expect(await codeOf(world.station.openVisit({ desk: 'pharmacy', pin: pins[1] }))).toBe('STEP_OUT_OF_ORDER');
    expect(await codeOf(world.station.signVisit({ desk: 'clinic', pin: pins[2], draft: DRAFT }))).toBe(
      'STEP_OUT_OF_ORDER',
    );
    for (const pin of pins) expect(pin).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await codeOf(world.station.checkIn({ desk: 'clinic' }))).toBe('STEP_OUT_OF_ORDER');
    expect(await codeOf(world.station.lookUp({ desk: 'registration' }))).toBe('STEP_OUT_OF_ORDER');
    expect(await codeOf(world.station.dispense({ desk: 'pharmacy', rxId: '0'.repeat(32) }))).toBe('STEP_OUT_OF_ORDER');
  });
});
