/**
 * A pharmacy when the bureau cannot be reached: staff sign on by card and PIN, medicine is handed out from the inbox and from the card, nothing
 * twice, and everything is settled when the line is back. Four processes, real pcscd.
 *
 *   npm run demo -- offline-pharmacy [--json]
 * @module
 */
import type { SoftwareCard } from '../card/simulator/card-os.ts';
import type { VisitDraft } from '../contract/clinic-desk.ts';
import type { PrescriptionView } from '../contract/pharmacy-desk.ts';
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
import { insideCardRoom, moveIntoCardRoom } from '../test/harness/card-room.ts';
import { blankCards } from '../test/harness/desk-world.ts';
import { createOutpatientWorld } from '../test/harness/outpatient-world.ts';
import { openWorldIssuing } from '../test/harness/world-issuing.ts';
import { createNarrator } from './steps.ts';

if (!insideCardRoom()) await moveIntoCardRoom(import.meta.filename, process.argv.slice(2));

const json = process.argv.includes('--json');
const { run, breakOff, finish } = createNarrator(json);
const DRAFT: VisitDraft = {
  diagnoses: ['I10'],
  note: '',
  lines: [{ code: 'C08CA01', dose: 1, unit: 'tablet', timesPerDay: 1, days: 28 }],
  pharmacy: PHARMACY,
};
const [first, second] = PATIENTS;
const [doctorOf] = DOCTORS;
const [registrarOf, pharmacistOf] = STAFF;
if (!first || !second || !doctorOf || !registrarOf || !pharmacistOf) throw new Error('nobody to play');

const ready =
  (kind: string) =>
  (state: DeskState): boolean =>
    state.slots.some((slot) => slot.state === 'ready' && slot.kind === kind);
const settled = ({ flow }: DeskState): boolean => flow.step !== 'idle' && flow.step !== 'working';
const must = (state: DeskState, step: string): DeskState => {
  if (state.flow.step !== step) throw new Error(`expected ${step}, got ${JSON.stringify(state.flow)}`);
  return state;
};

