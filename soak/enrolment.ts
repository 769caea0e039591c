/**
 * A bureau that is killed while it enrols and withdraws: again and again on the same files, at any instant. What was acknowledged must be found,
 * what was withdrawn must not, and one that was under way may be either, but the same in register and gallery.
 *
 *   npm run soak -- enrolment [--kills 20]
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createEnrolledFingers } from '../bureau/domain/enrolled-fingers.ts';
import { probeFingers } from '../bureau/domain/finger-records.ts';
import { createFingerSeals } from '../bureau/domain/finger-seals.ts';
import { openSqliteStore } from '../bureau/store/open-sqlite.ts';
import { fingerSet, PHOTO, probeOf } from '../bureau/testing/soft-fingers.ts';
import { head, message } from '../bureau/testing/store-rows.ts';
import { openFingerEngines } from '../main/app/open-finger-engines.ts';

const KEY = new Uint8Array(32).fill(5);
/** Persons come from here to there, over and over. */
const PERSONS = 40;
const signal = new AbortController().signal;
const numberOf = (person: number, turn: number): string => `${person}`.padStart(8, '0') + `${turn}`.padStart(24, '0');
const pidOf = (person: number): string => `${person}`.padStart(32, '0');

async function openBureau(dir: string) {
  const store = await openSqliteStore(join(dir, 'bureau.sqlite'));
  const seals = createFingerSeals(KEY);
  const log = (cause: unknown): void => console.error(cause);
  const open = openFingerEngines(join(dir, 'gallery'), KEY, log);
  return { store, seals, fingers: createEnrolledFingers({ store, seals, open, log }) };
}

/** Decides until it is killed; says before and after each decision what it is about. */
async function decideForever(dir: string, from: number): Promise<void> {
  const { store, seals, fingers } = await openBureau(dir);
  await fingers.settle(signal);
  for (let turn = from; ; turn++) {
    const person = turn % PERSONS;
    const pid = pidOf(person);
    const before = await store.fingerStanding(pid, signal);
    const former = before?.sealed_number ? seals.openNumber(pid, before.sealed_number) : null;
    const isPut = former === null || turn % 3 === 0;
    const number = numberOf(person, turn);
    const id = `turn ${turn}`;
    const row = { ...head, number };
    console.log(`begin ${turn} ${person} ${isPut ? 'put' : 'remove'}`);
    await store.accept(
      {
        message: message(id, id),
        evidence: [],
        fingers: {
          standing: {
            ...head,
            pid,
            state: isPut ? 'enrolled' : 'withdrawn',
            sealed_number: isPut ? seals.number(pid, number) : null,
            fingers: '[]',
            message_id: id,
            decided_at: turn,
          },
          after: before?.message_id ?? null,
          erased: former,
          set: isPut
            ? {
                ...row,
                sealed_face: seals.face(number, { pid, photo: PHOTO }),
                sealed_fingers: seals.records(number, fingerSet(person)),
              }
            : null,
          events: [],
        },
      },
      signal,
    );
    if (!(await fingers.settle(signal))) throw new Error('the gallery could not be told');
    console.log(`done ${turn} ${person} ${isPut ? 'put' : 'remove'}`);
  }
}

/** Runs the child and kills it so many milliseconds after so many lines; what it said. */
async function killAfter(dir: string, from: number, lines: number, ms: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [import.meta.filename, '--child', dir, `${from}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (said.length === lines) setTimeout(() => child.kill('SIGKILL'), ms);
  }
  return said;
}

/**
 * What is wrong after a crash. `expected`: what was acknowledged last for each person; `open`: for whom something was under way, which has come
 * true or not, and stays so.
 */
async function look(dir: string, expected: Map<number, string>, open: number | undefined): Promise<string[]> {
  const { store, seals, fingers } = await openBureau(dir);
  const problems: string[] = [];
  if (!(await fingers.settle(signal))) problems.push('the gallery could not be told');
  for (const [person, last] of expected) {
    const standing = await store.fingerStanding(pidOf(person), signal);
    const { candidates } = await fingers.search(probeFingers(probeOf(person)), 3, signal);
    const found = candidates.filter(({ id, score }) => id.startsWith(numberOf(person, 0).slice(0, 8)) && score > 12);
    const registered = standing?.sealed_number ? seals.openNumber(pidOf(person), standing.sealed_number) : undefined;
    if (found.length !== (registered === undefined ? 0 : 1) || found[0]?.id !== registered)
      problems.push(`person ${person}: register ${registered}, gallery ${found.map(({ id }) => id).join()}`);
    if (person === open) expected.set(person, registered === undefined ? 'remove' : 'put');
    else if ((registered !== undefined) !== (last === 'put'))
      problems.push(`person ${person}: ${last} was acknowledged, register ${registered}`);
  }
  await fingers.close();
  await store.close();
  return problems;
}

const child = process.argv.indexOf('--child');
if (child >= 0) {
  await decideForever(process.argv[child + 1] ?? '', Number(process.argv[child + 2]));
} else {
  const given = process.argv.indexOf('--kills');
  const kills = given < 0 ? 20 : Number(process.argv[given + 1]);
  const dir = await mkdtemp(join(tmpdir(), 'imis-enrolment-'));
  const expected = new Map<number, string>();
  const problems: string[] = [];
  let turn = 0;
  let cut = 0;
  for (let kill = 0; kill < kills; kill++) {
    // Odd lines begin a decision, even ones end one; the milliseconds reach from its first write to its last.
    const said = await killAfter(dir, turn, 1 + ((kill * 7) % 24), (kill * 5) % 60);
    let open: number | undefined;
    for (const line of said) {
      const [word, number, person, what = ''] = line.split(' ');
      turn = Number(number) + 1;
      open = word === 'begin' ? Number(person) : undefined;
      if (word === 'done') expected.set(Number(person), what);
    }
    if (open !== undefined) {
      cut++;
      expected.set(open, expected.get(open) ?? 'open');
    }
    problems.push(...(await look(dir, expected, open)));
  }
  console.log(`${turn} decisions, ${kills} kills, ${cut} in the middle of one, ${problems.length} problems`);
  for (const problem of problems) console.log(problem);
  await rm(dir, { recursive: true, force: true });
  process.exitCode = problems.length === 0 && cut > 0 ? 0 : 1;
}
