/**
 * Agents at the desks: named at registration by two people with one reader between them (eq 5), listed, taken back at registration and pharmacy.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AgentScope, AgentServiceView } from '../../contract/agent-service.ts';
import { dayAfter } from '../../contract/calendar.ts';
import type { DeskState } from '../../contract/station.ts';
import { digitsOfPin, PHARMACY } from '../../main/app/demonstration.ts';
import { at, CHEN, codeOf, openHouse, pinOf, ready, refusalIn, seeDoctor, settled, WANG, wrongPin } from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const AGENTS_PIN = '580213';
const LIN = 'patient-lin';

let world: World;
let copies: ReadonlyMap<string, Uint8Array>;
const scope = (more: Partial<AgentScope> = {}): AgentScope => ({
  prescriptions: [],
  pharmacies: [],
  uses: 3,
  until: dayAfter(world.clocks.desk.now(), 30),
  ...more,
});

beforeAll(async () => {
  world = await createWorld();
  copies = new Map([WANG, CHEN, LIN].map((card) => [card, world.table.copy(card)]));
});
beforeEach(async () => {
  for (const [card, copy] of copies) world.table.restore(card, copy);
  await openHouse(world);
});
afterEach(async () => {
  for (const desk of ['registration', 'pharmacy'] as const) {
    world.table.remove(`${desk}/right`);
    await world.station.clear({ desk });
  }
});
afterAll(() => world.close());

/** What the service shows; it must be open. */
function shown<S extends AgentServiceView['state']>(state: DeskState, wanted: S): AgentServiceView & { state: S } {
  const view = state.agentService;
  if (view?.state !== wanted) throw new Error(`expected ${wanted}, got ${JSON.stringify(view)}`);
  // `state` is the discriminant, compared just above.
  return view as AgentServiceView & { state: S };
}
const codeIn = (state: DeskState): string | undefined =>
  state.agentService !== undefined && 'refusal' in state.agentService ? state.agentService.refusal?.code : undefined;

async function cardIn(desk: 'registration' | 'pharmacy', card: string): Promise<DeskState> {
  world.table.insert(card, `${desk}/right`);
  return world.until(desk, (now) => settled(now) && ready(`${desk}/right`, 'patient')(now));
}
/** Opens the service with a card in the reader; what is on it. */
async function listed(desk: 'registration' | 'pharmacy', card: string) {
  await cardIn(desk, card);
  return shown(await world.station.openAgentService({ desk }), 'listed');
}
const choosing = async () => {
  await listed('registration', WANG);
  return shown(await begin(WANG), 'choosing');
};
const begin = (card: string, pin = pinOf(card)) => world.station.beginAgent({ desk: 'registration', pin });
const propose = (more: Partial<AgentScope> = {}) =>
  world.station.proposeAgent({ desk: 'registration', scope: scope(more) });
const consent = async (card: string, pin = pinOf(card)) => {
  await cardIn('registration', card);
  return world.station.consentAgent({ desk: 'registration', pin });
};
const accept = async (card: string, pins: { pin?: number[]; next?: string; again?: string } = {}) => {
  await cardIn('registration', card);
  const next = pins.next ?? AGENTS_PIN;
  const again = digitsOfPin(pins.again ?? next);
  return world.station.acceptAgent({
    desk: 'registration',
    pin: pins.pin ?? pinOf(card),
    next: digitsOfPin(next),
    again,
  });
};
async function named(more: Partial<AgentScope> = {}) {
  await choosing();
  await propose(more);
  await consent(CHEN);
  return shown(await accept(WANG), 'made').agent;
}
const withdraw = (desk: 'registration' | 'pharmacy', serial: string, pin = pinOf(WANG)) =>
  world.station.withdrawAgent({ desk, serial, pin });

