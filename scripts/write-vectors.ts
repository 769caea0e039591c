/**
 * Rewrites test/vectors/groupsig/*.json and proxysig/*.json: `node scripts/write-vectors.ts`. The tests beside them fail when they are not what this writes.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const VECTORS = join(ROOT, 'test', 'vectors');

/** Programs and not imports: scripts may not import tests. */
function run(...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run(join(VECTORS, 'make-groupsig-vectors.ts'));
run(join(VECTORS, 'make-proxysig-vectors.ts'));
run(
  join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'),
  'format',
  '--write',
  ...['groupsig', 'proxysig'].map((folder) => join(VECTORS, folder)),
);
