/**
 * Cards that break one rule: exactly the checks of that rule fail, whatever else is asked.
 */
import { describe, expect, it } from 'vitest';
import { concat, equalBytes, utf8 } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { encodeAtr } from '../apdu/atr.ts';
import { APPLICATIONS, HISTORICAL_BYTES, STAFF_FILES } from '../apps/card-profile.ts';
import { loadCardMemory } from '../simulator/card-memory.ts';
import { createSoftwareCard } from '../simulator/card-os.ts';
import { cardCertificate, terminal } from '../simulator/cards.fixture.ts';
import { CHANNEL_COMMANDS } from '../simulator/channel-commands.ts';
import { FILE_COMMANDS } from '../simulator/file-commands.ts';
import { holderOrders, orderCommand } from '../simulator/order-command.ts';
import { personaliseCommands } from '../simulator/personalise-commands.ts';
import { PIN_COMMANDS } from '../simulator/pin-commands.ts';
import { createStaffCard } from '../simulator/staff-card.ts';
import { type Between, benchOf, conformance, issuedCard } from './conformance.fixture.ts';

const good = await issuedCard('staff');
const saved = good.save();
const tester = { desk: await terminal('pharmacy'), pin: utf8('123456') };

const OK = Uint8Array.of(0x90, 0x00);
const begins = (bytes: Uint8Array, ...header: readonly number[]): boolean =>
  header.every((byte, i) => bytes[i] === byte);
const endsWith = (answer: Uint8Array, sw: number): boolean =>
  equalBytes(answer.slice(-2), Uint8Array.of(sw >> 8, sw & 0xff));
const memory = () => {
  const cells = loadCardMemory(saved);
  if (cells === undefined) throw new Error('a saved card loads');
  return cells;
};

/** Rules broken on the wire. */
const ON_THE_WIRE: Readonly<Record<string, () => { between: Between; fails: readonly string[] }>> = {
  'tells its serial number before the channel': () => ({
    between: async (bytes, card) =>
      begins(bytes, 0x80, 0xd4) ? concat(new Uint8Array(20).fill(7), OK) : card.transmit(bytes),
    fails: ['clear.commands'],
  }),
  'shows its certificate before the channel': () => ({
    between: async (bytes, card) =>
      begins(bytes, 0x00, 0xb0, 0x84) ? concat(new Uint8Array(40), OK) : card.transmit(bytes),
    fails: ['clear.files'],
  }),
  'names itself in the answer to SELECT': () => ({
    between: async (bytes, card) => {
      const answer = await card.transmit(bytes);
      const selected = begins(bytes, 0x00, 0xa4) && endsWith(answer, 0x9000);
      return selected ? concat(answer.slice(0, -2), Uint8Array.of(0x5a, 1, 7), OK) : answer;
    },
    // The stage of life cannot be read out of such an answer either.
    fails: [],
  }),
  'takes a frame twice': () => {
    let last: { frame: Uint8Array; answer: Uint8Array } | undefined;
    return {
      between: async (bytes, card) => {
        if (last !== undefined && equalBytes(last.frame, bytes)) return last.answer;
        const answer = await card.transmit(bytes);
        if (begins(bytes, 0x04)) last = { frame: bytes.slice(), answer };
        return answer;
      },
      fails: ['frame.replayed'],
    };
  },
  'lets the channel live after a short frame': () => ({
    between: async (bytes, card) =>
      begins(bytes, 0x04, 0xb0) && bytes.length < 25 ? Uint8Array.of(0x69, 0x88) : card.transmit(bytes),
    fails: ['frame.short', 'frame.empty'],
  }),
  'answers a broken frame with another status word': () => ({
    between: async (bytes, card) => {
      const answer = await card.transmit(bytes);
      return endsWith(answer, 0x6988) ? Uint8Array.of(0x69, 0x85) : answer;
    },
    fails: [
      'frame.wrong-mac',
      'frame.wrong-data',
      'frame.wrong-header',
      'frame.truncated',
      'frame.no-mac',
      'frame.short',
      'frame.empty',
      'frame.long',
      'frame.replayed',
      'frame.reordered',
      'frame.other-channel',
    ],
  }),
  'says 6D00 to a foreign class': () => ({
    between: async (bytes, card) => {
      const answer = await card.transmit(bytes);
      return endsWith(answer, 0x6e00) ? Uint8Array.of(0x6d, 0x00) : answer;
    },
    fails: ['form.classes'],
  }),
  'gives the same challenge twice': () => ({
    between: async (bytes, card) => {
      const answer = await card.transmit(bytes);
      return begins(bytes, 0x00, 0x84) && answer.length === 18 ? concat(new Uint8Array(16).fill(3), OK) : answer;
    },
    fails: ['clear.challenges'],
  }),
  'says in the clear how many tries are left': () => ({
    between: async (bytes, card) =>
      begins(bytes, 0x00, 0x20) && bytes.length === 4 ? Uint8Array.of(0x63, 0xc3) : card.transmit(bytes),
    fails: ['clear.pin', 'pin.not-in-the-clear'],
  }),
  'agrees on a point at infinity': () => ({
    between: async (bytes, card) =>
      begins(bytes, 0x80, 0x88, 0, 0, 65, 0) ? concat(new Uint8Array(81), OK) : card.transmit(bytes),
    fails: ['channel.wrong-points'],
  }),
  'overlooks a length that does not add up': () => ({
    between: async (bytes, card) => {
      const answer = await card.transmit(bytes);
      return endsWith(answer, 0x6700) && begins(bytes, 0x00, 0xa4, 4, 0, 8) ? OK : answer;
    },
    fails: ['form.lengths'],
  }),
  'gives the rest of an answer again and again': () => {
    let rest: Uint8Array | undefined;
    return {
      between: async (bytes, card) => {
        if (!begins(bytes, 0x00, 0xc0)) return card.transmit(bytes);
        const answer = await card.transmit(bytes);
        if (endsWith(answer, 0x9000)) rest = answer;
        return rest ?? answer;
      },
      fails: ['form.get-response'],
    };
  },
  'answers what is no status word': () => ({
    between: async (bytes, card) => {
      const answer = await card.transmit(bytes);
      return begins(bytes, 0x83) ? Uint8Array.of(0x12, 0x34) : answer;
    },
    fails: ['form.classes'],
  }),
  'is another card after a foreign class': () => {
    let upset = false;
    return {
      between: async (bytes, card) => {
        if (begins(bytes, 0x20)) upset = true;
        const answer = await card.transmit(bytes);
        return upset && begins(bytes, 0x00, 0xa4) && answer.length > 2 ? concat(Uint8Array.of(0x6f, 0), OK) : answer;
      },
      fails: ['form.classes'],
    };
  },
};

