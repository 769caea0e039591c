/**
 * Orders of the bureau, and terminals whose days are over. At the end the card is in the state in which it was, some orders later.
 * @module
 */
import { concat, equalBytes, readUint } from '../../crypto/common/bytes.ts';
import { command } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { lifeOf } from '../apps/card-life.ts';
import { pinQuery, readCommand, selectCommand } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus, expectThat } from './check.ts';
import type { IssuedCard } from './issuing-checks.ts';
import { agree, agreeAs, type ProbeChannel, proofOf } from './probe-channel.ts';
import { newSerial, type TestAuthority } from './test-authority.ts';

const DAY = 86_400_000;

const order = ({ send }: ProbeChannel, data?: Uint8Array) => send(command([0x80, 0xd4, 0x00, 0x00], data, 256));

/** Number of the order that the card took last. */
async function lastOrder(channel: ProbeChannel, serial: Uint8Array): Promise<number> {
  const { data, sw } = await order(channel);
  expectStatus('BUREAU ORDER without data', sw, SW.ok);
  expectThat(
    data.length === 20 && equalBytes(data.slice(0, 16), serial),
    'another serial number than that of EF AUT.CVC',
  );
  return readUint(data.subarray(16));
}

export const orderChecks = (authority: TestAuthority, made: IssuedCard): readonly Check[] => [
  {
    id: 'order.refused',
    clause: CLAUSE.orders,
    what: 'an order by somebody else, for another card, ahead of its turn or malformed is refused and does not count',
    needs: ['desk'],
    async run(card) {
      const channel = await agreeAs(card, await authority.terminal('registration'));
      const next = (await lastOrder(channel, made.serial)) + 1;
      const block = authority.order(made.serial, next, { kind: 'block' });
      const forged = authority.order(made.serial, next, { kind: 'block' }, true);
      const foreign = authority.order(newSerial(), next, { kind: 'block' });
      const ahead = authority.order(made.serial, next + 1, { kind: 'block' });
      const refused = [
        ['by another key', forged, SW.wrongData],
        ['for another card', foreign, SW.conditions],
        ['ahead of its turn', ahead, SW.conditions],
        ['cut short', block.slice(0, -1), SW.wrongData],
        ['with a byte more', concat(block, Uint8Array.of(0)), SW.wrongData],
        ['of another kind than was signed', block.map((byte, i) => (i === 20 ? 6 : byte)), SW.wrongData],
        ['of an unknown kind', block.map((byte, i) => (i === 20 ? 0x7f : byte)), SW.wrongData],
      ] as const;
      for (const [name, data, sw] of refused) expectStatus(name, (await order(channel, data)).sw, sw);
      expectThat((await lastOrder(channel, made.serial)) === next - 1, 'a refused order was counted');
    },
  },
  {
    id: 'order.block',
    clause: CLAUSE.orders,
    what: 'a block is taken once, replayed it is 6985; a blocked card answers orders and little else; unblocked it is itself again',
    needs: ['desk'],
    async run(card) {
      const desk = await authority.terminal('registration');
      let channel = await agreeAs(card, desk);
      const next = (await lastOrder(channel, made.serial)) + 1;
      const block = authority.order(made.serial, next, { kind: 'block' });
      const taken = await order(channel, block);
      expectStatus('the block', taken.sw, SW.ok);
      expectThat(taken.data.length === 1 && taken.data[0] === 1, 'the answer is not 01');
      expectStatus('the block again', (await order(channel, block)).sw, SW.conditions);
      await card.reset();
      const { data } = await card.session.send(selectCommand(card.profile));
      expectThat(lifeOf(data) === 'blocked', `SELECT says ${lifeOf(data)} instead of blocked`);
      channel = await agreeAs(card, desk);
      expectStatus('VERIFY without data', (await channel.send(pinQuery())).sw, SW.conditions);
      const { log, authentication } = card.profile.files;
      expectStatus('EF log', (await channel.send(readCommand(log))).sw, SW.conditions);
      expectStatus('EF AUT.CVC', (await channel.send(readCommand(authentication))).sw, SW.ok);
      expectStatus('the block again', (await order(channel, block)).sw, SW.conditions);
      const unblock = authority.order(made.serial, next + 1, { kind: 'unblock' });
      expectStatus('unblock', (await order(channel, unblock)).sw, SW.ok);
      expectStatus('the earlier block', (await order(channel, block)).sw, SW.conditions);
      expectThat((await lastOrder(channel, made.serial)) === next + 1, 'another number than that of the last order');
    },
  },
];

/** What the card learns of the day stays, so this comes after what needs a terminal with earlier days. */
export const dayChecks = (authority: TestAuthority): readonly Check[] => [
  {
    id: 'terminal.foreign',
    clause: CLAUSE.certificates,
    what: 'a terminal of another authority of the same name is 6300',
    needs: ['desk'],
    async run(card) {
      const stranger = await authority.terminal('clinic', {}, true);
      const { send, transcript } = await agree(card);
      expectStatus(
        'EXTERNAL AUTHENTICATE',
        (await send(await proofOf(stranger, transcript))).sw,
        SW.authenticationFailed,
      );
    },
  },
  {
    id: 'terminal.expired',
    clause: CLAUSE.certificates,
    what: 'a terminal whose last day is before the newest day the card has seen is 6985, its last day itself is good',
    needs: ['desk'],
    async run(card) {
      const { now } = authority;
      const over = await authority.terminal('clinic', { notAfter: now - DAY });
      await agreeAs(card, over);
      await agreeAs(card, await authority.terminal('clinic', { notBefore: now }));
      const { send, transcript } = await agree(card);
      expectStatus('a day too late', (await send(await proofOf(over, transcript))).sw, SW.conditions);
      await agreeAs(card, await authority.terminal('clinic', { notAfter: now }));
    },
  },
];
