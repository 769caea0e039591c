/**
 * A plain model of prescriptions to walk beside the state machine: it keeps the list of everything that was accepted and works each answer
 * out anew from it, as a person with the files before them would.
 * @module
 */
import {
  newLife,
  type PrescriptionEvent,
  type PrescriptionTerms,
  stepPrescription,
} from '../domain/prescription-life.ts';

const DAY = 86_400_000;
const TAIPEI = 8 * 3_600_000;
const START = Date.parse('2026-11-02T04:00:00.000Z');
const PHARMACIES = ['5901200001', '5901200002'] as const;
const HOSPITALS = ['0401180014', '0602030026'] as const;

/** Whole days since 1970 in Taiwan. */
const dayNumber = (ms: number): number => Math.floor((ms + TAIPEI) / DAY);
const dayText = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

/** What is collected and not taken back, a part each, from the files. */
function collected(history: readonly PrescriptionEvent[]) {
  const parts: { at: number; pharmacy: string; pickup: string; lines: Set<number>; early: boolean }[] = [];
  const void_ = new Set<string>();
  for (const event of history) {
    if (event.kind === 'undispense') void_.add(parts.pop()?.pickup ?? '');
    if (event.kind !== 'dispense') continue;
    const known = parts[event.part - 1];
    if (known === undefined)
      parts.push({
        at: event.at,
        pharmacy: event.pharmacy,
        pickup: event.pickup,
        lines: new Set(event.lines),
        early: false,
      });
    else for (const line of event.lines) known.lines.add(line);
  }
  return { parts, void_ };
}

/** The answer to an event after a history: undefined when it is taken. `last`: number of the last day. */
function judge(
  terms: PrescriptionTerms,
  last: number,
  first: string,
  history: readonly PrescriptionEvent[],
  event: PrescriptionEvent,
): string | undefined {
  const { parts, void_ } = collected(history);
  const cancelled = history.some(({ kind }) => kind === 'cancel');
  const named = history.filter((one) => one.kind === 'redesignate').at(-1)?.pharmacy ?? first;
  let lock: { pharmacy: string; secret: string } | undefined;
  for (const one of history) {
    if (one.kind === 'accept') lock = { pharmacy: one.pharmacy, secret: one.secretHash };
    // Owed lines that are handed over leave a lock for the next part alone.
    if (one.kind === 'release') lock = undefined;
    if (one.kind === 'dispense' && isFirstOf(history, one)) lock = undefined;
  }
  const over = (ms: number): string | undefined =>
    cancelled
      ? 'RX_CANCELLED'
      : parts.length === terms.parts
        ? 'RX_COLLECTED'
        : dayNumber(ms) > last
          ? 'RX_EXPIRED'
          : undefined;
  const tooEarly = (ms: number): boolean => {
    const before = parts.at(-1);
    return before !== undefined && dayNumber(ms) < dayNumber(before.at) + Math.max(terms.daysPerPart - 10, 0);
  };
  const exceptions = parts.filter(({ at }, i) => {
    const before = parts[i - 1];
    return before !== undefined && dayNumber(at) < dayNumber(before.at) + Math.max(terms.daysPerPart - 10, 0);
  }).length;
  const early = (ms: number, declared: boolean): string | undefined =>
    !tooEarly(ms) ? undefined : !declared ? 'RX_TOO_EARLY' : exceptions > 0 ? 'RX_EXCEPTION_USED' : undefined;
  const wrongKey = (pharmacy: string, secret: string): string | undefined =>
    lock === undefined
      ? 'RX_NOT_ACCEPTED'
      : lock.pharmacy !== pharmacy
        ? 'RX_OTHER_PHARMACY'
        : lock.secret !== secret
          ? 'RX_SECRET_WRONG'
          : undefined;
  switch (event.kind) {
    case 'accept':
      return (
        over(event.now) ??
        (named !== event.pharmacy ? 'RX_OTHER_PHARMACY' : undefined) ??
        (lock !== undefined && !event.recover ? 'RX_LOCKED' : undefined) ??
        early(event.now, event.exception)
      );
    case 'release':
      return wrongKey(event.pharmacy, event.secretHash);
    case 'dispense': {
      if (void_.has(event.pickup)) return 'RX_PICKUP_VOID';
      if (event.part <= parts.length) {
        const newest = parts.at(-1);
        const mine = newest?.pickup === event.pickup && newest.pharmacy === event.pharmacy;
        if (newest === undefined || event.part < parts.length || !mine) return 'RX_COLLECTED';
        if (newest.lines.size === terms.lineCount) return 'RX_COLLECTED';
        return event.lines.some((line) => newest.lines.has(line)) ? 'RX_LINE_SETTLED' : undefined;
      }
      return (
        over(event.at) ??
        (named !== event.pharmacy ? 'RX_OTHER_PHARMACY' : undefined) ??
        (event.part !== parts.length + 1 ? 'RX_PART_INVALID' : undefined) ??
        early(event.at, event.exception) ??
        (event.secretHash === undefined ? undefined : wrongKey(event.pharmacy, event.secretHash))
      );
    }
    case 'undispense': {
      const newest = parts.at(-1);
      if (newest === undefined || event.part > parts.length) return 'RX_NOT_DISPENSED';
      if (event.part !== parts.length) return 'RX_PART_INVALID';
      if (newest.pharmacy !== event.pharmacy) return 'RX_OTHER_PHARMACY';
      if (lock !== undefined) return 'RX_LOCKED';
      return event.now > newest.at + DAY ? 'RX_UNDISPENSE_LATE' : undefined;
    }
    case 'cancel':
      if (event.institution !== terms.institution) return 'RX_OTHER_PRESCRIBER';
      return over(event.now) ?? (lock === undefined ? undefined : 'RX_LOCKED');
    case 'redesignate':
      return over(event.now) ?? (lock === undefined ? undefined : 'RX_LOCKED');
  }
}

