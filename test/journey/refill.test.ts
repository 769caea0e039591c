/**
 * What the doctor decides besides the drugs (product.md 3): in how many parts, and whether one is controlled.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dayAfter, dayOf } from '../../contract/calendar.ts';
import { beginEpoch } from '../../main/app/administer-bureau.ts';
import { registerOf } from './register.ts';
import {
  at,
  checkIn,
  codeOf,
  collect,
  DRAFT,
  doctorIn,
  leavePharmacy,
  listed,
  look,
  openHouse,
  patientIn,
  pinOf,
  refusalIn,
  seeDoctor,
  WANG,
  wrongPin,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const desk = 'pharmacy' as const;

describe('a prescription in parts, and a controlled drug', () => {
  let world: World;
  let fresh: Uint8Array;
  beforeAll(async () => {
    world = await createWorld();
    fresh = world.table.copy(WANG);
    // A card is issued for its first class; the others come with the next epoch.
    await beginEpoch(world.folders.bureau, world.clocks.bureau);
    await openHouse(world);
  });
  beforeEach(async () => {
    await leavePharmacy(world);
    world.table.restore(WANG, fresh);
  });
  afterAll(() => world.close());

  const dispense = async (rxId: string, more: { readonly exception?: 'abroad'; readonly pin?: number[] }) => {
    const state = await world.station.dispense({ desk, rxId, ...more });
    if (state.desk !== desk) throw new Error('another desk answered');
    return state;
  };
  const again = async (rxId: string) => {
    await leavePharmacy(world);
    return look(world, WANG, rxId);
  };
  const events = async (rxId: string): Promise<readonly string[]> =>
    (await world.store.prescriptionEvents(rxId, signal)).map(({ event }) => event);

  it('a refill slip says when each part opens, and is collected part by part, once before its time', async () => {
    const { slip, rxId = '' } = await seeDoctor(world, WANG, { ...DRAFT, parts: 3 });
    const now = world.clocks.desk.now();
    // 28 days a part: the next from the eighteenth day on, the last within 30 + 2 × 28 days.
    const opens = [dayOf(now), dayAfter(now, 18), dayAfter(now, 36)];
    expect(slip).toMatchObject({ issued: dayOf(now), opens, expires: dayAfter(now, 86) });
    expect(await look(world, WANG, rxId)).toMatchObject({ state: 'ready', part: 1, parts: 3, expires: slip?.expires });
    at(await collect(world, rxId), 'dispensed');
    expect(await again(rxId)).toMatchObject({ state: 'early', part: 2, opensOn: opens[1] });
    expect(await codeOf(world.station.dispense({ desk, rxId }))).toBe('STEP_OUT_OF_ORDER');
    at(await dispense(rxId, { exception: 'abroad' }), 'dispensed');
    expect(await again(rxId)).toMatchObject({ state: 'early', part: 3 });
    const refused = await dispense(rxId, { exception: 'abroad' });
    expect(refusalIn(refused.flow)).toBe('RX_EXCEPTION_USED');
  });

  it('stands in the record with its parts when the next visit is opened', async () => {
    await seeDoctor(world, WANG, { ...DRAFT, parts: 3 });
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
    const state = await world.station.openVisit({ desk: 'clinic', pin: pinOf('doctor-lee') });
    if (state.desk !== 'clinic') throw new Error('another desk answered');
    expect(at(state, 'opened').records[0]).toMatchObject({ lines: DRAFT.lines, parts: 3, verified: true });
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });
  });

  it('a controlled drug is handed out after the patient’s PIN only, asked before anything is locked', async () => {
    const { rxId = '' } = await seeDoctor(world, WANG, { ...DRAFT, controlled: true });
    expect(await look(world, WANG, rxId)).toMatchObject({ state: 'ready', controlled: true, asksPin: true });
    expect(refusalIn((await collect(world, rxId)).flow)).toBe('PIN_REQUIRED');
    const wrong = await dispense(rxId, { pin: wrongPin() });
    expect(at(wrong, 'listed').refusal).toEqual({ code: 'PIN_WRONG', triesLeft: 2 });
    expect(listed(wrong, rxId).state).toBe('ready');
    expect(await events(rxId)).toEqual([]);
    at(await dispense(rxId, { pin: pinOf(WANG) }), 'dispensed');
    expect(await events(rxId)).toEqual(['accept', 'dispense']);
  });

  it('what is not controlled asks for no PIN', async () => {
    const { rxId = '' } = await seeDoctor(world, WANG);
    expect(await look(world, WANG, rxId)).toMatchObject({ controlled: false, asksPin: false });
  });

  it('a doctor without the class is told at the opening, and refused at the signing with nothing sent', async () => {
    await doctorIn(world, 'doctor-hsu');
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
    const opened = await world.station.openVisit({ desk: 'clinic', pin: pinOf('doctor-hsu') });
    expect(opened.flow).toMatchObject({ step: 'opened', mayControl: false });
    const before = registerOf(world);
    const draft = { ...DRAFT, controlled: true };
    const refused = await world.station.signVisit({ desk: 'clinic', pin: pinOf('doctor-hsu'), draft });
    expect(refusalIn(refused.flow)).toBe('CLASS_NOT_ALLOWED');
    expect(registerOf(world)).toEqual(before);
    // The same without the mark is any doctor's.
    const signed = await world.station.signVisit({ desk: 'clinic', pin: pinOf('doctor-hsu'), draft: DRAFT });
    expect(signed.flow).toMatchObject({ step: 'signed', acknowledged: true });
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });
    await doctorIn(world);
  });
});
