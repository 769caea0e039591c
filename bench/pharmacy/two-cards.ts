/**
 * An agent's pickup with two software cards, through their secure channels: two cards with commit, begin, share and finish.
 * @module
 */

import { prescribe, SLOT } from '../../card/simulator/agents.fixture.ts';
import { atCounter, joined } from '../../card/simulator/joint.fixture.ts';
import { collectTogether } from '../../main/station/collect-together.ts';

/** Milliseconds of the commands of each pickup, PINs given before. A card holds thirty prescriptions of which open ones never give way. */
export async function collectWithTwoCards(rounds: number): Promise<readonly number[]> {
  const cards = await joined({ uses: 255 });
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const request = (await prescribe(cards.patient, { controlled: true }))();
    const { theirs, own } = await atCounter(cards);
    const asked = { request, proxySlot: SLOT, delegation: cards.W };
    const start = performance.now();
    await collectTogether({ patient: (work) => work(theirs), agent: (work) => work(own) }, asked);
    samples.push(performance.now() - start);
  }
  return samples;
}
