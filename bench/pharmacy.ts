/**
 * The pharmacy in figures: verification off line, agents' pickups, races for one prescription, and walks of the state machine beside a model of its history.
 *
 *   npm run bench -- pharmacy [--races 10000] [--walks 1000] [--pickups 100]
 * @module
 */
import { walkPrescriptions } from '../bureau/testing/prescription-model.ts';
import { collectAsAgent } from './pharmacy/agent-pickup.ts';
import { runRaces } from './pharmacy/races.ts';
import { collectWithTwoCards } from './pharmacy/two-cards.ts';
import { verifyOffLine } from './pharmacy/verify-off-line.ts';
import { type Figure, percentile, report } from './report.ts';

const given = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const races = given('races', 10_000);
const walks = given('walks', 1_000);
const pickups = given('pickups', 100);
const EVENTS = 200;

const { wasm, native } = await verifyOffLine(50);
const verified = (id: string, samples: readonly number[], target: number): Figure => ({
  id,
  value: samples.length === 0 ? null : percentile(samples, 0.5),
  unit: 'ms',
  target,
  peer: null,
  note: 'median; kept inbox, opened with the institution’s key, verified whole, evidence on disk',
});

const collected = await collectAsAgent(pickups);
const together = await collectWithTwoCards(25);
const seed = 0x1415_9265;
const disagreements = walkPrescriptions({ seed, walks, events: EVENTS });
for (const one of disagreements.slice(0, 5)) console.error(one);

const raced = await runRaces(races, (done) => console.log(`${done} of ${races} races`));
const told = [...raced.refusals].map(([code, count]) => `${code} ${count}`).join(', ');

report('pharmacy', [
  verified('verify_offline.wasm.ms', wasm, 50),
  verified('verify_offline.native.ms', native, 10),
  {
    id: 'agent_pickup.p95.ms',
    value: percentile(collected, 0.95),
    median: percentile(collected, 0.5),
    unit: 'ms',
    target: 300,
    peer: null,
    note: `p95 of ${pickups}: agent’s PIN, list, two-part verification, agent’s signature, bureau’s acknowledgement; software cards in the same process`,
  },
  {
    id: 'agent_two_cards.p95.ms',
    value: percentile(together, 0.95),
    median: percentile(together, 0.5),
    unit: 'ms',
    target: 300,
    peer: null,
    note: 'p95 of 25: COMMIT, BEGIN, SHARE and FINISH on two software cards, through their channels',
  },
  {
    id: 'races.double',
    value: raced.double,
    unit: 'times',
    target: null,
    peer: null,
    note: `${raced.locks} races for the lock, ${raced.pickups} for the pickup, ${raced.designations} of the lock against another pharmacy’s designation, two processes; target 0; losers were told ${told}`,
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