describe('an agent', () => {
  it('is named with the patient’s card, the agent’s own, and the patient’s again', async () => {
    expect(await listed('registration', WANG)).toEqual({ state: 'listed', agents: [], canAdd: true });
    shown(await begin(WANG), 'choosing');
    expect(shown(await propose({ pharmacies: [PHARMACY] }), 'consenting').scope.uses).toBe(3);
    shown(await consent(CHEN), 'accepting');
    const { agent } = shown(await accept(WANG), 'made');
    expect(agent).toEqual({
      serial: agent.serial,
      name: '陳○玲',
      scope: scope({ pharmacies: [PHARMACY] }),
      state: 'in-force',
    });
    await world.station.clear({ desk: 'registration' });
    expect((await listed('registration', WANG)).agents).toEqual([agent]);
    // The other desk reads the same, and names nobody.
    expect(await listed('pharmacy', WANG)).toMatchObject({ agents: [agent], canAdd: false });
    const here = { desk: 'pharmacy', pin: pinOf(WANG) } as const;
    expect(await codeOf(world.station.beginAgent(here))).toBe('STEP_OUT_OF_ORDER');
  });

  it('leaves no check-in behind, and every PIN is wiped', async () => {
    const before = world.table.digits.length;
    await named();
    expect(world.table.digits.length).toBeGreaterThan(before);
    expect(world.table.digits.every((digits) => digits.every((digit) => digit === 0))).toBe(true);
    const state = await world.station.clear({ desk: 'registration' });
    expect([state.agentService, state.flow.step]).toEqual([undefined, 'idle']);
    world.table.remove('registration/right');
    await cardIn('registration', WANG);
    expect((await world.until('registration', ({ flow }) => flow.step === 'checked-in')).flow.step).toBe('checked-in');
  });

  it('is kept from nobody’s card but the patient’s: four places, then none', async () => {
    for (let i = 0; i < 4; i++) {
      await named();
      await world.station.clear({ desk: 'registration' });
      world.table.remove('registration/right');
    }
    const { agents, canAdd } = await listed('registration', WANG);
    expect([agents.length, canAdd]).toEqual([4, false]);
    expect(await codeOf(begin(WANG))).toBe('STEP_OUT_OF_ORDER');
  });
});

describe('naming an agent is refused', () => {
  it('without a registrar, or out of order', async () => {
    expect(await codeOf(propose())).toBe('STEP_OUT_OF_ORDER');
    await world.station.signOff({ desk: 'registration' });
    expect(await codeOf(world.station.openAgentService({ desk: 'registration' }))).toBe('OPERATOR_REQUIRED');
    expect(await codeOf(world.station.openAgentService({ desk: 'clinic' }))).toBe('STEP_OUT_OF_ORDER');
  });

  it('for a day that is over, a term beyond the policy, or a pharmacy nobody knows', async () => {
    expect((await choosing()).latest).toBe(dayAfter(world.clocks.desk.now(), 180));
    expect(codeIn(await propose({ pharmacies: ['0000000000'] }))).toBe('NOT_FOUND');
    expect(codeIn(await propose({ until: dayAfter(world.clocks.desk.now(), -1) }))).toBe('WARRANT_EXPIRED');
    expect(codeIn(await propose({ until: dayAfter(world.clocks.desk.now(), 181) }))).toBe('WARRANT_UNAPPROVED');
    shown(await propose(), 'consenting');
  });

  it('with the patient’s own card as the agent’s, or a wrong PIN of the agent’s', async () => {
    await choosing();
    await propose();
    expect(codeIn(await consent(WANG))).toBe('WARRANT_UNAPPROVED');
    expect(codeIn(await consent(CHEN, wrongPin()))).toBe('PIN_WRONG');
    shown(await consent(CHEN), 'accepting');
  });

  it('with another card than the one it began with, a wrong PIN, or a PIN for the agent that is no good', async () => {
    await choosing();
    await propose();
    await consent(CHEN);
    expect(codeIn(await accept(LIN))).toBe('CARD_OTHER_PERSON');
    expect(codeIn(await accept(WANG, { again: '580214' }))).toBe('PIN_MISMATCH');
    expect(codeIn(await accept(WANG, { next: '123456' }))).toBe('PIN_WEAK');
    // The agent’s PIN is never the patient’s.
    expect(codeIn(await accept(WANG, { next: '112233' }))).toBe('PIN_WEAK');
    expect(codeIn(await accept(WANG, { next: '5802' }))).toBe('PIN_FORMAT');
    expect(codeIn(await accept(WANG, { pin: wrongPin() }))).toBe('PIN_WRONG');
    expect(shown(await accept(WANG), 'made').agent.name).toBe('陳○玲');
  });

  it('while the bureau is away', async () => {
    await choosing();
    await propose();
    await consent(CHEN);
    await world.stopBureau();
    expect(codeIn(await accept(WANG))).toBe('BUREAU_UNREACHABLE');
    await world.startBureau();
    shown(await accept(WANG), 'made');
  });

  it('and nothing of it stays when the desk is cleared in between', async () => {
    await choosing();
    await propose();
    await consent(CHEN);
    await world.station.clear({ desk: 'registration' });
    expect(await codeOf(accept(WANG))).toBe('STEP_OUT_OF_ORDER');
    world.table.remove('registration/right');
    expect((await listed('registration', WANG)).agents).toEqual([]);
  });
});

