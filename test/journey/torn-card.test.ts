/**
 * A whole visit at real desks with the health card's supply lost while it is written: the card goes to a pharmacy next, then home to the clinic.
 * The bytes are sampled here; every one of them is cut in torn-visit.test.ts and in the soak.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCardMemory } from '../../card/simulator/card-memory.ts';
import { ImisError } from '../../contract/errors.ts';
import { MINUTE } from './moving-clocks.ts';
import { registerOf } from './register.ts';
import type { StationUnderTest } from './station-under-test.ts';
import {
  at,
  checkIn,
  collect,
  DRAFT,
  LEE,
  leavePharmacy,
  listed,
  open,
  openHouse,
  patientIn,
  pinOf,
  refusalIn,
  settled,
  sign,
  signOn,
  WANG,
} from './walk.ts';
import { createWorld, type World } from './world.ts';

/** Bytes between two cuts; a prime, so that the cuts wander through every kind of record. The soak takes them all. */
const STRIDE = Number(process.env['IMIS_TEAR_STRIDE'] ?? 1_403);
/** A cut takes about a third of a second. */
const TIME_LIMIT = STRIDE < 400 ? 10 * 3_600_000 : 120_000;

let world: World;
let fresh: Uint8Array;
beforeAll(async () => {
  world = await createWorld();
  fresh = world.table.copy(WANG);
  await openHouse(world);
});
afterAll(() => world.close());

/** Visits and prescriptions that the card shows. */
function onCard(): { visits: number; prescriptions: number } {
  const memory = loadCardMemory(world.table.copy(WANG));
  const count = (file: string): number => memory?.names(`ef/${file}/`).length ?? 0;
  return { visits: count('0201'), prescriptions: count('0202') };
}

async function takeOut(): Promise<void> {
  for (const desk of ['registration', 'clinic', 'pharmacy'] as const) {
    world.table.remove(`${desk}/right`);
    await world.station.clear({ desk });
  }
}

describe.each([
  ['there', false],
  ['away', true],
] as const)('a card that loses its supply while a visit is written, the bureau %s', (_where, isAway) => {
  it(
    'holds what the bureau accepted, once, after the next insertion',
    async () => {
      let cuts = 0;
      for (let bytes = 0; ; bytes += STRIDE) {
        await takeOut();
        world.table.restore(WANG, fresh);
        await checkIn(world, WANG);
        await open(world, WANG);
        const before = registerOf(world);
        const { wire } = world.desk('clinic');
        const unreachable = (): Promise<never> =>
          Promise.reject(new ImisError('BUREAU_UNREACHABLE', 'the line is cut'));
        const away = ['record', 'prescription', 'messageState'] as const;
        const back = isAway ? away.map((route) => wire.meddle(route, unreachable)) : [];
        world.table.cutPower(WANG, bytes, bytes % 2 === 1);
        const state = await world.station.signVisit({ desk: 'clinic', pin: pinOf(LEE), draft: DRAFT });
        world.table.cutPower(WANG, undefined);
        if (state.desk !== 'clinic') throw new Error('another desk answered');
        for (const reconnect of back) reconnect();
        if (state.flow.step === 'opened') {
          // While the card signed the designation: nothing was kept and nothing sent.
          expect(refusalIn(state.flow)).toBe('CARD_LOST');
          expect(registerOf(world)).toEqual(before);
          expect(await world.desk('clinic').outboxItems()).toEqual([]);
          cuts += 1;
          continue;
        }
        const signed = at(state, 'signed');
        expect(signed.acknowledged).toBe(!isAway);
        if (isAway) {
          world.runTimers(MINUTE);
          await world.until('clinic', ({ bureau }) => bureau.waiting === 0);
        }
        const { records, prescriptions } = registerOf(world);
        expect({ records, prescriptions }).toEqual({
          records: before.records + 1,
          prescriptions: before.prescriptions + 1,
        });
        world.table.remove('clinic/right');
        // At the pharmacy a set that lies there whole takes effect.
        await patientIn(world, 'pharmacy', WANG);
        const seen = await world.until('pharmacy', (now) => settled(now) && now.flow.step === 'listed');
        const shown = at(seen, 'listed').prescriptions.map(({ rxId, state }) => ({ rxId, state }));
        const ready = [{ rxId: signed.rxId, state: 'ready' }];
        expect([[], ready]).toContainEqual(shown);
        if (signed.onCard) expect(shown).toEqual(ready);
        expect(onCard()).toEqual({ visits: shown.length, prescriptions: shown.length });
        await leavePharmacy(world);
        // Home again it gets what is missing.
        await patientIn(world, 'clinic', WANG);
        await world.until('clinic', ({ flow }) => flow.step === 'signed' && flow.onCard);
        expect(onCard()).toEqual({ visits: 1, prescriptions: 1 });
        if (signed.onCard) break;
        cuts += 1;
      }
      expect(cuts).toBeGreaterThan(10);
    },
    TIME_LIMIT,
  );
});

