/**
 * Eqs 18 and 19 at the counter: from the agent's PIN to the acknowledged pickup, software cards, bureau over TLS in the same process.
 * @module
 */

import { dayAfter } from '../../contract/calendar.ts';
import type { DeskState } from '../../contract/station.ts';
import { digitsOfPin } from '../../main/app/demonstration.ts';
import { at, CHEN, openHouse, patientIn, pinOf, ready, seeDoctor, settled, WANG } from '../../test/journey/walk.ts';
import { createWorld } from '../../test/journey/world.ts';

const AGENTS_PIN = '580213';

/** Milliseconds of each pickup: the agent's PIN, the list, the agent's signature, the answer of the bureau. */
export async function collectAsAgent(rounds: number): Promise<readonly number[]> {
  const world = await createWorld();
  await openHouse(world);
  const { station } = world;
  const cardIn = async (desk: 'registration' | 'pharmacy', card: string): Promise<void> => {
    world.table.insert(card, `${desk}/right`);
    await world.until(desk, (now) => settled(now) && ready(`${desk}/right`, 'patient')(now));
  };
  const desk = 'registration';
  await cardIn(desk, WANG);
  await station.openAgentService({ desk });
  await station.beginAgent({ desk, pin: pinOf(WANG) });
  const until = dayAfter(world.clocks.desk.now(), 30);
  await station.proposeAgent({ desk, scope: { prescriptions: [], pharmacies: [], uses: 255, until } });
  await cardIn(desk, CHEN);
  await station.consentAgent({ desk, pin: pinOf(CHEN) });
  await cardIn(desk, WANG);
  const [next, again] = [digitsOfPin(AGENTS_PIN), digitsOfPin(AGENTS_PIN)];
  const { agentService } = await station.acceptAgent({ desk, pin: pinOf(WANG), next, again });
  if (agentService?.state !== 'made') throw new Error(`no agent: ${JSON.stringify(agentService)}`);
  const { serial } = agentService.agent;
  world.table.remove('registration/right');
  await station.clear({ desk });

  const samples: number[] = [];
  for (let i = 0; i < rounds + 3; i++) {
    const { rxId } = await seeDoctor(world, WANG);
    await patientIn(world, 'pharmacy', WANG);
    await station.openAgentService({ desk: 'pharmacy' });
    const begun = performance.now();
    const listed = await station.collectAsAgent({ desk: 'pharmacy', serial, pin: digitsOfPin(AGENTS_PIN) });
    if (listed.flow.step !== 'listed') throw new Error(`not listed: ${JSON.stringify(listed.flow)}`);
    const done = acknowledged(await station.dispense({ desk: 'pharmacy', rxId: rxId ?? '' }));
    const took = performance.now() - begun;
    if (!done) throw new Error('the bureau did not acknowledge');
    if (i >= 3) samples.push(took);
    world.table.remove('pharmacy/right');
    await station.clear({ desk: 'pharmacy' });
  }
  await world.close();
  return samples;
}

function acknowledged(state: DeskState): boolean {
  if (state.desk !== 'pharmacy') throw new Error('another desk answered');
  return at(state, 'dispensed').acknowledged;
}
