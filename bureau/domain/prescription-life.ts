/**
 * The life of a prescription at the bureau (product.md 3): what can happen to it, and what it then is. Every event in every state is
 * decided here and nowhere else; a step is pure, and what it refuses it has not changed.
 *
 * ```
 * open ── accept ──▶ accepted ── dispense ──▶ open, one part further ── … ──▶ all parts given
 *   │ ◀── release ──┘    │            ▲ ◀── un-dispense, within 24 h ──┘
 *   ├── cancel ──▶ cancelled          └ dispense without a lock: a pharmacy that was off line
 *   └── redesignate: another pharmacy
 * ```
 * A part of which lines are still owed is completed on the same pickup object at the same pharmacy; what is still owed when the next part is
 * dispensed lapses. The card's signed pickup object, not the lock, decides who has dispensed: a lock alone keeps others from preparing the
 * same medicine.
 * @module
 */
import { z } from 'zod';
import { dayOf } from '../../contract/calendar.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import type { PrescriptionState } from '../../contract/prescription-state.ts';
import { opensAfter } from '../../contract/refill.ts';

/** What the doctor signed and nothing changes. Days are YYYY-MM-DD in Taiwan. */
export interface PrescriptionTerms {
  /** Institution of the prescriber. */
  readonly institution: string;
  readonly parts: number;
  readonly daysPerPart: number;
  readonly lineCount: number;
  /** Last day on which it may be collected. */
  readonly expires: string;
}

/** Who prepares it now. `secretHash`: SHA-256 of the secret that only the holder of the lock has, hex. */
const Lock = z.strictObject({ pharmacy: z.string(), secretHash: z.string(), at: z.int() });

/** One part as it was handed out. `pickup`: SHA-256 of the pickup object, hex; `lines`: those with an outcome. */
const Dispensing = z.strictObject({
  pickup: z.string(),
  pharmacy: z.string(),
  /** When it began, ms. */
  at: z.int(),
  lines: z.array(z.int()),
  /** It was handed out before its window, under the one exception. */
  exception: z.boolean(),
});

const common = {
  /** Whom the patient designated. */
  pharmacy: z.string(),
  /** One entry a part, in order. */
  dispensed: z.array(Dispensing),
  /** Pickup objects that were taken back: they collect nothing again. */
  voided: z.array(z.string()),
} as const;

/** Where a prescription stands. */
export const PrescriptionLife = z.discriminatedUnion('phase', [
  z.strictObject({ phase: z.literal('open'), ...common }),
  z.strictObject({ phase: z.literal('accepted'), ...common, lock: Lock }),
  z.strictObject({ phase: z.literal('cancelled'), ...common }),
]);
export type PrescriptionLife = z.infer<typeof PrescriptionLife>;

/** What happens. Instants are ms since 1970: `at` when it happened at the desk, `now` at the bureau. */
export type PrescriptionEvent =
  | {
      readonly kind: 'accept';
      readonly pharmacy: string;
      readonly secretHash: string;
      /** The pharmacy has lost the secret of its own lock and gets another. */
      readonly recover: boolean;
      readonly exception: boolean;
      readonly now: number;
    }
  | { readonly kind: 'release'; readonly pharmacy: string; readonly secretHash: string }
  | {
      readonly kind: 'dispense';
      readonly pharmacy: string;
      /** Of the lock; undefined when it was dispensed off line. */
      readonly secretHash: string | undefined;
      readonly part: number;
      readonly pickup: string;
      /** Numbers of the lines with an outcome, each once, at least one. */
      readonly lines: readonly number[];
      readonly exception: boolean;
      readonly at: number;
    }
  | { readonly kind: 'undispense'; readonly pharmacy: string; readonly part: number; readonly now: number }
  | { readonly kind: 'cancel'; readonly institution: string; readonly now: number }
  | { readonly kind: 'redesignate'; readonly pharmacy: string; readonly now: number };

export type StepResult = { readonly life: PrescriptionLife } | { readonly refused: ErrorCode };

/** How long a dispensing may be taken back, ms. */
export const UNDISPENSE_MS = 24 * 3_600_000;

