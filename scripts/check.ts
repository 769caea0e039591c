/**
 * `npm run check`: everything that is quick. Green before every push.
 * @module
 */
import { runStep, runSteps, STATIC_STEPS } from './steps.ts';

const failed = await runSteps(STATIC_STEPS);
const tested = await runStep({
  name: 'unit, contract, layers',
  command: ['vitest', 'run', '--project', 'unit', '--reporter=dot'],
});
process.exitCode = failed.length === 0 && tested ? 0 : 1;
