/**
 * Comfort signing at the clinic: one PIN for many visits, and everything that ends it (card note 3.4, 3.8).
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COMFORT_LIMIT } from '../../contract/clinic-desk.ts';
import { PURPOSES } from '../../crypto/groupsig/context.ts';
import { MINUTE } from './moving-clocks.ts';
import {
  at,
  checkIn,
  codeOf,
  DRAFT,
  doctorIn,
  LEE,
  open,
  openHouse,
  patientIn,
  pinOf,
  refusalIn,
  sign,
  WANG,
  wrongPin,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('comfort signing', () => {
  let world: World;
  let fresh: Uint8Array;
  beforeAll(async () => {
    world = await createWorld();
    fresh = world.table.copy(WANG);
    await openHouse(world);
  });
  beforeEach(async () => {
    world.table.remove('clinic/left');
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });
    await doctorIn(world);
  });
  afterAll(() => world.close());

  const start = async (): Promise<void> => {
    const state = await world.station.openComfort({ desk: 'clinic', pin: pinOf(LEE) });
    expect(state).toMatchObject({ comfort: { remaining: COMFORT_LIMIT } });
  };
  const comfort = async () => (await world.state('clinic')).comfort;
  const openWithout = () => world.station.openVisit({ desk: 'clinic' });
  const signWithout = (draft = DRAFT) => world.station.signVisit({ desk: 'clinic', draft });

  /** A visit waits at the clinic: checked in, both cards there. */
  async function arrive(): Promise<void> {
    world.table.restore(WANG, fresh);
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
  }
  async function leave(): Promise<void> {
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });
  }

  /** The card itself refuses: whatever the desk believes, nothing is signed without the PIN. */
  async function cardIsClosed(): Promise<void> {
    const { cards } = world.desk('clinic').ports;
    expect(await codeOf(cards.doctorCommit({ slot: 'clinic/left' }))).toBe('PIN_REQUIRED');
  }

  it('signs visit after visit with one PIN, and says how many are left and until when', async () => {
    await start();
    for (const left of [COMFORT_LIMIT - 3, COMFORT_LIMIT - 6]) {
      await arrive();
      expect((await openWithout()).flow.step).toBe('opened');
      const signed = await signWithout();
      expect(signed.flow).toMatchObject({ step: 'signed', acknowledged: true, onCard: true });
      expect((await comfort())?.remaining).toBe(left);
      await leave();
    }
    const { until } = (await comfort()) ?? expect.fail();
    expect(Date.parse(until)).toBe(world.clocks.desk.now() + DAY);
    expect(world.table.digits.flat().every((digit) => digit === 0)).toBe(true);
  });

  it('is not open unless the doctor opened it: each visit takes its PIN', async () => {
    await arrive();
    expect(refusalIn((await openWithout()).flow)).toBe('PIN_REQUIRED');
    await open(world, WANG);
    const refused = await signWithout();
    expect(refused.flow).toMatchObject({ step: 'opened', refusal: { code: 'PIN_REQUIRED' } });
    expect(await sign(world)).toMatchObject({ acknowledged: true });
    expect(await comfort()).toBeUndefined();
  });

  it('does not open with a wrong PIN', async () => {
    expect(await codeOf(world.station.openComfort({ desk: 'clinic', pin: wrongPin() }))).toBe('PIN_WRONG');
    expect(await comfort()).toBeUndefined();
    await start();
  });

  it('answers 250 times and not once more', async () => {
    await start();
    await arrive();
    const { cards } = world.desk('clinic').ports;
    const slot = 'clinic/left';
    const head = Uint8Array.of(1, PURPOSES.record, 0, 0, 0, 0, 0, 0);
    const respond = async (): Promise<void> => {
      const { id } = await cards.doctorCommit({ slot }, signal);
      await cards.doctorRespond({ slot, id, head, hm: new Uint8Array(32), tx: new Uint8Array(32) }, signal);
    };
    for (let i = 0; i < COMFORT_LIMIT; i++) await respond();
    expect(await codeOf(respond())).toBe('PIN_REQUIRED');
    // The desk has counted none of these; the card has, and its word ends the session.
    expect((await comfort())?.remaining).toBe(COMFORT_LIMIT);
    expect(refusalIn((await openWithout()).flow)).toBe('PIN_REQUIRED');
    expect(await comfort()).toBeUndefined();
    await open(world, WANG);
  });

  it('is over when the card was out, if only for a moment', async () => {
    await start();
    await arrive();
    await openWithout();
    world.table.remove('clinic/left');
    expect((await world.until('clinic', (state) => !('comfort' in state))).comfort).toBeUndefined();
    await doctorIn(world);
    expect(refusalIn((await signWithout()).flow)).toBe('PIN_REQUIRED');
    await cardIsClosed();
    expect(await sign(world)).toMatchObject({ acknowledged: true });
  });

  it('is over after 24 hours, at the desk and at the card', async () => {
    await start();
    world.clocks.desk.advance(DAY - 1);
    expect(await comfort()).toBeDefined();
    world.clocks.desk.advance(1);
    expect(await comfort()).toBeUndefined();
    world.clocks.agree();
    world.runTimers(DAY);
    await world.until('clinic', (state) => !('comfort' in state));
    await cardIsClosed();
    await start();
    await arrive();
    world.clocks.desk.advance(DAY);
    // Before the timer: a machine that slept is late.
    expect(refusalIn((await openWithout()).flow)).toBe('PIN_REQUIRED');
    world.clocks.agree();
    expect(await comfort()).toBeUndefined();
    await cardIsClosed();
  });

  it('ends when the doctor says so, at the desk and at the card', async () => {
    await start();
    await arrive();
    const state = await world.station.signOff({ desk: 'clinic' });
    expect(state).not.toHaveProperty('comfort');
    await cardIsClosed();
    expect(refusalIn((await openWithout()).flow)).toBe('PIN_REQUIRED');
    await world.station.signOff({ desk: 'clinic' });
  });

  it('ends with a PIN that is given for one visit', async () => {
    await start();
    await arrive();
    await open(world, WANG);
    expect(await comfort()).toBeUndefined();
    expect(refusalIn((await signWithout()).flow)).toBe('PIN_REQUIRED');
  });

  it('stays open over a patient who leaves and a visit that is cleared', async () => {
    await start();
    await arrive();
    at(await world.until('clinic', () => true), 'idle');
    await openWithout();
    await leave();
    expect((await comfort())?.remaining).toBe(COMFORT_LIMIT - 1);
  });

  it('is of the clinic alone', async () => {
    for (const desk of ['registration', 'pharmacy'] as const)
      expect(await codeOf(world.station.openComfort({ desk, pin: pinOf(LEE) }))).toBe('STEP_OUT_OF_ORDER');
  });
});
