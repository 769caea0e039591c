/** Every event in every state, and random walks beside a model that keeps nothing but the history. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { walkPrescriptions } from '../testing/prescription-model.ts';
import {
  newLife,
  opensOn,
  type PrescriptionEvent,
  type PrescriptionLife,
  type PrescriptionTerms,
  stateOf,
  stepPrescription,
} from './prescription-life.ts';

const [A, B] = ['5901200001', '5901200002'];
const [HERE, ELSEWHERE] = ['0401180014', '0602030026'];
const DAY = 86_400_000;
/** Noon in Taiwan on 2026-11-02; the prescription runs for 90 days, two parts of 28. */
const START = Date.parse('2026-11-02T04:00:00.000Z');
const TERMS: PrescriptionTerms = { institution: HERE, parts: 2, daysPerPart: 28, lineCount: 2, expires: '2027-01-31' };

const accept = (pharmacy: string, secretHash: string, recover: boolean) => (now: number) =>
  ({ kind: 'accept', pharmacy, secretHash, recover, exception: false, now }) as const;
const dispense =
  (part: number, lines: readonly number[], more: Partial<Extract<PrescriptionEvent, { kind: 'dispense' }>> = {}) =>
  (at: number) =>
    ({
      kind: 'dispense',
      pharmacy: A,
      secretHash: undefined,
      part,
      pickup: `pu-${part}`,
      lines,
      exception: false,
      at,
      ...more,
    }) as const;

/** What is tried in every state. */
const EVENTS: Readonly<Record<string, (now: number) => PrescriptionEvent>> = {
  accept: accept(A, 's', false),
  'accept elsewhere': accept(B, 's', false),
  recover: accept(A, 't', true),
  release: () => ({ kind: 'release', pharmacy: A, secretHash: 's' }),
  'release by guess': () => ({ kind: 'release', pharmacy: A, secretHash: 'x' }),
  'part 1, locked': dispense(1, [1, 2], { secretHash: 's' }),
  'part 1, off line': dispense(1, [1, 2]),
  'part 1, another object': dispense(1, [1, 2], { pickup: 'pu-other' }),
  'owed line of part 1': dispense(1, [2]),
  'part 2': dispense(2, [1, 2]),
  'part 2, exception': dispense(2, [1, 2], { exception: true }),
  'part 2 elsewhere': dispense(2, [1, 2], { pharmacy: B }),
  'take back 1': (now) => ({ kind: 'undispense', pharmacy: A, part: 1, now }),
  'take back 2': (now) => ({ kind: 'undispense', pharmacy: A, part: 2, now }),
  cancel: (now) => ({ kind: 'cancel', institution: HERE, now }),
  'cancel elsewhere': (now) => ({ kind: 'cancel', institution: ELSEWHERE, now }),
  redesignate: (now) => ({ kind: 'redesignate', pharmacy: B, now }),
};

/** How each state comes about: events with the days on which they happen, and the day of the trial. */
const STATES: Readonly<
  Record<string, { readonly path: readonly (readonly [string, number])[]; readonly day: number }>
> = {
  issued: { path: [], day: 0 },
  accepted: { path: [['accept', 0]], day: 0 },
  recovered: {
    path: [
      ['accept', 0],
      ['recover', 0],
    ],
    day: 0,
  },
  'part 1 given': { path: [['part 1, off line', 0]], day: 0 },
  'a line owed': { path: [['line 1', 0]], day: 0 },
  'window open': { path: [['part 1, off line', 0]], day: 18 },
  'accepted again': {
    path: [
      ['part 1, off line', 0],
      ['accept', 18],
    ],
    day: 18,
  },
  'both given': {
    path: [
      ['part 1, off line', 0],
      ['part 2', 18],
    ],
    day: 18,
  },
  'both given early': {
    path: [
      ['part 1, off line', 0],
      ['part 2, exception', 1],
    ],
    day: 1,
  },
  'both given, long ago': {
    path: [
      ['part 1, off line', 0],
      ['part 2', 18],
    ],
    day: 20,
  },
  'taken back': {
    path: [
      ['part 1, off line', 0],
      ['take back 1', 0],
    ],
    day: 0,
  },
  cancelled: { path: [['cancel', 0]], day: 0 },
  'rest cancelled': {
    path: [
      ['part 1, off line', 0],
      ['cancel', 0],
    ],
    day: 0,
  },
  redesignated: { path: [['redesignate', 0]], day: 0 },
  expired: { path: [], day: 91 },
  'rest expired': { path: [['part 1, off line', 0]], day: 91 },
};

