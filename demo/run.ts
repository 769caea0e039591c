/**
 * `npm run demo -- NAME [--json]`.
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [name = '', ...args] = process.argv.slice(2);
const NOT_DEMOS = ['run.ts', 'steps.ts'];
const names = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && !NOT_DEMOS.includes(file));
const file = join(import.meta.dirname, `${name}.ts`);
if (!/^[a-z-]+$/u.test(name) || !existsSync(file) || NOT_DEMOS.includes(`${name}.ts`)) {
  console.error(
    `usage: npm run demo -- NAME [--json]\ndemos: ${names.map((entry) => entry.replace('.ts', '')).join(', ')}`,
  );
  process.exit(2);
}
const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' });
child.on('exit', (code) => process.exit(code ?? 1));
