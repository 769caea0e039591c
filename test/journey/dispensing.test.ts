/**
 * At the pharmacy's counter: the lock, line by line, what is owed, what is taken back.
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusalOf } from '../../contract/errors.ts';
import type { LineOutcome } from '../../contract/messages.ts';
import {
  at,
  codeOf,
  collect,
  leavePharmacy,
  listed,
  look,
  openHouse,
  refusalIn,
  seeDoctor,
  signOn,
  WANG,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

describe('at the pharmacy', () => {
  let world: World;
  let rxId: string;
  beforeAll(async () => {
    world = await createWorld();
    await openHouse(world);
  });
  beforeEach(async () => {
    await leavePharmacy(world);
    rxId = (await seeDoctor(world, WANG)).rxId ?? '';
  });
  afterAll(() => world.close());

  const desk = 'pharmacy' as const;
  const listedAfter = async (intent: Promise<{ readonly desk: string }>) => {
    await intent;
    const state = await world.station.state({ desk });
    if (state.desk !== desk) throw new Error('another desk answered');
    return state;
  };
  const events = async (): Promise<readonly string[]> =>
    (await world.store.prescriptionEvents(rxId, signal)).map(({ event }) => event);

  it('a prescription is locked for this pharmacy, given up, and locked again by handing it out', async () => {
    expect((await look(world, WANG, rxId)).state).toBe('ready');
    const accepted = await listedAfter(world.station.accept({ desk, rxId, recover: false }));
    expect(listed(accepted, rxId).state).toBe('accepted');
    expect(await codeOf(world.station.accept({ desk, rxId, recover: false }))).toBe('STEP_OUT_OF_ORDER');
    // The card may leave: the lock stays, here and at the bureau.
    await leavePharmacy(world);
    expect((await look(world, WANG, rxId)).state).toBe('accepted');
    const released = await listedAfter(world.station.release({ desk, rxId }));
    expect(listed(released, rxId).state).toBe('ready');
    expect(await codeOf(world.station.release({ desk, rxId }))).toBe('STEP_OUT_OF_ORDER');
    const done = at(await collect(world, rxId), 'dispensed');
    expect(done).toMatchObject({ acknowledged: true, prescription: { state: 'collected', owed: [] } });
    expect(done.stages.map(({ name }) => name)).toEqual([
      'accept-prescription',
      'card-collects',
      'pharmacist-signs',
      'send-pickup',
    ]);
    expect(await events()).toEqual(['accept', 'release', 'accept', 'dispense']);
  });

  it('another desk of the pharmacy sees the lock, and takes it over when its holder is gone', async () => {
    await look(world, WANG, rxId);
    await world.station.accept({ desk, rxId, recover: false });
    await leavePharmacy(world);
    const other = await world.another([{ folder: world.folders.pharmacy, slots: 'other-pharmacy' }], 'second-counter');
    await signOn(world, desk, 'staff-pharmacist', { station: other, slots: 'other-pharmacy' });
    world.table.insert(WANG, 'other-pharmacy/right');
    const seen = await other.until(desk, ({ flow }) => flow.step === 'listed');
    expect(listed(seen, rxId).state).toBe('locked');
    expect(await codeOf(other.station.dispense({ desk, rxId }))).toBe('STEP_OUT_OF_ORDER');
    const taken = await other.station.accept({ desk, rxId, recover: true });
    if (taken.desk !== desk) throw new Error('another desk answered');
    expect(listed(taken, rxId).state).toBe('accepted');
    world.table.remove('other-pharmacy/right');
    await other.close();
    // The first desk still believes in its lock; the bureau does not.
    await signOn(world, desk, 'staff-pharmacist');
    expect((await look(world, WANG, rxId)).state).toBe('accepted');
    const state = await listedAfter(world.station.release({ desk, rxId }));
    expect(refusalIn(state.flow)).toBe('RX_SECRET_WRONG');
  });

  it('a line is owed until it is handed over, without the card collecting a second time', async () => {
    await look(world, WANG, rxId);
    const lines: LineOutcome[] = [{ line: 1, outcome: 'given' }];
    const partial = await world.station.dispense({ desk, rxId, lines });
    expect(partial.flow).toMatchObject({ step: 'dispensed', prescription: { state: 'owing', owed: [2] } });
    await leavePharmacy(world);
    expect(await look(world, WANG, rxId)).toMatchObject({ state: 'owing', owed: [2], part: 1 });
    expect(await codeOf(world.station.dispense({ desk, rxId, lines }))).toBe('accepted');
    const again = await world.station.state({ desk });
    expect('refusal' in again.flow ? again.flow.refusal?.code : undefined).toBe('RX_LINE_SETTLED');
    const rest: LineOutcome[] = [{ line: 2, outcome: 'substituted', code: 'A10BB09', reason: '缺藥，經病人同意' }];
    const whole = await world.station.dispense({ desk, rxId, lines: rest });
    expect(whole.flow).toMatchObject({ step: 'dispensed', outcomes: rest, prescription: { state: 'collected' } });
    const rows = await world.store.dispensings(rxId, signal);
    expect(rows.map((row) => JSON.parse(row.lines))).toEqual([lines, rest]);
    expect(await events()).toEqual(['accept', 'dispense', 'dispense']);
  });

  it('what was handed out by mistake is taken back: the card collects once more, the old object never', async () => {
    await look(world, WANG, rxId);
    expect(await codeOf(world.station.takeBack({ desk, rxId, reason: '給錯人' }))).toBe('STEP_OUT_OF_ORDER');
    await collect(world, rxId);
    await leavePharmacy(world);
    const view = await look(world, WANG, rxId);
    expect(view.state).toBe('collected');
    expect(Date.parse(view.takeBackUntil ?? '') - world.clocks.desk.now()).toBeGreaterThan(23 * 3_600_000);
    const state = await listedAfter(world.station.takeBack({ desk, rxId, reason: '給錯人' }));
    expect(listed(state, rxId).state).toBe('ready');
    expect(at(await collect(world, rxId), 'dispensed').acknowledged).toBe(true);
    const [first, second] = await world.store.dispensings(rxId, signal);
    expect(first?.pickup).not.toBe(second?.pickup);
    expect(await events()).toEqual(['accept', 'dispense', 'undispense', 'accept', 'dispense']);
  });

  it('a line that the prescription does not have is no line, and the card is not asked', async () => {
    await look(world, WANG, rxId);
    const refused = (lines: readonly unknown[]) =>
      world.station.dispense({ desk, rxId, lines: lines as LineOutcome[] }).catch((cause: unknown) => refusalOf(cause));
    expect(await refused([{ line: 3, outcome: 'given' }])).toEqual({ code: 'REQUEST_MALFORMED' });
    expect(await events()).toEqual([]);
  });
});
