/**
 * Before a channel: what every card answers alike, and that nothing else comes out. Whoever is on the wire must not be able to tell two
 * cards of one application apart.
 * @module
 */
import { concat, equalBytes, hex } from '../../crypto/common/bytes.ts';
import { readAtr } from '../apdu/atr.ts';
import { command } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { STAGE } from '../apps/card-life.ts';
import { HISTORICAL_BYTES } from '../apps/card-profile.ts';
import { type CardUnderTest, pinQuery, readCommand, selectCommand, statusOf } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus, expectThat } from './check.ts';

/** EF CARDINFO of this profile: version 1, and nothing that differs from card to card. */
const CARD_INFO = concat(Uint8Array.of(1), new Uint8Array(15));
const CHALLENGES = 8;

/** A blocked card says 6985 where an active one says what is missing. */
const refusedIn = ({ life }: CardUnderTest): readonly number[] =>
  life === 'blocked' ? [SW.pinRequired, SW.conditions] : [SW.pinRequired];

/** Commands that prove, issue, order or write; should a card carry one out, nothing on it changes. */
const GUARDED = [
  ['INTERNAL AUTHENTICATE', command([0x00, 0x88, 0x00, 0x01], undefined, 256)],
  ['EXTERNAL AUTHENTICATE', command([0x00, 0x82, 0x00, 0x01], new Uint8Array(96))],
  ['GENERATE ASYMMETRIC KEY PAIR, public key', command([0x00, 0x47, 0x81, 0x00], Uint8Array.of(1), 256)],
  ['BUREAU ORDER', command([0x80, 0xd4, 0x00, 0x00], undefined, 256)],
  ['UPDATE BINARY', command([0x00, 0xd6, 0x81, 0x00])],
] as const;

/** VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER with bytes that are no PIN block: also a card that takes them in the clear loses no try. */
const NO_PIN = [
  ['VERIFY', command([0x00, 0x20, 0x00, 0x01], new Uint8Array(8))],
  ['CHANGE REFERENCE DATA', command([0x00, 0x24, 0x00, 0x01], new Uint8Array(16))],
  ['RESET RETRY COUNTER', command([0x00, 0x2c, 0x00, 0x01], new Uint8Array(16))],
] as const;

export const CLEAR_CHECKS: readonly Check[] = [
  {
    id: 'reset.historical-bytes',
    clause: CLAUSE.reset,
    what: 'the answer to reset is well formed and the same on every card',
    async run({ atr }) {
      const facts = readAtr(atr);
      expectThat(facts !== undefined && facts.checked, 'the answer to reset is cut short or its check byte is wrong');
      expectThat(equalBytes(facts.historical, HISTORICAL_BYTES), 'other historical bytes than those of the profile');
    },
  },
  {
    id: 'select.answer',
    clause: CLAUSE.select,
    what: 'SELECT answers name, profile version and stage of life, and nothing else',
    async run({ session, profile, life }) {
      const { data, sw } = await session.send(selectCommand(profile));
      expectStatus('SELECT', sw, SW.ok);
      expectThat(life !== 'other', 'tag C1 is no stage of life');
      const stage = Uint8Array.of(0xa5, 6, 0xc0, 1, 1, 0xc1, 1, STAGE[life]);
      const name = concat(Uint8Array.of(0x84, profile.aid.length), profile.aid);
      const expected = concat(Uint8Array.of(0x6f, name.length + stage.length), name, stage);
      expectThat(equalBytes(data, expected), `${data.length} bytes that differ from ${hex(expected)}`);
    },
  },
  {
    id: 'select.unknown-name',
    clause: CLAUSE.select,
    what: 'a name the card does not hold is 6A82, another way of selecting 6A86',
    async run(card) {
      const other = concat(card.profile.aid.slice(0, -1), Uint8Array.of(0x7f));
      const unknown = await statusOf(card, command([0x00, 0xa4, 0x04, 0x00], other, 256));
      expectStatus('an unknown name', unknown, SW.fileNotFound);
      const byPath = await statusOf(card, command([0x00, 0xa4, 0x08, 0x00], Uint8Array.of(1, 1), 256));
      expectStatus('selection by path', byPath, SW.wrongParameters);
    },
  },
  {
    id: 'clear.card-info',
    clause: CLAUSE.files,
    what: 'EF CARDINFO is readable by anybody and the same on every card',
    async run({ session, profile: { files } }) {
      const { data, sw } = await session.send(
        command([0x00, 0xb0, 0x80 | (files['cardInfo']?.sfi ?? 1), 0], undefined, 256),
      );
      expectStatus('READ BINARY', sw, SW.ok);
      expectThat(equalBytes(data, CARD_INFO), `${data.length} bytes that say more than the version of the profile`);
    },
  },
  {
    id: 'clear.files',
    clause: CLAUSE.channel,
    what: 'no other file is readable before a channel: no serial number, no certificate',
    async run(card) {
      for (const [name, file] of Object.entries(card.profile.files)) {
        if (file.read === 'always') continue;
        expectStatus(`EF ${name}`, await statusOf(card, readCommand(file)), ...refusedIn(card));
      }
    },
  },
  {
    id: 'clear.commands',
    clause: CLAUSE.channel,
    what: 'commands that prove, sign, issue or order are refused before a channel',
    async run(card) {
      for (const [name, apdu] of GUARDED) expectStatus(name, await statusOf(card, apdu), SW.pinRequired, SW.conditions);
    },
  },
  {
    id: 'clear.pin',
    clause: CLAUSE.pin,
    what: 'PIN and PUK are refused before a channel, before they are looked at',
    async run(card) {
      expectStatus('VERIFY without data', await statusOf(card, pinQuery()), ...refusedIn(card));
      for (const [name, apdu] of NO_PIN) expectStatus(name, await statusOf(card, apdu), ...refusedIn(card));
    },
  },
  {
    id: 'clear.challenges',
    clause: CLAUSE.challenge,
    what: 'GET CHALLENGE answers 16 bytes that differ each time',
    async run(card) {
      const seen = new Set<string>();
      for (let i = 0; i < CHALLENGES; i++) {
        const { data, sw } = await card.session.send(command([0x00, 0x84, 0x00, 0x00], undefined, 256));
        if (card.life === 'blocked') return expectStatus('GET CHALLENGE', sw, SW.conditions);
        expectStatus('GET CHALLENGE', sw, SW.ok);
        expectThat(data.length === 16, `${data.length} bytes instead of 16`);
        seen.add(hex(data));
      }
      expectThat(seen.size === CHALLENGES, `${seen.size} different ones among ${CHALLENGES}`);
    },
  },
];
