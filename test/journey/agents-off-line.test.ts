/**
 * Agents at a pharmacy whose line is down: judged by the warrant on the card and the list of erased warrants that is there, counted by the card,
 * settled when the line is back. A warrant cannot be taken back without the bureau, and the desk says so.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AgentServiceView } from '../../contract/agent-service.ts';
import type { DeskState } from '../../contract/station.ts';
import { digitsOfPin } from '../../main/app/demonstration.ts';
import { CITIZEN } from '../../main/app/demonstration-civil-card.ts';
import { MINUTE } from './moving-clocks.ts';
import { AGENTS_PIN, nameAgent } from './name-agent.ts';
import {
  at,
  leavePharmacy,
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

const HOUR = 60 * MINUTE;
const desk = 'pharmacy';

let world: World;
let fresh: ReadonlyMap<string, Uint8Array>;
let mend: () => void = () => undefined;
beforeAll(async () => {
  world = await createWorld();
  fresh = new Map([WANG, CITIZEN.id].map((card) => [card, world.table.copy(card)]));
});
beforeEach(async () => {
  mend();
  world.clocks.agree();
  await leavePharmacy(world);
  await world.station.signOff({ desk });
  for (const [card, copy] of fresh) world.table.restore(card, copy);
  await openHouse(world);
});
afterAll(() => world.close());

const cut = (): void => {
  mend = world.desk(desk).wire.cut();
};
/** The line is back, and the desk's timers find out. */
const backOnLine = async (): Promise<void> => {
  mend();
  world.runTimers(5 * MINUTE);
  await world.until(desk, ({ bureau, operator }) => bureau.waiting === 0 && operator?.offLine !== true);
};
/** The pharmacist comes on duty while the line is down. */
const signOnOffLine = async (): Promise<void> => {
  await world.station.signOff({ desk });
  world.table.remove('pharmacy/left');
  await signOn(world, desk, 'staff-pharmacist');
  expect((await world.state(desk)).operator).toMatchObject({ offLine: true });
};
const prescribed = async (): Promise<string> => (await seeDoctor(world, WANG)).rxId ?? '';
function shown<S extends AgentServiceView['state']>(state: DeskState, wanted: S): AgentServiceView & { state: S } {
  const view = state.agentService;
  if (view?.state !== wanted) throw new Error(`expected ${wanted}, got ${JSON.stringify(view)}`);
  // `state` is the discriminant, compared just above.
  return view as AgentServiceView & { state: S };
}
const codeIn = (state: DeskState): string | undefined =>
  state.agentService !== undefined && 'refusal' in state.agentService ? state.agentService.refusal?.code : undefined;
/** The agents of the card at the pharmacy. */
const listed = async () => {
  await patientIn(world, desk, WANG);
  return shown(await world.station.openAgentService({ desk }), 'listed');
};
const collectAs = async (serial: string) => {
  const state = await world.station.collectAsAgent({ desk, serial, pin: digitsOfPin(AGENTS_PIN) });
  if (state.desk !== desk) throw new Error('another desk answered');
  return state;
};
const dispense = async (rxId: string) => {
  const state = await world.station.dispense({ desk, rxId });
  if (state.desk !== desk) throw new Error('another desk answered');
  return state;
};
const withdraw = (where: 'registration' | 'pharmacy', serial: string) =>
  world.station.withdrawAgent({ desk: where, serial, pin: pinOf(WANG) });

