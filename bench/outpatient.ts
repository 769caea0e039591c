/**
 * The outpatient visit in figures: insertion to masked name and PIN to acknowledgement over real pcscd and four processes,
 * group signature and verification by themselves, and the start of the kiosk.
 *
 *   npm run bench -- outpatient [--rounds 100]
 * @module
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SoftwareCard } from '../card/simulator/card-os.ts';
import type { DeskState } from '../contract/station.ts';
import { secureRng } from '../crypto/common/random.ts';
import { createMclBackend } from '../crypto/groupsig/backend-mcl.ts';
import { commitOnCard, joinOnCard, respondOnCard } from '../crypto/groupsig/card-member.ts';
import { encodeContext } from '../crypto/groupsig/context.ts';
import { decodeGroupKey, encodeGroupKey } from '../crypto/groupsig/group-key.ts';
import { issueCredential, setUpIssuer } from '../crypto/groupsig/issuer.ts';
import { loadCredential } from '../crypto/groupsig/member-credential.ts';
import { signWithCard } from '../crypto/groupsig/sign-host.ts';
import { dealOpeningKey } from '../crypto/groupsig/testing/dealer.ts';
import { verifySignature } from '../crypto/groupsig/verify.ts';
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
import { createOutpatientWorld, type OutpatientWorld } from '../test/harness/outpatient-world.ts';
import { openWorldIssuing } from '../test/harness/world-issuing.ts';
import { type Figure, percentile, report } from './report.ts';

const ROOT = join(import.meta.dirname, '..');
const at = process.argv.indexOf('--rounds');
const rounds = at < 0 ? 100 : Number(process.argv[at + 1]);
/** EF RXBODY of a card holds four prescriptions that were not collected. */
const ROUNDS_PER_CARD = 4;

