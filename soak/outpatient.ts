/**
 * The outpatient visit again and again, each time with a fresh bureau, fresh desks and a fresh pcscd: finds what fails one time in fifty.
 *
 *   npm run soak -- outpatient [--times 50]
 * @module
 */
import { join } from 'node:path';
import { z } from 'zod';
import { runInCardRoom } from '../test/e2e/card-room-run.ts';

const at = process.argv.indexOf('--times');
const times = at < 0 ? 50 : Number(process.argv[at + 1]);
const Line = z.looseObject({ ok: z.boolean().optional(), step: z.string().optional(), detail: z.string().optional() });

// What the processes log is shown of a round that failed.
process.env['IMIS_VERBOSE'] = 'yes';
let failures = 0;
const fail = (what: string): void => {
  failures += 1;
  console.error(what);
};
const seconds: number[] = [];
for (let round = 1; round <= times; round++) {
  const started = performance.now();
  const { lines, code, errors } = await runInCardRoom(join(import.meta.dirname, '..', 'demo', 'outpatient.ts'), [
    '--json',
  ]);
  seconds.push((performance.now() - started) / 1000);
  const failed = lines.map((line) => Line.parse(line)).filter(({ ok }) => ok === false);
  for (const { step, detail } of failed) fail(`round ${round}: ${step ?? ''}: ${detail ?? ''}`);
  if (code !== 0 && failed.length === 0) fail(`round ${round}: ended with ${code}`);
  if (code !== 0) console.error(errors);
  console.log(`round ${round} of ${times}: ${seconds.at(-1)?.toFixed(1)} s, ${failures} failures so far`);
}
console.log(JSON.stringify({ soak: 'outpatient', times, failures, slowest: Math.max(...seconds) }));
process.exit(failures === 0 ? 0 : 1);
