/**
 * A controlled drug collected by an agent: named at registration with both health cards in (eq 5, warrant V2), handed out at the pharmacy with both cards
 * and both PINs (eqs 17 to 19), verified by the desk and by the bureau.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AgentScope, AgentServiceView } from '../../contract/agent-service.ts';
import { dayAfter } from '../../contract/calendar.ts';
import type { DeskState } from '../../contract/station.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { decodePickup } from '../../crypto/proxysig/pickup-object.ts';
import { revoke } from '../../main/app/administer-bureau.ts';
import { digitsOfPin } from '../../main/app/demonstration.ts';
import { MINUTE } from './moving-clocks.ts';
import {
  at,
  CHEN,
  codeOf,
  DRAFT,
  openHouse,
  pinOf,
  ready,
  refusalIn,
  seeDoctor,
  settled,
  signOn,
  WANG,
  wrongPin,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

type Where = 'registration' | 'pharmacy';
const AGENTS_PIN = '580213';
const LIN = 'patient-lin';

let world: World;
let copies: ReadonlyMap<string, Uint8Array>;
beforeAll(async () => {
  world = await createWorld({ thirdReaders: true });
  // The doctor's class for controlled drugs comes with the bundles of the next epoch.
  world.clocks.advance(24 * 60 * MINUTE);
  copies = new Map([WANG, CHEN, LIN].map((card) => [card, world.table.copy(card)]));
});
beforeEach(async () => {
  for (const desk of ['registration', 'pharmacy'] as const) {
    for (const side of ['right', 'third']) world.table.remove(`${desk}/${side}`);
    await world.station.clear({ desk });
  }
  for (const [card, copy] of copies) world.table.restore(card, copy);
  await openHouse(world);
});
afterAll(() => world.close());

function shown<S extends AgentServiceView['state']>(state: DeskState, wanted: S): AgentServiceView & { state: S } {
  const view = state.agentService;
  if (view?.state !== wanted) throw new Error(`expected ${wanted}, got ${JSON.stringify(view)}`);
  // `state` is the discriminant, compared just above.
  return view as AgentServiceView & { state: S };
}
const codeIn = (state: DeskState): string | undefined =>
  state.agentService !== undefined && 'refusal' in state.agentService ? state.agentService.refusal?.code : undefined;
async function cardIn(desk: Where, card: string, side: 'right' | 'third' = 'right'): Promise<void> {
  world.table.insert(card, `${desk}/${side}`);
  await world.until(desk, (now) => settled(now) && ready(`${desk}/${side}`, 'patient')(now));
}
const out = async (desk: Where, side: 'right' | 'third'): Promise<void> => {
  world.table.remove(`${desk}/${side}`);
  await world.until(desk, ({ slots }) => slots.some((one) => one.slot === `${desk}/${side}` && one.state === 'empty'));
};
const prescribed = async (controlled = true): Promise<string> =>
  (await seeDoctor(world, WANG, { ...DRAFT, controlled })).rxId ?? '';

const scope = (more: Partial<AgentScope> = {}): AgentScope => ({
  prescriptions: [],
  pharmacies: [],
  uses: 3,
  until: dayAfter(world.clocks.desk.now(), 30),
  controlled: true,
  ...more,
});
const begin = async () => {
  await cardIn('registration', WANG);
  await world.station.openAgentService({ desk: 'registration' });
  return shown(await world.station.beginAgent({ desk: 'registration', pin: pinOf(WANG) }), 'choosing');
};
const propose = (more: Partial<AgentScope> = {}) =>
  world.station.proposeAgent({ desk: 'registration', scope: scope(more) });
const consent = (pin = pinOf(CHEN)) => world.station.consentAgent({ desk: 'registration', pin });
const accept = (next = AGENTS_PIN, pin = pinOf(WANG)) =>
  world.station.acceptAgent({ desk: 'registration', pin, next: digitsOfPin(next), again: digitsOfPin(next) });
/** Both cards at registration; the warrant's serial. The desk is empty again. */
async function warranted(more: Partial<AgentScope> = {}): Promise<string> {
  await begin();
  await propose(more);
  await cardIn('registration', CHEN, 'third');
  shown(await consent(), 'accepting');
  const { serial } = shown(await accept(), 'made').agent;
  for (const side of ['right', 'third'] as const) await out('registration', side);
  await world.station.clear({ desk: 'registration' });
  return serial;
}
const atPharmacy = async (): Promise<void> => {
  await cardIn('pharmacy', WANG);
  shown(await world.station.openAgentService({ desk: 'pharmacy' }), 'listed');
};
const collectAs = (serial: string, own: number[] | 'none' = pinOf(CHEN), pin = digitsOfPin(AGENTS_PIN)) =>
  world.station.collectAsAgent({ desk: 'pharmacy', serial, pin, ...(own === 'none' ? {} : { own }) });
