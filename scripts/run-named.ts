/**
 * `npm run demo|bench|soak -- NAME ...`: runs the file of that name in the folder of that kind.
 *
 *   node scripts/run-named.ts demo outpatient --json
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [kind = '', name = '', ...args] = process.argv.slice(2);
const folder = join(import.meta.dirname, '..', kind);
/** Files that others in the folder share; not to be run. */
const SHARED = ['steps.ts', 'report.ts'];
const names = existsSync(folder)
  ? readdirSync(folder).filter((file) => file.endsWith('.ts') && !SHARED.includes(file))
  : [];
if (!names.includes(`${name}.ts`)) {
  const known = names.map((file) => file.replace('.ts', '')).join(', ');
  console.error(`usage: npm run ${kind} -- NAME\n${kind}: ${known === '' ? 'none yet' : known}`);
  process.exit(2);
}
const child = spawn(process.execPath, [join(folder, `${name}.ts`), ...args], { stdio: 'inherit' });
child.on('exit', (code) => process.exit(code ?? 1));