describe('a card that', () => {
  it.each(Object.entries(ON_THE_WIRE).filter(([name]) => name !== 'names itself in the answer to SELECT'))(
    '%s fails exactly there',
    async (_name, broken) => {
      const { between, fails } = broken();
      const { failed } = await conformance(benchOf(good, between), tester);
      expect(failed).toEqual(fails);
    },
  );

  it('says more in its answer to SELECT fails there', async () => {
    const between = ON_THE_WIRE['names itself in the answer to SELECT']?.().between;
    const { failed, outcomes } = await conformance(benchOf(good, between), tester);
    expect(failed).toContain('select.answer');
    expect(outcomes.find(({ id }) => id === 'select.answer')?.detail).toContain('no stage of life');
  });

  it('has a number of its own in the answer to reset fails there', async () => {
    const atr = encodeAtr(concat(HISTORICAL_BYTES, Uint8Array.of(0x51, 0x07)));
    expect((await conformance({ ...benchOf(good), atr }, tester)).failed).toEqual(['reset.historical-bytes']);
  });

  it('throws no dice fails where dice are needed', async () => {
    const card = createStaffCard({ memory: memory(), rng: (length) => new Uint8Array(length).fill(5) });
    expect((await conformance(benchOf(card), tester)).failed).toEqual(['clear.challenges', 'channel.key-agree']);
  });

  it('shows another card’s certificate is found out', async () => {
    const cells = memory();
    const point = publicPoint(newPrivateKey(secureRng));
    const other = await cardCertificate({ holder: secureRng(16), point, role: { kind: 'card', card: 'staff' } });
    cells.write([['ef/0104', other]]);
    expect((await conformance(benchOf(createStaffCard({ memory: cells })), tester)).failed).toEqual([
      'card.proof',
      'card.serial',
    ]);
  });

  it('shows a certificate for another application is found out', async () => {
    const cells = memory();
    const point = publicPoint(newPrivateKey(secureRng));
    cells.write([
      ['ef/0104', await cardCertificate({ holder: secureRng(16), point, role: { kind: 'card', card: 'doctor' } })],
    ]);
    expect((await conformance(benchOf(createStaffCard({ memory: cells })), tester)).failed).toEqual([
      'card.certificate',
      'card.proof',
      'card.serial',
    ]);
  });

  it('gives more tries of a PIN than the profile fails there', async () => {
    const cells = memory();
    cells.write([['pin/01', concat(Uint8Array.of(9), (cells.get('pin/01') ?? new Uint8Array(0)).slice(1))]]);
    const { failed } = await conformance(benchOf(createStaffCard({ memory: cells })), { desk: tester.desk });
    expect(failed).toEqual(['pin.status', 'pin.form']);
  });

  it('shows its log to every terminal, and its certificate to none, fails at those files', async () => {
    const staff = APPLICATIONS.staff;
    const files = {
      ...STAFF_FILES,
      log: { ...STAFF_FILES.log, read: [{}] },
      certificate: { ...STAFF_FILES.certificate, read: 'never' as const },
    };
    const handlers = new Map([
      ...CHANNEL_COMMANDS,
      ...PIN_COMMANDS,
      ...FILE_COMMANDS,
      ...personaliseCommands(() => []),
      ...orderCommand(holderOrders),
    ]);
    const application = { handlers, forget: () => undefined };
    const card = createSoftwareCard({ profile: { ...staff, files }, memory: memory(), rng: secureRng, application });
    expect((await conformance(benchOf(card), tester)).failed).toEqual(['file.certificate', 'file.log']);
  });

  it('leaves in the middle ends the report: nothing is asked of it any more', async () => {
    let commands = 0;
    const between: Between = async (bytes, card) => (++commands > 200 ? new Uint8Array(0) : card.transmit(bytes));
    const { outcomes, failed } = await conformance(benchOf(good, between), tester);
    expect(failed.length).toBe(1);
    const at = outcomes.findIndex(({ result }) => result === 'failed');
    expect(outcomes[at]?.detail).toContain('CARD_LOST');
    expect(outcomes.slice(at + 1).every(({ detail }) => detail === 'the card no longer answers')).toBe(true);
  });

  it('is another PIN than the one given: it costs one try and no more', async () => {
    const card = createStaffCard({ memory: memory() });
    const { failed } = await conformance(benchOf(card), { desk: tester.desk, pin: utf8('654321') });
    expect(failed).toEqual(['pin.right', 'pin.not-in-the-clear']);
  });
});
