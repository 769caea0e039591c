import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { createSampleGroup } from '../../crypto/groupsig/testing/sample-group.ts';
import { encodeCommand } from '../apdu/command.ts';
import { decodeAnswer } from '../apdu/response.ts';
import { APPLICATIONS, type CardKind } from '../apps/card-profile.ts';
import type { SoftwareCard } from './card-os.ts';
import { issueEach } from './cards.fixture.ts';

let cards: ReadonlyMap<CardKind, SoftwareCard>;

beforeAll(async () => {
  const backend = await createMclBackend();
  cards = await issueEach(backend, createSampleGroup(backend, 0).groupKey.encoded);
});

const byte = fc.integer({ min: 0, max: 255 });
const INSTRUCTIONS = [
  0x20, 0x24, 0x2a, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x44, 0x47, 0x4e, 0x50, 0x52, 0x54, 0x56, 0x84, 0xa4, 0xb0,
  0xb2, 0xc0, 0xd0, 0xd6, 0xd8, 0xda, 0xf0, 0xf2, 0xf4,
];
/** Commands with our instructions and anything else; APPEND RECORD and TX OPEN are left out, since an open card takes what fits. */
const nearly = fc
  .record({
    cla: fc.constantFrom(0x00, 0x80, 0x10, 0x90),
    ins: fc.constantFrom(...INSTRUCTIONS),
    p1: fc.oneof(fc.constantFrom(0, 1, 4, 0x80, 0x81, 0x9e), byte),
    p2: fc.oneof(fc.constantFrom(0, 1, 2, 0x86, 0x9a, 0x0c, 0x3c), byte),
    data: fc.uint8Array({ maxLength: 300 }),
    le: fc.option(fc.constantFrom(1, 256, 65_536), { nil: undefined }),
  })
  .map(encodeCommand);
const anything = fc.uint8Array({ maxLength: 300 });

describe.each(['patient', 'doctor', 'staff'] as const)('garbage to a %s card', (kind) => {
  it('is answered with a status word and changes nothing', async () => {
    const card = cards.get(kind);
    if (card === undefined) throw new Error('no card');
    const { aid } = APPLICATIONS[kind];
    card.powerOff();
    card.powerOn();
    await card.transmit(encodeCommand({ cla: 0, ins: 0xa4, p1: 4, p2: 0, data: aid, le: 256 }));
    const before = card.save();
    await fc.assert(
      fc.asyncProperty(fc.oneof(nearly, anything), async (garbage) => {
        const answer = await card.transmit(garbage);
        expect(() => decodeAnswer(answer, 65_536)).not.toThrow();
        expect(card.save()).toEqual(before);
      }),
      { numRuns: 1500 },
    );
    const again = await card.transmit(encodeCommand({ cla: 0, ins: 0xa4, p1: 4, p2: 0, data: aid, le: 256 }));
    expect(again.slice(-2)).toEqual(Uint8Array.of(0x90, 0x00));
  });

  it('a card without power answers nothing', async () => {
    const card = cards.get(kind);
    card?.powerOff();
    expect(await card?.transmit(Uint8Array.of(0, 0xa4, 4, 0))).toEqual(new Uint8Array(0));
  });
});

describe('all cards', () => {
  it('answer a reset alike', () => {
    expect(new Set([...cards.values()].map((card) => card.atr.join())).size).toBe(1);
  });
});
