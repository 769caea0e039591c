/**
 * The bureau away, or its answers lost: what is signed waits whole, is sent again as the same bytes, and counts once.
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ImisError } from '../../contract/errors.ts';
import { MINUTE } from './moving-clocks.ts';
import { registerOf } from './register.ts';
import {
  at,
  CHEN,
  checkIn,
  collect,
  DRAFT,
  LEE,
  leavePharmacy,
  look,
  open,
  openHouse,
  patientIn,
  pinOf,
  ready,
  refusalIn,
  seeDoctor,
  sign,
  WANG,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

/** A doctor of the same clinic, at a station of its own. */
const HSU = 'doctor-hsu';

describe('a bureau that is away', () => {
  let world: World;
  let fresh: Uint8Array;
  beforeAll(async () => {
    world = await createWorld();
    fresh = world.table.copy(WANG);
    await openHouse(world);
  });
  beforeEach(async () => {
    await world.startBureau();
    for (const desk of ['registration', 'clinic', 'pharmacy'] as const) {
      world.table.remove(`${desk}/right`);
      await world.station.clear({ desk });
    }
    world.table.restore(WANG, fresh);
  });
  afterAll(() => world.close());

  const unreachable = (): never => {
    throw new ImisError('BUREAU_UNREACHABLE', 'the test cut the line');
  };
  /** The desk's own timer fires, again and again, until nothing waits. */
  const delivered = (desk: 'clinic' | 'pharmacy') => {
    world.runTimers(MINUTE);
    return world.until(desk, ({ bureau }) => bureau.waiting === 0);
  };

  it('while signing: record and prescription wait, and go out as the same bytes', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    const before = registerOf(world);
    await world.stopBureau();
    const signed = await sign(world);
    expect(signed).toMatchObject({ acknowledged: false, onCard: true });
    const state = await world.state('clinic');
    expect(state.bureau).toEqual({ online: false, waiting: 2 });
    const kept = await world.desk('clinic').outboxItems();
    expect(kept.map(({ route }) => route)).toEqual(['record', 'prescription']);
    await world.startBureau();
    expect(registerOf(world)).toEqual(before);
    const { wire } = world.desk('clinic');
    const from = wire.seen.length;
    expect((await delivered('clinic')).bureau).toEqual({ online: true, waiting: 0 });
    expect(wire.seen.slice(from).map(({ input }) => input.body)).toEqual(kept.map(({ body }) => body));
    expect(registerOf(world)).toMatchObject({ records: before.records + 1, prescriptions: before.prescriptions + 1 });
    world.table.remove('clinic/right');
    expect((await look(world, WANG, signed.rxId)).state).toBe('ready');
  });

  it('between record and prescription: the prescription waits', async () => {
    await checkIn(world, WANG);
    await open(world, WANG);
    const before = registerOf(world);
    const stop = world.desk('clinic').wire.meddle('prescription', async () => unreachable());
    const signed = await sign(world);
    expect(signed).toMatchObject({ acknowledged: false, onCard: true });
    expect((await world.state('clinic')).bureau.waiting).toBe(1);
    expect(registerOf(world)).toMatchObject({ records: before.records + 1, prescriptions: before.prescriptions });
    world.table.remove('clinic/right');
    // The pharmacy cannot have it before the bureau has.
    expect(await look(world, WANG, signed.rxId)).toMatchObject({ state: 'refused', refusal: { code: 'RX_NOT_FOUND' } });
    stop();
    await delivered('clinic');
    const again = await world.station.lookUp({ desk: 'pharmacy' });
    expect(again.flow).toMatchObject({ step: 'listed', prescriptions: [{ rxId: signed.rxId, state: 'ready' }] });
  });

  it.each(['record', 'prescription'] as const)(
    'after the %s arrived, its answer lost: it counts once',
    async (route) => {
      await checkIn(world, WANG);
      await open(world, WANG);
      const before = registerOf(world);
      const stop = world.desk('clinic').wire.meddle(route, async (input, pass) => {
        await pass(input);
        return unreachable();
      });
      expect(await sign(world)).toMatchObject({ acknowledged: false, onCard: true });
      stop();
      await delivered('clinic');
      expect(registerOf(world)).toMatchObject({ records: before.records + 1, prescriptions: before.prescriptions + 1 });
    },
  );

  it('and a clinic that is started anew: what it kept goes out by itself', async () => {
    await checkIn(world, CHEN);
    const clinic = [{ folder: world.folders.clinic, slots: 'other-pharmacy' }];
    const before = registerOf(world);
    const first = await world.another(clinic, 'clinic-restarted');
    for (const [card, side] of [
      [HSU, 'left'],
      [CHEN, 'right'],
    ] as const)
      world.table.insert(card, `other-pharmacy/${side}`);
    await first.until(
      'clinic',
      (state) => ready('other-pharmacy/left', 'doctor')(state) && ready('other-pharmacy/right', 'patient')(state),
    );
    await first.station.openVisit({ desk: 'clinic', pin: pinOf(HSU) });
    await world.stopBureau();
    const signed = await first.station.signVisit({ desk: 'clinic', pin: pinOf(HSU), draft: DRAFT });
    expect(signed).toMatchObject({ flow: { step: 'signed', acknowledged: false } });
    world.table.remove('other-pharmacy/left');
    world.table.remove('other-pharmacy/right');
    await first.close();
    await world.startBureau();
    const next = await world.another(clinic, 'clinic-restarted');
    await next.until('clinic', ({ bureau }) => bureau.waiting === 2);
    next.runTimers(MINUTE);
    await next.until('clinic', ({ bureau }) => bureau.waiting === 0);
    expect(next.logged.map(({ event }) => event)).not.toContain('outbox');
    expect(registerOf(world)).toMatchObject({ records: before.records + 1, prescriptions: before.prescriptions + 1 });
    await next.close();
  });

  it('while opening: refused, and the next try opens', async () => {
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
    await world.stopBureau();
    const { flow } = await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
    expect(flow).toMatchObject({ step: 'refused', refusal: { code: 'BUREAU_UNREACHABLE' } });
    await world.startBureau();
    const next = await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
    expect(next.flow.step).toBe('opened');
  });

  it('while looking up: the card has the prescription with it, and the next try says what the bureau knows', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    await world.stopBureau();
    const { flow } = await patientIn(world, 'pharmacy', WANG);
    expect(flow).toMatchObject({ step: 'listed', prescriptions: [{ rxId, state: 'ready', source: 'card' }] });
    await world.startBureau();
    const next = await world.station.lookUp({ desk: 'pharmacy' });
    expect(next.flow).toMatchObject({ step: 'listed', prescriptions: [{ rxId, state: 'ready', source: 'bureau' }] });
  });

  it.each(['never sent', 'answer lost'] as const)(
    'while handing out, %s: the pickup waits and counts once',
    async (how) => {
      const { rxId } = await seeDoctor(world, WANG);
      await look(world, WANG, rxId);
      const before = registerOf(world);
      const stop = world.desk('pharmacy').wire.meddle('pickup', async (input, pass) => {
        if (how === 'answer lost') await pass(input);
        return unreachable();
      });
      const state = await collect(world, rxId);
      expect(at(state, 'dispensed')).toMatchObject({ acknowledged: false, prescription: { state: 'collected' } });
      expect(state.bureau.waiting).toBe(1);
      await leavePharmacy(world);
      stop();
      await delivered('pharmacy');
      expect(registerOf(world)).toEqual({ ...before, pickups: before.pickups + 1 });
      expect((await world.store.prescription(rxId ?? '', signal))?.used).toBe(1);
      expect((await look(world, WANG, rxId)).state).toBe('collected');
    },
  );

  it('a pickup that lost the race against another: a person hears of it', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    const older = world.table.copy(WANG);
    await look(world, WANG, rxId);
    const stop = world.desk('pharmacy').wire.meddle('pickup', async () => unreachable());
    expect(at(await collect(world, rxId), 'dispensed').acknowledged).toBe(false);
    await leavePharmacy(world);
    world.table.restore(WANG, older);
    // The lock went with the pickup that waits.
    expect((await look(world, WANG, rxId)).state).toBe('locked');
    await world.station.accept({ desk: 'pharmacy', rxId: rxId ?? '', recover: true });
    stop();
    expect(at(await collect(world, rxId), 'dispensed').acknowledged).toBe(true);
    await delivered('pharmacy');
    const items = await world.desk('pharmacy').outboxItems();
    expect(items.map(({ refusedWith }) => refusedWith)).toEqual(['RX_COLLECTED']);
    expect((await world.store.prescription(rxId ?? '', signal))?.used).toBe(1);
  });

  it('clear in the middle of a hand-out: the pickup still goes out, and the card is not asked twice', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    await look(world, WANG, rxId);
    const before = registerOf(world);
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const stop = world.desk('pharmacy').wire.meddle('pickup', async (input, pass) => {
      reached.resolve();
      await held.promise;
      return pass(input);
    });
    const dispensing = collect(world, rxId);
    await reached.promise;
    expect((await world.station.clear({ desk: 'pharmacy' })).flow).toEqual({ step: 'idle' });
    held.resolve();
    const { flow } = await dispensing;
    expect(flow).toEqual({ step: 'idle' });
    expect(refusalIn(flow)).toBeUndefined();
    stop();
    expect(registerOf(world)).toEqual({ ...before, pickups: before.pickups + 1 });
  });
});
