/**
 * `npm run check`: everything that is quick. Green before every push.
 * @module
 */
import { runStep, runSteps, STATIC_STEPS } from './steps.ts';

// The tests are the longest: the static checks run one after another beside them.
const [failed, tested] = await Promise.all([
  runSteps(STATIC_STEPS, 1),
  runStep({
    name: 'unit, contract, layers',
    command: ['vitest', 'run', '--project', 'unit', '--maxWorkers=100%', '--reporter=dot'],
  }),
]);
process.exitCode = failed.length === 0 && tested ? 0 : 1;
