/**
 * PIN and PUK of a card that may be used up: transport PIN, wrong tries, blocking, unblocking, and at the end a PUK that is exhausted.
 * @module
 */
import { concat } from '../../crypto/common/bytes.ts';
import { command } from '../apdu/command.ts';
import { SW, triesLeft } from '../apdu/status-word.ts';
import { pinQuery } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus } from './check.ts';
import { block, TEST_PINS } from './issuing-checks.ts';
import { verify } from './pin-checks.ts';
import { agreeAs, type ProbeChannel } from './probe-channel.ts';
import type { TestAuthority } from './test-authority.ts';

const query = async ({ send }: ProbeChannel): Promise<number> => (await send(pinQuery())).sw;
const changed = async ({ send }: ProbeChannel, old: string, next: string): Promise<number> =>
  (await send(command([0x00, 0x24, 0x00, 0x01], concat(block(old), block(next))))).sw;
const unblocked = async ({ send }: ProbeChannel, puk: string, next: string): Promise<number> =>
  (await send(command([0x00, 0x2c, 0x00, 0x01], concat(block(puk), block(next))))).sw;

/** Another PUK than the card has. */
const WRONG_PUK = '11111111';

/** The PIN that the card is handed out with; afterwards the holder has chosen one. */
export const transportChecks = (authority: TestAuthority): readonly Check[] => [
  {
    id: 'transport.opens-nothing',
    clause: CLAUSE.pin,
    what: 'a transport PIN is known to the card (6984) and opens nothing',
    needs: ['desk'],
    async run(card) {
      const channel = await agreeAs(card, await authority.terminal('registration'));
      expectStatus('VERIFY', await verify(channel, block(TEST_PINS.transport)), SW.transportPin);
      expectStatus('VERIFY without data', await query(channel), triesLeft(card.profile.pin.tries));
    },
  },
  {
    id: 'transport.changed',
    clause: CLAUSE.pin,
    what: 'it is changed once by its holder and is a PIN like any other then',
    needs: ['desk'],
    async run(card) {
      const all = card.profile.pin.tries;
      const channel = await agreeAs(card, await authority.terminal('registration'));
      expectStatus('a wrong one', await changed(channel, TEST_PINS.other, TEST_PINS.chosen), triesLeft(all - 1));
      const short = await channel.send(command([0x00, 0x24, 0x00, 0x01], block(TEST_PINS.transport)));
      expectStatus('the old one alone', short.sw, SW.wrongLength);
      const noBlock = concat(block(TEST_PINS.transport), new Uint8Array(8));
      const formless = await channel.send(command([0x00, 0x24, 0x00, 0x01], noBlock));
      expectStatus('a new one that is no block', formless.sw, SW.wrongData);
      expectStatus('the right one', await changed(channel, TEST_PINS.transport, TEST_PINS.chosen), SW.ok);
      expectStatus('VERIFY of the new one', await verify(channel, block(TEST_PINS.chosen)), SW.ok);
      expectStatus('VERIFY of the old one', await verify(channel, block(TEST_PINS.transport)), triesLeft(all - 1));
      expectStatus('VERIFY of the new one again', await verify(channel, block(TEST_PINS.chosen)), SW.ok);
    },
  },
];

/** Needs the chosen PIN and leaves it, with two uses of the PUK spent. */
export const blockingChecks = (authority: TestAuthority): readonly Check[] => [
  {
    id: 'pin.blocked',
    clause: CLAUSE.pin,
    what: 'wrong PINs count down, also over a reset; then even the right one is 6983',
    needs: ['desk'],
    async run(card) {
      const all = card.profile.pin.tries;
      const desk = await authority.terminal('registration');
      let channel = await agreeAs(card, desk);
      for (let left = all - 1; left >= 0; left--) {
        expectStatus('a wrong PIN', await verify(channel, block(TEST_PINS.other)), triesLeft(left));
        await card.reset();
        channel = await agreeAs(card, desk);
        expectStatus('VERIFY without data', await query(channel), left === 0 ? SW.pinBlocked : triesLeft(left));
      }
      expectStatus('the right PIN', await verify(channel, block(TEST_PINS.chosen)), SW.pinBlocked);
      expectStatus('CHANGE', await changed(channel, TEST_PINS.chosen, TEST_PINS.other), SW.pinBlocked);
    },
  },
  {
    id: 'pin.unblocked',
    clause: CLAUSE.pin,
    what: 'the PUK gives a new PIN and all tries; each use counts, right or wrong, and is not given back',
    needs: ['desk'],
    async run(card) {
      const { puk, pin } = card.profile;
      const channel = await agreeAs(card, await authority.terminal('registration'));
      expectStatus('a wrong PUK', await unblocked(channel, WRONG_PUK, TEST_PINS.chosen), triesLeft(puk.tries - 1));
      expectStatus('VERIFY without data', await query(channel), SW.pinBlocked);
      expectStatus('the right PUK', await unblocked(channel, TEST_PINS.puk, TEST_PINS.other), SW.ok);
      expectStatus('the PIN is not verified by it', await query(channel), triesLeft(pin.tries));
      expectStatus('VERIFY of the new PIN', await verify(channel, block(TEST_PINS.other)), SW.ok);
      expectStatus('CHANGE back', await changed(channel, TEST_PINS.other, TEST_PINS.chosen), SW.ok);
      expectStatus('VERIFY', await verify(channel, block(TEST_PINS.chosen)), SW.ok);
    },
  },
];

/** The last of all: the card is of no use afterwards. */
export const exhaustingChecks = (authority: TestAuthority): readonly Check[] => [
  {
    id: 'puk.exhausted',
    clause: CLAUSE.pin,
    what: 'after ten uses of the PUK even the right one is 6983, for good; the PIN is as it was',
    needs: ['desk'],
    async run(card) {
      const desk = await authority.terminal('registration');
      const channel = await agreeAs(card, desk);
      // Two were spent on unblocking; what the card counts, not what we think, ends the loop.
      let uses = 2;
      for (; uses < card.profile.puk.tries; uses++) {
        const sw = await unblocked(channel, WRONG_PUK, TEST_PINS.other);
        expectStatus(`wrong use ${uses + 1}`, sw, triesLeft(card.profile.puk.tries - uses - 1));
      }
      expectStatus('the right PUK', await unblocked(channel, TEST_PINS.puk, TEST_PINS.other), SW.pinBlocked);
      await card.reset();
      const again = await agreeAs(card, desk);
      expectStatus('after a reset', await unblocked(again, TEST_PINS.puk, TEST_PINS.other), SW.pinBlocked);
      expectStatus('the PIN', await verify(again, block(TEST_PINS.chosen)), SW.ok);
    },
  },
];
