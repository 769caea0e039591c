/**
 * Every way to a card of a bureau set up by hand, and every refusal on it, with the commands of docs/operations.md on a real pcscd.
 *
 *   npm run soak -- card-issue
 * @module
 */
import { join } from 'node:path';
import { z } from 'zod';
import { runInCardRoom } from '../test/e2e/card-room-run.ts';

const Check = z.looseObject({ name: z.string(), ok: z.boolean(), detail: z.string(), ms: z.number() });

const { lines } = await runInCardRoom(join(import.meta.dirname, '..', 'test', 'e2e', 'card-issue-checks.ts'));
const checks = lines.map((line) => Check.parse(line));
for (const { name, ok, detail, ms } of checks)
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${ms} ms  ${name}${ok ? '' : `\n${detail}`}`);
const failures = checks.filter(({ ok }) => !ok).length;
console.log(JSON.stringify({ soak: 'card-issue', checks: checks.length, failures }));
process.exit(failures === 0 ? 0 : 1);
