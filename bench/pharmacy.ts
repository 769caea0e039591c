/**
 * The pharmacy in figures: verification off line, agents' pickups, races for one prescription, and walks of the state machine beside a model of its history.
 *
 *   npm run bench -- pharmacy [--races 10000] [--walks 1000]
 * @module
 */
import { walkPrescriptions } from '../bureau/testing/prescription-model.ts';
import { collectAsAgents } from './pharmacy/agent-pickup.ts';
import { runRaces } from './pharmacy/races.ts';
import { verifyOffLine } from './pharmacy/verify-off-line.ts';
import { type Figure, percentile, report } from './report.ts';

const given = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const races = given('races', 10_000);
const walks = given('walks', 1_000);
const EVENTS = 200;

const { wasm, native } = await verifyOffLine(50);
const verified = (id: string, samples: readonly number[], target: number): Figure => ({
  id,
  value: samples.length === 0 ? null : Math.min(...samples),
  ...(samples.length === 0 ? {} : { median: percentile(samples, 0.5) }),
  unit: 'ms',
  target,
  peer: null,
  note: 'kept inbox, opened with the institution’s key, verified whole, evidence on disk',
});

const collected = await collectAsAgents(25);
const pickedUp = (id: string, samples: readonly number[], note: string): Figure => ({
  id,
  value: percentile(samples, 0.95),
  median: percentile(samples, 0.5),
  unit: 'ms',
  target: 300,
  peer: null,
  note,
});

const seed = 0x1415_9265;
const disagreements = walkPrescriptions({ seed, walks, events: EVENTS });
for (const one of disagreements.slice(0, 5)) console.error(one);

const raced = await runRaces(races, (done) => console.log(`${done} of ${races} races`));
const told = [...raced.refusals].map(([code, count]) => `${code} ${count}`).join(', ');

report('pharmacy', [
  verified('verify_offline.wasm.ms', wasm, 50),
  verified('verify_offline.native.ms', native, 10),
  pickedUp('agent_pickup.p95.ms', collected.one, 'PROXY SIGN on a software card, in its channel'),
  pickedUp('agent_pickup_two_cards.p95.ms', collected.two, 'COMMIT, BEGIN, SHARE and FINISH on two software cards'),
  {
    id: 'races.double',
    value: raced.double,
    unit: 'times',
    target: null,
    peer: null,
    note: `${raced.locks} races for the lock and ${raced.pickups} for the pickup, two processes; target 0; losers were told ${told}`,
  },
  {
    id: 'walks.disagreements',
    value: disagreements.length,
    unit: 'times',
    target: null,
    peer: null,
    note: `${walks} walks of ${EVENTS} events; target 0`,
  },
]);
process.exit(raced.double === 0 && disagreements.length === 0 ? 0 : 1);
