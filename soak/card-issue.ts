/**
 * Cards of a bureau set up by hand, on a real pcscd, again and again: first clerk, staff, doctors, patients, refusals, the card office, PINs. Forty seconds a round on a
 * quiet machine, which is why it is not part of `npm test`.
 *
 *   npm run soak -- card-issue [--times 3]
 * @module
 */
import { join } from 'node:path';
import { z } from 'zod';
import { runInCardRoom } from '../test/e2e/card-room-run.ts';

const at = process.argv.indexOf('--times');
const times = at < 0 ? 3 : Number(process.argv[at + 1]);
const Check = z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string(), ms: z.number() });
/** Checks of one round; fewer are a failure. */
const CHECKS = 11;

const failures: string[] = [];
for (let round = 1; round <= times; round++) {
  const { lines, code } = await runInCardRoom(join(import.meta.dirname, '..', 'test', 'e2e', 'card-issue-checks.ts'));
  const checks = lines.map((line) => Check.parse(line));
  for (const { name, ok, detail } of checks) if (!ok) failures.push(`round ${round}: ${name}: ${detail}`);
  if (checks.length !== CHECKS || code !== 0) failures.push(`round ${round}: ${checks.length} checks, exit ${code}`);
  console.log(`round ${round} of ${times}: ${checks.length} checks, ${failures.length} failures so far`);
}
for (const failure of failures) console.error(failure);
console.log(JSON.stringify({ soak: 'card-issue', times, failures: failures.length }));
process.exit(failures.length === 0 ? 0 : 1);
