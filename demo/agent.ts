/**
 * An agent, from the two cards at registration to the pickup: named, approved, delegated to (eq 5), collecting with the patient's card and the own
 * PIN (eqs 18 and 19), refused beyond the warrant, taken back. Four processes over mutual TLS and real pcscd, as in `outpatient`.
 *
 *   npm run demo -- agent [--json]
 * @module
 */
import type { SoftwareCard } from '../card/simulator/card-os.ts';
import type { AgentServiceView } from '../contract/agent-service.ts';
import { dayAfter } from '../contract/calendar.ts';
import type { VisitDraft } from '../contract/clinic-desk.ts';
import type { DeskState } from '../contract/station.ts';
import {
  DOCTORS,
  digitsOfPin,
  issueDemoDoctor,
  issueDemoPatient,
  issueDemoStaff,
  PATIENTS,
  PHARMACY,
  STAFF,
} from '../main/app/demonstration.ts';
import { systemClock } from '../main/app/system-clock.ts';
import { insideCardRoom, moveIntoCardRoom } from '../test/harness/card-room.ts';
import { blankCards } from '../test/harness/desk-world.ts';
import { createOutpatientWorld, type ReaderName, type VisitDesk } from '../test/harness/outpatient-world.ts';
import { openWorldIssuing } from '../test/harness/world-issuing.ts';
import { createNarrator } from './steps.ts';

if (!insideCardRoom()) await moveIntoCardRoom(import.meta.filename, process.argv.slice(2));

const json = process.argv.includes('--json');
const { run, breakOff, finish } = createNarrator(json);
const AGENTS_PIN = '580213';
const DRAFT: VisitDraft = {
  diagnoses: ['I10'],
  note: '',
  lines: [{ code: 'C08CA01', dose: 1, unit: 'tablet', timesPerDay: 1, days: 28 }],
  pharmacy: PHARMACY,
};

/** Refuses to go on unless what is said holds. */
function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
/** What the agent service of a desk shows; it must stand there. */
function shown<S extends AgentServiceView['state']>(state: DeskState, wanted: S): AgentServiceView & { state: S } {
  const view = state.agentService;
  if (view?.state !== wanted) throw new Error(`expected ${wanted}, got ${JSON.stringify(view)}`);
  // `state` is the discriminant, compared just above.
  return view as AgentServiceView & { state: S };
}
const refusalIn = (state: DeskState): string => {
  const view = state.agentService;
  const beside = view !== undefined && 'refusal' in view ? view.refusal : undefined;
  return (('refusal' in state.flow ? state.flow.refusal : undefined) ?? beside)?.code ?? 'accepted';
};
const ready =
  (kind: string) =>
  (state: DeskState): boolean =>
    state.slots.some((slot) => slot.state === 'ready' && slot.kind === kind);
const settled = (state: DeskState): boolean => state.flow.step !== 'idle' && state.flow.step !== 'working';
const none = (): string => '';

