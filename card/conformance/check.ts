/**
 * What a conformance check is: one rule of the specification that a card keeps or breaks, found out by commands alone.
 * @module
 */
import type { CardKind } from '../apps/card-profile.ts';
import type { CardUnderTest } from './card-under-test.ts';

/** Where a rule stands: a clause of a standard, or a section of docs/card.md. */
export const CLAUSE = {
  reset: 'ISO/IEC 7816-3 8.2, 7816-4 12.1.1',
  select: 'ISO/IEC 7816-4 11.2.2, 7.4',
  classes: 'ISO/IEC 7816-4 5.4.1',
  instructions: 'ISO/IEC 7816-4 5.4.2',
  lengths: 'ISO/IEC 7816-3 12.1.3',
  chaining: 'ISO/IEC 7816-4 5.3.3',
  response: 'ISO/IEC 7816-4 5.3.4',
  files: 'ISO/IEC 7816-4 11.3, 11.4; docs/card.md, Files',
  challenge: 'ISO/IEC 7816-4 11.5.3',
  pin: 'ISO/IEC 7816-4 11.5.6 to 11.5.10; docs/card.md, Keys, PIN and PUK',
  channel: 'docs/card.md, Secure messaging, Card to card',
  frames: 'docs/card.md, Secure messaging',
  certificates: 'docs/card.md, Certificates that cards check',
  issuing: 'docs/card.md, Issuing',
  signing: 'ISO/IEC 7816-8 11.8; docs/card.md, What a card signs',
  orders: 'docs/card.md, Orders of the bureau',
  pendingSet: 'docs/card.md, The pending set',
  pickup: 'docs/card.md, Collecting a prescription',
} as const;

/** What a check cannot do without: a terminal that the card believes, the holder's PIN. */
export type Need = 'desk' | 'pin';

/** One rule. `run` resolves when the card keeps it, throws {@link NonConformity} when it does not. */
export interface Check {
  /** Words with dots, the same for ever: a report of last year is compared with one of today. */
  readonly id: string;
  readonly clause: string;
  readonly what: string;
  readonly needs?: readonly Need[];
  /** Applications that the rule is for; all, when left out. */
  readonly kinds?: readonly CardKind[];
  /** The card is in another stage of life afterwards, so that its answer to SELECT is another one. */
  readonly changesLife?: true;
  run(card: CardUnderTest): Promise<void>;
}

/** The card broke the rule. The message names status words and lengths, never what the card holds. */
export class NonConformity extends Error {
  override readonly name = 'NonConformity';
}

/** The rule does not show on this card or reader; the message says why. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

/** Fails the check with this detail unless the condition holds. */
export function expectThat(condition: boolean, detail: string): asserts condition {
  if (!condition) throw new NonConformity(detail);
}

/** A status word as it is written. */
export const written = (sw: number): string => sw.toString(16).toUpperCase().padStart(4, '0');

/** Fails the check unless the status word is one of those allowed. */
export function expectStatus(what: string, sw: number, ...allowed: readonly number[]): void {
  expectThat(allowed.includes(sw), `${what}: ${written(sw)} instead of ${allowed.map(written).join(' or ')}`);
}
