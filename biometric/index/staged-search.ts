/**
 * A search in four stages, each looking closer at fewer: the scan of everybody with codes of 128 bits, the best of them with 312 bits, the full
 * comparison of the first extraction, and of the last few everything, which alone gives the score. How many each stage keeps was measured against
 * an exhaustive search (`npm run bench -- fingerprint`, staging.loss).
 * @module
 */
import type { Matcher } from '../match/create-matcher.ts';
import type { PreparedFinger } from '../match/prepared-finger.ts';
import type { Candidate, GalleryFinger, SearchAnswer } from './gallery.ts';
import type { GalleryMemory, Segment } from './gallery-memory.ts';
import { mediumCodes, SEGMENT_ROWS, shortCodes } from './row-layout.ts';
import type { RowAddress, RowList, SearchTask } from './search-protocol.ts';
import type { SearchThreads } from './search-threads.ts';

/** How many persons a stage keeps: a share of all, but so many at least. */
export interface Kept {
  readonly share: number;
  readonly least: number;
}

/** What the stages look at. */
const STAGES = {
  /** Codes of the probe in the scan, and in the finer one. */
  scanCodes: 12,
  mediumCodes: 20,
  afterScan: { share: 0.03, least: 1_000 },
  afterMedium: { share: 0.003, least: 200 },
  afterFull: { share: 0, least: 50 },
} as const satisfies Record<string, number | Kept>;

/** Segments of a scan, and rows and persons of a closer look, that go to a thread at once. */
const CHUNK = { segments: 8, medium: 4_096, full: 256, persons: 16 } as const;

/** Persons as the search sees them: numbers from 0, with the rows of each. */
export interface PersonRows {
  /** Numbers given so far; not all of them are persons still. */
  readonly count: number;
  /** Persons enrolled. */
  readonly enrolled: number;
  idOf(person: number): string;
  rowsOf(person: number): readonly number[];
}

/** How long a stage took, and how many rows (of the last: persons) it looked at. */
export interface StageReport {
  readonly stage: SearchTask['stage'];
  readonly ms: number;
  readonly looked: number;
}

/** What a search works with. */
export interface SearchParts {
  readonly memory: GalleryMemory;
  readonly threads: SearchThreads;
  readonly matcher: Matcher;
  readonly persons: PersonRows;
  /** For whoever measures. */
  readonly observe?: (report: StageReport) => void;
}

const wanted = (count: number, { share, least }: Kept): number =>
  Math.min(count, Math.max(least, Math.ceil(count * share)));

/** The `rank`th greatest of these, from 0, by quickselect (Hoare 1961); they are put in another order. */
function greatest(values: Float32Array, rank: number): number {
  const target = values.length - 1 - rank;
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? 0;
    let [i, j] = [low, high];
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++;
      while ((values[j] ?? 0) > pivot) j--;
      if (i <= j) {
        const swapped = values[i] ?? 0;
        values[i++] = values[j] ?? 0;
        values[j--] = swapped;
      }
    }
    if (target <= j) high = j;
    else if (target >= i) low = i;
    else break;
  }
  return values[target] ?? 0;
}

/** Numbers of the `most` best scores, in no order. Scores of 0 were not compared. */
export function bestOf(scores: Float32Array, most: number): number[] {
  const compared = scores.filter((score) => score > 0);
  if (compared.length <= most) return [...scores.keys()].filter((i) => (scores[i] ?? 0) > 0);
  const limit = greatest(compared, most - 1);
  const best: number[] = [];
  const even: number[] = [];
  scores.forEach((score, i) => {
    if (score > limit) best.push(i);
    else if (score === limit && score > 0) even.push(i);
  });
  return [...best, ...even.slice(0, most - best.length)];
}

/** Splits into pieces of at most so many. */
function pieces<T>(all: readonly T[], most: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, i) => all.slice(i * most, (i + 1) * most));
}

