/**
 * The emergency room: two people give fingerprints and photo at the bureau's desk, one is brought in unconscious and found by two fingers, a second
 * person confirms, the patient is told at the next check-in, takes the fingerprints back, and is found no more. Four processes over mutual TLS, real
 * pcscd, every card issued here, libfprint's virtual device as the scanners; people and fingers are invented.
 *
 *   npm run demo -- emergency [--json]
 * @module
 */
import { encode } from 'fast-png';
import type { SoftwareCard } from '../card/simulator/card-os.ts';
import { IMPRESSIONS } from '../contract/fingerprint-desk.ts';
import type { Stage } from '../contract/stage.ts';
import type { DeskState } from '../contract/station.ts';
import { toBase64 } from '../crypto/envelope/base64.ts';
import { beginEpoch } from '../main/app/administer-bureau.ts';
import {
  CLERK,
  DOCTORS,
  digitsOfPin,
  issueDemoDoctor,
  issueDemoPatient,
  issueDemoStaff,
  PATIENTS,
  STAFF,
  worldFolders,
} from '../main/app/demonstration.ts';
import { loadDesk } from '../main/app/desk-folder.ts';
import { systemClock } from '../main/app/system-clock.ts';
import { createBureauClient } from '../nhi-client/bureau-client.ts';
import { insideCardRoom, moveIntoCardRoom } from '../test/harness/card-room.ts';
import { blankCards } from '../test/harness/desk-world.ts';
import { createEmergencyWorld, type FingerDesk } from '../test/harness/emergency-world.ts';
import { impressionOf } from '../test/harness/laid-images.ts';
import { openWorldIssuing } from '../test/harness/world-issuing.ts';
import { createNarrator } from './steps.ts';

if (!insideCardRoom()) await moveIntoCardRoom(import.meta.filename, process.argv.slice(2));

const json = process.argv.includes('--json');
const { tell, run, breakOff, finish } = createNarrator(json);
const [ER, OFFICE] = ['emergency', 'card-office'] as const;
const { signal } = new AbortController();
/** Right and left index finger. */
const FINGERS = [2, 7] as const;
const none = (): string => '';
const [doctor] = DOCTORS;
const [registrar] = STAFF;
const nurse = STAFF.find(({ role }) => role === 'nurse');
const [wang, chen] = PATIENTS;
if (nurse === undefined || wang === undefined || chen === undefined)
  throw new Error('the demonstration lacks somebody');
/** What their fingers are grown from: two people whom nobody would take for each other. */
const SEEDS = new Map([
  [wang.id, 101],
  [chen.id, 111],
]);
/** A grey picture: nobody is photographed here. */
const PHOTO = {
  mime: 'image/png',
  data: toBase64(encode({ width: 60, height: 80, data: new Uint8Array(4800).fill(150), channels: 1, depth: 8 })),
} as const;

/** The flow of a desk, which must be at this step without a refusal. */
function at<S extends DeskState['flow']['step']>(state: DeskState, step: S): Extract<DeskState['flow'], { step: S }> {
  if (state.flow.step !== step || ('refusal' in state.flow && state.flow.refusal !== undefined))
    throw new Error(`expected ${step}, got ${JSON.stringify(state.flow).slice(0, 300)}`);
  // `step` is the discriminant, compared just above.
  return state.flow as Extract<DeskState['flow'], { step: S }>;
}
const ready =
  (kind: string) =>
  (state: DeskState): boolean =>
    state.slots.some((slot) => slot.state === 'ready' && slot.kind === kind);

