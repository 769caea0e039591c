/**
 * When a signature of an epoch is accepted: by the chain of epoch heads and a clock (groupsig note, "Epochs and revocation", "Receipt").
 * @module
 */
import type { Epoch } from './context.ts';
import type { EpochHead } from './epoch-head.ts';

/** How much later than its epoch a signature may be dated, ms. */
export interface EpochAcceptance {
  /** For anything: signed just before the end, dated just after it. */
  readonly grace: number;
  /** For what a desk signed while it had no line and delivers afterwards. 0 where nothing may come late. */
  readonly late: number;
}

/** Two hours, as the note has it; nothing late. */
export const NO_LATE: EpochAcceptance = { grace: 2 * 3_600_000, late: 0 };

/**
 * `in-force`: dated within its epoch. `grace`: just after it. `late`: delivered afterwards, accepted for settlement.
 * The rest are refusals: `unknown` (no such head here), `early` (not begun), `over`.
 */
export type EpochVerdict = 'in-force' | 'grace' | 'late' | 'unknown' | 'early' | 'over';

/** Instants in ms since 1970 between which an epoch is in force; `end` is outside it. */
export interface EpochSpan {
  readonly start: number;
  readonly end: number;
}

/** A head ends an earlier one's epoch when it begins: the newest head that has begun is in force. `chain` is oldest first. */
export function spanOf(chain: readonly EpochHead[], index: number): EpochSpan {
  const head = chain[index];
  if (head === undefined) throw new RangeError(`no head ${index}`);
  const later = chain.slice(index + 1).map(({ notBefore }) => notBefore);
  return { start: head.notBefore, end: Math.min(head.notAfter, ...later) };
}

/**
 * The clock, but never before an emergency: one that was seen has begun, whatever a slow clock, or one that was set back, says. Other epochs
 * follow the clock both ways, or an hour of a wrong clock could stop a bureau for weeks. For the present only; what a receipt dates is judged by it.
 */
export const presentOf = (chain: readonly EpochHead[], now: number): number =>
  Math.max(now, ...chain.filter(({ emergency }) => emergency).map(({ notBefore }) => notBefore));

/** The heads that will yet begin, as far as is known: not those that a later one replaced. */
export const headsToCome = (chain: readonly EpochHead[], now: number): readonly EpochHead[] =>
  chain.filter((head, i) => head.notBefore > now && spanOf(chain, i).end > head.notBefore);

/** The head in force at an instant, if any. */
export function headInForce(chain: readonly EpochHead[], at: number): EpochHead | undefined {
  return chain.findLast((_head, i) => {
    const { start, end } = spanOf(chain, i);
    return at >= start && at < end;
  });
}

/** Judges a signature of `epoch` that is dated `at` by a receipt, or by the clock of whoever receives it. */
export function judgeEpoch(
  chain: readonly EpochHead[],
  epoch: Epoch,
  at: number,
  acceptance: EpochAcceptance,
): EpochVerdict {
  const index = chain.findIndex((head) => head.epoch.day === epoch.day && head.epoch.seq === epoch.seq);
  if (index < 0) return 'unknown';
  const { start, end } = spanOf(chain, index);
  // An epoch that a later head replaced before it began was never in force.
  if (end <= start) return 'over';
  if (at < start) return 'early';
  if (at < end) return 'in-force';
  const emergency = chain.slice(index + 1).some((head) => head.emergency && head.notBefore <= at);
  if (emergency) return 'over';
  if (at < end + acceptance.grace) return 'grace';
  return at < end + acceptance.late ? 'late' : 'over';
}

/**
 * Without a receipt the clock decides: the epoch in force or the one before it, never across an emergency. What is accepted so is marked
 * for settlement, and no controlled drug is handed out on it.
 */
export function isAcceptedWithoutReceipt(chain: readonly EpochHead[], epoch: Epoch, now: number): boolean {
  const current = headInForce(chain, now);
  if (current === undefined) return false;
  const at = chain.indexOf(current);
  // Heads that were replaced before they began do not count as "the one before".
  const before = chain.slice(0, at).findLastIndex((_head, i) => spanOf(chain, i).end > spanOf(chain, i).start);
  const accepted = current.emergency || before < 0 ? [current] : [current, chain[before]];
  return accepted.some((head) => head?.epoch.day === epoch.day && head.epoch.seq === epoch.seq);
}