const world = await run('bureau, three desks and pcscd are up', '', createOutpatientWorld, none);
try {
  const blank = await blankCards();
  const [demoPatient, demoAgent, demoDoctor] = [PATIENTS[0], PATIENTS[1], DOCTORS[0]];
  must(demoPatient !== undefined && demoAgent !== undefined, 'the demonstration has two patients');
  const [registrar, pharmacist, doctor, patient, agent] = [
    blank.staff(),
    blank.staff(),
    blank.doctor(),
    blank.patient(),
    blank.patient(),
  ];
  await run(
    'issue: patient, agent, doctor, registrar, pharmacist',
    '1, 2, 3, 4',
    async () => {
      const { desk, issue, close } = await openWorldIssuing(world, blank.staff());
      await issue(patient, (slot) => issueDemoPatient(world.dir, desk, slot, demoPatient));
      await issue(agent, (slot) => issueDemoPatient(world.dir, desk, slot, demoAgent));
      await issue(doctor, (slot) => issueDemoDoctor(world.dir, desk, slot, demoDoctor));
      await issue(registrar, (slot) => issueDemoStaff(desk, slot, STAFF[0]));
      await issue(pharmacist, (slot) => issueDemoStaff(desk, slot, STAFF[1]));
      await close();
    },
    none,
  );
  const { registration, clinic, pharmacy } = world.stations;
  const READERS: Readonly<Record<VisitDesk, ReaderName>> = {
    registration: 'Registration',
    clinic: 'Clinic',
    pharmacy: 'Pharmacy',
  };
  /** A health card into a desk's reader, until what starts by itself has ended. */
  const cardIn = async (card: SoftwareCard, desk: VisitDesk): Promise<DeskState> => {
    await world.insert(card, READERS[desk], 1);
    return world.until(desk, (state) => ready('patient')(state) && state.flow.step !== 'working');
  };
  /** Out of it again, until the desk has seen that. */
  const takeOut = async (card: SoftwareCard, desk: VisitDesk): Promise<void> => {
    await world.remove(card);
    await world.until(desk, (state) => !ready('patient')(state));
  };
  const signOn = async (card: SoftwareCard, desk: 'registration' | 'pharmacy', pin: string): Promise<DeskState> => {
    await world.insert(card, READERS[desk], 0);
    await world.until(desk, ready('staff'));
    return world.stations[desk].api.signOn({ desk, pin: digitsOfPin(pin) });
  };
  /** A visit from the door to the prescription. */
  const prescribed = async (): Promise<string> => {
    await world.insert(patient, 'Registration', 1);
    await world.until('registration', settled);
    await takeOut(patient, 'registration');
    await registration.api.clear({ desk: 'registration' });
    await cardIn(patient, 'clinic');
    await clinic.api.openVisit({ desk: 'clinic', pin: digitsOfPin(demoDoctor.pin) });
    const state = await clinic.api.signVisit({ desk: 'clinic', pin: digitsOfPin(demoDoctor.pin), draft: DRAFT });
    must(state.desk === 'clinic' && state.flow.step === 'signed', `not signed: ${JSON.stringify(state.flow)}`);
    await takeOut(patient, 'clinic');
    await clinic.api.clear({ desk: 'clinic' });
    return state.flow.rxId ?? '';
  };
  await signOn(registrar, 'registration', STAFF[0].pin);
  await signOn(pharmacist, 'pharmacy', STAFF[1].pin);
  await world.insert(doctor, 'Clinic', 0);
  await world.until('clinic', ready('doctor'));
  const rxId = await run('two visits, two prescriptions', '6-11', prescribed, (id) => `the first is ${id.slice(0, 8)}`);
  const other = await prescribed();

  await run(
    'name: the holder chooses one prescription, for one month',
    '5',
    async () => {
      await registration.api.openAgentService({ desk: 'registration' });
      await world.insert(patient, 'Registration', 1);
      await world.until('registration', (state) => state.agentService?.state === 'listed');
      const pin = digitsOfPin(demoPatient.pin);
      const choosing = shown(await registration.api.beginAgent({ desk: 'registration', pin }), 'choosing');
      const until = dayAfter(systemClock.now(), 30);
      const scope = { prescriptions: [rxId], pharmacies: [PHARMACY], uses: 1, until };
      shown(await registration.api.proposeAgent({ desk: 'registration', scope }), 'consenting');
      await takeOut(patient, 'registration');
      return choosing.prescriptions.length;
    },
    (count) => `one of ${count}`,
  );
  await run(
    'consent: the agent’s own card and PIN',
    '5',
    async () => {
      await cardIn(agent, 'registration');
      const pin = digitsOfPin(demoAgent.pin);
      shown(await registration.api.consentAgent({ desk: 'registration', pin }), 'accepting');
      await takeOut(agent, 'registration');
    },
    none,
  );
  const named = await run(
    'delegate: approved, the key is formed on the card',
    '5',
    async () => {
      await cardIn(patient, 'registration');
      const [next, again] = [digitsOfPin(AGENTS_PIN), digitsOfPin(AGENTS_PIN)];
      const pins = { pin: digitsOfPin(demoPatient.pin), next, again };
      const state = await registration.api.acceptAgent({ desk: 'registration', ...pins });
      await takeOut(patient, 'registration');
      await registration.api.clear({ desk: 'registration' });
      return shown(state, 'made').agent;
    },
    ({ name, scope }) => `${name}, until ${scope.until}`,
  );
  const { serial } = named;
  const collectAs = (pin: string): Promise<DeskState> =>
    pharmacy.api.collectAsAgent({ desk: 'pharmacy', serial, pin: digitsOfPin(pin) });
  await run(
    'refuse: the holder’s PIN is not the agent’s',
    '18',
    async () => {
      await cardIn(patient, 'pharmacy');
      await world.until('pharmacy', settled);
      shown(await pharmacy.api.openAgentService({ desk: 'pharmacy' }), 'listed');
      const code = refusalIn(await collectAs(demoPatient.pin));
      must(code === 'PIN_WRONG', `expected PIN_WRONG, got ${code}`);
      return code;
    },
    (code) => code,
  );
  await run(
    'list: only what the warrant names',
    '16',
    async () => {
      const state = await collectAs(AGENTS_PIN);
      must(state.desk === 'pharmacy' && state.flow.step === 'listed', `not listed: ${JSON.stringify(state.flow)}`);
      const listed = state.flow.prescriptions.map((one) => one.rxId);
      must(listed.length === 1 && listed[0] === rxId, `listed ${listed.join(', ')} beside ${other}`);
    },
    () => 'one of two',
  );
  await run(
    'collect: signed by the agent’s key, derived by everybody',
    '17, 18, 19',
    async () => {
      const state = await pharmacy.api.dispense({ desk: 'pharmacy', rxId });
      must(state.desk === 'pharmacy' && state.flow.step === 'dispensed', `not dispensed: ${JSON.stringify(state)}`);
      return state.flow.acknowledged;
    },
    (acknowledged) => `acknowledged ${acknowledged}`,
  );
  await run(
    'take back: with the holder’s PIN, at the pharmacy',
    '5',
    async () => {
      shown(await pharmacy.api.openAgentService({ desk: 'pharmacy' }), 'listed');
      const pin = digitsOfPin(demoPatient.pin);
      const view = shown(await pharmacy.api.withdrawAgent({ desk: 'pharmacy', serial, pin }), 'listed');
      must(view.agents[0]?.state === 'erased', `still ${view.agents[0]?.state}`);
      await takeOut(patient, 'pharmacy');
      await pharmacy.api.clear({ desk: 'pharmacy' });
    },
    () => 'the bureau’s list has it',
  );
  await run(
    'forget: the bureau’s order empties the card',
    '5',
    async () => {
      await cardIn(patient, 'pharmacy');
      await world.until('pharmacy', settled);
      const { agents } = shown(await pharmacy.api.openAgentService({ desk: 'pharmacy' }), 'listed');
      must(agents.length === 0, `${agents.length} agents are left on the card`);
    },
    none,
  );
} catch (cause) {
  breakOff(cause);
} finally {
  await world.close();
}
process.exit(finish());
