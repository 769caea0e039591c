/**
 * The card is pulled at every single command of every operation, before the card has carried it out and after, its answer lost. Whatever
 * the moment: a coded refusal, nothing half-done, and the same desk succeeds once the card is back. `npm test` pulls at each command once, before
 * every second and after the others; `npm run soak -- card-removed` at each both before and after.
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadDesk } from '../../main/app/desk-folder.ts';
import { registerOf } from './register.ts';
import {
  checkIn,
  collect,
  DRAFT,
  LEE,
  leavePharmacy,
  listed,
  openHouse,
  patientIn,
  pinOf,
  ready,
  refusalIn,
  seeDoctor,
  settled,
  signOn,
  WANG,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

/** More commands than any operation has. */
const ENOUGH = 60;
const EVERY = process.env['IMIS_SOAK'] === 'card-removed' ? 1 : 2;

describe('a card that is pulled', () => {
  let world: World;
  let fresh: Uint8Array;
  beforeAll(async () => {
    world = await createWorld();
    fresh = world.table.copy(WANG);
    // Whose card it is to read what a clinic wrote.
    world.table.seat('other-pharmacy', await loadDesk(world.folders.pharmacy));
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

  describe.each(['removed-before', 'removed-after'] as const)('%s the command is carried out', (kind) => {
    const first = kind === 'removed-before' ? 0 : EVERY - 1;
    const isEmpty = async (slot: string): Promise<boolean> =>
      (await world.table.cards.slots({})).some((view) => view.slot === slot && view.state === 'empty');

    /** Runs an operation with the card of a slot pulled at command 0, 1, 2 and so on until the card is not pulled any more. */
    async function pullAtEvery(slot: string, operation: (pulled: () => Promise<boolean>) => Promise<void>) {
      for (let k = first; k < ENOUGH; k += EVERY) {
        world.table.fault(slot, { kind, at: k });
        let wasPulled = true;
        await operation(async () => {
          wasPulled = await isEmpty(slot);
          if (!wasPulled) world.table.fault(slot, undefined);
          return wasPulled;
        });
        if (!wasPulled) return k;
      }
      throw new Error('the operation has no end');
    }

    it('during a sign-on: nobody is signed on, and the next try signs on', async () => {
      const slot = 'registration/left';
      const commands = await pullAtEvery(slot, async (pulled) => {
        const state = await world.station.signOn({ desk: 'registration', pin: pinOf('staff-registrar') });
        if (!(await pulled())) {
          expect(state.operator?.role).toBe('registrar');
          expect(state.signOnRefusal).toBeUndefined();
          return;
        }
        expect(state.operator).toBeUndefined();
        expect(state.signOnRefusal).toEqual({ code: 'CARD_LOST' });
        world.table.insert('staff-registrar', slot);
        await world.until('registration', ready(slot, 'staff'));
      });
      expect(commands).toBeGreaterThan(2);
    });

    it('during a check-in: no visit opens, and the card checks in by itself when it is back', async () => {
      const slot = 'registration/right';
      for (let k = first; ; k += EVERY) {
        const before = registerOf(world);
        world.table.insert(WANG, slot);
        world.table.fault(slot, { kind, at: k });
        const state = await world.until(
          'registration',
          (now) =>
            settled(now) &&
            (now.flow.step !== 'idle' || now.slots.some((view) => view.slot === slot && view.state !== 'ready')),
        );
        if (state.flow.step === 'checked-in') {
          expect(k).toBeGreaterThan(4);
          expect(registerOf(world)).toEqual({ ...before, visits: before.visits + 1 });
          world.table.fault(slot, undefined);
          break;
        }
        expect(registerOf(world)).toEqual(before);
        expect(state.slots.find((view) => view.slot === slot)?.state).toBe('empty');
        // Pulled while it was recognised, the desk had not begun; while it was given its orders, it is missing when the desk asks.
        if (state.flow.step !== 'idle') expect(['CARD_LOST', 'CARD_ABSENT']).toContain(refusalIn(state.flow));
        world.table.insert(WANG, slot);
        await world.until('registration', (now) => now.flow.step === 'checked-in');
        world.table.remove(slot);
        await world.station.clear({ desk: 'registration' });
      }
    });

    it.each([
      ['doctor', 'clinic/left', LEE],
      ['patient', 'clinic/right', WANG],
    ] as const)(
      'during an opening, the %s card: no records leave, and the next try opens',
      async (what, slot, card) => {
        await checkIn(world, WANG);
        await patientIn(world, 'clinic', WANG);
        const before = registerOf(world);
        const commands = await pullAtEvery(slot, async (pulled) => {
          const state = await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
          if (!(await pulled())) {
            expect(state.flow.step).toBe('opened');
            return;
          }
          expect(state.flow).toMatchObject({ step: 'refused', refusal: { code: 'CARD_LOST' } });
          expect(registerOf(world)).toEqual(before);
          world.table.insert(card, slot);
          await world.until('clinic', ready(slot, what));
        });
        expect(commands).toBeGreaterThan(3);
        expect(registerOf(world)).toEqual({ ...before, released: before.released + 1 });
      },
    );

    it.each([
      ['doctor', 'clinic/left', LEE],
      ['patient', 'clinic/right', WANG],
    ] as const)('during a signing, the %s card: bureau and card come to hold the same', async (what, slot, card) => {
      const openAnew = async (): Promise<void> => {
        world.table.remove('clinic/right');
        await world.station.clear({ desk: 'clinic' });
        world.table.restore(WANG, fresh);
        await checkIn(world, WANG);
        await patientIn(world, 'clinic', WANG);
        const state = await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
        expect(state.flow.step).toBe('opened');
      };
      await openAnew();
      let before = registerOf(world);
      let writtenLater = 0;
      const commands = await pullAtEvery(slot, async (pulled) => {
        let state = await world.station.signVisit({ desk: 'clinic', pin: pinOf(LEE), draft: DRAFT });
        const wasPulled = await pulled();
        if (wasPulled) {
          if (state.flow.step === 'opened') {
            expect(refusalIn(state.flow)).toBe('CARD_LOST');
            expect(registerOf(world)).toEqual(before);
            expect(await world.desk('clinic').outboxItems()).toEqual([]);
          }
          world.table.insert(card, slot);
          await world.until('clinic', ready(slot, what));
          if (state.flow.step === 'opened') return;
          expect(state.flow).toMatchObject({ step: 'signed', acknowledged: true, onCard: false });
          state = await world.until('clinic', ({ flow }) => flow.step === 'signed' && flow.onCard);
          writtenLater += 1;
        }
        if (state.desk !== 'clinic' || state.flow.step !== 'signed') throw new Error(JSON.stringify(state.flow));
        expect(state.flow).toMatchObject({ acknowledged: true, onCard: true });
        const { records, prescriptions } = registerOf(world);
        expect({ records, prescriptions }).toEqual({
          records: before.records + 1,
          prescriptions: before.prescriptions + 1,
        });
        const onCard = await world.table.cards.patientPrescriptions({ slot: 'clinic/right' });
        expect(onCard.map(({ rxId, status }) => ({ rxId, status }))).toEqual([
          { rxId: state.flow.rxId, status: 'open' },
        ]);
        const row = await world.store.prescription(state.flow.rxId ?? '', signal);
        expect(row?.message_id.slice(0, 32)).toBe(onCard[0]?.hash16);
        const at = 'other-pharmacy/right';
        world.table.insert(WANG, at);
        const body = await world.table.cards.patientPrescriptionBody({ slot: at, rxId: state.flow.rxId ?? '' });
        world.table.remove(at);
        expect(Buffer.from(body).equals(Buffer.from(row?.ciphertext ?? []))).toBe(true);
        if (!wasPulled) return;
        await openAnew();
        before = registerOf(world);
      });
      expect(commands).toBeGreaterThan(5);
      // The set goes on the patient's card last, in about ten commands; the doctor's card is not needed any more by then.
      if (what === 'patient') expect(writtenLater).toBeGreaterThan(5);
      else expect(writtenLater).toBe(0);
    });

    it('during a look-up: nothing is listed, and the card is looked up by itself when it is back', async () => {
      const { rxId } = await seeDoctor(world, WANG);
      const slot = 'pharmacy/right';
      for (let k = first; ; k += EVERY) {
        world.table.insert(WANG, slot);
        world.table.fault(slot, { kind, at: k });
        const state = await world.until(
          'pharmacy',
          (now) =>
            settled(now) &&
            (now.flow.step !== 'idle' || now.slots.some((view) => view.slot === slot && view.state !== 'ready')),
        );
        if (state.flow.step === 'listed') {
          expect(k).toBeGreaterThan(4);
          expect(listed(state, rxId).state).toBe('ready');
          world.table.fault(slot, undefined);
          return;
        }
        expect(state.slots.find((view) => view.slot === slot)?.state).toBe('empty');
        if (state.flow.step !== 'idle') expect(['CARD_LOST', 'CARD_ABSENT']).toContain(refusalIn(state.flow));
        world.table.insert(WANG, slot);
        expect(listed(await world.until('pharmacy', ({ flow }) => flow.step === 'listed'), rxId).state).toBe('ready');
        world.table.remove(slot);
        await world.station.clear({ desk: 'pharmacy' });
      }
    });

    it.each([
      ['patient', 'pharmacy/right'],
      ['staff', 'pharmacy/left'],
    ] as const)('during a hand-out, the %s card: collected once, by card and bureau alike', async (what, slot) => {
      const { rxId } = await seeDoctor(world, WANG);
      await patientIn(world, 'pharmacy', WANG);
      await world.until('pharmacy', ({ flow }) => flow.step === 'listed');
      const before = registerOf(world);
      const commands = await pullAtEvery(slot, async (pulled) => {
        const state = await collect(world, rxId);
        if (!(await pulled())) {
          expect(state.flow).toMatchObject({ step: 'dispensed', acknowledged: true });
          return;
        }
        expect(refusalIn(state.flow)).toBe('CARD_LOST');
        expect(registerOf(world)).toEqual(before);
        expect(await world.desk('pharmacy').outboxItems()).toEqual([]);
        if (what === 'staff') {
          await signOn(world, 'pharmacy', 'staff-pharmacist');
          await world.station.lookUp({ desk: 'pharmacy' });
        } else {
          world.table.insert(WANG, slot);
        }
        const again = await world.until(
          'pharmacy',
          (now) => settled(now) && now.flow.step === 'listed' && refusalIn(now.flow) === undefined,
        );
        expect(listed(again, rxId)).toMatchObject({ state: 'ready', lines: DRAFT.lines });
      });
      expect(commands).toBeGreaterThan(1);
      expect(registerOf(world)).toEqual({ ...before, pickups: before.pickups + 1 });
      expect((await world.store.prescription(rxId ?? '', signal))?.used).toBe(1);
      const onCard = await world.table.cards.patientPrescriptions({ slot: 'pharmacy/right' });
      expect(onCard.find((record) => record.rxId === rxId)?.status).toBe('collected');
      await leavePharmacy(world);
    });
  });
});
