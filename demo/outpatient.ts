/**
 * An outpatient visit from card to pickup: four processes over mutual TLS, real pcscd, every card issued and used.
 *
 *   npm run demo -- outpatient [--json]
 * @module
 */

import type { VisitDraft } from '../contract/clinic-desk.ts';
import type { Stage } from '../contract/stage.ts';
import type { Desk, DeskState } from '../contract/station.ts';
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
const { tell, run, breakOff, finish } = createNarrator(json);

/** The stages of a desk's flow, as steps of the story. */
function tellStages(desk: Desk, stages: readonly Stage[]): void {
  for (const { name, equation, state, ms } of stages) {
    if (equation !== '') tell({ step: `  ${desk}: ${name}`, equation, ok: state === 'done', ms, detail: '' });
  }
}
const must = (state: DeskState, step: string): DeskState => {
  if (state.flow.step !== step) throw new Error(`expected ${step}, got ${JSON.stringify(state.flow)}`);
  return state;
};
const stagesOf = (state: DeskState): readonly Stage[] => ('stages' in state.flow ? state.flow.stages : []);

const world = await run('bureau, three desks and pcscd are up', '', createOutpatientWorld, (made) =>
  [made.bureau(), ...Object.values(made.kiosks)]
    .map(({ name, pid }) => `${name} ${pid}`)
    .concat(`pcscd ${made.pcscd.pid}`)
    .join(', '),
);
try {
  const blank = await blankCards();
  const [clerk, registrar, pharmacist, patient, doctor] = [
    blank.staff(),
    blank.staff(),
    blank.staff(),
    blank.patient(),
    blank.doctor(),
  ];
  const [demoPatient, demoDoctor, demoRegistrar, demoPharmacist] = [PATIENTS[0], DOCTORS[0], STAFF[0], STAFF[1]];
  if (demoPatient === undefined) throw new Error('the demonstration has no patient');
  const issuing = await run(
    'first clerk card; the clerk signs on',
    '',
    () => openWorldIssuing(world, clerk),
    () => '',
  );
  const { desk, issue } = issuing;
  await run(
    'patient card: application and certificates',
    '1, 2',
    () => issue(patient, (slot) => issueDemoPatient(world.dir, desk, slot, demoPatient)),
    (pid) => `PID_P ${pid.slice(0, 8)}...`,
  );
  await run(
    'doctor card: blind join and credential',
    '3, 4',
    () => issue(doctor, (slot) => issueDemoDoctor(world.dir, desk, slot, demoDoctor)),
    () => 'the secret never left the card',
  );
  await run(
    'staff cards: registrar, pharmacist',
    '',
    async () => {
      await issue(registrar, (slot) => issueDemoStaff(desk, slot, demoRegistrar));
      await issue(pharmacist, (slot) => issueDemoStaff(desk, slot, demoPharmacist));
    },
    () => '',
  );
  await issuing.close();

  const ready =
    (kind: string) =>
    (state: DeskState): boolean =>
      state.slots.some((slot) => slot.state === 'ready' && slot.kind === kind);
  const settled = (state: DeskState): boolean => state.flow.step !== 'idle' && state.flow.step !== 'working';
  const { registration, clinic, pharmacy } = world.stations;

  await world.insert(registrar, 'Registration', 0);
  await world.until('registration', ready('staff'));
  await run(
    'registrar signs on',
    '',
    async () => registration.api.signOn({ desk: 'registration', pin: digitsOfPin(demoRegistrar.pin) }),
    (state) => state.operator?.role ?? 'refused',
  );
  const checkedIn = await run(
    'patient card in -> masked name on screen',
    '6, 7',
    async () => {
      await world.insert(patient, 'Registration', 1);
      return must(await world.until('registration', settled), 'checked-in');
    },
    (state) =>
      state.desk === 'registration' && state.flow.step === 'checked-in'
        ? `${state.flow.person.name}, number ${state.flow.queueNumber}, paid until ${state.flow.paidUntil}`
        : '',
  );
  tellStages('registration', stagesOf(checkedIn));
  await world.remove(patient);

  await world.insert(doctor, 'Clinic', 0);
  await world.insert(patient, 'Clinic', 1);
  await world.until('clinic', (state) => ready('doctor')(state) && ready('patient')(state));
  const opened = await run(
    'both cards: the visit opens, records arrive',
    '7, 8',
    async () => must(await clinic.api.openVisit({ desk: 'clinic', pin: digitsOfPin(demoDoctor.pin) }), 'opened'),
    (state) =>
      state.desk === 'clinic' && state.flow.step === 'opened' ? `${state.flow.records.length} earlier records` : '',
  );
  tellStages('clinic', stagesOf(opened));
  const draft: VisitDraft = {
    diagnoses: ['I10', 'E11.9'],
    note: '',
    lines: [
      { code: 'C08CA01', dose: 1, unit: 'tablet', timesPerDay: 1, days: 28 },
      { code: 'A10BA02', dose: 1, unit: 'tablet', timesPerDay: 2, days: 28 },
    ],
    pharmacy: PHARMACY,
  };
  const signed = await run(
    'diagnosis and prescription signed and stored',
    '9-11',
    async () => must(await clinic.api.signVisit({ desk: 'clinic', pin: digitsOfPin(demoDoctor.pin), draft }), 'signed'),
    (state) =>
      state.desk === 'clinic' && state.flow.step === 'signed'
        ? `acknowledged ${state.flow.acknowledged}, on card ${state.flow.onCard}`
        : '',
  );
  tellStages('clinic', stagesOf(signed));
  await world.remove(patient);

  await world.insert(pharmacist, 'Pharmacy', 0);
  await world.until('pharmacy', ready('staff'));
  await run(
    'pharmacist signs on',
    '',
    async () => pharmacy.api.signOn({ desk: 'pharmacy', pin: digitsOfPin(demoPharmacist.pin) }),
    (state) => state.operator?.role ?? 'refused',
  );
  const listed = await run(
    'patient card in -> prescription verified',
    '16',
    async () => {
      await world.insert(patient, 'Pharmacy', 1);
      return must(await world.until('pharmacy', settled), 'listed');
    },
    (state) =>
      state.desk === 'pharmacy' && state.flow.step === 'listed'
        ? `${state.flow.prescriptions[0]?.lines.length ?? 0} lines, ${state.flow.prescriptions[0]?.state ?? 'none'}`
        : '',
  );
  tellStages('pharmacy', stagesOf(listed));
  const rxId =
    listed.desk === 'pharmacy' && listed.flow.step === 'listed' ? (listed.flow.prescriptions[0]?.rxId ?? '') : '';
  const dispensed = await run(
    'medicine handed out, pickup recorded once',
    '17',
    async () => must(await pharmacy.api.dispense({ desk: 'pharmacy', rxId }), 'dispensed'),
    (state) =>
      state.desk === 'pharmacy' && state.flow.step === 'dispensed' ? `acknowledged ${state.flow.acknowledged}` : '',
  );
  tellStages('pharmacy', stagesOf(dispensed));
  await run(
    'a second collection is refused',
    '17',
    async () => {
      const again = must(await pharmacy.api.lookUp({ desk: 'pharmacy' }), 'listed');
      const state =
        again.desk === 'pharmacy' && again.flow.step === 'listed' ? again.flow.prescriptions[0]?.state : undefined;
      if (state !== 'collected') throw new Error(`the prescription is ${state}`);
    },
    () => 'the card says: collected',
  );
} catch (cause) {
  breakOff(cause);
} finally {
  await world.close();
}
process.exit(finish());
