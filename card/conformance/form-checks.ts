/**
 * Commands of odd forms: classes, instructions, parameters and lengths that nobody should send, and chains. The card says a status word of
 * the profile, does nothing, and is the same card afterwards (the runner selects again after each check and compares).
 * @module
 */
import { concat, fromHex, hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { command, encodeCommand } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { CardError } from '../card-error.ts';
import { type CardUnderTest, selectCommand, statusOf, transmitRaw } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus, expectThat, NotApplicable, written } from './check.ts';
import { agreeCommand } from './probe-channel.ts';

/** Class bytes and what each is answered. FF is left out: PC/SC keeps it for commands to the reader itself (PC/SC part 3, 3.2.2). */
const CLASSES = [
  [0x20, SW.unknownClass],
  [0x40, SW.unknownClass],
  [0x60, SW.unknownClass],
  [0xa0, SW.unknownClass],
  [0xe0, SW.unknownClass],
  [0x01, SW.channelUnsupported],
  [0x83, SW.channelUnsupported],
  [0x08, SW.secureMessagingUnsupported],
  [0x8c, SW.secureMessagingUnsupported],
] as const;

/** Instructions of no application of ours. None is odd or begins with 6 or 9, which a T=0 reader would take for procedure bytes. */
const INSTRUCTIONS = [0x02, 0x1a, 0x3e, 0x72, 0xa8, 0xfe] as const;

/** Lengths that do not add up; at least six bytes, because a driver may refuse or take for itself what is shorter. */
const LENGTHS = [
  ['Lc beyond the data', '00a4040008f04849'],
  ['two bytes after the data', '00a4040002f0480000'],
  ['extended Lc beyond the data', '00a40400000010f0484953'],
  ['an extended Le of one byte', '008400000001'],
  ['an extended Lc of zero', '00a40400000000f048'],
  ['one byte of Le after an extended Lc', '00a40400000002f04800'],
] as const;

/** Status words a card of the profile may answer to anything; 61xx, 6Cxx and 63Cx besides. */
const KNOWN: ReadonlySet<number> = new Set(Object.values(SW));
const isKnown = (sw: number): boolean => KNOWN.has(sw) || [0x61, 0x6c].includes(sw >> 8) || (sw & 0xfff0) === 0x63c0;

/** Instructions that a random command leaves out, in case a card takes in the clear what it should not: PINs, keys, data, orders. */
const SPARED: readonly number[] = [0x20, 0x24, 0x2c, 0x44, 0x47, 0xd4, 0xd6, 0xda, 0xdc, 0xe2, 0xe4, 0xe6, 0xfe];
const RANDOM_COMMANDS = 300;

/** Sends each as it stands; a reader that refuses to pass one on decides for itself. Throws NotApplicable when none got through. */
async function eachRaw(
  card: CardUnderTest,
  forms: readonly (readonly [name: string, bytes: Uint8Array])[],
  judge: (name: string, sw: number) => void,
): Promise<void> {
  let passed = 0;
  for (const [name, bytes] of forms) {
    try {
      judge(name, (await transmitRaw(card, bytes)).sw);
      passed += 1;
    } catch (cause) {
      if (!(cause instanceof CardError) || cause.code !== 'READER_FAILED') throw cause;
    }
  }
  if (passed === 0) throw new NotApplicable('the reader passes none of them on');
}

/** A command with every byte random but the spared instructions. */
function randomCommand(): Uint8Array {
  const [pick = 0, ins = 0, p1 = 0, p2 = 0, length = 0] = secureRng(5);
  const cla = [0x00, 0x80, 0x10, 0x90, pick & 0xfe][pick % 5] ?? 0;
  // A T=0 reader would take an odd one, 6X and 9X for procedure bytes.
  const even = ins & 0xfe;
  const good = SPARED.includes(even) || [0x6, 0x9].includes(even >> 4) ? 0x84 : even;
  return encodeCommand(command([cla, good, p1, p2], secureRng(length % 40), [undefined, 1, 256][length % 3]));
}