const world = await run('bureau, three desks and pcscd are up', '', createEmergencyWorld, (made) =>
  [made.bureau(), ...Object.values(made.kiosks)]
    .map(({ name, pid }) => `${name} ${pid}`)
    .concat(`pcscd ${made.pcscd.pid}`)
    .join(', '),
);
const { registration, emergency, 'card-office': office } = world.stations;
let stages: readonly Stage[] = [];
const stopListening = emergency.api.subscribe.state(({ flow }) => {
  if (flow.step === 'working') stages = flow.stages;
});
/** Tells the stages of the emergency desk's last piece of work that stand for an equation. */
const tellStages = (): void => {
  for (const { name, equation, state, ms } of stages)
    if (equation !== '' && state === 'done') tell({ step: `  ${ER}: ${name}`, equation, ok: true, ms, detail: '' });
};
let laid = 0;
/** Asks for a finger at a desk, and lays it there once the scanner waits. */
const take = async (desk: FingerDesk, who: string, finger: (typeof FINGERS)[number]): Promise<void> => {
  const image = impressionOf(SEEDS.get(who) ?? 0, finger, ++laid);
  const taking = world.stations[desk].api.takeFinger({ desk, finger });
  await world.until(desk, ({ flow }) => 'waiting' in flow && flow.waiting?.finger === finger);
  await world.lay(desk, image);
  at(await taking, desk === ER ? 'fingers' : 'fingerprints');
};
/** The card office with a holder's card in its right slot, fingerprints open. */
const openFor = async (card: SoftwareCard) => {
  await world.insert(card, 'Office', 1);
  await world.until(OFFICE, ready('patient'));
  return at(await office.api.openFingerprints({ desk: OFFICE }), 'fingerprints');
};
const closeFor = async (card: SoftwareCard): Promise<void> => {
  await world.remove(card);
  await world.until(OFFICE, (state) => !ready('patient')(state) && state.flow.step === 'idle');
};
const enrol = async (card: SoftwareCard, { id, pin }: (typeof PATIENTS)[number]) => {
  await openFor(card);
  for (const finger of FINGERS) for (let i = 0; i < IMPRESSIONS; i++) await take(OFFICE, id, finger);
  const decided = { desk: OFFICE, decision: 'enrol', pin: digitsOfPin(pin), photo: PHOTO } as const;
  const { standing } = at(await office.api.decideFingerprints(decided), 'fingerprints');
  await closeFor(card);
  return standing;
};
const begin = async () => {
  const reason = { kind: 'unconscious', words: '示範：路倒，無人認識' } as const;
  const about = { triage: 1, reason, seen: { sex: null, ageBand: null } };
  return at(await emergency.api.beginEmergency({ desk: ER, about }), 'fingers');
};
const capture = async (who: string) => {
  for (const finger of FINGERS) await take(ER, who, finger);
  return at(await emergency.api.state({ desk: ER }), 'fingers').taken;
};
const search = async () =>
  at(await emergency.api.searchFingers({ desk: ER, pin: digitsOfPin(doctor.pin) }), 'candidates');

