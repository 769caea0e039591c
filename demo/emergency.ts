/**
 * The emergency room: two people give fingerprints and photo at the bureau's desk, one takes them back, and somebody unconscious is found. The
 * demonstration as `npm start` brings it up, reached over its loopback shell; cards and fingers are invented, the scanner is a folder.
 *
 *   npm run demo -- emergency [--json]
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { encode } from 'fast-png';
import { IMPRESSIONS } from '../contract/fingerprint-desk.ts';
import type { Stage } from '../contract/stage.ts';
import type { Desk, DeskState } from '../contract/station.ts';
import { toBase64 } from '../crypto/envelope/base64.ts';
import { CLERK, DOCTORS, digitsOfPin, PATIENTS, STAFF } from '../main/app/demonstration.ts';
import { connectStation } from '../test/harness/station-over-http.ts';
import { createNarrator } from './steps.ts';

const json = process.argv.includes('--json');
const { tell, run, finish } = createNarrator(json);
const [ER, OFFICE] = ['emergency', 'card-office'] as const;
const FINGERS = [2, 7] as const;
const nurse = STAFF.find(({ role }) => role === 'nurse');
const [wang, chen] = PATIENTS;
if (nurse === undefined || wang === undefined || chen === undefined)
  throw new Error('the demonstration lacks somebody');
/** A grey picture: nobody is photographed here. */
const PHOTO = {
  mime: 'image/png',
  data: toBase64(encode({ width: 60, height: 80, data: new Uint8Array(4800).fill(150), channels: 1, depth: 8 })),
} as const;

/** The flow of a desk, which must be at this step. */
function at<S extends DeskState['flow']['step']>(state: DeskState, step: S): Extract<DeskState['flow'], { step: S }> {
  if (state.flow.step !== step || ('refusal' in state.flow && state.flow.refusal !== undefined))
    throw new Error(`expected ${step}, got ${JSON.stringify(state.flow).slice(0, 300)}`);
  // `step` is the discriminant, compared just above.
  return state.flow as Extract<DeskState['flow'], { step: S }>;
}
const { promise: started, resolve: ready, reject } = Promise.withResolvers<string>();
const home = mkdtempSync(join(tmpdir(), 'imis-emergency-'));
const args = ['--no-window', '--json', '--home', join(home, 'home')];
const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'main', 'app', 'start.ts'), ...args], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
child.on('exit', (code) => reject(new Error(`the demonstration ended with ${code}`)));
createInterface({ input: child.stdout }).once('line', (line) => {
  // start.ts prints {"ready": launch address} as its only line.
  ready((JSON.parse(line) as { ready: string }).ready);
});
const station = await run(
  'bureau, desks, cards and a folder for a scanner',
  '',
  async () => connectStation(await started),
  () => '',
);
const { api } = station;
let stages: readonly Stage[] = [];
const stopListening = api.subscribe.state(({ flow }) => {
  if (flow.step === 'working') stages = flow.stages;
});
/** Tells the stages of the last piece of work that stand for an equation. */
const tellStages = (): void => {
  for (const { name, equation, state, ms } of stages)
    if (equation !== '' && state === 'done' && ms > 0) tell({ step: `  ${name}`, equation, ok: true, ms, detail: '' });
};
/** A card into a slot of a desk, until it was recognised. */
const insert = async (card: string, desk: Desk, side: 'left' | 'right'): Promise<void> => {
  const slot = `${desk}/${side}`;
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = ({ slots }: DeskState): void => {
    if (slots.some((view) => view.slot === slot && view.state === 'ready')) resolve();
  };
  const stop = api.subscribe.state(look);
  await api.trayInsert({ card, slot });
  look(await api.state({ desk }));
  await promise;
  stop();
};
const take = async (desk: typeof ER | typeof OFFICE, who: string, finger: (typeof FINGERS)[number]): Promise<void> => {
  const taking = api.takeFinger({ desk, finger });
  await api.layFinger({ id: `${who}-${finger}` });
  at(await taking, desk === ER ? 'fingers' : 'fingerprints');
};
const openFor = async (who: string) => {
  await insert(who, OFFICE, 'right');
  return at(await api.openFingerprints({ desk: OFFICE }), 'fingerprints');
};
const enrol = async ({ id, pin }: (typeof PATIENTS)[number]) => {
  await openFor(id);
  for (const finger of FINGERS) for (let i = 0; i < IMPRESSIONS; i++) await take(OFFICE, id, finger);
  const decided = { desk: OFFICE, decision: 'enrol', pin: digitsOfPin(pin), photo: PHOTO } as const;
  const { standing } = at(await api.decideFingerprints(decided), 'fingerprints');
  await api.trayRemove({ slot: `${OFFICE}/right` });
  return standing;
};
const search = async (who: string) => {
  const reason = { kind: 'unconscious', words: '示範' } as const;
  const about = { triage: 1, reason, seen: { sex: null, ageBand: null } };
  at(await api.beginEmergency({ desk: ER, about }), 'fingers');
  for (const finger of FINGERS) await take(ER, who, finger);
  return at(await api.searchFingers({ desk: ER, pin: digitsOfPin(DOCTORS[0].pin) }), 'candidates');
};

