/**
 * Staff cards that break one rule of their life: the blank profile finds it, and nothing else.
 */
import { describe, expect, it } from 'vitest';
import { concat, readUint, uint } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { SW } from '../apdu/status-word.ts';
import { APPLICATIONS, KEY, STAFF_FILES } from '../apps/card-profile.ts';
import { type CardMemory, createCardMemory } from '../simulator/card-memory.ts';
import {
  createSoftwareCard,
  formatMemory,
  type Handler,
  isBlank,
  NOTHING,
  type SoftwareCard,
} from '../simulator/card-os.ts';
import { CHANNEL_COMMANDS } from '../simulator/channel-commands.ts';
import { FILE_COMMANDS } from '../simulator/file-commands.ts';
import { holderOrders, orderCommand } from '../simulator/order-command.ts';
import { certificateFor, personaliseCommands } from '../simulator/personalise-commands.ts';
import { PIN_COMMANDS } from '../simulator/pin-commands.ts';
import { Refusal } from '../simulator/refusal.ts';
import { signCommand } from '../simulator/sign-command.ts';
import { runBlankProfile } from './blank-profile.ts';
import { benchOf } from './conformance.fixture.ts';

const NOW = Date.UTC(2026, 10, 29, 12);
const SERIAL_AND_NUMBER = 20;

/** Handlers by CLA and INS, each with the right one to go on with. */
type Slips = Readonly<Record<number, (right: Handler) => Handler>>;

/** A blank staff card with slips; `forget` when the supply goes. */
function staffCard(slips: Slips, forget: (memory: CardMemory) => void = () => undefined): SoftwareCard {
  const profile = APPLICATIONS.staff;
  const memory = createCardMemory();
  formatMemory(memory, profile);
  const handlers = new Map([
    ...CHANNEL_COMMANDS,
    ...PIN_COMMANDS,
    ...FILE_COMMANDS,
    ...personaliseCommands((card) => {
      certificateFor(card, STAFF_FILES.certificate, 'staff', KEY.signature);
      return [];
    }),
    ...orderCommand(holderOrders),
    [0x002a, signCommand(() => false)] as const,
  ]);
  for (const [instruction, slip] of Object.entries(slips)) {
    const right = handlers.get(Number(instruction));
    if (right === undefined) throw new Error(`no command ${instruction}`);
    handlers.set(Number(instruction), slip(right));
  }
  return createSoftwareCard({
    profile,
    memory,
    rng: secureRng,
    application: { handlers, forget: () => forget(memory) },
  });
}

const WRONG: Readonly<Record<string, { card: () => SoftwareCard; fails: readonly string[] }>> = {
  'takes orders in any sequence': {
    card: () =>
      staffCard({
        0x80d4: (right) => (card, apdu) => {
          if (apdu.data.length > SERIAL_AND_NUMBER)
            card.memory.write([['order', uint(readUint(apdu.data.slice(16, 20)) - 1, 4)]]);
          return right(card, apdu);
        },
      }),
    // The block out of its turn has blocked it, and its PUK is asked for after that.
    fails: ['order.refused', 'order.block', 'puk.exhausted'],
  },
  'signs more often than a PIN is good for': {
    card: () =>
      staffCard({
        0x002a: (right) => (card, apdu) => {
          if (card.session.pinVerified) card.session.signaturesLeft = 9;
          return right(card, apdu);
        },
      }),
    fails: ['sign.comfort-limit'],
  },
  'does not count its signatures': {
    card: () =>
      staffCard({
        0x002a: (right) => (card, apdu) => {
          const answer = right(card, apdu);
          card.memory.write([['counter', undefined]]);
          return answer;
        },
      }),
    fails: ['sign.counter'],
  },
  'opens to its transport PIN': {
    card: () =>
      staffCard({
        0x0020: (right) => (card, apdu) => {
          try {
            return right(card, apdu);
          } catch (error) {
            if (!(error instanceof Refusal) || error.sw !== SW.transportPin) throw error;
            return NOTHING;
          }
        },
      }),
    fails: ['transport.opens-nothing'],
  },
  'gives the tries of its PIN back when power goes': {
    card: () =>
      staffCard({}, (memory) => {
        const cell = memory.get('pin/01');
        if (cell !== undefined && (cell[0] ?? 0) < 3)
          memory.write([['pin/01', concat(Uint8Array.of(3), cell.slice(1))]]);
      }),
    // A PIN that is never blocked cannot be unblocked: the two after it miss what they begin with.
    fails: ['pin.blocked', 'pin.unblocked', 'puk.exhausted'],
  },
  'lets another authority in': {
    card: () =>
      staffCard({
        0x00da: (right) => (card, apdu) => {
          if (apdu.p2 === 4 && isBlank(card)) card.memory.write([['authority', undefined]]);
          return right(card, apdu);
        },
      }),
    fails: ['issue.authority'],
  },
  'forgets the days it has seen': {
    card: () =>
      staffCard({
        0x0082: (right) => (card, apdu) => {
          card.memory.write([['seen-day', undefined]]);
          return right(card, apdu);
        },
      }),
    fails: ['terminal.expired'],
  },
};

describe('a card that', () => {
  it.each(Object.entries(WRONG))('%s fails exactly there', async (_name, { card, fails }) => {
    const outcomes = await runBlankProfile(benchOf(card()), NOW);
    expect(outcomes.filter(({ result }) => result === 'failed').map(({ id }) => id)).toEqual(fails);
  });

  it('has no slip passes: the cards above fail for their slips alone', async () => {
    const outcomes = await runBlankProfile(benchOf(staffCard({})), NOW);
    expect(outcomes.filter(({ result }) => result === 'failed')).toEqual([]);
  });
});
