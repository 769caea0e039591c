/**
 * The card answers rubbish at every single command of every operation. Whatever it says: a coded refusal, no crash, nothing half-done,
 * and the next try with a card that is well again succeeds.
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../contract/errors.ts';
import type { Desk } from '../../contract/station.ts';
import { registerOf } from './register.ts';
import {
  at,
  checkIn,
  collect,
  DRAFT,
  LEE,
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
import { createWorld, type World } from './world.ts';

const ENOUGH = 60;
const OK = [0x90, 0x00];

/** Answers no card of ours gives: one byte, nothing but success, a status word of no standard, success with a page of noise. */
const RUBBISH: readonly Uint8Array[] = [
  Uint8Array.of(0x90),
  Uint8Array.of(...OK),
  Uint8Array.of(0x12, 0x34),
  Uint8Array.of(...Array.from({ length: 300 }, (_, i) => (i * 167 + 13) & 0xff), ...OK),
];

/** What a desk may say to that. A certificate that is none is the card's fault as well. */
const EXPECTED: ReadonlySet<ErrorCode | undefined> = new Set([
  'CARD_ANSWER_INVALID',
  // Less than a status word is what a reader gives of a card that is being pulled.
  'CARD_LOST',
  'CARD_REFUSED',
  // Inside a channel, which no answer but the card's own fits.
  'CARD_CHANNEL_BROKEN',
  'CARD_TERMINAL_REFUSED',
  'CARD_NOT_GENUINE',
  'CERT_MALFORMED',
  'CARD_WRONG_KIND',
  'CARD_OTHER_PERSON',
  'GROUP_KEY_UNKNOWN',
  'CREDENTIAL_INVALID',
]);