try {
  await insert(CLERK.id, OFFICE, 'left');
  await api.signOn({ desk: OFFICE, pin: digitsOfPin(CLERK.pin) });
  await insert(DOCTORS[0].id, ER, 'left');
  await insert(nurse.id, ER, 'right');
  for (const patient of [wang, chen])
    await run(
      `${patient.person.name} consents: two fingers, photo`,
      '1',
      () => enrol(patient),
      ({ state, fingers }) => `${state}, fingers ${fingers.join(' and ')}`,
    );
  const found = await run(
    'somebody unconscious: whose fingers?',
    '13, 14',
    () => search(chen.id),
    ({ candidates, searched, enrolled }) =>
      `${candidates.length} candidate (${candidates[0]?.likeness}), ${searched} of ${enrolled} compared`,
  );
  tellStages();
  const { handle } = found.candidates[0] ?? { handle: '' };
  await run(
    'a second person confirms: the minimal record',
    '15',
    async () => at(await api.confirmCandidate({ desk: ER, handle, pin: digitsOfPin(nurse.pin) }), 'emergency-record'),
    ({ record }) => `born ${record.birthYear}, ${record.sex}; line ${record.log.position} of the break-glass log`,
  );
  await api.clear({ desk: ER });
  await run(
    `${wang.person.name} withdraws`,
    '1',
    async () => {
      await openFor(wang.id);
      const decided = { desk: OFFICE, decision: 'withdraw', pin: digitsOfPin(wang.pin) } as const;
      return at(await api.decideFingerprints(decided), 'fingerprints').standing;
    },
    ({ state, inForce }) => `${state}, ${inForce ? 'erased' : 'not yet in force'}`,
  );
  await run(
    'proof: the same fingers find nobody any more',
    '13, 14',
    async () => {
      const nobody = await search(wang.id);
      if (nobody.candidates.length > 0 || nobody.enrolled !== 1)
        throw new Error(`${nobody.candidates.length} candidates among ${nobody.enrolled}`);
      return nobody;
    },
    ({ searched }) => `0 candidates, ${searched} person compared`,
  );
  await api.clear({ desk: ER });
  await run(
    'the other is found still',
    '13, 14',
    async () => {
      const still = await search(chen.id);
      if (still.candidates[0]?.likeness !== 'strong') throw new Error('not found');
      return still;
    },
    ({ candidates }) => candidates[0]?.likeness ?? '',
  );
} finally {
  stopListening();
  station.close();
  const ended = Promise.withResolvers<void>();
  child.on('exit', () => ended.resolve());
  child.kill('SIGTERM');
  await ended.promise;
  rmSync(home, { recursive: true, force: true });
}
process.exitCode = finish();
