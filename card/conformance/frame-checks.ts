/**
 * Frames of secure messaging that do not hold. After each the card says 6988, the channel is over, and a new one begins like any other.
 * Nobody needs to have proved anything for that, so these run without a desk.
 * @module
 */
import { concat } from '../../crypto/common/bytes.ts';
import { type CommandApdu, command } from '../apdu/command.ts';
import { SECURED } from '../apdu/secure-messaging.ts';
import { SW } from '../apdu/status-word.ts';
import { type CardUnderTest, selectCommand } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus } from './check.ts';
import { agree, type ProbeChannel } from './probe-channel.ts';

/** A command with data, of no consequence: reading EF CARDINFO with some bytes beside, which is answered or refused inside. */
const harmless = (): CommandApdu => command([0x00, 0xb0, 0x81, 0x00], new Uint8Array(20).fill(0x41), 256);

const flipped = (data: Uint8Array, at: number): Uint8Array =>
  data.map((byte, i) => (i === (at < 0 ? data.length + at : at) ? byte ^ 0x01 : byte));

const changed = (apdu: CommandApdu, data: Uint8Array): CommandApdu => ({ ...apdu, data });

/** A frame that does not hold, out of good ones; what was sent rightly before it goes through the channel. */
type Spoil = (channel: ProbeChannel, card: CardUnderTest) => Promise<CommandApdu> | CommandApdu;

const broken = (id: string, what: string, spoil: Spoil): Check => ({
  id: `frame.${id}`,
  clause: CLAUSE.frames,
  what: `${what}: 6988, the channel is over, a new one begins`,
  async run(card) {
    const channel = await agree(card);
    const bad = await spoil(channel, card);
    expectStatus('the frame', (await channel.transmit(bad)).sw, SW.channelBroken);
    expectStatus('a good frame after it', (await channel.transmit(channel.frames.wrap(harmless()))).sw, SW.conditions);
    await (await agree(card)).send(harmless());
  },
});

export const FRAME_CHECKS: readonly Check[] = [
  {
    id: 'frame.no-channel',
    clause: CLAUSE.frames,
    what: 'a frame without a channel, and one of a channel that SELECT has ended: 6985',
    async run(card) {
      const lone = command([SECURED, 0x84, 0x00, 0x00], new Uint8Array(16), 256);
      expectStatus('without a channel', (await card.session.send(lone)).sw, SW.conditions);
      const channel = await agree(card);
      await card.session.send(selectCommand(card.profile));
      expectStatus('after SELECT', (await channel.transmit(channel.frames.wrap(harmless()))).sw, SW.conditions);
    },
  },
  {
    id: 'frame.good',
    clause: CLAUSE.frames,
    what: 'ten good frames, with and without data, each answered in a frame that holds',
    async run(card) {
      const channel = await agree(card);
      for (let i = 0; i < 5; i++) {
        await channel.send(harmless());
        expectStatus('READ BINARY', (await channel.send(command([0x00, 0xb0, 0x81, 0x00], undefined, 256))).sw, SW.ok);
      }
    },
  },
  broken('wrong-mac', 'one bit of the MAC', ({ frames }) => {
    const good = frames.wrap(harmless());
    return changed(good, flipped(good.data, -1));
  }),
  broken('wrong-data', 'one bit of the encrypted data', ({ frames }) => {
    const good = frames.wrap(harmless());
    return changed(good, flipped(good.data, 0));
  }),
  broken('wrong-header', 'another parameter than the MAC covers', ({ frames }) => ({
    ...frames.wrap(harmless()),
    p2: 0x01,
  })),
  broken('truncated', 'the last byte is missing', ({ frames }) => {
    const good = frames.wrap(harmless());
    return changed(good, good.data.slice(0, -1));
  }),
  broken('no-mac', 'the whole MAC is missing', ({ frames }) => {
    const good = frames.wrap(harmless());
    return changed(good, good.data.slice(0, -16));
  }),
  broken('short', 'fewer bytes than a MAC has', ({ frames }) => {
    const good = frames.wrap(harmless());
    return changed(good, good.data.slice(0, 15));
  }),
  broken('empty', 'no data at all', ({ frames }) => changed(frames.wrap(harmless()), new Uint8Array(0))),
  broken('long', 'a block too many', ({ frames }) => {
    const good = frames.wrap(harmless());
    return changed(good, concat(good.data, new Uint8Array(16)));
  }),
  broken('replayed', 'a frame sent twice', async ({ frames, transmit }) => {
    const good = frames.wrap(harmless());
    expectStatus('the first time', (await transmit(good)).sw, SW.ok);
    return good;
  }),
  broken('reordered', 'the second frame before the first', ({ frames }) => {
    frames.wrap(harmless());
    return frames.wrap(harmless());
  }),
  broken('other-channel', 'a frame recorded in an earlier channel', async (_channel, card) => {
    // The channel of the check is ended by the one after it, so the frame that must be refused comes into that one.
    const earlier = await agree(card);
    const recorded = earlier.frames.wrap(harmless());
    await agree(card);
    return recorded;
  }),
];