/** Seconds from the command to the line that says the desks accept cards; npm itself and its pre-script included. */
function startOnce(): Promise<number> {
  const started = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn('npm', ['start', '--silent', '--', '--no-window', '--json'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    resolve((performance.now() - started) / 1000);
    // npm does not pass signals on: the whole group ends.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  });
  child.on('exit', () => reject(new Error('npm start ended before it was ready')));
  return promise;
}

/** Milliseconds of one run each, after a warm-up. */
async function timed(times: number, work: () => unknown): Promise<number[]> {
  for (let i = 0; i < 5; i++) await work();
  const samples: number[] = [];
  for (let i = 0; i < times; i++) {
    const started = performance.now();
    await work();
    samples.push(performance.now() - started);
  }
  return samples;
}

async function signatureFigures(): Promise<Figure[]> {
  const backend = await createMclBackend();
  const issuer = setUpIssuer(backend);
  const { K1 } = dealOpeningKey(backend, { n: 5, t: 3 });
  const groupKey = decodeGroupKey(backend, encodeGroupKey({ w: issuer.w, K1, proof: issuer.proof }));
  const { sk, Q } = joinOnCard(backend, { pkh: groupKey.pkh, doctorId: secureRng(8), nonce: secureRng(32) });
  const attributes = { epoch: { day: 20_000, seq: 0 }, classNumber: 1 };
  const issued = issueCredential(backend, { secret: issuer.secret, groupKey, Q, ...attributes });
  const credential = loadCredential(backend, groupKey, { Q, issued }, attributes);
  const ctx = encodeContext({
    purpose: 'record',
    ...attributes,
    aud: secureRng(32),
    pid: secureRng(16),
    sid: secureRng(16),
  });
  const messageHash = secureRng(32);
  const sign = (): Promise<Uint8Array> => {
    const { ks, n, N } = commitOnCard(backend);
    return signWithCard({
      backend,
      groupKey,
      credential,
      ctx,
      messageHash,
      card: {
        commit: async () => ({ id: new Uint8Array(4), N }),
        respond: async ({ head, hm, tx }) => respondOnCard(backend, { pkh: groupKey.pkh, sk, ks, n, head, hm, tx }),
      },
      signal: new AbortController().signal,
    });
  };
  const signature = await sign();
  const signs = await timed(100, sign);
  const verifies = await timed(100, () => {
    if (!verifySignature(backend, groupKey, ctx, messageHash, signature))
      throw new Error('a good signature was refused');
  });
  const note = (samples: readonly number[]): string =>
    `minimum of ${samples.length}; median ${percentile(samples, 0.5).toFixed(2)}; peer: design note, same scheme on mcl-wasm 2.4.1, another day`;
  return [
    {
      id: 'sign.total.ms',
      value: Math.min(...signs),
      unit: 'ms',
      target: null,
      peer: 1.99,
      note: `card and host in one process, ${note(signs)}`,
    },
    { id: 'verify.wasm.ms', value: Math.min(...verifies), unit: 'ms', target: null, peer: 5.0, note: note(verifies) },
  ];
}

const ready =
  (kind: string) =>
  (state: DeskState): boolean =>
    state.slots.some((slot) => slot.state === 'ready' && slot.kind === kind);
const empty = (state: DeskState): boolean => state.slots.filter((slot) => slot.state === 'empty').length === 1;

async function issueEveryCard(world: OutpatientWorld, patients: number) {
  const blank = await blankCards();
  const issuing = await openWorldIssuing(world, blank.staff());
  const { desk } = issuing;
  const issue = async (card: SoftwareCard, work: (slot: string) => Promise<unknown>): Promise<SoftwareCard> => {
    await issuing.issue(card, work);
    return card;
  };
  const [template] = PATIENTS;
  if (template === undefined) throw new Error('the demonstration has no patient');
  const patientCards: SoftwareCard[] = [];
  for (let i = 0; i < patients; i++) {
    const person = { ...template.person, nationalId: `A${String(100_000_000 + i)}` };
    patientCards.push(
      await issue(blank.patient(), (slot) => issueDemoPatient(world.dir, desk, slot, { ...template, person })),
    );
  }
  const doctor = await issue(blank.doctor(), (slot) => issueDemoDoctor(world.dir, desk, slot, DOCTORS[0]));
  const registrar = await issue(blank.staff(), (slot) => issueDemoStaff(desk, slot, STAFF[0]));
  await issuing.close();
  return { patientCards, doctor, registrar };
}

async function journeyFigures(): Promise<Figure[]> {
  const world = await createOutpatientWorld();
  try {
    const { patientCards, doctor, registrar } = await issueEveryCard(world, Math.ceil(rounds / ROUNDS_PER_CARD));
    const { registration, clinic } = world.stations;
    await world.insert(registrar, 'Registration', 0);
    await world.until('registration', ready('staff'));
    await registration.api.signOn({ desk: 'registration', pin: digitsOfPin(STAFF[0].pin) });
    await world.insert(doctor, 'Clinic', 0);
    await world.until('clinic', ready('doctor'));
    const names: number[] = [];
    const acks: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const card = patientCards[Math.floor(round / ROUNDS_PER_CARD)];
      if (card === undefined) throw new Error('too few cards');
      let started = performance.now();
      await world.insert(card, 'Registration', 1);
      await world.until('registration', ({ flow }) => flow.step === 'checked-in');
      names.push(performance.now() - started);
      await world.remove(card);
      await world.until('registration', empty);
      await registration.api.clear({ desk: 'registration' });
      await world.insert(card, 'Clinic', 1);
      await world.until('clinic', ready('patient'));
      await clinic.api.openVisit({ desk: 'clinic', pin: digitsOfPin(DOCTORS[0].pin) });
      started = performance.now();
      const line = { dose: 1, unit: 'tablet', timesPerDay: 1, days: 28 } as const;
      const state = await clinic.api.signVisit({
        desk: 'clinic',
        pin: digitsOfPin(DOCTORS[0].pin),
        draft: {
          diagnoses: ['I10'],
          note: '',
          lines: [
            { code: 'C08CA01', ...line },
            { code: 'A10BA02', ...line },
          ],
          pharmacy: PHARMACY,
        },
      });
      acks.push(performance.now() - started);
      if (state.desk !== 'clinic' || state.flow.step !== 'signed' || !state.flow.acknowledged || !state.flow.onCard) {
        throw new Error(`round ${round}: ${JSON.stringify(state.flow)}`);
      }
      await world.remove(card);
      await world.until('clinic', empty);
      await clinic.api.clear({ desk: 'clinic' });
      if (round % 10 === 9)
        console.log(
          `round ${round + 1}: name p50 ${percentile(names, 0.5).toFixed(0)} ms, acknowledged p50 ${percentile(acks, 0.5).toFixed(0)} ms`,
        );
    }
    const reader = `${rounds} insertions into a vpcd slot of a real pcscd, which looks every 400 ms; bureau and desks are processes of their own`;
    const pin = `${rounds} visits with two lines; diagnosis and prescription signed, sealed, acknowledged, written to the card`;
    return [
      {
        id: 'insert_to_name.p50.ms',
        value: percentile(names, 0.5),
        unit: 'ms',
        target: null,
        peer: 371,
        note: `${reader}; peer: design note, SELECT and GET DATA alone`,
      },
      {
        id: 'insert_to_name.p99.ms',
        value: percentile(names, 0.99),
        unit: 'ms',
        target: 1000,
        peer: 400,
        note: reader,
      },
      { id: 'pin_to_ack.p50.ms', value: percentile(acks, 0.5), unit: 'ms', target: null, peer: null, note: pin },
      { id: 'pin_to_ack.p95.ms', value: percentile(acks, 0.95), unit: 'ms', target: 300, peer: null, note: pin },
    ];
  } finally {
    await world.close();
  }
}

async function startFigure(): Promise<Figure> {
  // The first start makes the demonstration's people and cards; it is not counted.
  await startOnce();
  const starts: number[] = [];
  for (let i = 0; i < 7; i++) starts.push(await startOnce());
  return {
    id: 'kiosk.start.s',
    value: Math.min(...starts),
    unit: 's',
    target: 2,
    peer: null,
    note: `from "npm start" to desks that accept a card, bureau embedded; minimum of ${starts.length}, median ${percentile(starts, 0.5).toFixed(2)}`,
  };
}

if (insideCardRoom()) {
  const journey = await journeyFigures();
  report('outpatient', [
    ...journey,
    ...(await signatureFigures()),
    JSON.parse(process.env['IMIS_START_FIGURE'] ?? 'null') as Figure,
  ]);
  process.exit(0);
}
// Outside the room, where npm and its pre-script see the machine as it is; the figure travels in.
process.env['IMIS_START_FIGURE'] = JSON.stringify(await startFigure());
await moveIntoCardRoom(import.meta.filename, process.argv.slice(2));