const make = (name: string): ((now: number) => PrescriptionEvent) => {
  const event = name === 'line 1' ? dispense(1, [1]) : EVENTS[name];
  if (event === undefined) throw new Error(name);
  return event;
};
const after = (life: PrescriptionLife, name: string, day: number): PrescriptionLife | string => {
  const step = stepPrescription(TERMS, life, make(name)(START + day * DAY));
  return 'refused' in step ? step.refused : step.life;
};
function lifeIn(state: string): PrescriptionLife {
  let life = newLife(A);
  for (const [name, day] of STATES[state]?.path ?? []) {
    const next = after(life, name, day);
    if (typeof next === 'string') throw new Error(`${state}: ${name} is refused with ${next}`);
    life = next;
  }
  return life;
}

/** How the table below writes what comes of an event: the state, or the code it is refused with. */
const SHORT: Readonly<Record<string, string>> = {
  issued: 'I',
  accepted: 'A',
  'partly-dispensed': 'P',
  dispensed: 'D',
  cancelled: 'C',
  RX_LOCKED: 'lock',
  RX_NOT_ACCEPTED: 'free',
  RX_SECRET_WRONG: 'key',
  RX_OTHER_PHARMACY: 'else',
  RX_OTHER_PRESCRIBER: 'whose',
  RX_PART_INVALID: 'part',
  RX_TOO_EARLY: 'soon',
  RX_COLLECTED: 'gone',
  RX_LINE_SETTLED: 'line',
  RX_PICKUP_VOID: 'void',
  RX_NOT_DISPENSED: 'none',
  RX_UNDISPENSE_LATE: '24h',
  RX_CANCELLED: 'off',
  RX_EXPIRED: 'late',
};
/** A row for each state, a column for each event, in their order above. */
const TABLE = `
issued               | A     else  A     free  free  free  P     P     P     part  part  else  none  none  C     whose I
accepted             | lock  else  A     I     key   P     P     P     P     part  part  else  none  none  lock  whose lock
recovered            | lock  else  A     key   key   key   P     P     P     part  part  else  none  none  lock  whose lock
part 1 given         | soon  else  soon  free  free  gone  gone  gone  gone  soon  D     else  I     none  C     whose P
a line owed          | soon  else  soon  free  free  line  line  gone  P     soon  D     else  I     none  C     whose P
window open          | A     else  A     free  free  gone  gone  gone  gone  D     D     else  24h   none  C     whose P
accepted again       | lock  else  A     P     key   gone  gone  gone  gone  D     D     else  lock  none  lock  whose lock
both given           | gone  gone  gone  free  free  gone  gone  gone  gone  gone  gone  gone  part  P     gone  whose gone
both given early     | gone  gone  gone  free  free  gone  gone  gone  gone  gone  gone  gone  part  P     gone  whose gone
both given, long ago | gone  gone  gone  free  free  gone  gone  gone  gone  gone  gone  gone  part  24h   gone  whose gone
taken back           | A     else  A     free  free  void  void  P     void  part  part  else  none  none  C     whose I
cancelled            | off   off   off   free  free  off   off   off   off   off   off   off   none  none  off   whose off
rest cancelled       | off   off   off   free  free  gone  gone  gone  gone  off   off   off   C     none  off   whose off
redesignated         | else  A     else  free  free  else  else  else  else  else  else  part  none  none  C     whose I
expired              | late  late  late  free  free  late  late  late  late  late  late  late  none  none  late  whose late
rest expired         | late  late  late  free  free  gone  gone  gone  gone  late  late  late  24h   none  late  whose late
`;
const expected = (state: string): readonly string[] => {
  const row = TABLE.split('\n').find((line) => line.split('|')[0]?.trim() === state);
  return row?.split('|')[1]?.trim().split(/ +/u) ?? [];
};

