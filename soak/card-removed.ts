/**
 * A card pulled at every command of every operation, both before the card has carried it out and after. `npm test` pulls at each command once.
 *
 *   npm run soak -- card-removed
 * @module
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'vitest'),
  ['run', '--project', 'journeys', 'test/journey/card-removed'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, IMIS_SOAK: 'card-removed' } },
);
console.log(JSON.stringify({ soak: 'card-removed', failed: status !== 0 }));
process.exit(status ?? 1);