const dispense = (rxId: string) => world.station.dispense({ desk: 'pharmacy', rxId });
const flowOf = (state: DeskState) => {
  if (state.desk !== 'pharmacy') throw new Error('another desk answered');
  return state;
};

describe('an agent for controlled drugs', () => {
  it('is named with both cards in, and collects with both cards and both PINs', async () => {
    const rxId = await prescribed();
    expect((await begin()).prescriptions).toMatchObject([{ rxId, controlled: true }]);
    const { controlled: _, ...one } = scope({ prescriptions: [rxId] });
    const alone = await world.station.proposeAgent({ desk: 'registration', scope: one });
    expect(codeIn(alone)).toBe('CONTROLLED_NEEDS_BOTH');
    shown(await propose({ prescriptions: [rxId], uses: 1 }), 'consenting');
    expect(codeIn(await consent())).toBe('AGENT_CARD_ABSENT');
    await cardIn('registration', CHEN, 'third');
    expect(codeIn(await consent(wrongPin()))).toBe('PIN_WRONG');
    shown(await consent(), 'accepting');
    // With the agent's card goes its PIN: once more.
    await out('registration', 'third');
    expect(codeIn(await accept())).toBe('AGENT_CARD_ABSENT');
    await cardIn('registration', CHEN, 'third');
    shown(await consent(), 'accepting');
    expect(codeIn(await accept('5802'))).toBe('PIN_FORMAT');
    expect(codeIn(await accept(AGENTS_PIN, wrongPin()))).toBe('PIN_WRONG');
    const { agent } = shown(await accept(), 'made');
    expect([agent.name, agent.scope.controlled]).toEqual(['陳○玲', true]);
    // Neither card is checked in by itself afterwards.
    await world.station.clear({ desk: 'registration' });
    await out('registration', 'right');
    expect((await world.state('registration')).flow.step).toBe('idle');
    await out('registration', 'third');

    const { serial } = agent;
    await atPharmacy();
    expect(codeIn(await collectAs(serial))).toBe('AGENT_CARD_ABSENT');
    await cardIn('pharmacy', LIN, 'third');
    expect(codeIn(await collectAs(serial))).toBe('AGENT_CARD_OTHER');
    await cardIn('pharmacy', CHEN, 'third');
    expect(codeIn(await collectAs(serial, 'none'))).toBe('PIN_REQUIRED');
    expect(shown(await collectAs(serial, wrongPin()), 'listed').refusal).toMatchObject({
      code: 'AGENT_PIN_WRONG',
      triesLeft: 2,
    });
    expect(codeIn(await collectAs(serial, pinOf(CHEN), wrongPin()))).toBe('PIN_WRONG');
    const listing = at(flowOf(await collectAs(serial)), 'listed');
    expect(listing.prescriptions.map((view) => [view.rxId, view.state])).toEqual([[rxId, 'ready']]);
    expect(listing.agent?.scope.controlled).toBe(true);
    await out('pharmacy', 'third');
    expect(refusalIn(flowOf(await dispense(rxId)).flow)).toBe('AGENT_CARD_ABSENT');
    await cardIn('pharmacy', CHEN, 'third');
    await world.station.openAgentService({ desk: 'pharmacy' });
    await collectAs(serial);
    const done = at(flowOf(await dispense(rxId)), 'dispensed');
    expect([done.acknowledged, done.agent?.serial]).toEqual([true, serial]);
    const [row] = await world.store.dispensings(rxId, signal);
    expect(row?.warrant).toBe(serial);
    expect(decodePickup(new Uint8Array(row?.pickup_object ?? [])).mode).toBe('two-party');
    const equations = (await world.store.evidence(signal)).slice(-3).map(({ equation, result }) => [equation, result]);
    expect(equations).toEqual([
      ['17', 'ok'],
      ['18', 'ok'],
      ['19', 'ok'],
    ]);
    // The agent's own card is not looked up when the patient's leaves first.
    await out('pharmacy', 'right');
    expect(at(await world.state('pharmacy'), 'dispensed').prescription.rxId).toBe(rxId);
    expect(world.table.digits.every((digits) => digits.every((digit) => digit === 0))).toBe(true);
    expect([...world.border.altered]).toEqual([]);
  });

  it('sees no controlled drug under a warrant of one card, which needs no second', async () => {
    const [rxId, plain] = [await prescribed(), await prescribed(false)];
    await begin();
    const { controlled: _, ...one } = scope();
    await world.station.proposeAgent({ desk: 'registration', scope: one });
    await cardIn('registration', CHEN, 'third');
    // The one card may come out and the other in, or both lie there.
    shown(await consent(), 'accepting');
    const { serial } = shown(await accept(), 'made').agent;
    await out('registration', 'third');
    await out('registration', 'right');
    await world.station.clear({ desk: 'registration' });
    await atPharmacy();
    const listing = at(flowOf(await collectAs(serial, 'none')), 'listed');
    expect(listing.prescriptions.map((view) => view.rxId)).toEqual([plain]);
    expect(await codeOf(dispense(rxId))).toBe('STEP_OUT_OF_ORDER');
  });

  it('begins again after the supply was cut in the middle, and collects once', async () => {
    const rxId = await prescribed();
    const serial = await warranted({ uses: 1 });
    const identified = async (): Promise<void> => {
      await atPharmacy();
      await cardIn('pharmacy', CHEN, 'third');
      at(flowOf(await collectAs(serial)), 'listed');
    };
    await identified();
    world.table.cutPower(WANG, 40);
    expect(refusalIn(flowOf(await dispense(rxId)).flow)).toBe('CARD_LOST');
    world.table.cutPower(WANG, undefined);
    for (const side of ['right', 'third'] as const) await out('pharmacy', side);
    await world.station.clear({ desk: 'pharmacy' });
    await identified();
    expect(at(flowOf(await dispense(rxId)), 'dispensed').acknowledged).toBe(true);
    expect(await world.store.dispensings(rxId, signal)).toHaveLength(1);
    // The warrant's one use is spent.
    const next = await prescribed();
    await world.station.clear({ desk: 'pharmacy' });
    await identified();
    expect(refusalIn(flowOf(await dispense(next)).flow)).toBe('CARD_WARRANT_REFUSED');
  });

  it('is refused without a line once the list of erased warrants is a day old', async () => {
    const rxId = await prescribed(false);
    const serial = await warranted();
    const mend = world.desk('pharmacy').wire.cut();
    const listing = async (): Promise<DeskState> => {
      world.table.remove('pharmacy/left');
      await signOn(world, 'pharmacy', 'staff-pharmacist');
      await atPharmacy();
      await cardIn('pharmacy', CHEN, 'third');
      const state = await collectAs(serial);
      for (const side of ['right', 'third'] as const) await out('pharmacy', side);
      await world.station.clear({ desk: 'pharmacy' });
      return state;
    };
    world.clocks.desk.advance(23 * 60 * MINUTE);
    const early = at(flowOf(await listing()), 'listed');
    expect(early.prescriptions.map((view) => view.rxId)).toEqual([rxId]);
    world.clocks.desk.advance(2 * 60 * MINUTE);
    expect(refusalIn((await listing()).flow)).toBe('ERASED_LIST_STALE');
    mend();
    world.clocks.agree();
  });

  it('is refused when the own card was lost meanwhile', async () => {
    const serial = await warranted();
    const { signing } = await readOwn();
    await revoke(world.folders.bureau, parseCertificate(signing).serial, world.clocks.bureau);
    world.clocks.advance(6 * MINUTE);
    await atPharmacy();
    await cardIn('pharmacy', CHEN, 'third');
    expect(codeIn(await collectAs(serial))).toBe('CERT_REVOKED');
  });

  const readOwn = async () => {
    await cardIn('pharmacy', CHEN, 'third');
    const certificates = await world.table.cards.patientCertificates({ slot: 'pharmacy/third' });
    await out('pharmacy', 'third');
    await world.station.clear({ desk: 'pharmacy' });
    return certificates;
  };
});
