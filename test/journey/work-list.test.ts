/**
 * The pharmacy before the patient comes, and paper: work list, scanner, lock and lines without a card, counts of prints through a restart.
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyNumber } from '../../contract/paper.ts';
import { pickupCode } from '../../contract/pickup-code.ts';
import type { StateOf } from './station-under-test.ts';
import {
  at,
  CHEN,
  checkIn,
  codeOf,
  collect,
  DRAFT,
  leavePharmacy,
  listed,
  look,
  open,
  openHouse,
  refusalIn,
  seeDoctor,
  sign,
  signOn,
  WANG,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const desk = 'pharmacy' as const;

describe('before the patient comes, and on paper', () => {
  let world: World;
  let rxId: string;
  let fresh: ReturnType<World['table']['copy']>;
  beforeAll(async () => {
    world = await createWorld();
    await openHouse(world);
    fresh = world.table.copy(WANG);
  });
  beforeEach(async () => {
    await leavePharmacy(world);
    // A card has room for a few prescriptions that are open.
    world.table.restore(WANG, fresh);
    rxId = (await seeDoctor(world, WANG)).rxId ?? '';
  });
  afterAll(() => world.close());

  const now = (): Promise<StateOf<typeof desk>> => world.state(desk);
  const after = async (intent: Promise<unknown>): Promise<StateOf<typeof desk>> => {
    await intent;
    return now();
  };
  const openList = async () => at(await after(world.station.openWorkList({ desk, page: 1 })), 'work-list');
  const openItem = async (id: string) => at(await after(world.station.openWorkItem({ desk, rxId: id })), 'work-list');
  const accept = async (id: string, recover = false) =>
    at(await after(world.station.accept({ desk, rxId: id, recover })), 'work-list');
  const scan = (text: string) => after(world.station.readPickupCode({ desk, text }));
  /** Sealed prescriptions that this desk has fetched. */
  const fetched = (): number => world.desk(desk).wire.seen.filter(({ route }) => route === 'inboxItem').length;

  it('the list names prescriptions and nobody, and a therapy is opened only once its lock is held', async () => {
    const list = await openList();
    expect(list.items.find((item) => item.rxId === rxId)).toMatchObject({ state: 'open' });
    const before = fetched();
    const opened = await openItem(rxId);
    expect(opened.opened).toMatchObject({ rxId, state: 'open', part: 1, parts: 1, lines: [] });
    // Not only not shown: not even fetched.
    expect(fetched()).toBe(before);
    const evidence = (await world.desk(desk).evidence()).length;
    const locked = await accept(rxId);
    expect(locked.opened).toMatchObject({ state: 'here', lines: DRAFT.lines });
    expect(locked.items.find((item) => item.rxId === rxId)).toMatchObject({ state: 'here' });
    expect((await world.desk(desk).evidence()).slice(evidence)).toMatchObject([{ equation: '16', result: 'ok' }]);
    const released = at(await after(world.station.release({ desk, rxId })), 'work-list');
    expect(released.opened).toMatchObject({ state: 'open', lines: [] });
    const row = await world.store.prescription(rxId, signal);
    expect(JSON.stringify(released)).not.toContain(row?.pid ?? 'no row');
    expect((await world.store.prescriptionEvents(rxId, signal)).map(({ event }) => event)).toEqual([
      'accept',
      'release',
    ]);
  });

  it('what was prepared is handed out when the card comes, without a second lock', async () => {
    await openList();
    await openItem(rxId);
    await accept(rxId);
    expect((await look(world, WANG, rxId)).state).toBe('accepted');
    expect(await codeOf(world.station.openWorkList({ desk, page: 1 }))).toBe('STEP_OUT_OF_ORDER');
    expect(await codeOf(world.station.openWorkItem({ desk, rxId }))).toBe('STEP_OUT_OF_ORDER');
    expect(at(await collect(world, rxId), 'dispensed').stages.map(({ name }) => name)).not.toContain(
      'accept-prescription',
    );
    await leavePharmacy(world);
    expect((await openList()).items.map((item) => item.rxId)).not.toContain(rxId);
    expect(refusalIn((await scan(pickupCode(rxId))).flow)).toBe('RX_COLLECTED');
  });

  it('another desk was quicker: that is said, and its lock can be taken over', async () => {
    await openList();
    await openItem(rxId);
    const other = await world.another([{ folder: world.folders.pharmacy, slots: 'other-pharmacy' }]);
    await signOn(world, desk, 'staff-pharmacist', { station: other, slots: 'other-pharmacy' });
    await other.station.openWorkList({ desk, page: 1 });
    await other.station.openWorkItem({ desk, rxId });
    await other.station.accept({ desk, rxId, recover: false });
    world.table.remove('other-pharmacy/left');
    // Whoever had it open has gone.
    expect((await other.until(desk, ({ flow }) => flow.step === 'idle')).operator).toBeUndefined();
    await other.close();
    await signOn(world, desk, 'staff-pharmacist');
    await openList();
    const seen = await openItem(rxId);
    expect(seen.opened).toMatchObject({ state: 'elsewhere', lines: [] });
    expect(await codeOf(world.station.accept({ desk, rxId, recover: false }))).toBe('STEP_OUT_OF_ORDER');
    expect((await accept(rxId, true)).opened).toMatchObject({ state: 'here', lines: DRAFT.lines });
  });

  it('a lock that is lost in the very moment is refused in the list, with the state as it is', async () => {
    await openList();
    await openItem(rxId);
    const stop = world.desk(desk).wire.meddle('acceptance', async (input, pass) => {
      await pass(input);
      return pass(input);
    });
    const lost = await accept(rxId);
    stop();
    expect(lost).toMatchObject({ refusal: { code: 'RX_LOCKED' }, opened: { state: 'elsewhere', lines: [] } });
    expect(lost.items.find((item) => item.rxId === rxId)).toMatchObject({ state: 'elsewhere' });
    expect(await codeOf(world.station.release({ desk, rxId }))).toBe('STEP_OUT_OF_ORDER');
  });

  it('a bureau that sends another prescription for the one that is open: no line of it is shown', async () => {
    const others = (await seeDoctor(world, CHEN)).rxId ?? '';
    await openList();
    await openItem(rxId);
    const stop = world
      .desk(desk)
      .wire.meddle('inboxItem', (input, pass) => pass({ ...input, params: { rxId: others } }));
    const { opened } = await accept(rxId);
    stop();
    expect(opened).toMatchObject({ rxId, state: 'here', lines: [], refusal: { code: 'RX_ALTERED' } });
    expect((await openItem(rxId)).opened).toMatchObject({ lines: DRAFT.lines });
  });

  it('a scan opens the prescription in the list, or finds it among those of the card that is in', async () => {
    const others = (await seeDoctor(world, CHEN)).rxId ?? '';
    expect(at(await scan(pickupCode(rxId)), 'work-list').opened).toMatchObject({ rxId, lines: [] });
    const wrong = at(await scan('4710123456789012'), 'work-list');
    expect(wrong).toMatchObject({ refusal: { code: 'RX_CODE_INVALID' }, opened: { rxId } });
    await world.station.clear({ desk });
    expect((await scan(rxId)).flow).toMatchObject({ step: 'refused', refusal: { code: 'RX_CODE_INVALID' } });
    expect(refusalIn((await scan(pickupCode('0'.repeat(32)))).flow)).toBe('RX_NOT_FOUND');
    await look(world, WANG, rxId);
    expect(at(await scan(pickupCode(rxId).toLowerCase()), 'listed').scanned).toBe(rxId);
    const foreign = at(await scan(pickupCode(others)), 'listed');
    expect(foreign.refusal).toEqual({ code: 'RX_NOT_ON_CARD' });
    expect(foreign).not.toHaveProperty('scanned');
    expect(listed({ flow: foreign }, rxId).state).toBe('ready');
    await collect(world, rxId);
    // The bar code of the box that is handed over wipes nothing.
    world.table.remove('pharmacy/right');
    await world.until(desk, ({ slots }) => slots.every(({ kind }) => kind !== 'patient'));
    expect(await codeOf(world.station.readPickupCode({ desk, text: '4710123456789012' }))).toBe('RX_CODE_INVALID');
    expect((await now()).flow.step).toBe('dispensed');
    expect(at(await scan(pickupCode(others)), 'work-list').opened?.rxId).toBe(others);
  });

  it('nobody signed on sees no list, and what was open goes with its pharmacist', async () => {
    await openList();
    await world.station.signOff({ desk });
    expect((await now()).flow).toEqual({ step: 'idle' });
    expect(await codeOf(world.station.openWorkList({ desk, page: 1 }))).toBe('OPERATOR_REQUIRED');
    expect(await codeOf(world.station.readPickupCode({ desk, text: pickupCode(rxId) }))).toBe('OPERATOR_REQUIRED');
    world.table.remove('pharmacy/left');
    await signOn(world, desk, 'staff-pharmacist');
    await world.stopBureau();
    expect((await after(world.station.openWorkList({ desk, page: 1 }))).flow).toMatchObject({
      step: 'refused',
      refusal: { code: 'BUREAU_UNREACHABLE' },
    });
    await world.startBureau();
  });

  it('a pickup slip is an original once, and carries nothing of the patient', async () => {
    const { visitId } = await checkIn(world, CHEN);
    await open(world, CHEN);
    const signed = await sign(world);
    const signedRx = signed.rxId ?? '';
    expect(signed.slip).toMatchObject({ rxId: signedRx, visitId, pharmacy: DRAFT.pharmacy, printed: 0 });
    expect(signed.slip?.opens).toEqual([signed.slip?.issued]);
    const row = await world.store.prescription(signedRx, signal);
    expect(signed.slip?.expires).toBe(row?.expires);
    const text = JSON.stringify(signed.slip);
    for (const secret of [row?.pid, signed.person.name, ...DRAFT.lines.map(({ code }) => code), ...DRAFT.diagnoses])
      expect(text).not.toContain(secret);
    const print = async () => {
      const { flow } = await world.station.printed({ desk: 'clinic', rxId: signedRx });
      return 'slip' in flow ? flow.slip?.printed : undefined;
    };
    expect([await print(), await print(), await print()].map((count) => copyNumber(count ?? 0))).toEqual([
      undefined,
      1,
      2,
    ]);
    const other = '0'.repeat(32);
    expect(await codeOf(world.station.printed({ desk: 'clinic', rxId: other }))).toBe('STEP_OUT_OF_ORDER');
    expect(await codeOf(world.station.printed({ desk: 'registration', rxId: signedRx }))).toBe('STEP_OUT_OF_ORDER');
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });
    expect(await codeOf(world.station.printed({ desk: 'clinic', rxId: signedRx }))).toBe('STEP_OUT_OF_ORDER');
  });

  it('a label that was printed before a restart is a copy after it; one of a line that was owed is not', async () => {
    world.table.remove('pharmacy/left');
    const seat = [{ folder: world.folders.pharmacy, slots: 'other-pharmacy' }];
    const counter = { slots: 'other-pharmacy' };
    const openCounter = async () => {
      const station = await world.another(seat, 'counter-that-restarts');
      await signOn(world, desk, 'staff-pharmacist', { station, ...counter });
      world.table.insert(WANG, 'other-pharmacy/right');
      await station.until(desk, ({ flow }) => flow.step === 'listed');
      return station;
    };
    const leave = async (station: Awaited<ReturnType<typeof openCounter>>): Promise<void> => {
      await station.close();
      world.table.remove('other-pharmacy/left');
      world.table.remove('other-pharmacy/right');
    };
    const first = await openCounter();
    await first.station.dispense({ desk, rxId, lines: [{ line: 1, outcome: 'given' }] });
    expect(await first.station.printed({ desk, rxId })).toMatchObject({
      flow: { paper: { labels: [{ line: 1, printed: 1 }], owedSlip: { printed: 1 } } },
    });
    await leave(first);
    const second = await openCounter();
    const rest = await second.station.dispense({ desk, rxId });
    expect(rest.flow).toMatchObject({ paper: { labels: [{ line: 2, printed: 0 }] } });
    expect(rest.flow).not.toHaveProperty('paper.owedSlip');
    await second.station.printed({ desk, rxId });
    await leave(second);
    // Taken back and given again, whole: both labels have been out before.
    const third = await openCounter();
    await third.station.takeBack({ desk, rxId, reason: '藥袋標示錯誤' });
    const again = await third.station.dispense({ desk, rxId });
    expect(again.flow).toMatchObject({ step: 'dispensed', paper: { labels: [{ printed: 1 }, { printed: 1 }] } });
    const { flow } = await third.station.printed({ desk, rxId });
    const labels = flow.step === 'dispensed' ? flow.paper.labels : [];
    expect(labels.map(({ printed }) => copyNumber(printed))).toEqual([1, 1]);
    await leave(third);
  });
});