describe('a station that is started anew', () => {
  const again = async (desk: 'clinic' | 'pharmacy'): Promise<World> => {
    const station: StationUnderTest = await world.another(
      [{ folder: world.folders[desk], slots: desk }],
      `own-${desk}`,
    );
    return { ...world, ...station };
  };

  it('writes to the card what its predecessor could not', async () => {
    await takeOut();
    world.table.restore(WANG, fresh);
    const first = await again('clinic');
    await checkIn(world, WANG);
    await open(first, WANG);
    world.table.cutPower(WANG, 2000);
    const signed = await sign(first);
    world.table.cutPower(WANG, undefined);
    expect(signed).toMatchObject({ acknowledged: true, onCard: false });
    world.table.remove('clinic/right');
    await first.close();
    const second = await again('clinic');
    await patientIn(second, 'clinic', WANG);
    await second.until('clinic', settled);
    expect(onCard()).toEqual({ visits: 1, prescriptions: 1 });
    await second.close();
    world.table.remove('clinic/right');
    const third = await again('clinic');
    const before = world.table.copy(WANG);
    await patientIn(third, 'clinic', WANG);
    expect(world.table.copy(WANG)).toEqual(before);
    await third.close();
  });

  it('finishes a pickup that its predecessor began', async () => {
    await takeOut();
    world.table.restore(WANG, fresh);
    await world.station.signOff({ desk: 'pharmacy' });
    await checkIn(world, WANG);
    await open(world, WANG);
    const { rxId } = await sign(world);
    await takeOut();
    const before = registerOf(world);
    const first = await again('pharmacy');
    await signOn(first, 'pharmacy', 'staff-pharmacist');
    await patientIn(first, 'pharmacy', WANG);
    await first.until('pharmacy', ({ flow }) => flow.step === 'listed');
    // The card has given its signature; the pharmacist's card is gone before it gives its own.
    world.table.fault('pharmacy/left', { kind: 'removed-before', at: 1 });
    expect(refusalIn((await collect(first, rxId)).flow)).toBe('CARD_LOST');
    world.table.fault('pharmacy/left', undefined);
    expect(registerOf(world)).toEqual(before);
    await first.close();
    world.table.remove('pharmacy/right');

    const second = await again('pharmacy');
    await signOn(second, 'pharmacy', 'staff-pharmacist');
    await patientIn(second, 'pharmacy', WANG);
    const state = await second.until('pharmacy', ({ flow }) => flow.step === 'listed');
    expect(listed(state, rxId)).toMatchObject({ state: 'ready', lines: DRAFT.lines });
    expect((await collect(second, rxId)).flow).toMatchObject({ step: 'dispensed', acknowledged: true });
    expect(registerOf(world)).toEqual({ ...before, pickups: before.pickups + 1 });
    await second.close();
    world.table.remove('pharmacy/right');

    const third = await again('pharmacy');
    await signOn(third, 'pharmacy', 'staff-pharmacist');
    await patientIn(third, 'pharmacy', WANG);
    const last = await third.until('pharmacy', ({ flow }) => flow.step === 'listed');
    expect(listed(last, rxId).state).toBe('collected');
    await third.close();
  });
});
