/**
 * The card process dies or freezes in the middle of an operation while a desk runs: a registration kiosk of its own process, real pcscd, a staff
 * card in it. Runs inside a card room (card-crash.real.test.ts starts it) and prints one line of JSON a check.
 * @module
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import type { DeskState } from '../../contract/station.ts';
import { digitsOfPin, issueDemoStaff, STAFF } from '../../main/app/demonstration.ts';
import { blankCards } from '../harness/desk-world.ts';
import { createOutpatientWorld } from '../harness/outpatient-world.ts';
import { runChecks } from '../harness/run-checks.ts';
import { openWorldIssuing } from '../harness/world-issuing.ts';

const world = await createOutpatientWorld();
const blank = await blankCards();
const issuing = await openWorldIssuing(world, blank.staff());
const issued = blank.staff();
await issuing.issue(issued, () => issueDemoStaff(issuing.desk, 'Issuing 00 01', STAFF[0]));
await issuing.close();

/** Holds every answer back while `held`, so that a process can be killed in mid-command. */
const card: SoftwareCard & { held: Promise<void> | undefined; asked: () => void } = {
  ...issued,
  held: undefined,
  asked: () => undefined,
  transmit: async (command) => {
    card.asked();
    await card.held;
    return issued.transmit(command);
  },
};

/** The card process of the registration kiosk: its only child that runs card-process.ts. */
function cardProcess(): number | undefined {
  const kiosk = world.kiosks.registration.pid;
  const children = readFileSync(`/proc/${kiosk}/task/${kiosk}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const found = children.find((pid) => {
    // It may be gone since it was listed; the list itself must be there: the desk stays.
    const cmdline = `/proc/${pid}/cmdline`;
    return existsSync(cmdline) && readFileSync(cmdline, 'utf8').includes('card-process');
  });
  return found === undefined ? undefined : Number(found);
}
const isReady = ({ slots }: DeskState): boolean =>
  slots.some(({ state, kind }) => state === 'ready' && kind === 'staff');
const insertionOf = ({ slots }: DeskState): number => slots.find(({ state }) => state === 'ready')?.insertion ?? -1;
const { api } = world.stations.registration;
const signOn = (): Promise<DeskState> => api.signOn({ desk: 'registration', pin: digitsOfPin(STAFF[0].pin) });
const isSignedOn = (state: DeskState): boolean => state.operator !== undefined;

/** Signs on, does `harm` to the card process in the middle of it, and sees the desk recover. */
async function survives(harm: (pid: number) => void, within: number): Promise<void> {
  const before = await world.until('registration', isReady);
  const pid = cardProcess();
  assert.ok(pid !== undefined);
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  card.held = gate.promise;
  card.asked = asked.resolve;
  const work = signOn();
  await asked.promise;
  harm(pid);
  const state = await work;
  assert.equal(state.signOnRefusal?.code, 'READER_FAILED');
  assert.equal(isSignedOn(state), false);
  card.held = undefined;
  gate.resolve();
  const after = await world.until(
    'registration',
    (seen) => isReady(seen) && insertionOf(seen) > insertionOf(before),
    within,
  );
  assert.ok(insertionOf(after) >= 1_000_000);
  assert.notEqual(cardProcess(), pid);
  assert.equal(isSignedOn(await signOn()), true);
}

const checks: Readonly<Record<string, () => Promise<void>>> = {
  'killed with SIGKILL in the middle of a sign-on: refused, the desk stays, the card is recognised again': () =>
    survives((pid) => process.kill(pid, 'SIGKILL'), 10_000),
  'a crash of native code (SIGSEGV) in the middle of a sign-on: the same': () =>
    survives((pid) => process.kill(pid, 'SIGSEGV'), 10_000),
  'frozen (SIGSTOP) in the middle of a sign-on: ended for giving no sign of life, the same': () =>
    survives((pid) => process.kill(pid, 'SIGSTOP'), 30_000),
  'killed again and again: the next one comes later each time, at most after 5 s, and the desk recovers': async () => {
    const gaps: number[] = [];
    let pid = cardProcess();
    for (let i = 0; i < 4; i++) {
      assert.ok(pid !== undefined);
      process.kill(pid, 'SIGKILL');
      const started = performance.now();
      let next: number | undefined;
      while (next === undefined || next === pid) {
        assert.ok(performance.now() - started < 10_000, 'no new process');
        await pause(10);
        // One look a round: the kernel's list of children may miss one while others come and go (proc(5)).
        next = cardProcess();
      }
      pid = next;
      gaps.push(performance.now() - started);
    }
    assert.ok((gaps.at(-1) ?? 0) > 1_900, `the pauses: ${gaps.map(Math.round).join(', ')}`);
    assert.ok(
      gaps.every((gap) => gap < 6_500),
      `the pauses: ${gaps.map(Math.round).join(', ')}`,
    );
    await world.until('registration', isReady, 15_000);
    assert.equal(isSignedOn(await signOn()), true);
  },
};

await world.insert(card, 'Registration', 0);
await runChecks(checks);
await world.close();
process.exit(0);
