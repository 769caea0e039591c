/**
 * Everybody who is enrolled, as searches find them. The store is the system of record: what it has decided is a task for the gallery until the
 * gallery has carried it out, so that a crash in between loses nothing. A gallery that is opened is compared with the store, person by person: one
 * whose folder is gone, or was put back as it was on another day, misses nobody and brings nobody back. It is opened when it is first needed, by the
 * one process that serves.
 * @module
 */
import type { ErasingGallery, GalleryPerson, SearchAnswer } from '../../biometric/index/gallery.ts';
import type { Matcher } from '../../biometric/match/create-matcher.ts';
import { ImisError } from '../../contract/errors.ts';
import type { Store } from '../store/store.ts';
import { typicalFingers } from './finger-records.ts';
import type { FingerSeals } from './finger-seals.ts';

/** What searches: who is alike, and how alike two are. */
export interface FingerEngines {
  readonly gallery: ErasingGallery;
  readonly matcher: Matcher;
}

export interface EnrolledFingers {
  readonly seals: FingerSeals;
  /** What a set says, by opening it; undefined, and logged, for one that was damaged: one row is not to keep all others from being found. */
  read<T>(opening: () => T): T | undefined;
  /** Opened, and told of what it could be told of. GALLERY_UNAVAILABLE. */
  engines(signal: AbortSignal): Promise<FingerEngines>;
  /** Searches; GALLERY_UNAVAILABLE when nobody at all could be looked at. */
  search(probe: GalleryPerson['fingers'], limit: number, signal: AbortSignal): Promise<SearchAnswer>;
  /** Tells the gallery what it has still to be told; false when it could not be reached, and the next call tells it. */
  settle(signal: AbortSignal): Promise<boolean>;
  /**
   * Has the next call compare again where a copy of the gallery has more or fewer persons than it should: one that came back without its files, or with
   * those of another day. Logged where a copy does not say how many.
   */
  recount(signal: AbortSignal): Promise<void>;
  /** Enrolments one after another: of two that give one finger at the same instant, the second is to find the first. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Persons that are given to the gallery at once, and numbers that are read at once. */
const AT_ONCE = 200;
const NUMBERS_AT_ONCE = 5_000;

/** One piece of work after another, whatever became of the one before. */
function createQueue() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}

