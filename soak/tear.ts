/**
 * Every writing command of the cards with the supply cut at every byte, clean and garbled (card/simulator/tear-*.test.ts take every seventh), and a whole
 * visit with the health card's supply cut at every byte it writes: what test/journey/torn-visit.test.ts (every next desk, ten minutes) and
 * test/journey/torn-card.test.ts (real desks, the bureau there and away; some 15,000 bytes, two visits each: hours) sample. `--stride` takes every
 * so manieth byte.
 *
 *   npm run soak -- tear [--stride 1]
 * @module
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const at = process.argv.indexOf('--stride');
const stride = at < 0 ? 1 : Number(process.argv[at + 1]);
const root = join(import.meta.dirname, '..');
const started = performance.now();
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'vitest'),
  [
    'run',
    '--project',
    'journeys',
    'card/simulator/tear-',
    'test/journey/torn-visit.test.ts',
    'test/journey/torn-card.test.ts',
    '--testTimeout',
    '0',
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, IMIS_TEAR: 'both', IMIS_TEAR_STRIDE: String(stride) } },
);
console.log(
  JSON.stringify({ soak: 'tear', stride, minutes: (performance.now() - started) / 60_000, failed: status !== 0 }),
);
process.exit(status ?? 1);
