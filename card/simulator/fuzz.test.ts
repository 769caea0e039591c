/**
 * 100,000 commands that no host of ours sends, in the clear and inside channels of every role: odd classes, instructions, parameters, and
 * every odd form of Lc and Le. After each the card answers a status word; after all of it the card is in a state it defines.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { readUint } from '../../crypto/common/bytes.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { createSampleGroup } from '../../crypto/groupsig/testing/sample-group.ts';
import { decodePrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { createCardSession } from '../apdu/card-session.ts';
import { command, encodeCommand } from '../apdu/command.ts';
import { decodeAnswer } from '../apdu/response.ts';
import { APPLICATIONS, type CardKind, type TerminalRole } from '../apps/card-profile.ts';
import { openChannel } from '../apps/secure-channel.ts';
import { CardError } from '../card-error.ts';
import { loadCardMemory } from './card-memory.ts';
import type { SoftwareCard } from './card-os.ts';
import { issueEach, pin, terminal } from './cards.fixture.ts';

/** For three kinds of card. */
const IN_THE_CLEAR = 26_000;
const INSIDE = 7_500;
const ROLES: readonly TerminalRole[] = ['registration', 'clinic', 'pharmacy', 'emergency', 'bureau', 'insurer'];
const INSTRUCTIONS = [
  0x0e, 0x20, 0x22, 0x24, 0x28, 0x29, 0x2a, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x44, 0x47, 0x4e, 0x50, 0x52, 0x54,
  0x56, 0x70, 0x82, 0x84, 0x88, 0xa4, 0xb0, 0xb2, 0xc0, 0xca, 0xd0, 0xd4, 0xd6, 0xd8, 0xda, 0xdc, 0xe2, 0xee, 0xf0,
  0xf2, 0xf4,
];

/** mulberry32: small, seeded, good enough to wander. */
function wanderer(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256));
  const of = <T>(list: readonly T[]): T => {
    const chosen = list[below(list.length)];
    if (chosen === undefined) throw new RangeError('an empty list');
    return chosen;
  };
  return { below, bytes, of };
}
type Wanderer = ReturnType<typeof wanderer>;

const LENGTHS = [0, 0, 1, 2, 4, 8, 9, 16, 32, 38, 45, 65, 68, 76, 81, 88, 102, 105, 147, 255, 256, 264, 300];
const header = ({ below, of }: Wanderer) =>
  [
    of([0x00, 0x00, 0x80, 0x80, 0x10, 0x90, below(256)]),
    of([...INSTRUCTIONS, below(256)]),
    of([0, 0, 1, 4, 0x80, 0x81, 0x9e, below(256)]),
    of([0, 0, 1, 2, 0x86, 0x9a, 0x0c, 0x30, 0x38, 0x3c, below(256)]),
  ] as const;

/** A command whose lengths need not add up. */
function oddly(wander: Wanderer): Uint8Array {
  const { below, bytes, of } = wander;
  const head = Uint8Array.from(header(wander));
  const body = bytes(of(LENGTHS));
  const odd: readonly (() => Uint8Array)[] = [
    () =>
      encodeCommand(
        command([head[0] ?? 0, head[1] ?? 0, head[2] ?? 0, head[3] ?? 0], body, of([[], [1], [256], [65_536]])[0]),
      ),
    () => head.subarray(0, below(5)),
    () => Uint8Array.of(...head, below(256), ...body),
    () => Uint8Array.of(...head, 0, below(256), below(256), ...body),
    () => Uint8Array.of(...head, 0, 0, 0),
    () => Uint8Array.of(...head, body.length, ...body, below(256), below(256)),
    () => bytes(below(40)),
  ];
  return of(odd)();
}

let cards: ReadonlyMap<CardKind, SoftwareCard>;

beforeAll(async () => {
  const backend = await createMclBackend();
  cards = await issueEach(backend, createSampleGroup(backend, 0).groupKey.encoded);
});

/** What must hold of a card whatever was said to it. */
async function expectDefined(card: SoftwareCard, kind: CardKind): Promise<void> {
  const memory = loadCardMemory(card.save());
  expect(memory).toBeDefined();
  expect(memory?.get('life')).toEqual(Uint8Array.of(1));
  for (const cell of memory?.names('pin/') ?? []) {
    const tries = memory?.get(cell)?.[0] ?? 99;
    expect(tries).toBeLessThanOrEqual(cell === 'pin/02' ? 10 : 3);
  }
  for (const cell of memory?.names('ef/0202/') ?? [])
    expect(decodePrescriptionRecord((memory?.get(cell) ?? new Uint8Array(0)).slice(4))).toBeDefined();
  card.powerOff();
  card.powerOn();
  const again = await card.transmit(encodeCommand(command([0, 0xa4, 4, 0], APPLICATIONS[kind].aid, 256)));
  expect(again.slice(-2)).toEqual(Uint8Array.of(0x90, 0x00));
}

const cardOf = (kind: CardKind): SoftwareCard => {
  const card = cards.get(kind);
  if (card === undefined) throw new Error('no card');
  return card;
};

describe.each(['patient', 'doctor', 'staff'] as const)('a %s card', (kind) => {
  it(`in the clear: ${IN_THE_CLEAR} odd commands change nothing`, async () => {
    const card = cardOf(kind);
    const wander = wanderer(0x1b15 + kind.length);
    card.powerOff();
    card.powerOn();
    await card.transmit(encodeCommand(command([0, 0xa4, 4, 0], APPLICATIONS[kind].aid, 256)));
    const before = card.save();
    for (let i = 0; i < IN_THE_CLEAR; i++) {
      const odd = oddly(wander);
      const answer = await card.transmit(odd);
      if (answer.length < 2) throw new Error(`no answer to ${Buffer.from(odd).toString('hex')}`);
      decodeAnswer(answer, 65_536);
    }
    expect(card.save()).toEqual(before);
    await expectDefined(card, kind);
  });

  it(`inside channels of every role: ${INSIDE} odd commands leave it in a defined state`, async () => {
    const card = cardOf(kind);
    const wander = wanderer(0x5ec + kind.length);
    let counter = 0;
    let answered = 0;
    const perChannel = Math.ceil(INSIDE / ROLES.length);
    for (const role of ROLES) {
      card.powerOff();
      card.powerOn();
      const outside = createCardSession(card);
      await outside.send(command([0, 0xa4, 4, 0], APPLICATIONS[kind].aid, 256));
      const { session } = await openChannel(outside, APPLICATIONS[kind], await terminal(role), undefined);
      // Behind the PIN more is open. It may be blocked by then: that is a defined state too.
      await session.send(command([0, 0x20, 0, 1], pin()));
      for (let i = 0; i < perChannel; i++) {
        const [, ins, p1, p2] = header(wander);
        const odd = command([wander.of([0x00, 0x80]), ins, p1, p2], wander.bytes(wander.of(LENGTHS)), 65_536);
        try {
          await session.send(odd);
          answered += 1;
        } catch (error) {
          // A card may answer what the host does not take; the channel stays.
          if (!(error instanceof CardError) || error.code !== 'CARD_ANSWER_INVALID') throw error;
        }
      }
      await expectDefined(card, kind);
      const now = readUint(loadCardMemory(card.save())?.get('counter') ?? new Uint8Array(4));
      expect(now).toBeGreaterThanOrEqual(counter);
      counter = now;
    }
    expect(answered).toBeGreaterThan(INSIDE * 0.95);
  });
});