/** Rows of one memory that one finger of the probe is compared with, and whose they are: places among the persons looked at. */
interface Group {
  readonly finger: number;
  readonly memory: number;
  readonly at: number[];
  readonly segments: number[];
  readonly rows: number[];
}

/** Searches; rejects with the signal's reason. */
export async function searchStaged(
  { memory, threads, matcher, persons, observe }: SearchParts,
  probe: readonly GalleryFinger[],
  limit: number,
  signal: AbortSignal,
): Promise<SearchAnswer> {
  if (probe.length === 0) throw new RangeError('a probe without a finger');
  signal.throwIfAborted();
  const prepared = probe.map(({ templates }) => matcher.prepare(templates));
  const firsts = prepared.map(({ views }): PreparedFinger => ({ views: views.slice(0, 1) }));
  const { count } = persons;
  /** Persons some of whose rows nobody could look at. */
  const missed = new Set<number>();
  let began = performance.now();
  const observed = (stage: SearchTask['stage'], looked: number): void => {
    const now = performance.now();
    observe?.({ stage, ms: now - began, looked });
    began = now;
  };
  const matches = (finger: number, position: number): boolean => finger === 0 || position === 0 || finger === position;

  /** Runs a task; what failed twice is `undefined`, and its persons count as not searched. */
  const run = async (task: SearchTask, concerned: () => Iterable<number>): Promise<ArrayLike<number> | undefined> => {
    try {
      return await threads.run(task, signal);
    } catch {
      signal.throwIfAborted();
      for (const person of concerned()) missed.add(person);
      return undefined;
    }
  };

  // Stage 1. Of several rows of a person (positions unknown) the best counts; the fingers of a probe add up.
  const scanned = new Float32Array(count);
  let rows = 0;
  for (const [i, { finger }] of probe.entries()) {
    const view = firsts[i]?.views[0];
    if (view === undefined || view.count === 0) continue;
    const codes = shortCodes(view, STAGES.scanCodes);
    const best = new Float32Array(count);
    const chosen = memory.segments.filter((segment) => matches(finger, segment.finger) && segment.used > 0);
    const byMemory = Map.groupBy(chosen, (segment) => segment.memory);
    const tasks = [...byMemory.values()].flatMap((some) => pieces(some, CHUNK.segments));
    await Promise.all(
      tasks.map(async (some) => {
        const segments = some.map(({ at, used }) => ({ at, rows: used }));
        rows += segments.reduce((sum, segment) => sum + segment.rows, 0);
        const task = { stage: 'scan', memory: some[0]?.memory ?? 0, segments, codes } as const;
        const scores = await run(task, () => some.flatMap((segment) => [...livePersons(segment)]));
        if (scores === undefined) return;
        let at = 0;
        some.forEach((segment, s) => {
          const rows = segments[s]?.rows ?? 0;
          for (let row = 0; row < rows; row++) {
            const person = segment.persons[row] ?? -1;
            const score = scores[at + row] ?? 0;
            if (person >= 0 && score > (best[person] ?? 0)) best[person] = score;
          }
          at += rows;
        });
      }),
    );
    for (let person = 0; person < count; person++) scanned[person] = (scanned[person] ?? 0) + (best[person] ?? 0);
  }

  observed('scan', rows);

  /** One closer look: every finger of the probe with the rows of these persons. Answers with those who are kept. */
  const look = async (
    stage: 'medium' | 'full',
    some: readonly number[],
    { most, kept }: { readonly most: number; readonly kept: Kept },
    task: (finger: number, rows: RowList) => SearchTask,
  ): Promise<readonly number[]> => {
    // A million persons leave tens of thousands of pairs: they go in arrays of numbers.
    const groups = new Map<number, Group>();
    let looked = 0;
    for (const [at, person] of some.entries())
      for (const number of persons.rowsOf(person)) {
        const { segment, row } = memory.place(number);
        for (const [finger, { finger: position }] of probe.entries()) {
          if (!matches(position, segment.finger)) continue;
          const key = segment.memory * probe.length + finger;
          const group = groups.get(key) ?? { finger, memory: segment.memory, at: [], segments: [], rows: [] };
          groups.set(key, group);
          group.at.push(at);
          group.segments.push(segment.at);
          group.rows.push(row);
          looked += 1;
        }
      }
    /** For each person and finger of the probe the best of the rows; below 0 where there was none. */
    const best = new Float32Array(some.length * probe.length).fill(-1);
    const tasks = [...groups.values()].flatMap((group) =>
      Array.from({ length: Math.ceil(group.at.length / most) }, (_, i) => ({ group, from: i * most })),
    );
    await Promise.all(
      tasks.map(async ({ group, from }) => {
        const { finger } = group;
        const part = group.at.slice(from, from + most);
        const rows = {
          memory: group.memory,
          segments: Uint32Array.from(group.segments.slice(from, from + most)),
          rows: Uint16Array.from(group.rows.slice(from, from + most)),
        };
        const scores = await run(task(finger, rows), () => part.map((at) => some[at] ?? -1));
        part.forEach((at, i) => {
          const place = at * probe.length + finger;
          best[place] = Math.max(best[place] ?? 0, scores?.[i] ?? 0);
        });
      }),
    );
    // Everybody who got this far stays comparable, however little there is in common.
    const sums = Float32Array.from(some, (_, at) =>
      best
        .subarray(at * probe.length, (at + 1) * probe.length)
        .reduce((sum, score) => (score < 0 ? sum : sum + score + 1e-6), 0),
    );
    observed(stage, looked);
    return bestOf(sums, wanted(persons.enrolled, kept)).flatMap((at) => some[at] ?? []);
  };

  const afterScan = bestOf(scanned, wanted(persons.enrolled, STAGES.afterScan));
  const afterMedium = await look(
    'medium',
    afterScan,
    { most: CHUNK.medium, kept: STAGES.afterMedium },
    (finger, rows) => {
      const view = firsts[finger]?.views[0];
      const codes = view === undefined ? new Uint8Array(0) : mediumCodes(view, STAGES.mediumCodes);
      return { stage: 'medium', ...rows, codes };
    },
  );
  const afterFull = await look('full', afterMedium, { most: CHUNK.full, kept: STAGES.afterFull }, (finger, rows) => ({
    stage: 'full',
    ...rows,
    probe: firsts[finger] ?? { views: [] },
  }));
  /** Which finger of the probe is compared with which row of a person. */
  const pairsOf = (person: number) =>
    persons.rowsOf(person).flatMap((number) => {
      const { segment, row } = memory.place(number);
      const address: RowAddress = { memory: segment.memory, segment: segment.at, row };
      return probe.flatMap(({ finger }, i) => (matches(finger, segment.finger) ? [{ finger: i, row: address }] : []));
    });
  const finals = await Promise.all(
    pieces(afterFull, CHUNK.persons).map(async (some) => {
      const pairs = some.map(pairsOf);
      const scores = await run({ stage: 'final', probe: prepared, persons: pairs }, () => some);
      return some.map((person, i): Candidate => ({ id: persons.idOf(person), score: scores?.[i] ?? 0 }));
    }),
  );
  observed('final', afterFull.length);
  const candidates = finals
    .flat()
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  return {
    candidates: candidates.slice(0, limit),
    searched: persons.enrolled - missed.size,
    enrolled: persons.enrolled,
    unreachable: missed.size === 0 ? [] : ['searching threads'],
  };
}

/** Whose rows a segment holds. */
function* livePersons({ persons, used }: Segment): Iterable<number> {
  for (let row = 0; row < Math.min(used, SEGMENT_ROWS); row++) {
    const person = persons[row] ?? -1;
    if (person >= 0) yield person;
  }
}