describe('a card that answers rubbish', () => {
  let world: World;
  let fresh: Uint8Array;
  let turn = 0;
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
    turn += 1;
  });
  afterAll(() => world.close());

  /** The card of a slot out and in again, recognised. */
  const reinsert = async (desk: Desk, side: 'left' | 'right', card: string): Promise<void> => {
    const slot = `${desk}/${side}`;
    world.table.fault(slot, undefined);
    world.table.insert(card, slot);
    await world.until(desk, ready(slot, card === WANG ? 'patient' : card === LEE ? 'doctor' : 'staff'));
  };

  /** Runs an operation with rubbish at command 0, 1, 2 and so on, until it has no such command any more. */
  async function garbleEvery(slot: string, operation: () => Promise<void>): Promise<void> {
    for (let k = 0; k < ENOUGH; k++) {
      world.table.countFrom(slot);
      // The sorts in turn: each command meets one, its neighbours the others, and every operation begins somewhere else.
      const answer = RUBBISH[(turn + k) % RUBBISH.length] ?? Uint8Array.of();
      world.table.fault(slot, { kind: 'garbage', at: k, answer });
      let commands = 0;
      disarm = () => {
        if (commands > 0) return;
        commands = world.table.commands(slot);
        world.table.fault(slot, undefined);
      };
      await operation();
      disarm();
      if (commands <= k) {
        expect(k).toBeGreaterThan(1);
        return;
      }
    }
    throw new Error('the operation has no end');
  }
  /** To be called as soon as what is to be garbled has ended: what the test itself asks the card is not part of it. */
  let disarm = (): void => undefined;

  it('at a check-in', async () => {
    const slot = 'registration/right';
    await garbleEvery(slot, async () => {
      const before = registerOf(world);
      world.table.insert(WANG, slot);
      const state = await world.until(
        'registration',
        (now) =>
          settled(now) &&
          (now.flow.step !== 'idle' || now.slots.some((view) => view.slot === slot && view.state !== 'ready')),
      );
      disarm();
      const isIn = state.flow.step === 'checked-in';
      const after = registerOf(world);
      // One that nobody knows is asked once more by itself, and may be in before anybody looks.
      const isAsked = state.flow.step === 'idle' && after.visits > before.visits;
      expect(after).toEqual({ ...before, visits: before.visits + (isIn || isAsked ? 1 : 0) });
      if (state.flow.step === 'refused') expect(EXPECTED).toContain(refusalIn(state.flow));
      // Rubbish while it is recognised makes it a card nobody knows.
      if (state.flow.step === 'idle')
        expect(state.slots.find((view) => view.slot === slot)?.state).toMatch(/mute|unknown|reading/u);
      world.table.remove(slot);
      await world.station.clear({ desk: 'registration' });
      await checkIn(world, WANG);
    });
  });

  const openAnew = async (): Promise<void> => {
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });
    world.table.restore(WANG, fresh);
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
  };

  const WHO = [
    ['doctor', 'left', LEE],
    ['patient', 'right', WANG],
  ] as const;

  it.each(WHO)('at an opening, the %s card', async (_who, side, card) => {
    await openAnew();
    await garbleEvery(`clinic/${side}`, async () => {
      const before = registerOf(world);
      const { flow } = await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
      disarm();
      if (flow.step === 'opened') {
        expect(registerOf(world)).toEqual({ ...before, released: before.released + 1 });
        await openAnew();
        return;
      }
      expect(flow.step).toBe('refused');
      expect(EXPECTED).toContain(refusalIn(flow));
      expect(registerOf(world)).toEqual(before);
      await reinsert('clinic', side, card);
    });
    expect((await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) })).flow.step).toBe('opened');
  });

  it.each(WHO)('at a signing, the %s card', async (who, side, card) => {
    const openVisit = async (): Promise<void> => {
      await openAnew();
      expect((await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) })).flow.step).toBe('opened');
    };
    await openVisit();
    await garbleEvery(`clinic/${side}`, async () => {
      const before = registerOf(world);
      let state = await world.station.signVisit({ desk: 'clinic', pin: pinOf(LEE), draft: DRAFT });
      disarm();
      if (state.flow.step === 'opened') {
        expect(EXPECTED).toContain(refusalIn(state.flow));
        expect(registerOf(world)).toEqual(before);
        expect(await world.desk('clinic').outboxItems()).toEqual([]);
        await reinsert('clinic', side, card);
        return;
      }
      if (state.flow.step === 'signed' && !state.flow.onCard) {
        expect(who).toBe('patient');
        await reinsert('clinic', side, card);
        state = await world.until('clinic', ({ flow }) => flow.step === 'signed' && flow.onCard);
      }
      if (state.desk !== 'clinic') throw new Error('another desk answered');
      const { rxId, acknowledged } = at(state, 'signed');
      expect(acknowledged).toBe(true);
      expect(registerOf(world)).toMatchObject({ records: before.records + 1, prescriptions: before.prescriptions + 1 });
      const held = await world.table.cards.patientPrescriptions({ slot: 'clinic/right' });
      expect(held.map((record) => record.rxId)).toEqual([rxId]);
      await openVisit();
    });
  });

  it('at a signing, with signatures that are nobody’s: found before anything is sent', async () => {
    // Counter, r and s, as the card answers to COMPUTE SIGNATURE.
    const nobodys = Uint8Array.of(...Array.from({ length: 68 }, (_, i) => i + 1), ...OK);
    const codes = new Set<ErrorCode | undefined>();
    let isOpen = false;
    // Reading the card, signing the designation, reading again: all of it before the first message leaves.
    for (let k = 0; k < 8; k++) {
      if (!isOpen) {
        await openAnew();
        expect((await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) })).flow.step).toBe('opened');
      }
      const before = registerOf(world);
      world.table.fault('clinic/right', { kind: 'garbage', at: k, answer: nobodys });
      const { flow } = await world.station.signVisit({ desk: 'clinic', pin: pinOf(LEE), draft: DRAFT });
      world.table.fault('clinic/right', undefined);
      isOpen = flow.step === 'opened';
      if (!isOpen) continue;
      codes.add(refusalIn(flow));
      expect(EXPECTED).toContain(refusalIn(flow));
      expect(registerOf(world)).toEqual(before);
      expect(await world.desk('clinic').outboxItems()).toEqual([]);
    }
    expect([...codes]).toContain('CARD_ANSWER_INVALID');
  });

  it('at a look-up', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    await patientIn(world, 'pharmacy', WANG);
    await world.until('pharmacy', ({ flow }) => flow.step === 'listed');
    await garbleEvery('pharmacy/right', async () => {
      const state = await world.station.lookUp({ desk: 'pharmacy' });
      disarm();
      if (state.flow.step !== 'listed') expect(EXPECTED).toContain(refusalIn(state.flow));
      await reinsert('pharmacy', 'right', WANG);
      const again = await world.until('pharmacy', (now) => settled(now) && now.flow.step === 'listed');
      expect(listed(again, rxId).state).toBe('ready');
    });
  });

  it.each([
    ['patient', 'right', WANG],
    ['staff', 'left', 'staff-pharmacist'],
  ] as const)('at a hand-out, the %s card', async (_who, side, card) => {
    const prescribe = async (): Promise<string> => {
      world.table.remove('pharmacy/right');
      world.table.restore(WANG, fresh);
      const { rxId } = await seeDoctor(world, WANG);
      await patientIn(world, 'pharmacy', WANG);
      await world.until('pharmacy', ({ flow }) => flow.step === 'listed');
      return rxId ?? '';
    };
    let rxId = await prescribe();
    await garbleEvery(`pharmacy/${side}`, async () => {
      const before = registerOf(world);
      const state = await collect(world, rxId);
      disarm();
      if (state.flow.step === 'dispensed') {
        expect(state.flow.acknowledged).toBe(true);
        expect(registerOf(world)).toEqual({ ...before, pickups: before.pickups + 1 });
        rxId = await prescribe();
        return;
      }
      expect(EXPECTED).toContain(refusalIn(state.flow));
      expect(registerOf(world)).toEqual(before);
      if (side === 'left') {
        await signOn(world, 'pharmacy', card);
        await world.station.lookUp({ desk: 'pharmacy' });
      } else {
        await reinsert('pharmacy', side, card);
      }
      const again = await world.until(
        'pharmacy',
        (now) => settled(now) && now.flow.step === 'listed' && refusalIn(now.flow) === undefined,
      );
      expect(listed(again, rxId).state).toBe('ready');
    });
    expect(at(await collect(world, rxId), 'dispensed').acknowledged).toBe(true);
  });
});
