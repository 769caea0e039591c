/**
 * A pharmacy whose line is down while the rest of the country works: it collects from its inbox and from the cards, refuses what it cannot be
 * sure of, settles when the line is back, and puts what does not fit before a person.
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE } from './moving-clocks.ts';
import {
  at,
  CHEN,
  codeOf,
  collect,
  leavePharmacy,
  look,
  openHouse,
  pinOf,
  refusalIn,
  seeDoctor,
  signOn,
  WANG,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const HOUR = 60 * MINUTE;

describe('a pharmacy without a line', () => {
  let world: World;
  let fresh: ReadonlyMap<string, Uint8Array>;
  let mend: () => void = () => undefined;
  beforeAll(async () => {
    world = await createWorld();
    await openHouse(world);
    fresh = new Map([WANG, CHEN].map((card) => [card, world.table.copy(card)]));
  });
  beforeEach(async () => {
    world.clocks.agree();
    mend();
    await leavePharmacy(world);
    await backOnLine();
    for (const [card, copy] of fresh) world.table.restore(card, copy);
  });
  afterAll(() => world.close());

  const desk = 'pharmacy' as const;
  const cut = (): void => {
    mend = world.desk(desk).wire.cut();
  };
  /** The line is back, and the desk's timers find out. */
  const backOnLine = async (): Promise<void> => {
    mend();
    world.runTimers(5 * MINUTE);
    await world.until(desk, ({ bureau, operator }) => bureau.waiting === 0 && operator?.offLine !== true);
  };
  const storedAt = async (rxId: string | undefined) => world.store.prescription(rxId ?? '', signal);

  it('hands out what came in before the storm and what was written in it, and settles afterwards', async () => {
    const before = await seeDoctor(world, WANG);
    world.runTimers(5 * MINUTE);
    await expect.poll(() => world.desk(desk).ports.store.inbox(signal)).toHaveLength(1);
    cut();
    // The clinic has a line: the bureau knows of this one, the pharmacy does not.
    const during = await seeDoctor(world, CHEN);
    const fromInbox = await look(world, WANG, before.rxId);
    expect(fromInbox).toMatchObject({ state: 'ready', source: 'inbox' });
    expect(at(await collect(world, before.rxId), 'dispensed').acknowledged).toBe(false);
    await leavePharmacy(world);
    const fromCard = await look(world, CHEN, during.rxId);
    expect(fromCard).toMatchObject({ state: 'ready', source: 'card' });
    const done = at(await collect(world, during.rxId), 'dispensed');
    expect(done.acknowledged).toBe(false);
    expect(done.stages.map(({ name }) => name)).not.toContain('accept-prescription');
    const state = await world.state(desk);
    expect(state.bureau).toEqual({ online: false, waiting: 2 });
    expect(state.materialFrom).toBeDefined();
    // The card itself says no, here and anywhere else.
    await leavePharmacy(world);
    expect((await look(world, CHEN, during.rxId)).state).toBe('collected');
    await backOnLine();
    for (const { rxId } of [before, during]) expect((await storedAt(rxId))?.used).toBe(1);
    expect((await world.state(desk)).conflicts).toEqual([]);
  });

  it('a pharmacist signs on without a line by the card and what the desk knows, and with the bureau once it is back', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    cut();
    await world.station.signOff({ desk });
    world.table.remove('pharmacy/left');
    await signOn(world, desk, 'staff-pharmacist');
    expect((await world.state(desk)).operator).toMatchObject({ role: 'pharmacist', offLine: true });
    await look(world, WANG, rxId);
    expect(at(await collect(world, rxId), 'dispensed').acknowledged).toBe(false);
    await leavePharmacy(world);
    await backOnLine();
    expect((await world.state(desk)).operator).toMatchObject({ offLine: false });
    expect((await storedAt(rxId))?.used).toBe(1);
  });

  it('a card restored from a copy is found when the line is back, and stands before a person until it is dealt with', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    const copy = world.table.copy(WANG);
    cut();
    await look(world, WANG, rxId);
    await collect(world, rxId);
    await leavePharmacy(world);
    world.table.restore(WANG, copy);
    // Off line it cannot be seen.
    expect((await look(world, WANG, rxId)).state).toBe('ready');
    await collect(world, rxId);
    await leavePharmacy(world);
    await backOnLine();
    const { conflicts } = await world.until(desk, (state) => state.conflicts.length > 0);
    expect(conflicts).toMatchObject([{ route: 'pickup', rxId, part: 1, code: 'RX_COLLECTED' }]);
    expect((await storedAt(rxId))?.used).toBe(1);
    expect(await codeOf(world.station.settleConflict({ desk, id: 'none', note: 'x' }))).toBe('NOT_FOUND');
    await world.station.settleConflict({ desk, id: conflicts[0]?.id ?? '', note: '病人持複製卡，已報警' });
    expect((await world.state(desk)).conflicts).toEqual([]);
    const settled = await world.desk(desk).ports.store.settled(signal);
    expect(settled).toMatchObject([{ code: 'RX_COLLECTED', note: '病人持複製卡，已報警' }]);
    expect(settled[0]?.message.length).toBeGreaterThan(500);
  });

  it('a clock that was set back is noticed before anything is believed', async () => {
    const { rxId } = await seeDoctor(world, WANG);
    await look(world, WANG, rxId);
    await leavePharmacy(world);
    cut();
    world.clocks.desk.advance(-2 * HOUR);
    const state = await lookAt(WANG);
    expect(refusalIn(state.flow)).toBe('TIME_SKEW');
  });

  it('material older than the policy is not relied on', async () => {
    cut();
    world.clocks.desk.advance(73 * HOUR);
    const state = await world.station.signOn({ desk, pin: pinOf('staff-pharmacist') });
    expect(state.operator).toBeUndefined();
    expect(state.signOnRefusal?.code).toBe('CRL_STALE');
  });

  const lookAt = async (card: string) => {
    world.table.insert(card, 'pharmacy/right');
    return world.until(desk, ({ flow }) => flow.step === 'listed' || flow.step === 'refused');
  };
});