describe('an agent at a pharmacy without a line', () => {
  it('collects by what is there, as often as the card counts, and is settled afterwards', async () => {
    const [first, second] = [await prescribed(), await prescribed()];
    const { serial } = await nameAgent(world, WANG, { uses: 1 });
    cut();
    await signOnOffLine();
    const list = await listed();
    // No name without the bureau; the list's own time beside it.
    expect(list.agents).toMatchObject([{ serial, state: 'in-force' }]);
    expect(list.agents[0]).not.toHaveProperty('name');
    expect(Date.parse(list.listFrom ?? '')).toBeLessThanOrEqual(world.clocks.desk.now());
    expect(Date.parse(list.listFrom ?? '')).toBeGreaterThan(world.clocks.desk.now() - HOUR);
    const { prescriptions } = at(await collectAs(serial), 'listed');
    expect(prescriptions.map(({ source }) => source)).toEqual(['card', 'card']);
    const done = at(await dispense(first), 'dispensed');
    expect([done.acknowledged, done.agent?.serial]).toEqual([false, serial]);
    await world.station.openAgentService({ desk });
    await collectAs(serial);
    expect(refusalIn((await dispense(second)).flow)).toBe('CARD_WARRANT_REFUSED');
    expect(await world.store.dispensings(first, signal)).toEqual([]);
    await leavePharmacy(world);
    await backOnLine();
    expect(await world.store.dispensings(first, signal)).toMatchObject([{ warrant: serial }]);
    expect((await world.store.prescription(second, signal))?.used).toBe(0);
    expect((await world.state(desk)).conflicts).toEqual([]);
    // With the line there is a name again, and nothing said of the list.
    const again = await listed();
    expect(again.agents).toMatchObject([{ name: '趙○芬' }]);
    expect(again).not.toHaveProperty('listFrom');
  });

  it('is refused where the list that is there names the warrant, though the card was not told', async () => {
    await prescribed();
    const { serial } = await nameAgent(world, WANG);
    const copy = world.table.copy(WANG);
    await patientIn(world, 'registration', WANG);
    await world.station.openAgentService({ desk: 'registration' });
    shown(await withdraw('registration', serial), 'listed');
    world.table.remove('registration/right');
    await world.station.clear({ desk: 'registration' });
    // The pharmacy has the list, and the line goes before the order reaches the card.
    world.clocks.advance(6 * MINUTE);
    await patientIn(world, desk, WANG);
    await leavePharmacy(world);
    cut();
    world.table.restore(WANG, copy);
    expect((await listed()).agents).toMatchObject([{ serial, state: 'erased' }]);
    expect(refusalIn((await collectAs(serial)).flow)).toBe('WARRANT_ERASED');
  });

  it('who collected under a warrant that was taken back meanwhile stands before a person', async () => {
    const rxId = await prescribed();
    const { serial } = await nameAgent(world, WANG);
    await patientIn(world, desk, WANG);
    await leavePharmacy(world);
    cut();
    const copy = world.table.copy(WANG);
    await patientIn(world, 'registration', WANG);
    await world.station.openAgentService({ desk: 'registration' });
    shown(await withdraw('registration', serial), 'listed');
    world.table.remove('registration/right');
    await world.station.clear({ desk: 'registration' });
    // With the card itself nothing could be collected any more: somebody has a copy of it.
    world.table.restore(WANG, copy);
    expect((await listed()).agents).toMatchObject([{ serial, state: 'in-force' }]);
    await collectAs(serial);
    expect(at(await dispense(rxId), 'dispensed').acknowledged).toBe(false);
    await leavePharmacy(world);
    await backOnLine();
    const { conflicts } = await world.until(desk, (state) => state.conflicts.length > 0);
    expect(conflicts).toMatchObject([{ route: 'pickup', rxId, part: 1, code: 'WARRANT_ERASED' }]);
    expect((await world.store.prescription(rxId, signal))?.used).toBe(0);
    await world.station.settleConflict({ desk, id: conflicts[0]?.id ?? '', note: '已向病人確認' });
    expect((await world.state(desk)).conflicts).toEqual([]);
  });

  it('is refused once the bureau’s lists are older than the policy', async () => {
    await prescribed();
    const { serial } = await nameAgent(world, WANG);
    cut();
    world.clocks.desk.advance(71 * HOUR);
    await signOnOffLine();
    await listed();
    expect(at(await collectAs(serial), 'listed').prescriptions).toHaveLength(1);
    await leavePharmacy(world);
    world.clocks.desk.advance(2 * HOUR);
    await patientIn(world, desk, WANG);
    const opened = await world.station.openAgentService({ desk });
    expect(codeIn(opened)).toBe('CRL_STALE');
  });
});

describe('taking a warrant back without a line', () => {
  it('is refused, leaves everything as it was, and works when the line is back', async () => {
    const { serial } = await nameAgent(world, WANG);
    cut();
    await signOnOffLine();
    await listed();
    const refused = await withdraw(desk, serial);
    expect(codeIn(refused)).toBe('WARRANT_ONLINE_ONLY');
    expect(shown(refused, 'listed').agents).toMatchObject([{ serial, state: 'in-force' }]);
    expect(await world.store.warrantErasure(serial, signal)).toBeUndefined();
    expect((await world.state(desk)).bureau.waiting).toBe(0);
    await leavePharmacy(world);
    mend();
    // The card that comes in is what the desk asks the bureau about.
    await listed();
    expect(shown(await withdraw(desk, serial), 'listed').agents).toMatchObject([{ serial, state: 'erased' }]);
    expect(await world.store.warrantErasure(serial, signal)).toMatchObject({ serial });
    // What this desk did, it knows, whatever list it has.
    await collectAs(serial);
    expect(codeIn(await world.state(desk))).toBe('WARRANT_ERASED');
  });

  it('and at registration, which could empty the card’s place, it does not', async () => {
    const { serial } = await nameAgent(world, WANG);
    await patientIn(world, 'registration', WANG);
    await world.station.openAgentService({ desk: 'registration' });
    await world.stopBureau();
    expect(codeIn(await withdraw('registration', serial))).toBe('WARRANT_ONLINE_ONLY');
    await world.startBureau();
    expect(shown(await withdraw('registration', serial), 'listed').agents).toEqual([]);
    world.table.remove('registration/right');
    await world.until('registration', (state) => settled(state) && !ready('registration/right', 'patient')(state));
    await world.station.clear({ desk: 'registration' });
  });
});
