/**
 * Key agreement, and what a channel opens before anybody has proved anything in it: nothing.
 * @module
 */
import { concat, equalBytes } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { command } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { pinQuery, readCommand, selectCommand, statusOf } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus, expectThat } from './check.ts';
import { agree, agreeCommand } from './probe-channel.ts';

const somePoint = (): Uint8Array => publicPoint(newPrivateKey(secureRng));

/** What is no point of P-256 in uncompressed form. */
const WRONG_POINTS = [
  ['zeros', new Uint8Array(65), SW.wrongData],
  ['a point beside the curve', concat(Uint8Array.of(4), new Uint8Array(64).fill(1)), SW.wrongData],
  ['a coordinate not below p', concat(Uint8Array.of(4), new Uint8Array(64).fill(0xff)), SW.wrongData],
  ['another form', concat(Uint8Array.of(6), new Uint8Array(64).fill(1)), SW.wrongData],
  ['a compressed point', concat(Uint8Array.of(2), new Uint8Array(32).fill(1)), SW.wrongLength],
  ['64 bytes', new Uint8Array(64).fill(4), SW.wrongLength],
  ['66 bytes', new Uint8Array(66).fill(4), SW.wrongLength],
] as const;

export const CHANNEL_CHECKS: readonly Check[] = [
  {
    id: 'channel.key-agree',
    clause: CLAUSE.channel,
    what: 'KEY AGREE answers a fresh point of the curve and the receipt of the keys',
    async run(card) {
      const first = await agree(card);
      const second = await agree(card);
      expectThat(!equalBytes(first.cardPoint, second.cardPoint), 'the same ephemeral point twice');
    },
  },
  {
    id: 'channel.wrong-points',
    clause: CLAUSE.channel,
    what: 'KEY AGREE refuses what is no point of P-256, and other parameters',
    async run(card) {
      for (const [name, point, sw] of WRONG_POINTS) expectStatus(name, await statusOf(card, agreeCommand(point)), sw);
      const parameters = await statusOf(card, { ...agreeCommand(somePoint()), p2: 1 });
      expectStatus('P2 of 01', parameters, SW.wrongParameters);
    },
  },
  {
    id: 'channel.unproved-files',
    clause: CLAUSE.channel,
    what: 'in a channel without a proved terminal EF CARDINFO is readable and no other file',
    async run(card) {
      const { send } = await agree(card);
      for (const [name, file] of Object.entries(card.profile.files)) {
        const { sw } = await send(readCommand(file));
        if (file.read === 'always') expectStatus(`EF ${name}`, sw, SW.ok);
        else expectStatus(`EF ${name}`, sw, SW.pinRequired, ...(card.life === 'blocked' ? [SW.conditions] : []));
      }
    },
  },
  {
    id: 'channel.unproved-commands',
    clause: CLAUSE.channel,
    what: 'nor does the card prove itself or take a PIN there',
    async run(card) {
      const { send } = await agree(card);
      const proof = await send(command([0x00, 0x88, 0x00, 0x01], undefined, 256));
      expectStatus('INTERNAL AUTHENTICATE', proof.sw, SW.pinRequired);
      const blocked = card.life === 'blocked' ? [SW.conditions] : [];
      expectStatus('VERIFY without data', (await send(pinQuery())).sw, SW.pinRequired, ...blocked);
      const noPin = await send(command([0x00, 0x20, 0x00, 0x01], new Uint8Array(8)));
      expectStatus('VERIFY', noPin.sw, SW.pinRequired, ...blocked);
      const order = await send(command([0x80, 0xd4, 0x00, 0x00], undefined, 256));
      expectStatus('BUREAU ORDER', order.sw, SW.pinRequired);
    },
  },
  {
    id: 'channel.nothing-else-inside',
    clause: CLAUSE.channel,
    what: 'inside a channel there is no SELECT and no other key agreement',
    async run(card) {
      const { send } = await agree(card);
      const blocked = card.life === 'blocked' ? [SW.conditions] : [];
      expectStatus('SELECT', (await send(selectCommand(card.profile))).sw, SW.unknownInstruction, ...blocked);
      expectStatus('KEY AGREE', (await send(agreeCommand(somePoint()))).sw, SW.unknownInstruction, ...blocked);
    },
  },
];