try {
  const blank = await blankCards();
  const cards = {
    clerk: blank.staff(),
    registrar: blank.staff(),
    nurse: blank.staff(),
    doctor: blank.doctor(),
    wang: blank.patient(),
    chen: blank.patient(),
  };
  const token = await run(
    'issue: clerk, two patients, doctor, nurse, registrar',
    '1, 2, 3, 4',
    async () => {
      const { desk, issue, close } = await openWorldIssuing(world, cards.clerk);
      await issue(cards.wang, (slot) => issueDemoPatient(world.dir, desk, slot, wang));
      await issue(cards.chen, (slot) => issueDemoPatient(world.dir, desk, slot, chen));
      await issue(cards.doctor, (slot) => issueDemoDoctor(world.dir, desk, slot, doctor));
      await issue(cards.nurse, (slot) => issueDemoStaff(desk, slot, nurse));
      await issue(cards.registrar, (slot) => issueDemoStaff(desk, slot, registrar));
      const operator = desk.operator();
      await close();
      await world.remove(cards.clerk);
      return operator;
    },
    none,
  );
  await run(
    'a new epoch: the doctor’s emergency class counts',
    '4',
    () => beginEpoch(worldFolders(world.dir).bureau, systemClock),
    ({ epoch }) => epoch,
  );
  await world.insert(cards.clerk, 'Office', 0);
  await world.until(OFFICE, ready('staff'));
  await run(
    'the clerk signs on at the card office',
    '',
    async () => office.api.signOn({ desk: OFFICE, pin: digitsOfPin(CLERK.pin) }),
    (state) => state.operator?.role ?? 'refused',
  );
  for (const [card, patient] of [
    [cards.wang, wang],
    [cards.chen, chen],
  ] as const)
    await run(
      `${patient.person.name} consents: two fingers, photo`,
      '1',
      () => enrol(card, patient),
      ({ state, fingers }) => `${state}, fingers ${fingers.join(' and ')}, three times each`,
    );

  await world.insert(cards.doctor, 'Emergency', 0);
  await world.insert(cards.nurse, 'Emergency', 1);
  await world.until(ER, (state) => ready('doctor')(state) && ready('staff')(state));
  await run('somebody unconscious: how urgent, and why', '13', begin, ({ about }) => `triage ${about.triage}`);
  await run(
    'capture: two fingers on the scanner',
    '13',
    () => capture(wang.id),
    (taken) => taken.map(({ grade }) => grade).join(', '),
  );
  const found = await run('search: whose fingers?', '13, 14', search, ({ candidates, searched, enrolled }) =>
    candidates.length === 0 ? 'nobody' : `${candidates[0]?.likeness}; ${searched} of ${enrolled} compared`,
  );
  tellStages();
  const { handle } = found.candidates[0] ?? { handle: '' };
  const confirmed = await run(
    'a second person confirms: the minimal record',
    '15',
    async () => {
      const pin = digitsOfPin(nurse.pin);
      return at(await emergency.api.confirmCandidate({ desk: ER, handle, pin }), 'emergency-record').record;
    },
    ({ birthYear, sex, log }) => `born ${birthYear}, ${sex}; line ${log.position} of the log`,
  );
  tellStages();
  await emergency.api.clear({ desk: ER });
  await run(
    'the clerk reads the break-glass log',
    '',
    async () => {
      const { tls } = await loadDesk(worldFolders(world.dir).issuing);
      const bureau = createBureauClient({ url: world.bureau().url, tls });
      try {
        const { lines, broken } = await bureau.breakGlassLog({ operator: token, body: {} }, signal);
        const line = lines.find(({ position }) => position === confirmed.log.position);
        if (broken !== null || line?.hash !== confirmed.log.hash) throw new Error('the log does not have the line');
        return lines;
      } finally {
        await bureau.close();
      }
    },
    ([query, confirmation]) =>
      `${query?.kind} of ${query?.fingers} fingers, ${query?.vouched} vouched for; ${confirmation?.kind} ${confirmation?.outcome}`,
  );

  await world.insert(cards.registrar, 'Registration', 0);
  await world.until('registration', ready('staff'));
  await registration.api.signOn({ desk: 'registration', pin: digitsOfPin(registrar.pin) });
  await run(
    'notice: the next check-in tells the patient',
    '6, 7',
    async () => {
      await world.insert(cards.wang, 'Registration', 1);
      const done = ({ flow }: DeskState): boolean => flow.step === 'checked-in' || flow.step === 'refused';
      const { notices } = at(await world.until('registration', done), 'checked-in');
      await world.remove(cards.wang);
      const notice = notices?.find(({ log }) => log.hash === confirmed.log.hash);
      if (notice === undefined) throw new Error('the patient was not told');
      return notice;
    },
    ({ institution, reason, log }) => `${institution}, ${reason}, line ${log.position}`,
  );
  await run(
    `${wang.person.name} withdraws`,
    '1',
    async () => {
      await openFor(cards.wang);
      const decided = { desk: OFFICE, decision: 'withdraw', pin: digitsOfPin(wang.pin) } as const;
      const { standing } = at(await office.api.decideFingerprints(decided), 'fingerprints');
      await closeFor(cards.wang);
      if (standing.state !== 'withdrawn' || !standing.inForce) throw new Error(JSON.stringify(standing));
      return standing;
    },
    () => 'erased, at the bureau and in the gallery',
  );
  /** Captures and searches anew. */
  const searchAgain = async (who: string) => {
    await begin();
    await capture(who);
    const answer = await search();
    await emergency.api.clear({ desk: ER });
    return answer;
  };
  await run(
    'proof: the same fingers find nobody any more',
    '13, 14',
    async () => {
      const nobody = await searchAgain(wang.id);
      if (nobody.candidates.length > 0 || nobody.enrolled !== 1)
        throw new Error(`${nobody.candidates.length} candidates among ${nobody.enrolled}`);
      return nobody;
    },
    ({ searched }) => `0 candidates, ${searched} person compared`,
  );
  await run(
    'the other is found still',
    '13, 14',
    async () => {
      const still = await searchAgain(chen.id);
      if (still.candidates[0]?.likeness !== 'strong') throw new Error('not found');
      return still;
    },
    ({ candidates }) => candidates[0]?.likeness ?? '',
  );
} catch (cause) {
  breakOff(cause);
} finally {
  stopListening();
  await world.close();
}
process.exit(finish());