describe('a warrant is taken back', () => {
  it('at registration: the bureau knows, and the card has forgotten the key', async () => {
    const { serial } = await named();
    await world.station.clear({ desk: 'registration' });
    expect((await listed('registration', WANG)).agents).toHaveLength(1);
    expect(codeIn(await withdraw('registration', serial, wrongPin()))).toBe('PIN_WRONG');
    expect(await codeOf(withdraw('registration', '00'.repeat(16)))).toBe('STEP_OUT_OF_ORDER');
    expect(shown(await withdraw('registration', serial), 'listed').agents).toEqual([]);
    expect(await world.store.warrantErasure(serial, signal)).toBeDefined();
  });

  it('at the pharmacy: at once at the bureau, on the card when it comes in next', async () => {
    const { serial } = await named();
    await listed('pharmacy', WANG);
    const { agents } = shown(await withdraw('pharmacy', serial), 'listed');
    expect(agents).toMatchObject([{ serial, state: 'erased' }]);
    world.table.remove('pharmacy/right');
    await world.station.clear({ desk: 'pharmacy' });
    expect((await listed('pharmacy', WANG)).agents).toEqual([]);
  });

  it('and who puts another card in reads nothing of the first', async () => {
    await named();
    await world.station.clear({ desk: 'registration' });
    await listed('registration', WANG);
    world.table.remove('registration/right');
    await world.until('registration', (now) => now.agentService?.state === 'waiting');
    world.table.insert(LIN, 'registration/right');
    const next = await world.until('registration', (now) => now.agentService?.state === 'listed');
    expect(shown(next, 'listed').agents).toEqual([]);
    expect(refusalIn(next.flow)).toBeUndefined();
  });
});

