/**
 * A doctor takes a prescription back (product.md 3 and 4): at once, or later from the list of what this desk issued.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IssuedScope } from '../../contract/issued.ts';
import { OTHER_PHARMACY } from '../../main/app/demonstration.ts';
import { registerOf } from './register.ts';
import {
  at,
  checkIn,
  codeOf,
  collect,
  DRAFT,
  doctorIn,
  LEE,
  leavePharmacy,
  look,
  open,
  openHouse,
  patientIn,
  pinOf,
  refusalIn,
  seeDoctor,
  sign,
  WANG,
  wrongPin,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const desk = 'clinic' as const;
const reason = '開錯劑量';

describe('cancelling at the clinic', () => {
  let world: World;
  let fresh: Uint8Array;
  beforeAll(async () => {
    world = await createWorld();
    fresh = world.table.copy(WANG);
    await openHouse(world);
  });
  beforeEach(async () => {
    await leavePharmacy(world);
    world.table.remove('clinic/right');
    await world.station.clear({ desk });
    world.table.restore(WANG, fresh);
  });
  afterAll(() => world.close());

  const clinicOf = <S extends { readonly desk: string }>(state: S) => {
    if (state.desk !== desk) throw new Error('another desk answered');
    return state as Extract<S, { readonly desk: typeof desk }>; // Its discriminant, compared just above.
  };
  const openList = async (scope: IssuedScope = 'today', pin: number[] | undefined = pinOf(LEE)) =>
    clinicOf(await world.station.openIssued({ desk, scope, page: 1, ...(pin === undefined ? {} : { pin }) }));
  const cancel = async (rxId: string, pin = pinOf(LEE)) =>
    clinicOf(await world.station.cancelPrescription({ desk, rxId, reason, pin }));
  const stateIn = (state: Awaited<ReturnType<typeof openList>>, rxId: string) =>
    at(state, 'issued').items.find((item) => item.rxId === rxId)?.state;
  const events = async (rxId: string): Promise<readonly string[]> =>
    (await world.store.prescriptionEvents(rxId, signal)).map(({ event }) => event);

  it('lists what was issued here with its patient, and cancels it with a reason when the patient has left', async () => {
    const { rxId = '', person } = await seeDoctor(world, WANG);
    const list = at(await openList(), 'issued');
    expect(list).toMatchObject({ scope: 'today', page: 1, pages: 1 });
    expect(list.items[0]).toMatchObject({ rxId, person, lines: DRAFT.lines, state: 'issued', used: 0, parts: 1 });
    const done = await cancel(rxId);
    expect(at(done, 'issued')).toMatchObject({ cancelled: rxId });
    expect(stateIn(done, rxId)).toBe('cancelled');
    expect(await events(rxId)).toEqual(['cancel']);
    // The card learns it at its next insertion.
    await patientIn(world, 'pharmacy', WANG);
    const there = await world.until('pharmacy', ({ flow }) => flow.step === 'listed');
    expect(at(there, 'listed').prescriptions.some((view) => view.rxId === rxId)).toBe(false);
    expect(stateIn(await openList('open', undefined), rxId)).toBeUndefined();
  });

  it('takes back what was signed just now, and the card that is still here learns it', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    const { rxId = '' } = await sign(world);
    const done = at(await cancel(rxId), 'signed');
    expect(done).toMatchObject({ rxId, cancelled: true, onCard: true });
    expect(done.stages.map(({ name }) => name)).toEqual([
      'fetch-issued',
      'sign-cancellation',
      'send-cancellation',
      'write-card',
    ]);
    const onCard = await world.table.cards.patientPrescriptions({ slot: 'clinic/right' });
    expect(onCard.find((record) => record.rxId === rxId)?.status).toBe('cancelled');
    expect(await codeOf(cancel(rxId))).toBe('STEP_OUT_OF_ORDER');
  });

  it('what was collected stays so, and the list says it', async () => {
    const { rxId = '' } = await seeDoctor(world, WANG);
    await openList();
    await look(world, WANG, rxId);
    at(await collect(world, rxId), 'dispensed');
    const refused = await cancel(rxId);
    expect(refusalIn(refused.flow)).toBe('RX_COLLECTED');
    expect(stateIn(refused, rxId)).toBe('dispensed');
  });

  it('a part that was collected stays so; those to come are cancelled', async () => {
    const { rxId = '' } = await seeDoctor(world, WANG, { ...DRAFT, parts: 3 });
    await look(world, WANG, rxId);
    at(await collect(world, rxId), 'dispensed');
    const before = at(await openList('open'), 'issued').items.find((item) => item.rxId === rxId);
    expect(before).toMatchObject({ state: 'partly-dispensed', used: 1, parts: 3 });
    expect(stateIn(await cancel(rxId), rxId)).toBe('cancelled');
    expect(await events(rxId)).toEqual(['accept', 'dispense', 'cancel']);
  });

  it('not while a pharmacy prepares it', async () => {
    const { rxId = '' } = await seeDoctor(world, WANG);
    await openList();
    await look(world, WANG, rxId);
    await world.station.accept({ desk: 'pharmacy', rxId, recover: false });
    const refused = await cancel(rxId);
    expect(refusalIn(refused.flow)).toBe('RX_LOCKED');
    expect(stateIn(refused, rxId)).toBe('accepted');
    await world.station.release({ desk: 'pharmacy', rxId });
    expect(stateIn(await cancel(rxId), rxId)).toBe('cancelled');
  });

  it('off line the list is there and says so; nothing is signed and no try of the PIN is lost', async () => {
    const { rxId = '' } = await seeDoctor(world, WANG, { ...DRAFT, pharmacy: OTHER_PHARMACY });
    const mend = world.desk(desk).wire.cut();
    const list = await openList();
    expect(list.bureau.online).toBe(false);
    expect(stateIn(list, rxId)).toBe('unknown');
    const refused = await cancel(rxId, wrongPin());
    expect(refusalIn(refused.flow)).toBe('BUREAU_UNREACHABLE');
    mend();
    expect(at(await cancel(rxId, wrongPin()), 'issued').refusal).toEqual({ code: 'PIN_WRONG', triesLeft: 2 });
    expect(await events(rxId)).toEqual([]);
    expect(stateIn(await cancel(rxId), rxId)).toBe('cancelled');
  });

  it('an answer that was lost: said again, it is cancelled already', async () => {
    const { rxId = '' } = await seeDoctor(world, WANG);
    await openList();
    const stop = world.desk(desk).wire.meddle('cancellation', async (input, pass) => {
      await pass(input);
      throw Object.assign(new Error('the line failed'), { code: 'BUREAU_UNREACHABLE' });
    });
    await cancel(rxId);
    stop();
    const again = await cancel(rxId);
    expect(refusalIn(again.flow)).toBe('RX_CANCELLED');
    expect(stateIn(again, rxId)).toBe('cancelled');
  });

  it('opens with the doctor’s PIN or comfort signing only, goes with the card, and never beside an open visit', async () => {
    await seeDoctor(world, WANG);
    expect(refusalIn((await openList('today', wrongPin())).flow)).toBe('PIN_WRONG');
    await openList();
    world.table.remove('clinic/left');
    await world.until(desk, ({ flow }) => flow.step === 'idle');
    expect(refusalIn((await openList('today', undefined)).flow)).toBe('DOCTOR_CARD_ABSENT');
    await doctorIn(world);
    await world.station.clear({ desk });
    const none = await world.station.openIssued({ desk, scope: 'today', page: 1 });
    expect(refusalIn(none.flow)).toBe('PIN_REQUIRED');
    await world.station.openComfort({ desk, pin: pinOf(LEE) });
    expect((await world.station.openIssued({ desk, scope: 'today', page: 1 })).flow.step).toBe('issued');
    await world.station.signOff({ desk });
    await checkIn(world, WANG);
    await world.station.clear({ desk });
    await open(world, WANG);
    expect(await codeOf(world.station.openIssued({ desk, scope: 'today', page: 1 }))).toBe('STEP_OUT_OF_ORDER');
  });

  it('before the card had it: the card that comes back gets the visit and no prescription', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    // The line is slow, and the patient does not wait for it.
    const stop = world.desk(desk).wire.meddle('record', async (input, pass) => {
      world.table.remove('clinic/right');
      return pass(input);
    });
    const signed = await sign(world);
    stop();
    expect(signed).toMatchObject({ onCard: false, acknowledged: true });
    const { rxId = '' } = signed;
    expect(at(await cancel(rxId), 'signed').cancelled).toBe(true);
    const before = registerOf(world);
    world.table.insert(WANG, 'clinic/right');
    await world.until(desk, ({ flow }) => flow.step === 'signed' && flow.onCard);
    const onCard = await world.table.cards.patientPrescriptions({ slot: 'clinic/right' });
    expect(onCard.some((record) => record.rxId === rxId)).toBe(false);
    expect(registerOf(world)).toEqual(before);
  });
});
