import { beforeEach, describe, expect, it } from 'vitest';
import type { PatientApp } from '../../card/apps/patient-app.ts';
import { prescribe, SLOT } from '../../card/simulator/agents.fixture.ts';
import { refusalOf } from '../../card/simulator/cards.fixture.ts';
import { atCounter, type Joined, joined } from '../../card/simulator/joint.fixture.ts';
import { refusalOf as codeOf } from '../../contract/errors.ts';
import { collectTogether } from './collect-together.ts';

describe('two cards at a counter', () => {
  let cards: Joined;
  let request: Awaited<ReturnType<typeof prescribe>>;
  beforeEach(async () => {
    cards = await joined();
    request = await prescribe(cards.patient, { controlled: true });
  });
  const between = async (bent: (own: PatientApp) => Partial<PatientApp> = () => ({})) => {
    const { theirs, own } = await atCounter(cards);
    const agent = { ...own, ...bent(own) };
    return (asked = request()) =>
      collectTogether(
        { patient: (work) => work(theirs), agent: (work) => work(agent) },
        { request: asked, proxySlot: SLOT, delegation: cards.W },
      );
  };

  it('collect, and say it again to whoever lost the answer; to nobody else', async () => {
    const collect = await between();
    const asked = request();
    const pickup = await collect(asked);
    expect(await collect(asked)).toEqual(pickup);
    expect(await refusalOf(collect(request()))).toBe('CARD_ALREADY_USED');
  });

  it('are refused by one code when the other card’s share does not hold, and nothing is collected', async () => {
    const bend = (bytes: Uint8Array): Uint8Array => bytes.with(31, (bytes[31] ?? 0) ^ 1);
    const collect = await between((own) => ({
      proxyShare: async (...given) => bend(await own.proxyShare(...given)),
    }));
    const code = await collect().then(
      () => 'collected',
      (cause: unknown) => codeOf(cause).code,
    );
    expect(code).toBe('PROXY_SHARE_INVALID');
    expect((await (await between())()).partsLeft).toBe(2);
  });
});
