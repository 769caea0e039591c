/**
 * COMPUTE SIGNATURE: what a card signs, where, behind which PIN, how often, and that it counts.
 * @module
 */
import { readUint } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { encodeSignedAttributes } from '../../crypto/envelope/signed-attributes.ts';
import { isSignedBy } from '../../crypto/pki/p256-key.ts';
import { roleStatement } from '../apdu/channel-keys.ts';
import { type CommandApdu, command } from '../apdu/command.ts';
import { SW, triesLeft } from '../apdu/status-word.ts';
import { SESSION_LIMIT } from '../apps/card-profile.ts';
import { pinQuery } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus, expectThat } from './check.ts';
import { block, type IssuedCard, TEST_PINS } from './issuing-checks.ts';
import { verify } from './pin-checks.ts';
import { agreeAs, type ProbeChannel } from './probe-channel.ts';
import { TEST_PID, TEST_TERMINAL, type TestAuthority } from './test-authority.ts';

/** Signed attributes of a message that every card signs behind its PIN only. */
const attributes = (now: number, senderTerminal: Uint8Array = TEST_TERMINAL): Uint8Array =>
  encodeSignedAttributes({
    kind: 'p256',
    contentType: '1.2.3.4',
    messageDigest: secureRng(32),
    signingTime: now,
    context: {
      version: 1,
      type: 'card-application',
      messageId: secureRng(16),
      senderTerminal,
      recipient: secureRng(32),
      pid: TEST_PID,
      pcertHash: new Uint8Array(0),
    },
  });

const sign = (der: Uint8Array): CommandApdu => command([0x00, 0x2a, 0x9e, 0x9a], der, 256);

/** One signature; its counter. */
async function signed({ send }: ProbeChannel, made: IssuedCard, der: Uint8Array): Promise<number> {
  const { data, sw } = await send(sign(der));
  expectStatus('COMPUTE SIGNATURE', sw, SW.ok);
  expectThat(data.length === 68, `${data.length} bytes instead of counter and signature`);
  expectThat(isSignedBy(made.signing, der, data.slice(4)), 'the signature does not hold under the key made at issuing');
  return readUint(data.subarray(0, 4));
}

/** Need the chosen PIN. */
export const signingChecks = (authority: TestAuthority, made: IssuedCard): readonly Check[] => [
  {
    id: 'sign.behind-pin',
    clause: CLAUSE.signing,
    what: 'nothing is signed without the PIN, at another terminal, or that is no set of signed attributes',
    needs: ['desk'],
    async run(card) {
      const channel = await agreeAs(card, await authority.terminal('pharmacy'));
      const der = attributes(authority.now);
      expectStatus('without the PIN', (await channel.send(sign(der))).sw, SW.pinRequired);
      expectStatus('VERIFY', await verify(channel, block(TEST_PINS.chosen)), SW.ok);
      const elsewhere = sign(attributes(authority.now, secureRng(16)));
      expectStatus('for another terminal', (await channel.send(elsewhere)).sw, SW.conditions);
      expectStatus('a bare hash', (await channel.send(sign(secureRng(32)))).sw, SW.wrongData);
      const cut = await channel.send(sign(der.slice(0, -1)));
      expectStatus('attributes cut short', cut.sw, SW.wrongData);
      const other = await channel.send({ ...sign(der), p2: 0x9b });
      expectStatus('other parameters', other.sw, SW.wrongParameters);
    },
  },
  {
    id: 'sign.counter',
    clause: CLAUSE.signing,
    what: 'the signature holds; its counter goes up by one each time and stands in EF log',
    needs: ['desk'],
    async run(card) {
      const channel = await agreeAs(card, await authority.terminal('pharmacy'));
      expectStatus('VERIFY', await verify(channel, block(TEST_PINS.chosen)), SW.ok);
      const first = await signed(channel, made, attributes(authority.now));
      const second = await signed(channel, made, attributes(authority.now));
      expectThat(second === first + 1, `counter ${second} after ${first}`);
      const { log } = card.profile.files;
      const { data, sw } = await channel.send(command([0x00, 0xb2, 0x01, (log.sfi << 3) | 4], undefined, 256));
      expectStatus('EF log behind the PIN', sw, SW.ok);
      expectThat(data.length === log.size && readUint(data.subarray(0, 4)) === second, 'EF log does not begin with it');
    },
  },
  {
    id: 'sign.comfort-limit',
    clause: CLAUSE.signing,
    what: `a PIN is good for ${SESSION_LIMIT} signatures, then 6982; VERIFY begins anew; a reset ends it`,
    needs: ['desk'],
    async run(card) {
      const desk = await authority.terminal('pharmacy');
      const channel = await agreeAs(card, desk);
      expectStatus('VERIFY', await verify(channel, block(TEST_PINS.chosen)), SW.ok);
      const der = attributes(authority.now);
      for (let i = 0; i < SESSION_LIMIT; i++)
        expectStatus(`signature ${i + 1}`, (await channel.send(sign(der))).sw, SW.ok);
      expectStatus(`signature ${SESSION_LIMIT + 1}`, (await channel.send(sign(der))).sw, SW.pinRequired);
      expectStatus('VERIFY again', await verify(channel, block(TEST_PINS.chosen)), SW.ok);
      expectStatus('COMPUTE SIGNATURE', (await channel.send(sign(der))).sw, SW.ok);
      await card.reset();
      const after = await agreeAs(card, desk);
      expectStatus('COMPUTE SIGNATURE after a reset', (await after.send(sign(der))).sw, SW.pinRequired);
      expectStatus('VERIFY without data', (await after.send(pinQuery())).sw, triesLeft(card.profile.pin.tries));
    },
  },
  {
    id: 'sign.reset-ends-channel',
    clause: CLAUSE.channel,
    what: 'a reset ends the channel: its next frame is 6985',
    needs: ['desk'],
    async run(card) {
      const channel = await agreeAs(card, await authority.terminal('pharmacy'));
      await card.reset();
      expectStatus('a frame', (await channel.transmit(channel.frames.wrap(pinQuery()))).sw, SW.conditions);
    },
  },
  {
    id: 'sign.role-proof',
    clause: CLAUSE.channel,
    what: 'a doctor card proves its role for another card’s challenge, behind the PIN only',
    needs: ['desk'],
    kinds: ['doctor'],
    async run(card) {
      const channel = await agreeAs(card, await authority.terminal('clinic'));
      const challenge = secureRng(16);
      const prove = command([0x00, 0x88, 0x00, 0x02], challenge, 256);
      expectStatus('without the PIN', (await channel.send(prove)).sw, SW.pinRequired);
      expectStatus('VERIFY', await verify(channel, block(TEST_PINS.chosen)), SW.ok);
      const { data, sw } = await channel.send(prove);
      expectStatus('INTERNAL AUTHENTICATE', sw, SW.ok);
      const holds = isSignedBy(made.authentication, roleStatement(challenge, TEST_TERMINAL), data);
      expectThat(holds, 'the signature does not hold');
      const short = command([0x00, 0x88, 0x00, 0x02], challenge.slice(1), 256);
      expectStatus('a challenge of 15 bytes', (await channel.send(short)).sw, SW.wrongLength);
    },
  },
];
