/**
 * Every demo whole, each with four processes and a pcscd of its own; `npm test` plays the outpatient visit alone.
 *
 *   npm run soak -- demos
 * @module
 */
import { join } from 'node:path';
import { z } from 'zod';
import { runInCardRoom } from '../test/e2e/card-room-run.ts';

/** What each must have told of: beginnings of steps, or equations. */
const DEMOS: Readonly<Record<string, { readonly steps: readonly string[]; readonly equations: readonly string[] }>> = {
  outpatient: { steps: [], equations: ['1', '3', '6', '7', '9', '16', '17'] },
  cards: {
    steps: ['issue', 'use', 'block', 'unblock', 'suspend', 'resume', 'report lost', 'replace', 'renew'],
    equations: [],
  },
  agent: { steps: [], equations: ['5', '17', '18', '19'] },
  'offline-pharmacy': {
    steps: ['the bureau is gone', 'verified off line', 'the bureau is back'],
    equations: ['16', '17'],
  },
  emergency: {
    steps: ['issue', 'capture', 'search', 'a second person', 'the clerk reads', 'notice', '王小明 withdraws', 'proof'],
    equations: ['1', '6', '7', '13', '14', '15'],
  },
};
const Step = z.looseObject({ step: z.string(), equation: z.string(), ok: z.boolean(), detail: z.string() });

const failures: string[] = [];
for (const [name, wanted] of Object.entries(DEMOS)) {
  const started = performance.now();
  const { lines, code } = await runInCardRoom(join(import.meta.dirname, '..', 'demo', `${name}.ts`), ['--json']);
  const steps = lines.slice(0, -1).map((line) => Step.parse(line));
  for (const { ok, step, detail } of steps) if (!ok) failures.push(`${name}: ${step}: ${detail}`);
  if (code !== 0) failures.push(`${name}: ended with ${code}`);
  for (const begin of wanted.steps)
    if (!steps.some(({ step }) => step.startsWith(begin))) failures.push(`${name}: nothing of "${begin}"`);
  const equations = new Set(steps.flatMap(({ equation }) => equation.split(/[-, ]+/u)));
  for (const one of wanted.equations) if (!equations.has(one)) failures.push(`${name}: no equation ${one}`);
  console.log(`${name}: ${steps.length} steps, ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
for (const failure of failures) console.error(failure);
console.log(JSON.stringify({ soak: 'demos', demos: Object.keys(DEMOS).length, failures: failures.length }));
process.exit(failures.length === 0 ? 0 : 1);
