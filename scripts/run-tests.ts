/**
 * `npm test`: the static checks, then every suite. Ends with a line for each failure and `N passed, N failed, N skipped`; non-zero when
 * anything failed or was skipped for a cause that is not on the list of tally-reporter.ts. A static check counts as one test.
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runStep, runSteps, STATIC_STEPS } from './steps.ts';

const Tally = z.strictObject({
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  unexcused: z.array(z.string()),
  failures: z.array(z.string()),
});
type Tally = z.infer<typeof Tally>;

/** What a vitest of its own runs. */
interface Lane {
  readonly suites: readonly [string, ...string[]];
  readonly args: readonly string[];
}

/**
 * First the suites that work, and beside them the one that mostly waits, for readers that are looked at every 400 ms and for processes (two files at
 * a time, each with a pcscd of its own); then the screens, two at a time and nothing beside them: what is typed must not come too slowly.
 */
const PHASES: readonly (readonly Lane[])[] = [
  [
    { suites: ['unit', 'journeys'], args: ['--maxWorkers=100%'] },
    { suites: ['real'], args: ['--maxWorkers=2'] },
  ],
  [{ suites: ['desks'], args: ['--maxWorkers=2'] }],
];

const folder = mkdtempSync(join(tmpdir(), 'imis-tally-'));

/** Runs vitest; what it came to, and whether it ended well. */
async function runSuites(name: string, args: readonly string[]): Promise<{ readonly green: boolean; tally: Tally }> {
  const file = join(folder, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=./scripts/tally-reporter.ts'];
  const step = { name, command: ['vitest', 'run', ...reporters, ...args] } as const;
  // Most of what a test starts is a process of ours: compiled code lies ready from the second on.
  const env = { IMIS_TALLY: file, NODE_COMPILE_CACHE: join(import.meta.dirname, '..', 'out', 'compile-cache') };
  const green = await runStep(step, { live: true, env });
  try {
    return { green, tally: Tally.parse(JSON.parse(readFileSync(file, 'utf8'))) };
  } catch (cause) {
    const failures = [`${name}: the run left no tally: ${String(cause)}`];
    return { green: false, tally: { passed: 0, failed: 1, skipped: 0, unexcused: [], failures } };
  }
}

const failedSteps = await runSteps(STATIC_STEPS);
const given = process.argv.slice(2);
const runLane = ({ suites, args }: Lane) =>
  runSuites(suites.join(' and '), [...suites.flatMap((suite) => ['--project', suite]), ...args]);
const runs = given.length > 0 ? [await runSuites('tests', given)] : [];
if (given.length === 0) for (const lanes of PHASES) runs.push(...(await Promise.all(lanes.map(runLane))));
rmSync(folder, { recursive: true });
const sum = (of: (tally: Tally) => number): number => runs.reduce((total, { tally }) => total + of(tally), 0);
for (const name of runs.flatMap(({ tally }) => tally.unexcused))
  console.error(`skipped for a cause that is not allowed: ${name}`);
for (const failure of runs.flatMap(({ tally }) => tally.failures)) console.error(`failed: ${failure}`);
for (const name of failedSteps) console.error(`static check failed: ${name}`);
const passed = sum((tally) => tally.passed) + STATIC_STEPS.length - failedSteps.length;
const failed = sum((tally) => tally.failed + tally.unexcused.length) + failedSteps.length;
console.log(`${passed} passed, ${failed} failed, ${sum((tally) => tally.skipped)} skipped`);
const green = runs.every((run) => run.green && run.tally.passed > 0);
process.exitCode = failed === 0 && green ? 0 : 1;