/** A prescription as the bureau takes it in. */
export const newLife = (pharmacy: string): PrescriptionLife => ({ phase: 'open', pharmacy, dispensed: [], voided: [] });

/** The first day on which a part may be collected; undefined for the first, which waits for nothing, and for one whose predecessor was not collected. */
export function opensOn(terms: PrescriptionTerms, life: PrescriptionLife, part: number): string | undefined {
  const before = life.dispensed[part - 2];
  return before === undefined ? undefined : opensAfter(before.at, terms.daysPerPart);
}

const refuse = (refused: ErrorCode): StepResult => ({ refused });

/** Is nothing left to collect? Lines that are owed of the last part do not count: they are the pharmacy's debt. */
const isFinished = (terms: PrescriptionTerms, { dispensed }: PrescriptionLife): boolean =>
  dispensed.length >= terms.parts;

/** Why nothing new can be done with it at all on a day; undefined when something can. */
function overBy(terms: PrescriptionTerms, life: PrescriptionLife, day: string): ErrorCode | undefined {
  if (life.phase === 'cancelled') return 'RX_CANCELLED';
  if (isFinished(terms, life)) return 'RX_COLLECTED';
  return terms.expires < day ? 'RX_EXPIRED' : undefined;
}

/** Why the next part may not be handed out on a day; undefined when it may. */
function earlyFor(
  terms: PrescriptionTerms,
  life: PrescriptionLife,
  { exception, day }: { readonly exception: boolean; readonly day: string },
): ErrorCode | undefined {
  const from = opensOn(terms, life, life.dispensed.length + 1);
  if (from === undefined || day >= from) return undefined;
  if (!exception) return 'RX_TOO_EARLY';
  return life.dispensed.some((one) => one.exception) ? 'RX_EXCEPTION_USED' : undefined;
}

/** Without its lock, if it has one. */
const unlocked = (
  { pharmacy, dispensed, voided }: PrescriptionLife,
  phase: 'open' | 'cancelled',
): Exclude<PrescriptionLife, { phase: 'accepted' }> => ({ phase, pharmacy, dispensed, voided });

type Of<K extends PrescriptionEvent['kind']> = Extract<PrescriptionEvent, { kind: K }>;

function accept(terms: PrescriptionTerms, life: PrescriptionLife, event: Of<'accept'>): StepResult {
  const { pharmacy, secretHash, recover, exception, now } = event;
  const day = dayOf(now);
  const over = overBy(terms, life, day);
  if (over !== undefined) return refuse(over);
  if (life.pharmacy !== pharmacy) return refuse('RX_OTHER_PHARMACY');
  if (life.phase === 'accepted' && !recover) return refuse('RX_LOCKED');
  const early = earlyFor(terms, life, { exception, day });
  if (early !== undefined) return refuse(early);
  const { dispensed, voided } = life;
  return { life: { phase: 'accepted', pharmacy, dispensed, voided, lock: { pharmacy, secretHash, at: now } } };
}

/** Why the holder of a secret does not hold the lock; undefined when it does. */
function lockedOut(
  life: PrescriptionLife,
  { pharmacy, secretHash }: { readonly pharmacy: string; readonly secretHash: string },
): ErrorCode | undefined {
  if (life.phase !== 'accepted') return 'RX_NOT_ACCEPTED';
  if (life.lock.pharmacy !== pharmacy) return 'RX_OTHER_PHARMACY';
  return life.lock.secretHash === secretHash ? undefined : 'RX_SECRET_WRONG';
}

function release(life: PrescriptionLife, event: Of<'release'>): StepResult {
  const out = lockedOut(life, event);
  if (out !== undefined) return refuse(out);
  return { life: unlocked(life, 'open') };
}

/** Lines that were owed, on the pickup object of before. */
function complete(terms: PrescriptionTerms, life: PrescriptionLife, event: Of<'dispense'>): StepResult {
  const last = life.dispensed.at(-1);
  const isSame = event.part === life.dispensed.length && last?.pickup === event.pickup;
  if (!isSame || last.pharmacy !== event.pharmacy || last.lines.length === terms.lineCount)
    return refuse('RX_COLLECTED');
  if (event.lines.some((line) => last.lines.includes(line))) return refuse('RX_LINE_SETTLED');
  const lines = [...last.lines, ...event.lines].sort((a, b) => a - b);
  return { life: { ...life, dispensed: [...life.dispensed.slice(0, -1), { ...last, lines }] } };
}