export const FORM_CHECKS: readonly Check[] = [
  {
    id: 'form.classes',
    clause: CLAUSE.classes,
    what: 'foreign classes are 6E00, logical channels 6881, other secure messaging 6882',
    async run(card) {
      for (const [cla, sw] of CLASSES)
        expectStatus(
          `CLA ${hex(Uint8Array.of(cla))}`,
          await statusOf(card, command([cla, 0x84, 0, 0], undefined, 16)),
          sw,
        );
    },
  },
  {
    id: 'form.instructions',
    clause: CLAUSE.instructions,
    what: 'unknown instructions are 6D00, of either class',
    async run(card) {
      const blocked = card.life === 'blocked' ? [SW.conditions] : [];
      for (const cla of [0x00, 0x80])
        for (const ins of INSTRUCTIONS)
          expectStatus(
            `${hex(Uint8Array.of(cla, ins))}`,
            await statusOf(card, command([cla, ins, 0, 0])),
            SW.unknownInstruction,
            ...blocked,
          );
    },
  },
  {
    id: 'form.parameters',
    clause: CLAUSE.instructions,
    what: 'other parameters than the profile names are 6A86, a file it does not have 6A82, an offset beyond the end 6B00',
    async run(card) {
      const binary = (p1: number, p2: number) => statusOf(card, command([0x00, 0xb0, p1, p2], undefined, 256));
      const blocked = card.life === 'blocked' ? [SW.conditions] : [];
      const challenge = await statusOf(card, command([0x00, 0x84, 1, 0], undefined, 256));
      expectStatus('GET CHALLENGE with P1 of 01', challenge, SW.wrongParameters, ...blocked);
      expectStatus('READ BINARY without a short identifier', await binary(0, 0), SW.wrongParameters, ...blocked);
      expectStatus('READ BINARY of file 1E', await binary(0x9e, 0), SW.fileNotFound, ...blocked);
      expectStatus('READ BINARY from 255', await binary(0x81, 255), SW.wrongOffset);
      const record = await statusOf(card, command([0x00, 0xb2, 1, 0x0c], undefined, 256));
      expectStatus('READ RECORD of a transparent file', record, SW.conditions);
    },
  },
  {
    id: 'form.lengths',
    clause: CLAUSE.lengths,
    what: 'lengths that do not add up are 6700',
    run: (card) =>
      eachRaw(
        card,
        LENGTHS.map(([name, bytes]) => [name, fromHex(bytes)] as const),
        (name, sw) => expectStatus(name, sw, SW.wrongLength),
      ),
  },
  {
    id: 'form.exact-length',
    clause: CLAUSE.response,
    what: 'READ BINARY of more than there is names the right length with 6Cxx',
    async run(card) {
      const { sw } = await transmitRaw(card, encodeCommand(command([0x00, 0xb0, 0x81, 0], undefined, 32)));
      if (sw === SW.ok) throw new NotApplicable('the reader follows 6Cxx itself');
      expectStatus('READ BINARY', sw, 0x6c10);
    },
  },
  {
    id: 'form.get-response',
    clause: CLAUSE.response,
    what: 'an answer longer than Le goes on with 61xx and GET RESPONSE, once; without one waiting it is 6985',
    async run(card) {
      const getResponse = (le: number) => encodeCommand(command([0x00, 0xc0, 0, 0], undefined, le));
      await card.session.send(selectCommand(card.profile));
      expectStatus('nothing waiting', (await transmitRaw(card, getResponse(16))).sw, SW.conditions);
      const point = publicPoint(newPrivateKey(secureRng));
      const first = await transmitRaw(card, encodeCommand({ ...agreeCommand(point), le: 16 }));
      if (first.sw === SW.ok && first.data.length === 81) throw new NotApplicable('the reader follows 61xx itself');
      expectStatus('KEY AGREE with Le of 16', first.sw, 0x6100 | (81 - first.data.length));
      const rest = await transmitRaw(card, getResponse(81 - first.data.length));
      expectStatus('GET RESPONSE', rest.sw, SW.ok);
      expectThat(first.data.length + rest.data.length === 81, `${rest.data.length} bytes of the rest`);
      expectStatus('GET RESPONSE again', (await transmitRaw(card, getResponse(16))).sw, SW.conditions);
    },
  },
  {
    id: 'form.chaining',
    clause: CLAUSE.chaining,
    what: 'a command in two pieces is one command; another command in between ends the chain',
    async run(card) {
      const { aid } = card.profile;
      const piece = command([0x10, 0xa4, 4, 0], aid.slice(0, 3));
      const last = command([0x00, 0xa4, 4, 0], aid.slice(3), 256);
      expectStatus('the first piece', await statusOf(card, piece), SW.ok);
      expectStatus('the last piece', await statusOf(card, last), SW.ok);
      expectStatus('a first piece', await statusOf(card, piece), SW.ok);
      await statusOf(card, command([0x00, 0x84, 0, 0], undefined, 16));
      expectStatus('the last piece after another command', await statusOf(card, last), SW.fileNotFound);
    },
  },
  {
    id: 'form.random',
    clause: CLAUSE.instructions,
    what: `${RANDOM_COMMANDS} random commands are each answered with a status word of the profile`,
    async run(card) {
      for (let i = 0; i < RANDOM_COMMANDS; i++) {
        const bytes = randomCommand();
        const { data, sw } = await transmitRaw(card, bytes);
        expectThat(isKnown(sw), `${hex(bytes)}: ${written(sw)}`);
        expectThat(data.length === 0 || sw === SW.ok || sw >> 8 === 0x61, `${hex(bytes)}: data beside ${written(sw)}`);
      }
      // Half a chain may be left; the next whole command ends it.
      await card.session.send(command([0x00, 0x84, 0, 0], concat(), 16));
    },
  },
];
