/**
 * An agent's pickup on software cards, through the secure channels: one card with PROXY SIGN, and two cards with commit, begin, share and finish.
 * @module
 */

import {
  AGENT_PIN,
  atRegistration,
  issued,
  newAgent,
  prescribe,
  SLOT,
  warrantOf,
} from '../../card/simulator/agents.fixture.ts';
import { atPharmacy, pin, reinsert } from '../../card/simulator/cards.fixture.ts';
import { atCounter, joined } from '../../card/simulator/joint.fixture.ts';
import { accept } from '../../crypto/proxysig/delegation.ts';
import { compressPoint } from '../../crypto/proxysig/p256-group.ts';
import { sealContribution } from '../../crypto/proxysig/sealed-contribution.ts';
import { encodeWarrant } from '../../crypto/proxysig/warrant.ts';
import { collectTogether } from '../../main/station/collect-together.ts';

/** Milliseconds of each pickup; the commands alone, PINs given before. */
export interface AgentPickups {
  readonly one: readonly number[];
  readonly two: readonly number[];
}

async function timed(samples: number[], work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  samples.push(performance.now() - start);
}

async function withOneCard(rounds: number): Promise<number[]> {
  const { card, signing } = await issued();
  const agent = newAgent();
  const omega = encodeWarrant(warrantOf(signing, agent, { uses: 255 }));
  const desk = await atRegistration(card);
  await desk.verifyPin(pin());
  const { rP, x } = await desk.proxyOffer(SLOT, agent.point, omega);
  const [patientKey, agentKey] = [compressPoint(signing), compressPoint(agent.point)];
  if (patientKey === undefined || agentKey === undefined) throw new Error('a key that is no point');
  const { rA, sA } = accept({ patientKey, agentKey, omega, rP }, agent.secret);
  await desk.proxyAccept(SLOT, rA, sealContribution({ sA, pinBlock: pin(AGENT_PIN) }, { omega, rP, rA, x }));
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const request = await prescribe(card);
    const pharmacy = await atPharmacy(reinsert(card));
    await pharmacy.verifyAgentPin(SLOT, pin(AGENT_PIN));
    await timed(samples, () => pharmacy.proxySign(SLOT, request()));
  }
  return samples;
}

async function withTwoCards(rounds: number): Promise<number[]> {
  const cards = await joined({ uses: 255 });
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const request = (await prescribe(cards.patient, { controlled: true }))();
    const { theirs, own } = await atCounter(cards);
    const asked = { request, proxySlot: SLOT, delegation: cards.W };
    await timed(samples, () => collectTogether({ patient: (work) => work(theirs), agent: (work) => work(own) }, asked));
  }
  return samples;
}

/** Both ways, as often as said; a card holds thirty prescriptions of which open ones never give way, so at most twenty-five. */
export async function collectAsAgents(rounds: number): Promise<AgentPickups> {
  return { one: await withOneCard(rounds), two: await withTwoCards(rounds) };
}
