import { describe, expect, it } from 'vitest';
import type { CardOfficeFlow } from '../../../contract/card-office-desk.ts';
import type { FingerprintStanding } from '../../../contract/fingerprints.ts';
import { keepsPhoto } from './keeps-photo.ts';

type Sheet = Extract<CardOfficeFlow, { step: 'fingerprints' }>;

const standing = (pid: string): FingerprintStanding => ({
  pid,
  state: 'undecided',
  fingers: [],
  since: null,
  renewalDue: false,
  inForce: true,
  events: [],
});
const sheet: Sheet = { step: 'fingerprints', standing: standing('0'.repeat(32)), taken: [] };
const other: Sheet = { ...sheet, standing: standing('1'.repeat(32)) };
const refused: Sheet = { ...sheet, refusal: { code: 'PIN_WRONG', triesLeft: 2 } };
const enrolled: Sheet = { ...sheet, done: 'enrolled' };
const deciding: CardOfficeFlow = { step: 'working', task: 'deciding', stages: [] };
const opening: CardOfficeFlow = { step: 'working', task: 'fingerprints', stages: [] };
const idle: CardOfficeFlow = { step: 'idle' };
const finding: CardOfficeFlow = { step: 'working', task: 'finding-cards', stages: [] };

describe('a photo at the card office', () => {
  it.each([
    ['while its holder is served', sheet, sheet],
    ['while the decision is sent', sheet, deciding],
    ['after a wrong PIN', deciding, refused],
    ['when it is chosen after a decision', enrolled, enrolled],
  ])('stays %s', (_when, before, now) => {
    expect(keepsPhoto(before, now)).toBe(true);
  });

  it.each([
    ['when it was sent', deciding, enrolled],
    ['when it was sent, though the sending was never shown', sheet, enrolled],
    ['when the card leaves', sheet, idle],
    ['when the card leaves while it is sent', deciding, idle],
    ['when another holder is opened', sheet, opening],
    ['when another holder is there, though the opening was never shown', sheet, other],
    ['when a search begins', sheet, finding],
  ])('goes %s', (_when, before, now) => {
    expect(keepsPhoto(before, now)).toBe(false);
  });
});
