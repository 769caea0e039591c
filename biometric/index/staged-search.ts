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
import type { RowAddress, SearchTask } from './search-protocol.ts';
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

/** Numbers of the `most` best scores, in no order. Scores of 0 were not compared. */
export function bestOf(scores: Float32Array, most: number): number[] {
  const compared = scores.filter((score) => score > 0);
  if (compared.length <= most) return [...scores.keys()].filter((i) => (scores[i] ?? 0) > 0);
  const limit = compared.sort()[compared.length - most] ?? 0;
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
  const addressOf = (number: number): RowAddress => {
    const { segment, row } = memory.place(number);
    return { memory: segment.memory, segment: segment.at, row };
  };
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

  /** Pairs of a finger of the probe and a row, for these persons. */
  const pairsOf = (some: readonly number[]) =>
    some.flatMap((person) =>
      persons.rowsOf(person).flatMap((number) => {
        const { segment } = memory.place(number);
        return probe.flatMap(({ finger }, i) =>
          matches(finger, segment.finger) ? [{ person, finger: i, number }] : [],
        );
      }),
    );
  /** Scores of the persons by pairs: for each finger of the probe the best of its rows, added up. */
  const addUp = (pairs: ReturnType<typeof pairsOf>, scores: Float32Array): Float32Array => {
    const sums = new Float32Array(count);
    const best = new Map<number, number>();
    pairs.forEach(({ person, finger }, i) => {
      const key = person * probe.length + finger;
      best.set(key, Math.max(best.get(key) ?? 0, scores[i] ?? 0));
    });
    for (const [key, score] of best) {
      const person = Math.floor(key / probe.length);
      // Everybody who got this far stays comparable, however little there is in common.
      sums[person] = (sums[person] ?? 0) + score + 1e-6;
    }
    return sums;
  };
  /** One closer look: every finger of the probe with the rows of these persons. */
  const look = async (
    stage: SearchTask['stage'],
    some: readonly number[],
    most: number,
    task: (finger: number, rows: readonly RowAddress[]) => SearchTask,
  ): Promise<Float32Array> => {
    const pairs = pairsOf(some);
    const scores = new Float32Array(pairs.length);
    const groups = Map.groupBy([...pairs.keys()], (i) => {
      const { finger, number } = pairs[i] ?? { finger: 0, number: 0 };
      return finger * 1_024 + memory.place(number).segment.memory;
    });
    const tasks = [...groups.entries()].flatMap(([key, all]) => pieces(all, most).map((part) => ({ key, part })));
    await Promise.all(
      tasks.map(async ({ key, part }) => {
        const rows = part.map((i) => addressOf(pairs[i]?.number ?? 0));
        const answer = await run(task(Math.floor(key / 1_024), rows), () => part.map((i) => pairs[i]?.person ?? 0));
        if (answer !== undefined) part.forEach((i, j) => (scores[i] = answer[j] ?? 0));
      }),
    );
    observed(stage, pairs.length);
    return addUp(pairs, scores);
  };

  const afterScan = bestOf(scanned, wanted(persons.enrolled, STAGES.afterScan));
  const medium = await look('medium', afterScan, CHUNK.medium, (finger, rows) => {
    const view = firsts[finger]?.views[0];
    const codes = view === undefined ? new Uint8Array(0) : mediumCodes(view, STAGES.mediumCodes);
    return { stage: 'medium', memory: rows[0]?.memory ?? 0, rows, codes };
  });
  const afterMedium = bestOf(medium, wanted(persons.enrolled, STAGES.afterMedium));
  const full = await look('full', afterMedium, CHUNK.full, (finger, rows) => ({
    stage: 'full',
    probe: firsts[finger] ?? { views: [] },
    rows,
  }));
  const afterFull = bestOf(full, wanted(persons.enrolled, STAGES.afterFull));
  const finals = await Promise.all(
    pieces(afterFull, CHUNK.persons).map(async (some) => {
      const pairs = some.map((person) =>
        pairsOf([person]).map(({ finger, number }) => ({ finger, row: addressOf(number) })),
      );
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
