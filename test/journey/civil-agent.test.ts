/**
 * An agent without a health card here: consents at registration with a citizen's certificate card, and collects like any other; and what each
 * refusal is called.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCardSession } from '../../card/apdu/card-session.ts';
import { readCivilCertificate } from '../../card/apps/civil-app.ts';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import type { AgentScope, AgentServiceView } from '../../contract/agent-service.ts';
import { dayAfter } from '../../contract/calendar.ts';
import type { DeskState } from '../../contract/station.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { createBureauFolder } from '../../main/app/bureau-folder.ts';
import { digitsOfPin } from '../../main/app/demonstration.ts';
import { revokeCivilCertificates } from '../../main/app/demonstration-authorities.ts';
import { CITIZEN, createDemoCivilCard } from '../../main/app/demonstration-civil-card.ts';
import { MINUTE } from './moving-clocks.ts';
import { at, codeOf, openHouse, pinOf, ready, seeDoctor, settled, WANG } from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const AGENTS_PIN = '580213';
const CHAO: string = CITIZEN.id;
const DAY = 86_400_000;

let world: World;
let fresh: ReadonlyMap<string, Uint8Array>;
beforeAll(async () => {
  world = await createWorld({ thirdReaders: true });
  fresh = new Map([WANG, CHAO].map((card) => [card, world.table.copy(card)]));
});
beforeEach(async () => {
  world.clocks.agree();
  for (const [card, copy] of fresh) world.table.restore(card, copy);
  await openHouse(world);
});
afterEach(async () => {
  for (const slot of ['registration/right', 'registration/third', 'pharmacy/right']) world.table.remove(slot);
  for (const desk of ['registration', 'pharmacy'] as const) await world.station.clear({ desk });
});
afterAll(() => world.close());

function shown<S extends AgentServiceView['state']>(state: DeskState, wanted: S): AgentServiceView & { state: S } {
  const view = state.agentService;
  if (view?.state !== wanted) throw new Error(`expected ${wanted}, got ${JSON.stringify(view)}`);
  // `state` is the discriminant, compared just above.
  return view as AgentServiceView & { state: S };
}
const refusalOf = (state: DeskState) =>
  state.agentService !== undefined && 'refusal' in state.agentService ? state.agentService.refusal : undefined;
const put = async (card: string, slot: string, kind: 'patient' | 'civil'): Promise<void> => {
  world.table.insert(card, slot);
  const desk = slot.startsWith('pharmacy') ? 'pharmacy' : 'registration';
  await world.until(desk, (now) => settled(now) && ready(slot, kind)(now));
};
const cardIn = (card: string, kind: 'patient' | 'civil') => put(card, 'registration/right', kind);
/** As far as the agent's card: the holder has chosen, and taken the card. */
async function proposed(more: Partial<AgentScope> = {}): Promise<void> {
  const desk = 'registration';
  await cardIn(WANG, 'patient');
  shown(await world.station.openAgentService({ desk }), 'listed');
  shown(await world.station.beginAgent({ desk, pin: pinOf(WANG) }), 'choosing');
  const until = dayAfter(world.clocks.desk.now(), 30);
  const scope = { prescriptions: [], pharmacies: [], uses: 2, until, ...more };
  shown(await world.station.proposeAgent({ desk, scope }), 'consenting');
}
const consent = async (card = CHAO, pin: string = CITIZEN.pin): Promise<DeskState> => {
  await cardIn(card, 'civil');
  return world.station.consentAgent({ desk: 'registration', pin: digitsOfPin(pin) });
};
async function accept(): Promise<DeskState> {
  await cardIn(WANG, 'patient');
  const [next, again] = [digitsOfPin(AGENTS_PIN), digitsOfPin(AGENTS_PIN)];
  return world.station.acceptAgent({ desk: 'registration', pin: pinOf(WANG), next, again });
}
/** Another citizen's card lies on the table from here on. */
const lay = (id: string, card: SoftwareCard): void => world.table.restore(id, card.save());
const serialOf = async (card: SoftwareCard): Promise<string> => {
  card.powerOn();
  return parseCertificate(await readCivilCertificate(createCardSession(card))).serial;
};