describe('an agent collects', () => {
  const collectAs = async (serial: string, pin = AGENTS_PIN) =>
    world.station.collectAsAgent({ desk: 'pharmacy', serial, pin: digitsOfPin(pin) });
  const flowOf = (state: DeskState) => {
    if (state.desk !== 'pharmacy') throw new Error('another desk answered');
    return state;
  };
  const prescribed = async (): Promise<string> => (await seeDoctor(world, WANG)).rxId ?? '';
  const warranted = async (more: Partial<AgentScope> = {}): Promise<string> => {
    const { serial } = await named(more);
    world.table.remove('registration/right');
    await world.station.clear({ desk: 'registration' });
    return serial;
  };

  it('with the patient’s card and the own PIN, only what the warrant names, as often as it allows', async () => {
    const [rxId, other] = [await prescribed(), await prescribed()];
    const { prescriptions } = await choosing();
    expect(prescriptions.map((one) => one.rxId).sort()).toEqual([rxId, other].sort());
    await world.station.clear({ desk: 'registration' });
    world.table.remove('registration/right');
    const serial = await warranted({ prescriptions: [rxId], uses: 1 });
    await listed('pharmacy', WANG);
    const listing = at(flowOf(await collectAs(serial)), 'listed');
    expect(listing.prescriptions.map((one) => [one.rxId, one.state])).toEqual([[rxId, 'ready']]);
    expect(listing.agent?.name).toBe('陳○玲');
    const refresh = at(flowOf(await world.station.lookUp({ desk: 'pharmacy' })), 'listed');
    expect(refresh.prescriptions).toHaveLength(1);
    const elsewhere = world.station.dispense({ desk: 'pharmacy', rxId: other });
    expect(await codeOf(elsewhere)).toBe('STEP_OUT_OF_ORDER');
    const done = at(flowOf(await world.station.dispense({ desk: 'pharmacy', rxId })), 'dispensed');
    expect([done.acknowledged, done.agent?.serial]).toEqual([true, serial]);
    const [row] = await world.store.dispensings(rxId, signal);
    expect(row?.warrant).toBe(serial);
    const equations = (await world.store.evidence(signal)).slice(-3).map(({ equation, result }) => [equation, result]);
    expect(equations).toEqual([
      ['17', 'ok'],
      ['18', 'ok'],
      ['19', 'ok'],
    ]);
  });

  it('and is refused with a wrong PIN, and blocked after three', async () => {
    const serial = await warranted();
    await listed('pharmacy', WANG);
    for (const code of ['PIN_WRONG', 'PIN_WRONG', 'PIN_BLOCKED', 'PIN_BLOCKED'])
      expect(codeIn(await collectAs(serial, '999000'))).toBe(code);
    // The patient’s PIN is another and goes on.
    expect(codeIn(await collectAs(serial, '112233'))).toBe('PIN_BLOCKED');
    expect(shown(await withdraw('pharmacy', serial), 'listed').agents).toMatchObject([{ state: 'erased' }]);
  });

  it('and is refused by the card after the last use, and sees nothing at a pharmacy that is not named', async () => {
    const [first, second] = [await prescribed(), await prescribed()];
    const serial = await warranted({ uses: 1 });
    await listed('pharmacy', WANG);
    await collectAs(serial);
    await world.station.dispense({ desk: 'pharmacy', rxId: first });
    await world.station.openAgentService({ desk: 'pharmacy' });
    await collectAs(serial);
    const state = flowOf(await world.station.dispense({ desk: 'pharmacy', rxId: second }));
    expect(refusalIn(state.flow)).toBe('CARD_WARRANT_REFUSED');
    world.table.remove('pharmacy/right');
    await world.station.clear({ desk: 'pharmacy' });
    const elsewhere = await warranted({ pharmacies: ['5931010023'] });
    await listed('pharmacy', WANG);
    expect(at(flowOf(await collectAs(elsewhere)), 'listed').prescriptions).toEqual([]);
  });

  it('and is refused once the warrant is over or was taken back, as far as this desk knows', async () => {
    await prescribed();
    const [over, taken] = [await warranted({ until: dayAfter(world.clocks.desk.now(), 1) }), await warranted()];
    const copy = world.table.copy(WANG);
    await listed('registration', WANG);
    await withdraw('registration', taken);
    world.table.remove('registration/right');
    await world.station.clear({ desk: 'registration' });
    // A card that was copied before: the key is on it still.
    world.table.restore(WANG, copy);
    world.clocks.advance(6 * 60_000);
    await listed('pharmacy', WANG);
    const code = async (serial: string) => refusalIn(flowOf(await collectAs(serial)).flow) ?? 'none';
    // The bureau’s order has come to the card with the list.
    expect(await codeOf(code(taken))).toBe('STEP_OUT_OF_ORDER');
    world.table.remove('pharmacy/right');
    await world.station.clear({ desk: 'pharmacy' });
    // And where it does not come, the list says no.
    world.table.restore(WANG, copy);
    const stop = world.desk('pharmacy').wire.meddle('cardOrders', async () => ({ orders: [] }));
    await listed('pharmacy', WANG);
    expect(await code(taken)).toBe('WARRANT_ERASED');
    stop();
    world.clocks.advance(3 * 86_400_000);
    await openHouse(world);
    await world.station.clear({ desk: 'pharmacy' });
    world.table.remove('pharmacy/right');
    await listed('pharmacy', WANG);
    expect(await code(over)).toBe('WARRANT_EXPIRED');
    world.clocks.advance(-3 * 86_400_000);
  });
});