function dispense(terms: PrescriptionTerms, life: PrescriptionLife, event: Of<'dispense'>): StepResult {
  const { pharmacy, secretHash, part, pickup, exception, at } = event;
  if (life.voided.includes(pickup)) return refuse('RX_PICKUP_VOID');
  if (part <= life.dispensed.length) return complete(terms, life, event);
  const day = dayOf(at);
  const over = overBy(terms, life, day);
  if (over !== undefined) return refuse(over);
  if (life.pharmacy !== pharmacy) return refuse('RX_OTHER_PHARMACY');
  if (part !== life.dispensed.length + 1) return refuse('RX_PART_INVALID');
  const early = earlyFor(terms, life, { exception, day });
  if (early !== undefined) return refuse(early);
  // Off line there was no lock to take; whose card signed, collected.
  const out = secretHash === undefined ? undefined : lockedOut(life, { pharmacy, secretHash });
  if (out !== undefined) return refuse(out);
  const lines = [...event.lines].sort((a, b) => a - b);
  const isEarly = earlyFor(terms, life, { exception: false, day }) !== undefined;
  const dispensed = [...life.dispensed, { pickup, pharmacy, at, lines, exception: isEarly }];
  return { life: { ...unlocked(life, 'open'), dispensed } };
}

function undispense(life: PrescriptionLife, event: Of<'undispense'>): StepResult {
  const last = life.dispensed.at(-1);
  if (last === undefined || event.part > life.dispensed.length) return refuse('RX_NOT_DISPENSED');
  if (event.part < life.dispensed.length) return refuse('RX_PART_INVALID');
  if (last.pharmacy !== event.pharmacy) return refuse('RX_OTHER_PHARMACY');
  if (life.phase === 'accepted') return refuse('RX_LOCKED');
  if (event.now - last.at > UNDISPENSE_MS) return refuse('RX_UNDISPENSE_LATE');
  return { life: { ...life, dispensed: life.dispensed.slice(0, -1), voided: [...life.voided, last.pickup] } };
}

/** Parts that were collected stay collected; the rest is not to be. */
function cancel(terms: PrescriptionTerms, life: PrescriptionLife, event: Of<'cancel'>): StepResult {
  if (terms.institution !== event.institution) return refuse('RX_OTHER_PRESCRIBER');
  const over = overBy(terms, life, dayOf(event.now));
  if (over !== undefined) return refuse(over);
  if (life.phase === 'accepted') return refuse('RX_LOCKED');
  return { life: unlocked(life, 'cancelled') };
}

function redesignate(terms: PrescriptionTerms, life: PrescriptionLife, event: Of<'redesignate'>): StepResult {
  const over = overBy(terms, life, dayOf(event.now));
  if (over !== undefined) return refuse(over);
  if (life.phase === 'accepted') return refuse('RX_LOCKED');
  return { life: { ...life, pharmacy: event.pharmacy } };
}

/** One step. */
export function stepPrescription(
  terms: PrescriptionTerms,
  life: PrescriptionLife,
  event: PrescriptionEvent,
): StepResult {
  switch (event.kind) {
    case 'accept':
      return accept(terms, life, event);
    case 'release':
      return release(life, event);
    case 'dispense':
      return dispense(terms, life, event);
    case 'undispense':
      return undispense(life, event);
    case 'cancel':
      return cancel(terms, life, event);
    case 'redesignate':
      return redesignate(terms, life, event);
  }
}

/** How people name where it stands on a day. */
export function stateOf(terms: PrescriptionTerms, life: PrescriptionLife, day: string): PrescriptionState {
  if (life.phase === 'cancelled') return 'cancelled';
  const last = life.dispensed.at(-1);
  if (isFinished(terms, life)) return last?.lines.length === terms.lineCount ? 'dispensed' : 'owing';
  if (terms.expires < day) return 'expired';
  if (life.phase === 'accepted') return 'accepted';
  return life.dispensed.length > 0 ? 'partly-dispensed' : 'issued';
}