describe('an agent with a citizen’s certificate card', () => {
  it('is named by the name in the certificate, and collects with the patient’s card and the own PIN', async () => {
    const { rxId = '' } = await seeDoctor(world, WANG);
    await proposed();
    shown(await consent(), 'accepting');
    const { agent } = shown(await accept(), 'made');
    expect(agent.name).toBe('趙○芬');
    expect(world.table.digits.every((digits) => digits.every((digit) => digit === 0))).toBe(true);
    // The bureau keeps who it is, sealed; its key is one that was made for the warrant.
    expect((await world.store.agentApproval(agent.serial, signal))?.serial).toBe(agent.serial);
    world.table.remove('registration/right');
    await world.station.clear({ desk: 'registration' });
    const desk = 'pharmacy';
    await put(WANG, 'pharmacy/right', 'patient');
    await world.station.openAgentService({ desk });
    await world.station.collectAsAgent({ desk, serial: agent.serial, pin: digitsOfPin(AGENTS_PIN) });
    const state = await world.station.dispense({ desk, rxId });
    if (state.desk !== desk) throw new Error('another desk answered');
    const done = at(state, 'dispensed');
    expect([done.acknowledged, done.agent?.name]).toEqual([true, '趙○芬']);
    expect((await world.store.dispensings(rxId, signal))[0]?.warrant).toBe(agent.serial);
  });

  it('also with both cards in, where the desk has a third reader', async () => {
    await proposed();
    await put(CHAO, 'registration/third', 'civil');
    const pin = digitsOfPin(CITIZEN.pin);
    shown(await world.station.consentAgent({ desk: 'registration', pin }), 'accepting');
    expect(shown(await accept(), 'made').agent.name).toBe('趙○芬');
  });

  it('serves at no step but this one', async () => {
    await cardIn(CHAO, 'civil');
    expect(await codeOf(world.station.beginAgent({ desk: 'registration', pin: digitsOfPin(CITIZEN.pin) }))).toBe(
      'STEP_OUT_OF_ORDER',
    );
    const { flow } = await world.station.checkIn({ desk: 'registration' });
    expect('refusal' in flow ? flow.refusal?.code : undefined).toBe('CARD_ABSENT');
    expect(shown(await world.station.openAgentService({ desk: 'registration' }), 'waiting')).toEqual({
      state: 'waiting',
    });
  });
});

describe('a citizen’s certificate card is refused', () => {
  it('for controlled drugs, which want the agent’s own health card', async () => {
    await proposed({ controlled: true });
    expect(refusalOf(await consent())?.code).toBe('AGENT_CARD_CIVIL');
    // The right PIN was not even tried.
    expect(world.table.digits.every((digits) => digits.every((digit) => digit === 0))).toBe(true);
  });

  it('with a wrong PIN, and after three for good', async () => {
    await proposed();
    expect(refusalOf(await consent(CHAO, '000000'))).toEqual({ code: 'PIN_WRONG', triesLeft: 2 });
    expect(refusalOf(await consent(CHAO, '000000'))).toEqual({ code: 'PIN_WRONG', triesLeft: 1 });
    for (const pin of ['000000', CITIZEN.pin])
      expect(refusalOf(await consent(CHAO, pin))?.code).toBe('CIVIL_PIN_BLOCKED');
  });

  it('of the patient, whom only the bureau recognises', async () => {
    const self = { name: '王小明', nationalId: 'A123456789', pin: CITIZEN.pin };
    lay('civil-self', await createDemoCivilCard(world.folders.bureau, self, world.clocks.desk));
    await proposed();
    shown(await consent('civil-self'), 'accepting');
    expect(refusalOf(await accept())?.code).toBe('WARRANT_UNAPPROVED');
  });

  it('that is over, not yet good, or of another authority', async () => {
    const { folders, clocks } = world;
    const made = (dir: string, ms: number) => createDemoCivilCard(dir, CITIZEN, { now: () => clocks.desk.now() + ms });
    lay('civil-over', await made(folders.bureau, -6 * 365 * DAY));
    lay('civil-early', await made(folders.bureau, 2 * DAY));
    const elsewhere = `${world.dir}/elsewhere`;
    await createBureauFolder(elsewhere, { clock: clocks.desk, institution: '9900000009', name: '別處' });
    lay('civil-foreign', await made(elsewhere, 0));
    await proposed();
    expect(refusalOf(await consent('civil-over'))?.code).toBe('CERT_EXPIRED');
    expect(refusalOf(await consent('civil-early'))?.code).toBe('CERT_NOT_YET_VALID');
    expect(refusalOf(await consent('civil-foreign'))?.code).toBe('CERT_UNKNOWN_ISSUER');
  });

  it('that its authority revoked, at the desk and by the bureau, and every one once the list is over', async () => {
    const lost = await createDemoCivilCard(
      world.folders.bureau,
      { ...CITIZEN, nationalId: 'D223456781' },
      world.clocks.desk,
    );
    lay('civil-lost', lost);
    await proposed();
    // Nobody has brought a list: nobody asks.
    shown(await consent('civil-lost'), 'accepting');
    await revokeCivilCertificates(world.folders.bureau, [await serialOf(lost)], world.clocks.desk);
    // The desk has consented already: the bureau has the list and says no.
    expect(refusalOf(await accept())?.code).toBe('CERT_REVOKED');
    await world.station.clear({ desk: 'registration' });
    world.clocks.advance(6 * MINUTE);
    await proposed();
    expect(refusalOf(await consent('civil-lost'))?.code).toBe('CERT_REVOKED');
    shown(await consent(), 'accepting');
    await world.station.clear({ desk: 'registration' });
    world.clocks.advance(31 * DAY);
    await openHouse(world);
    await proposed();
    expect(refusalOf(await consent())?.code).toBe('CRL_STALE');
    await world.station.clear({ desk: 'registration' });
    // A newer list, and it goes on.
    await revokeCivilCertificates(world.folders.bureau, [], world.clocks.desk);
    world.clocks.advance(6 * MINUTE);
    await proposed();
    shown(await consent(), 'accepting');
  });
});
