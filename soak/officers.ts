/**
 * Ceremonies of officers whole: keys generated, refreshed and handed on among machines of their own, everything that can go wrong in them, and the same
 * by the command line. `npm test` has the steps they are made of (crypto/groupsig/ceremony).
 *
 *   npm run soak -- officers
 * @module
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'vitest'),
  ['run', '--project', 'journeys', 'main/app/officers', 'cli/officer'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, IMIS_SOAK: 'officers' } },
);
console.log(JSON.stringify({ soak: 'officers', failed: status !== 0 }));
process.exit(status ?? 1);