const world = await run('bureau, three desks and pcscd are up', '', createOutpatientWorld, () => '');
try {
  const blank = await blankCards();
  const issuing = await openWorldIssuing(world, blank.staff());
  const { desk, issue } = issuing;
  const [wang, chen, doctor] = [blank.patient(), blank.patient(), blank.doctor()];
  const [registrar, pharmacist] = [blank.staff(), blank.staff()];
  await run(
    'cards of two patients, a doctor and staff',
    '1-4',
    async () => {
      await issue(wang, (slot) => issueDemoPatient(world.dir, desk, slot, first));
      await issue(chen, (slot) => issueDemoPatient(world.dir, desk, slot, second));
      await issue(doctor, (slot) => issueDemoDoctor(world.dir, desk, slot, doctorOf));
      await issue(registrar, (slot) => issueDemoStaff(desk, slot, registrarOf));
      await issue(pharmacist, (slot) => issueDemoStaff(desk, slot, pharmacistOf));
    },
    () => '',
  );
  await issuing.close();
  const { registration, clinic, pharmacy } = world.stations;

  await world.insert(registrar, 'Registration', 0);
  await world.until('registration', ready('staff'));
  await registration.api.signOn({ desk: 'registration', pin: digitsOfPin(registrarOf.pin) });
  await world.insert(doctor, 'Clinic', 0);
  await world.until('clinic', ready('doctor'));
  const prescribe = async (card: SoftwareCard): Promise<string> => {
    await world.insert(card, 'Registration', 1);
    must(await world.until('registration', settled), 'checked-in');
    await world.remove(card);
    await registration.api.clear({ desk: 'registration' });
    await world.insert(card, 'Clinic', 1);
    await world.until('clinic', ready('patient'));
    must(await clinic.api.openVisit({ desk: 'clinic', pin: digitsOfPin(doctorOf.pin) }), 'opened');
    const pin = digitsOfPin(doctorOf.pin);
    const state = must(await clinic.api.signVisit({ desk: 'clinic', pin, draft: DRAFT }), 'signed');
    await world.remove(card);
    await clinic.api.clear({ desk: 'clinic' });
    return state.desk === 'clinic' && state.flow.step === 'signed' ? (state.flow.rxId ?? '') : '';
  };
  const look = async (card: SoftwareCard, rxId: string): Promise<PrescriptionView> => {
    await world.insert(card, 'Pharmacy', 1);
    const state = must(await world.until('pharmacy', settled), 'listed');
    const found =
      state.desk === 'pharmacy' && state.flow.step === 'listed'
        ? state.flow.prescriptions.find((one) => one.rxId === rxId)
        : undefined;
    if (found === undefined) throw new Error(`${rxId} is not listed: ${JSON.stringify(state.flow)}`);
    return found;
  };
  const leave = async (card: SoftwareCard): Promise<void> => {
    await world.remove(card);
    await pharmacy.api.clear({ desk: 'pharmacy' });
  };
  const signOn = () => pharmacy.api.signOn({ desk: 'pharmacy', pin: digitsOfPin(pharmacistOf.pin) });
  const wordsOf = ({ state, source, lines }: PrescriptionView): string =>
    `${state}, from ${source}, ${lines.length} lines`;

  const before = await run(
    'a visit: prescription for the pharmacy',
    '6-11',
    () => prescribe(wang),
    (id) => id.slice(0, 8),
  );
  await world.insert(pharmacist, 'Pharmacy', 0);
  await world.until('pharmacy', ready('staff'));
  await run(
    'pharmacist signs on; the inbox is fetched and kept',
    '10',
    async () => {
      const state = await signOn();
      // The inbox follows by itself; a look at the patient's card fetches the same.
      await look(wang, before);
      await leave(wang);
      return state;
    },
    ({ operator }) => `off line: ${operator?.offLine}`,
  );
  const late = await run(
    'a second visit, which the pharmacy has not heard of',
    '6-11',
    () => prescribe(chen),
    (id) => id.slice(0, 8),
  );
  await run(
    'the bureau is gone',
    '',
    () => world.stopBureau(),
    () => '',
  );
  await run(
    'pharmacist signs off and on again: card and PIN, no bureau',
    '',
    async () => {
      await pharmacy.api.signOff({ desk: 'pharmacy' });
      return signOn();
    },
    ({ operator }) => `${operator?.role}, off line: ${operator?.offLine}`,
  );
  for (const [card, rxId, where] of [
    [wang, before, 'inbox'],
    [chen, late, 'card'],
  ] as const) {
    await run(
      `verified off line, from the ${where}`,
      '16',
      async () => {
        const view = await look(card, rxId);
        if (view.state !== 'ready' || view.source !== where) throw new Error(wordsOf(view));
        return view;
      },
      wordsOf,
    );
    await run(
      'handed out: card and pharmacist sign, the pickup waits',
      '17',
      async () => must(await pharmacy.api.dispense({ desk: 'pharmacy', rxId }), 'dispensed'),
      ({ bureau }) => `${bureau.waiting} waiting`,
    );
    await leave(card);
  }
  await run(
    'a second collection: the card says no',
    '17',
    async () => {
      const view = await look(chen, late);
      if (view.state !== 'collected') throw new Error(wordsOf(view));
      await leave(chen);
      return view;
    },
    ({ state }) => state,
  );
  await run(
    'the bureau is back',
    '',
    () => world.startBureau(),
    () => '',
  );
  await run(
    'the pickups go out, and the pharmacist is signed on with the bureau',
    '17',
    () => world.until('pharmacy', ({ bureau, operator }) => bureau.waiting === 0 && operator?.offLine === false),
    ({ conflicts }) => `${conflicts.length} conflicts`,
  );
  await run(
    'the bureau says the same',
    '17',
    async () => {
      const view = await look(wang, before);
      if (view.state !== 'collected' || view.source !== 'bureau') throw new Error(wordsOf(view));
      return view;
    },
    wordsOf,
  );
} catch (cause) {
  breakOff(cause);
} finally {
  await world.close();
}
process.exit(finish());