/** Does this dispensing begin a part? */
function isFirstOf(history: readonly PrescriptionEvent[], one: PrescriptionEvent): boolean {
  const { parts } = collected(history.slice(0, history.indexOf(one)));
  return one.kind === 'dispense' && one.part > parts.length;
}

/** A generator of small numbers from a seed (xorshift, 32 bits). */
function numbers(seed: number): (below: number) => number {
  let state = (seed | 0) === 0 ? 1 : seed | 0;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** An event of any kind, likely and unlikely, at an instant. */
function anyEvent(pick: (below: number) => number, terms: PrescriptionTerms, now: number): PrescriptionEvent {
  const pharmacy = PHARMACIES[pick(8) === 0 ? 1 : 0] ?? PHARMACIES[0];
  const secretHash = `s${pick(2)}`;
  const part = 1 + pick(terms.parts + 1);
  switch (pick(12)) {
    case 0:
    case 1:
    case 2:
      return { kind: 'accept', pharmacy, secretHash, recover: pick(3) === 0, exception: pick(3) === 0, now };
    case 3:
      return { kind: 'release', pharmacy, secretHash };
    case 4:
    case 5:
      return { kind: 'undispense', pharmacy, part, now };
    case 6:
      return pick(12) === 0
        ? { kind: 'cancel', institution: HOSPITALS[pick(2)] ?? HOSPITALS[0], now }
        : { kind: 'redesignate', pharmacy, now };
    default: {
      const lines = Array.from({ length: terms.lineCount }, (_, i) => i + 1).filter(() => pick(2) === 0);
      return {
        kind: 'dispense',
        pharmacy,
        secretHash: pick(2) === 0 ? undefined : secretHash,
        part,
        pickup: `pu${part}-${pick(40)}`,
        lines: lines.length > 0 ? lines : [1],
        exception: pick(4) === 0,
        // Off line things happened up to three days ago.
        at: now - (pick(4) === 0 ? pick(3 * DAY) : 0),
      };
    }
  }
}

/** Walks machine and model side by side; every disagreement as a text, none when they agree. */
export function walkPrescriptions(plan: { seed: number; walks: number; events: number }): readonly string[] {
  const pick = numbers(plan.seed);
  const found: string[] = [];
  for (let walk = 0; walk < plan.walks; walk++) {
    const last = dayNumber(START) + 20 + pick(100);
    const terms: PrescriptionTerms = {
      institution: HOSPITALS[0],
      parts: 1 + pick(3),
      daysPerPart: 7 + pick(24),
      lineCount: 1 + pick(4),
      expires: dayText(last),
    };
    const history: PrescriptionEvent[] = [];
    let life = newLife(PHARMACIES[0]);
    let now = START;
    for (let i = 0; i < plan.events; i++) {
      now += pick(5) === 0 ? pick(4 * DAY) : pick(3_600_000);
      const event = anyEvent(pick, terms, now);
      const expected = judge(terms, last, PHARMACIES[0], history, event);
      const step = stepPrescription(terms, life, event);
      const got = 'refused' in step ? step.refused : undefined;
      if (got !== expected) {
        found.push(`walk ${walk}, event ${i}: ${JSON.stringify(event)}: ${got ?? 'taken'}, not ${expected ?? 'taken'}`);
        break;
      }
      if ('life' in step) {
        life = step.life;
        history.push(event);
        const { parts } = collected(history);
        const same =
          parts.length === life.dispensed.length &&
          parts.every((one, n) => [...one.lines].sort((a, b) => a - b).join() === life.dispensed[n]?.lines.join());
        if (!same) {
          found.push(`walk ${walk}, event ${i}: another state than the files say`);
          break;
        }
      }
    }
  }
  return found;
}
