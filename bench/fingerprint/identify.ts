/**
 * Identification in figures: two fingers of a person searched among synthetic persons, and real fingers hidden among them. A candidate that the
 * stages dropped counts as lost only where an exhaustive search would have had the person first; the exhaustive search is made for these.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FingerTemplate } from '../../biometric/extract/finger-template.ts';
import type { GalleryFinger, GalleryPerson } from '../../biometric/index/gallery.ts';
import { type LocalGallery, openLocalGallery } from '../../biometric/index/local-gallery.ts';
import type { StageReport } from '../../biometric/index/staged-search.ts';
import { createMatcher } from '../../biometric/match/create-matcher.ts';
import { impressTemplate, syntheticFinger } from '../../biometric/testing/synthetic-template.ts';

const FINGERS = [2, 7] as const;
const BATCH = 500;
/** As many as the last stage looks at: whoever is among them was compared as an exhaustive search would have it. */
const LIMIT = 50;
const THREADS = 2;
const signal = new AbortController().signal;

/** A real person: enrolled by one impression of each of two fingers, searched by the others. Two fingers of one set stand for one person. */
export interface RealPerson {
  readonly enrolled: readonly (readonly FingerTemplate[])[];
  /** For each search a template list of each finger. */
  readonly probes: readonly (readonly (readonly FingerTemplate[])[])[];
}

/** Figures of one size of gallery. */
export interface Identified {
  readonly persons: number;
  /** Seconds of a search, each. */
  readonly seconds: readonly number[];
  /** Candidates a second and thread in the scan. */
  readonly scanRate: number;
  /** Searches of synthetic and of real persons: how many, mates not first, mates lost by the stages alone. */
  readonly synthetic: Losses;
  readonly real: Losses | undefined;
  /** Mean milliseconds of each stage in searches of synthetic persons. */
  readonly stages: Readonly<Record<StageReport['stage'], number>>;
  readonly bytesEach: number;
  readonly secondsToAdd: number;
}
export interface Losses {
  readonly searches: number;
  readonly notFirst: number;
  readonly lost: number;
}

const idOf = (person: number): string => (person + 1).toString(16).padStart(32, '0');
const withFingers = (templates: readonly (readonly FingerTemplate[])[]): readonly GalleryFinger[] =>
  templates.map((list, i) => ({ finger: FINGERS[i] ?? 0, templates: list }));
/** Fingers of a synthetic person as laid down the `impression`th time: two extractions of it see it a little differently. */
const syntheticPerson = (person: number, impression: number): readonly GalleryFinger[] =>
  withFingers(
    FINGERS.map((position) => {
      const finger = syntheticFinger(person, position);
      return [0, 1].map((view) => impressTemplate(finger, impression * 2 + view));
    }),
  );
const realId = (person: number): string => `f${person.toString(16).padStart(31, '0')}`;

/** Adds synthetic persons up to `persons`. */
async function fill(gallery: LocalGallery, from: number, persons: number): Promise<void> {
  for (let begin = from; begin < persons; begin += BATCH) {
    const batch: GalleryPerson[] = [];
    for (let person = begin; person < Math.min(begin + BATCH, persons); person++)
      batch.push({ id: idOf(person), fingers: syntheticPerson(person, 0) });
    await gallery.add(batch, signal);
    if (begin % 50_000 === 0 && begin > 0) console.log(`${begin} of ${persons} persons`);
  }
}

/** Measures at each of the sizes, growing one gallery. */
export async function identify(
  sizes: readonly number[],
  searches: number,
  real: readonly RealPerson[],
): Promise<readonly Identified[]> {
  const folder = await mkdtemp(join(tmpdir(), 'imis-identify-'));
  const reports: StageReport[] = [];
  const observe = (report: StageReport): void => void reports.push(report);
  const before = process.memoryUsage().rss;
  const gallery = await openLocalGallery({ folder, key: new Uint8Array(32).fill(1), threads: THREADS, observe });
  const matcher = await createMatcher();
  const results: Identified[] = [];
  let filled = 0;

  /** Would the exhaustive search have had this person first? Asked only where the stages dropped them. */
  const isFirstOfAll = (probe: readonly GalleryFinger[], mate: readonly GalleryFinger[]): boolean => {
    const prepared = probe.map(({ templates }) => matcher.prepare(templates));
    const scoreOf = (fingers: readonly GalleryFinger[]): number =>
      matcher.compareFingers(
        prepared.flatMap((own, i) => {
          const other = fingers[i];
          return other === undefined ? [] : [[own, matcher.prepare(other.templates)] as const];
        }),
      );
    const wanted = scoreOf(mate);
    for (let person = 0; person < filled; person++) if (scoreOf(syntheticPerson(person, 0)) >= wanted) return false;
    return true;
  };
  const lossesOf = async (
    probes: Iterable<{ id: string; fingers: readonly GalleryFinger[]; mate: readonly GalleryFinger[] }>,
    seconds: number[],
  ): Promise<Losses> => {
    let [count, notFirst, lost] = [0, 0, 0];
    for (const { id, fingers, mate } of probes) {
      const began = performance.now();
      const { candidates, searched, enrolled } = await gallery.search({ fingers }, LIMIT, signal);
      seconds.push((performance.now() - began) / 1_000);
      if (searched !== enrolled) throw new Error('a search did not reach everybody');
      count += 1;
      if (candidates[0]?.id === id) continue;
      notFirst += 1;
      // One that is further down was compared, and is no lower than an exhaustive search would have it.
      if (!candidates.some((candidate) => candidate.id === id) && isFirstOfAll(fingers, mate)) lost += 1;
    }
    return { searches: count, notFirst, lost };
  };
  const syntheticProbes = function* () {
    for (let i = 0; i < searches; i++) {
      const person = Math.floor((i * filled) / searches);
      yield { id: idOf(person), fingers: syntheticPerson(person, 5), mate: syntheticPerson(person, 0) };
    }
  };
  const realProbes = function* () {
    for (const [person, { enrolled, probes }] of real.entries())
      for (const probe of probes)
        yield { id: realId(person), fingers: withFingers(probe), mate: withFingers(enrolled) };
  };
  try {
    await gallery.add(
      real.map(({ enrolled }, person) => ({ id: realId(person), fingers: withFingers(enrolled) })),
      signal,
    );
    for (const persons of sizes) {
      const began = performance.now();
      await fill(gallery, filled, persons);
      const secondsToAdd = (performance.now() - began) / 1_000;
      filled = persons;
      // The first search shows the memories to the threads.
      await gallery.search({ fingers: syntheticPerson(0, 9) }, LIMIT, signal);
      reports.length = 0;
      const seconds: number[] = [];
      const synthetic = await lossesOf(syntheticProbes(), seconds);
      const scans = reports.filter(({ stage }) => stage === 'scan');
      const fastest = Math.max(...scans.map(({ ms, looked }) => looked / (ms / 1_000) / THREADS));
      const meanOf = (wanted: StageReport['stage']): number =>
        reports.reduce((sum, { stage, ms }) => sum + (stage === wanted ? ms : 0), 0) / seconds.length;
      const stages = { scan: meanOf('scan'), medium: meanOf('medium'), full: meanOf('full'), final: meanOf('final') };
      const hidden = real.length === 0 ? undefined : await lossesOf(realProbes(), []);
      results.push({
        persons,
        seconds,
        scanRate: fastest,
        synthetic,
        real: hidden,
        stages,
        bytesEach: (process.memoryUsage().rss - before) / persons,
        secondsToAdd,
      });
    }
  } finally {
    await gallery.close();
    await rm(folder, { recursive: true, force: true });
  }
  return results;
}