/** `open`: opens gallery and matcher; asked again when it failed. `log`: told why the gallery could not be. */
export function createEnrolledFingers(parts: {
  readonly store: Store;
  readonly seals: FingerSeals;
  readonly open: () => Promise<FingerEngines>;
  readonly log: (cause: unknown) => void;
}): EnrolledFingers {
  const { store, seals } = parts;
  const alone = createQueue();
  const telling = createQueue();
  let opened: FingerEngines | undefined;
  let isCompared = false;
  /** Who is in the store and known not to be in the gallery, though it was told. */
  const lacking = new Set<string>();
  /** The last task whose number this process has left out of the files. */
  let leftOut = 0;

  const read = <T>(opening: () => T): T | undefined => {
    try {
      return opening();
    } catch (cause) {
      parts.log(cause);
      return undefined;
    }
  };

  /** Numbers in portions, with the rows of those that are in the store. */
  const rowsOf = async function* (numbers: readonly string[], signal: AbortSignal) {
    for (let i = 0; i < numbers.length; i += AT_ONCE)
      yield await store.fingerSets(numbers.slice(i, i + AT_ONCE), signal);
  };
  /** Puts those of the numbers that are in the store. */
  const put = async ({ gallery, matcher }: FingerEngines, numbers: readonly string[], signal: AbortSignal) => {
    for await (const rows of rowsOf(numbers, signal)) {
      for (const { number } of rows) lacking.add(number);
      const persons = rows.flatMap(({ number, sealed_fingers }): readonly GalleryPerson[] => {
        const records = read(() => seals.openRecords(number, sealed_fingers));
        return records === undefined ? [] : [{ id: number, fingers: typicalFingers(matcher, records) }];
      });
      await gallery.add(persons, signal);
      for (const { id } of persons) lacking.delete(id);
    }
  };
  /** Those of the numbers that are in the store. */
  const stored = async (numbers: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> => {
    const there = new Set<string>();
    for await (const rows of rowsOf(numbers, signal)) for (const { number } of rows) there.add(number);
    return there;
  };

  /** Brings a gallery to what the store says; of whom it is to be told yet it will be told. */
  const compare = async (engines: FingerEngines, signal: AbortSignal): Promise<void> => {
    const untold = new Set((await store.galleryTasks(signal)).map(({ number }) => number));
    const { anywhere, incomplete } = await engines.gallery.ids(signal);
    const others = new Set(anywhere);
    const missing: string[] = [];
    for (let after: string | undefined = ''; after !== undefined; ) {
      const numbers = await store.fingerNumbers(after, NUMBERS_AT_ONCE, signal);
      for (const number of numbers) {
        const isThere = others.delete(number) && !incomplete.has(number);
        if (!isThere && !untold.has(number)) missing.push(number);
      }
      after = numbers.at(-1);
    }
    for (const number of missing) lacking.add(number);
    const erased = [...others].filter((number) => !untold.has(number));
    if (erased.length > 0) await engines.gallery.rewrite(erased);
    await put(engines, missing, signal);
  };

  const open = async (signal: AbortSignal): Promise<FingerEngines> => {
    opened ??= await parts.open();
    if (isCompared) return opened;
    try {
      await compare(opened, signal);
      isCompared = true;
    } catch (cause) {
      signal.throwIfAborted();
      // An emergency does not wait: who is there is searched, who is missing is counted, and the next call compares again.
      parts.log(cause);
    }
    return opened;
  };

  const tell = async (signal: AbortSignal): Promise<void> => {
    const tasks = await store.galleryTasks(signal);
    const last = tasks.at(-1);
    if (last === undefined) return;
    const engines = await open(signal);
    // The store as it is now decides, not the task: a set that was put and withdrawn since is not put.
    const numbers = new Set(tasks.map(({ number }) => number));
    const there = await stored([...numbers], signal);
    // First whoever is to be forgotten: that needs no room, and makes some.
    for (const number of numbers) {
      if (there.has(number)) continue;
      await engines.gallery.remove(number, signal);
      lacking.delete(number);
    }
    // Also after a crash between removing and this.
    const removed = tasks.findLast(({ change }) => change === 'remove')?.position ?? 0;
    if (removed > leftOut) {
      await engines.gallery.rewrite();
      await store.scrub(signal);
      leftOut = removed;
    }
    await put(engines, [...there], signal);
    await store.galleryTasksDone(last.position, signal);
  };

  /** How many are in the store, and how many of them the gallery does not have. */
  const register = async (signal: AbortSignal): Promise<{ readonly count: number; readonly absent: number }> => {
    const untold = (await store.galleryTasks(signal)).map(({ number }) => number);
    const absent = new Set([...lacking, ...(await stored([...new Set(untold)], signal))]).size;
    return { count: await store.fingerCount(signal), absent };
  };

  /** As GALLERY_UNAVAILABLE, unless the caller has gone away. */
  const reachable = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      signal.throwIfAborted();
      parts.log(cause);
      throw new ImisError('GALLERY_UNAVAILABLE', 'the gallery cannot be searched', { cause });
    }
  };

  /** False when the gallery could not be told everything. The decision stands, its task too, and the next call tells it. */
  const told = async (signal: AbortSignal): Promise<boolean> => {
    try {
      await tell(signal);
      return true;
    } catch (cause) {
      signal.throwIfAborted();
      parts.log(cause);
      return false;
    }
  };

  const engines = (signal: AbortSignal): Promise<FingerEngines> =>
    reachable(signal, () =>
      telling(async () => {
        // Whom it could be told of can be found nevertheless: an emergency does not wait for the others.
        await told(signal);
        return open(signal);
      }),
    );

  return {
    seals,
    read,
    engines,
    search: async (probe, limit, signal) => {
      const { gallery } = await engines(signal);
      const { count, absent } = await register(signal);
      const found = await reachable(signal, () => gallery.search({ fingers: probe }, limit, signal));
      // Of persons of the store: whom the gallery was not told of yet was not searched, and whom it has still to forget does not count.
      const known = Math.max(0, count - absent - (found.enrolled - found.searched));
      const searched = Math.min(known, found.searched);
      const answer = { ...found, searched, enrolled: count };
      if (answer.searched === 0 && answer.enrolled > 0)
        throw new ImisError('GALLERY_UNAVAILABLE', `nobody of ${answer.enrolled} could be compared`);
      return answer;
    },
    settle: (signal) => telling(() => told(signal)),
    recount: (signal) =>
      telling(async () => {
        // What it has still to be told changes the number.
        if (opened === undefined || !isCompared || (await store.galleryTasks(signal)).length > 0) return;
        const { count, absent } = await register(signal);
        try {
          isCompared = await opened.gallery.holds(count - absent, signal);
        } catch (cause) {
          signal.throwIfAborted();
          // The others are searched nevertheless.
          parts.log(cause);
        }
      }),
    alone,
    close: async () => {
      await telling(async () => opened?.gallery.close());
    },
  };
}
