/**
 * An agent named at registration, as people do it: the patient's card, the agent's citizen certificate card, the patient's again. Everything is taken
 * out afterwards.
 * @module
 */
import type { AgentScope, AgentView } from '../../contract/agent-service.ts';
import { dayAfter } from '../../contract/calendar.ts';
import { digitsOfPin } from '../../main/app/demonstration.ts';
import { CITIZEN } from '../../main/app/demonstration-civil-card.ts';
import { pinOf, ready, settled } from './walk.ts';
import type { World } from './world.ts';

/** What the agent chooses. */
export const AGENTS_PIN = '580213';

/** Any prescription, three times, a month, unless said otherwise. */
export async function nameAgent(world: World, card: string, more: Partial<AgentScope> = {}): Promise<AgentView> {
  const desk = 'registration';
  const { station, table } = world;
  const insert = async (id: string, kind: 'patient' | 'civil'): Promise<void> => {
    table.insert(id, 'registration/right');
    await world.until(desk, (state) => settled(state) && ready('registration/right', kind)(state));
  };
  await insert(card, 'patient');
  await station.openAgentService({ desk });
  await station.beginAgent({ desk, pin: pinOf(card) });
  const until = dayAfter(world.clocks.desk.now(), 30);
  await station.proposeAgent({ desk, scope: { prescriptions: [], pharmacies: [], uses: 3, until, ...more } });
  await insert(CITIZEN.id, 'civil');
  await station.consentAgent({ desk, pin: digitsOfPin(CITIZEN.pin) });
  await insert(card, 'patient');
  const [next, again] = [digitsOfPin(AGENTS_PIN), digitsOfPin(AGENTS_PIN)];
  const { agentService } = await station.acceptAgent({ desk, pin: pinOf(card), next, again });
  if (agentService?.state !== 'made') throw new Error(`not named: ${JSON.stringify(agentService)}`);
  table.remove('registration/right');
  await station.clear({ desk });
  return agentService.agent;
}
