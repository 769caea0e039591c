/**
 * `npm test`: the static checks, then every suite. Ends with `N passed, N failed, N skipped`; non-zero when anything failed or was
 * skipped for a cause that is not on the list of tally-reporter.ts. A static check counts as one test.
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runStep, runSteps, STATIC_STEPS } from './steps.ts';

const Tally = z.strictObject({ passed: z.int(), failed: z.int(), skipped: z.int(), unexcused: z.array(z.string()) });

const failedSteps = await runSteps(STATIC_STEPS);
const folder = mkdtempSync(join(tmpdir(), 'imis-tally-'));
const tallyFile = join(folder, 'tally.json');
const green = await runStep(
  {
    name: 'tests',
    command: [
      'vitest',
      'run',
      '--reporter=default',
      '--reporter=./scripts/tally-reporter.ts',
      ...process.argv.slice(2),
    ],
  },
  { live: true, env: { IMIS_TALLY: tallyFile } },
);
let tally: z.infer<typeof Tally>;
try {
  tally = Tally.parse(JSON.parse(readFileSync(tallyFile, 'utf8')));
} catch (cause) {
  console.error('the test run left no tally:', cause);
  tally = { passed: 0, failed: 1, skipped: 0, unexcused: [] };
}
rmSync(folder, { recursive: true });
for (const name of tally.unexcused) console.error(`skipped for a cause that is not allowed: ${name}`);
for (const name of failedSteps) console.error(`static check failed: ${name}`);
const passed = tally.passed + STATIC_STEPS.length - failedSteps.length;
const failed = tally.failed + failedSteps.length + tally.unexcused.length;
console.log(`${passed} passed, ${failed} failed, ${tally.skipped} skipped`);
process.exitCode = failed === 0 && green && tally.passed > 0 ? 0 : 1;
