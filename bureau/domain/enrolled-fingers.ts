/**
 * Everybody who is enrolled, as searches find them. The store is the system of record: what it has decided is a task for the gallery until the
 * gallery has carried it out, so that a crash in between loses nothing; a gallery whose folder is gone is made anew. It is opened when it is first
 * needed, by the one process that serves.
 * @module
 */
import type { Gallery, GalleryPerson, SearchAnswer } from '../../biometric/index/gallery.ts';
import type { Matcher } from '../../biometric/match/create-matcher.ts';
import { ImisError } from '../../contract/errors.ts';
import type { Store } from '../store/store.ts';
import { typicalFingers } from './finger-records.ts';
import type { FingerSeals } from './finger-seals.ts';

/** A gallery that can leave what was erased out of its files. */
export interface ErasingGallery extends Gallery {
  rewrite(): Promise<void>;
}

/** What searches: who is alike, and how alike two are. */
export interface FingerEngines {
  readonly gallery: ErasingGallery;
  readonly matcher: Matcher;
}

export interface EnrolledFingers {
  readonly seals: FingerSeals;
  /** Opened, and told of what it could be told of. GALLERY_UNAVAILABLE. */
  engines(signal: AbortSignal): Promise<FingerEngines>;
  /** Searches; GALLERY_UNAVAILABLE when nobody at all could be looked at. */
  search(probe: GalleryPerson['fingers'], limit: number, signal: AbortSignal): Promise<SearchAnswer>;
  /** Tells the gallery what it has still to be told; false when it could not be reached, and the next call tells it. */
  settle(signal: AbortSignal): Promise<boolean>;
  /** Enrolments one after another: of two that give one finger at the same instant, the second is to find the first. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Persons that are given to the gallery at once. */
const AT_ONCE = 200;

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

  const personsOf = async ({ matcher }: FingerEngines, numbers: readonly string[], signal: AbortSignal) =>
    (await store.fingerSets(numbers, signal)).map(
      ({ number, sealed_fingers }): GalleryPerson => ({
        id: number,
        fingers: typicalFingers(matcher, seals.openRecords(number, sealed_fingers)),
      }),
    );

  /** A gallery with fewer persons than the store has lost its folder, or is new. */
  const fill = async (engines: FingerEngines, signal: AbortSignal): Promise<void> => {
    if ((await engines.gallery.size(signal)) >= (await store.fingerCount(signal))) return;
    for (let after = ''; ; ) {
      const numbers = await store.fingerNumbers(after, AT_ONCE, signal);
      const last = numbers.at(-1);
      if (last === undefined) return;
      await engines.gallery.add(await personsOf(engines, numbers, signal), signal);
      after = last;
    }
  };

  const open = async (signal: AbortSignal): Promise<FingerEngines> => {
    if (opened !== undefined) return opened;
    const engines = await parts.open();
    try {
      await fill(engines, signal);
    } catch (cause) {
      await engines.gallery.close();
      throw cause;
    }
    opened = engines;
    return engines;
  };

  const tell = async (signal: AbortSignal): Promise<void> => {
    const tasks = await store.galleryTasks(signal);
    const last = tasks.at(-1);
    if (last === undefined) return;
    const engines = await open(signal);
    const numbers = [...new Set(tasks.map(({ number }) => number))];
    for (let i = 0; i < numbers.length; i += AT_ONCE) {
      const some = numbers.slice(i, i + AT_ONCE);
      // The store as it is now decides, not the task: a set that was put and withdrawn since is not put.
      const persons = await personsOf(engines, some, signal);
      await engines.gallery.add(persons, signal);
      const there = new Set(persons.map(({ id }) => id));
      for (const number of some) if (!there.has(number)) await engines.gallery.remove(number, signal);
    }
    // Also after a crash between removing and this.
    const isErased = tasks.some(({ change }) => change === 'remove');
    if (isErased) await engines.gallery.rewrite();
    await store.galleryTasksDone(last.position, signal);
    if (isErased) await store.scrub(signal);
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
    engines,
    search: async (probe, limit, signal) => {
      const { gallery } = await engines(signal);
      const found = await reachable(signal, () => gallery.search({ fingers: probe }, limit, signal));
      // Whom the gallery was not told of yet was not searched either.
      const answer = { ...found, enrolled: Math.max(found.enrolled, await store.fingerCount(signal)) };
      if (answer.searched === 0 && answer.enrolled > 0)
        throw new ImisError('GALLERY_UNAVAILABLE', `nobody of ${answer.enrolled} could be compared`);
      return answer;
    },
    settle: (signal) => telling(() => told(signal)),
    alone,
    close: async () => {
      await telling(async () => opened?.gallery.close());
    },
  };
}
