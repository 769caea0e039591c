/**
 * The holder's PIN in a channel, on a card that must be as good afterwards: at most one wrong try, and only when the right PIN is known and no try
 * has been lost before.
 * @module
 */
import { wipe } from '../../crypto/common/bytes.ts';
import { command } from '../apdu/command.ts';
import type { PinBlock } from '../apdu/pin-block.ts';
import { SW, triesLeft } from '../apdu/status-word.ts';
import { type CardUnderTest, pinQuery } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus, expectThat, NotApplicable, written } from './check.ts';
import { agreeAs, type ProbeChannel } from './probe-channel.ts';

/** VERIFY with a block, which is wiped. */
export async function verify({ send }: ProbeChannel, block: Uint8Array): Promise<number> {
  try {
    return (await send(command([0x00, 0x20, 0x00, 0x01], block))).sw;
  } finally {
    wipe(block);
  }
}

/** Tries left by VERIFY without data; 0 when blocked. */
async function tries(channel: ProbeChannel, card: CardUnderTest): Promise<number> {
  const { sw } = await channel.send(pinQuery());
  if (sw === SW.pinBlocked) return 0;
  expectThat((sw & 0xfff0) === 0x63c0, `VERIFY without data: ${written(sw)} instead of 63Cx or 6983`);
  expectThat((sw & 0xf) <= card.profile.pin.tries, `${sw & 0xf} tries where the profile has ${card.profile.pin.tries}`);
  return sw & 0xf;
}

function pinOf({ pin }: CardUnderTest): PinBlock {
  if (pin === undefined) throw new NotApplicable('no PIN');
  return pin();
}

/** The last digit is another one. */
function wrongPin(right: Uint8Array): Uint8Array {
  const digits = (right[0] ?? 0) & 0xf;
  const at = 1 + ((digits - 1) >> 1);
  const high = digits % 2 === 1;
  const byte = right[at] ?? 0;
  const digit = high ? byte >> 4 : byte & 0xf;
  const other = (digit + 1) % 10;
  right[at] = high ? (other << 4) | (byte & 0xf) : (byte & 0xf0) | other;
  return right;
}

const active = (card: CardUnderTest): void => {
  if (card.life !== 'active') throw new NotApplicable(`the card is ${card.life}`);
};

/** A channel with the PIN verified in it, where the card may be asked for that. */
async function verified(card: CardUnderTest): Promise<ProbeChannel> {
  active(card);
  const channel = await agreeAs(card);
  if ((await tries(channel, card)) === 0) throw new NotApplicable('the PIN is blocked');
  expectStatus('VERIFY', await verify(channel, pinOf(card)), SW.ok);
  return channel;
}

export const PIN_CHECKS: readonly Check[] = [
  {
    id: 'pin.status',
    clause: CLAUSE.pin,
    what: 'VERIFY without data says the tries that are left, and asking costs none',
    needs: ['desk'],
    async run(card) {
      active(card);
      const channel = await agreeAs(card);
      const first = await tries(channel, card);
      expectThat((await tries(channel, card)) === first, 'asking has changed the number');
    },
  },
  {
    id: 'pin.form',
    clause: CLAUSE.pin,
    what: 'what is no PIN block is 6A80 and costs no try; other references are 6A86',
    needs: ['desk'],
    async run(card) {
      active(card);
      const channel = await agreeAs(card);
      const before = await tries(channel, card);
      expectStatus('eight zeros', await verify(channel, new Uint8Array(8)), SW.wrongData);
      expectStatus('seven bytes', await verify(channel, new Uint8Array(7).fill(0x26)), SW.wrongData);
      const puk = await channel.send(command([0x00, 0x20, 0x00, 0x02], new Uint8Array(8)));
      expectStatus('VERIFY of the PUK', puk.sw, SW.wrongParameters);
      expectThat((await tries(channel, card)) === before, 'a try was lost');
    },
  },
  {
    id: 'pin.right',
    clause: CLAUSE.pin,
    what: 'the right PIN is verified in its channel, and in no other one after it',
    needs: ['desk', 'pin'],
    async run(card) {
      const channel = await verified(card);
      expectStatus('VERIFY without data', (await channel.send(pinQuery())).sw, SW.ok);
      expectThat((await tries(await agreeAs(card), card)) === card.profile.pin.tries, 'the tries are not full');
    },
  },
  {
    id: 'pin.wrong-then-right',
    clause: CLAUSE.pin,
    what: 'a wrong PIN costs one try and ends what was verified; the right one gives the tries back',
    needs: ['desk', 'pin'],
    async run(card) {
      active(card);
      const channel = await agreeAs(card);
      const all = card.profile.pin.tries;
      if ((await tries(channel, card)) < all) throw new NotApplicable('a try was lost before: none is risked');
      // Is it the right one at all? Else the wrong one would be a second wrong one.
      expectStatus('VERIFY', await verify(channel, pinOf(card)), SW.ok);
      expectStatus('a wrong PIN', await verify(channel, wrongPin(pinOf(card))), triesLeft(all - 1));
      const state = (await channel.send(pinQuery())).sw;
      const again = await verify(channel, pinOf(card));
      expectStatus('the right PIN after it', again, SW.ok);
      expectStatus('VERIFY without data after the wrong one', state, triesLeft(all - 1));
      expectThat((await tries(await agreeAs(card), card)) === all, 'the tries are not full again');
    },
  },
  {
    id: 'pin.not-in-the-clear',
    clause: CLAUSE.pin,
    what: 'what the PIN has opened in the channel is not open beside it',
    needs: ['desk', 'pin'],
    async run(card) {
      const channel = await verified(card);
      const { log } = card.profile.files;
      const read = command([0x00, 0xb2, 0x01, (log.sfi << 3) | 4], undefined, 256);
      expectStatus('EF log inside', (await channel.send(read)).sw, SW.ok, SW.recordNotFound);
      expectStatus('EF log in the clear', (await card.session.send(read)).sw, SW.pinRequired);
      expectStatus('VERIFY without data in the clear', (await card.session.send(pinQuery())).sw, SW.pinRequired);
    },
  },
];