describe('a prescription', () => {
  for (const [state, { day }] of Object.entries(STATES)) {
    it(`that is ${state} takes every event as the table says`, () => {
      const life = lifeIn(state);
      const before = structuredClone(life);
      const seen = Object.keys(EVENTS).map((name) => {
        const next = after(life, name, day);
        const today = new Date(START + day * DAY).toISOString().slice(0, 10);
        return SHORT[typeof next === 'string' ? next : stateOf(TERMS, next, today)];
      });
      expect(seen).toEqual(expected(state));
      expect(life).toEqual(before);
    });
  }

  it('opens its next part ten days before the supply ends, on the day in Taiwan', () => {
    const life = lifeIn('part 1 given');
    expect(opensOn(TERMS, life, 1)).toBeUndefined();
    expect(opensOn(TERMS, life, 2)).toBe('2026-11-20');
    const at = (instant: string) => stepPrescription(TERMS, life, make('part 2')(Date.parse(instant)));
    expect(at('2026-11-19T15:59:59.999Z')).toEqual({ refused: 'RX_TOO_EARLY' });
    expect(at('2026-11-19T16:00:00.000Z')).toHaveProperty('life');
    // A supply shorter than the window waits for nothing.
    expect(opensOn({ ...TERMS, daysPerPart: 7 }, life, 2)).toBe('2026-11-02');
  });

  it('grants one exception, and gives it back with the part that is taken back', () => {
    const terms = { ...TERMS, parts: 3 };
    const step = (life: PrescriptionLife, event: PrescriptionEvent) => {
      const result = stepPrescription(terms, life, event);
      return 'life' in result ? result.life : result.refused;
    };
    const early = (life: PrescriptionLife, part: number, pickup: string) =>
      step(life, dispense(part, [1, 2], { exception: true, pickup })(START + DAY));
    const first = lifeIn('part 1 given');
    const second = early(first, 2, 'pu-2');
    if (typeof second === 'string') throw new Error(second);
    expect(early(second, 3, 'pu-3')).toBe('RX_EXCEPTION_USED');
    const back = step(second, { kind: 'undispense', pharmacy: A, part: 2, now: START + DAY });
    if (typeof back === 'string') throw new Error(back);
    expect(early(back, 2, 'pu-2')).toBe('RX_PICKUP_VOID');
    expect(early(back, 2, 'pu-2b')).toHaveProperty('dispensed.length', 2);
    // Within the window a declaration uses nothing up.
    const open = step(first, dispense(2, [1, 2], { exception: true })(START + 18 * DAY));
    expect(open).toMatchObject({ dispensed: [{ exception: false }, { exception: false }] });
  });

  it('lets what is owed lapse when the next part is given, and not before', () => {
    const owing = lifeIn('a line owed');
    const terms = { ...TERMS, parts: 1 };
    expect(stateOf(terms, owing, '2026-11-02')).toBe('owing');
    const next = after(owing, 'part 2', 18);
    expect(next).toHaveProperty('dispensed.length', 2);
    if (typeof next === 'string') throw new Error(next);
    expect(after(next, 'owed line of part 1', 18)).toBe('RX_COLLECTED');
  });

  it('is taken back within 24 hours to the millisecond', () => {
    const life = lifeIn('part 1 given');
    const back = (now: number) => stepPrescription(TERMS, life, { kind: 'undispense', pharmacy: A, part: 1, now });
    expect(back(START + DAY)).toHaveProperty('life');
    expect(back(START + DAY + 1)).toEqual({ refused: 'RX_UNDISPENSE_LATE' });
  });

  it('walks as a model of its history does', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(walkPrescriptions({ seed, walks: 1, events: 200 })).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
