/**
 * A gallery of this machine: a journal on disk, rows in memory that searching threads share.
 * @module
 */
import { mkdir, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { FingerTemplate } from '../extract/finger-template.ts';
import { createMatcher } from '../match/create-matcher.ts';
import type { ErasingGallery, GalleryFinger, GalleryPerson } from './gallery.ts';
import { everybody, type GalleryRows, loadImage, saveImage } from './gallery-image.ts';
import { type GalleryChange, journalId, openJournal, writeJournal } from './gallery-journal.ts';
import { createGalleryMemory } from './gallery-memory.ts';
import { encodeFingers } from './person-codec.ts';
import { createPersonTable } from './person-table.ts';
import { TEMPLATE_BYTES, writeRow } from './row-layout.ts';
import { createSearchThreads } from './search-threads.ts';
import { type StageReport, searchStaged } from './staged-search.ts';

/** How a gallery is opened. */
export interface LocalGalleryOptions {
  /** Holds its files; made when it is not there. */
  readonly folder: string;
  /** 32 bytes; only read here. */
  readonly key: Uint8Array;
  /** As many as the machine runs at once when left out. */
  readonly threads?: number;
  /** Memories of 4 GiB at most; 16 when left out. */
  readonly memories?: number;
  /** For whoever measures: what each stage of a search took. */
  readonly observe?: (report: StageReport) => void;
}

/** A local gallery. */
export interface LocalGallery extends ErasingGallery {
  /** Writes the rows beside the journal, so that the next opening need not make them anew. */
  saveImage(): Promise<void>;
  /**
   * Writes the journal anew with those who are enrolled now, less some who are erased with it: what was erased is in no file any more. Whom a crash
   * lets come back was not erased.
   */
  rewrite(without?: Iterable<string>): Promise<void>;
}

/** As many minutiae as a row has room for, best first. */
function trimmed({ finger, templates }: GalleryFinger): GalleryFinger {
  const room = Math.floor(((TEMPLATE_BYTES - 3) / templates.length - 5) / 7);
  const cut = (template: FingerTemplate): FingerTemplate => ({
    ...template,
    minutiae: template.minutiae.slice(0, room),
  });
  return { finger, templates: templates.map(cut) };
}

function checkPerson({ id, fingers }: GalleryPerson): void {
  if (!/^[0-9a-f]{32}$/u.test(id)) throw new RangeError('a person without an id of 16 bytes');
  if (new Set(fingers.map(({ finger }) => finger)).size !== fingers.length) throw new RangeError('a finger twice');
  if (fingers.some(({ finger }) => finger < 1)) throw new RangeError('a finger whose position is not known');
}

/**
 * Opens a gallery, or makes one. Codes of {@link GalleryError}: GALLERY_DAMAGED, GALLERY_KEY_WRONG, GALLERY_FULL.
 */
export async function openLocalGallery(options: LocalGalleryOptions): Promise<LocalGallery> {
  const { folder, key, threads: count = availableParallelism(), memories = 16, observe } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'gallery.journal');
  const imagePath = join(folder, 'gallery.image');
  const matcher = await createMatcher();
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  const empty = (): GalleryRows => ({ memory: createGalleryMemory(memories), persons: createPersonTable() });
  let rows = empty();
  let from = 0;
  try {
    if (isThere) from = await loadImage(imagePath, key, await journalId(path), rows);
  } catch {
    // The image only saves time; what it began to fill is left.
    rows = empty();
  }
  // One of another journal may have whom this one has forgotten.
  if (from === 0) await rm(imagePath, { force: true });
  const { memory, persons } = rows;

  const erase = (rows: readonly number[]): void => {
    for (const row of rows) memory.release(row);
  };
  const put = ({ id, fingers }: GalleryPerson): void => {
    const made = fingers.map((given) => {
      const finger = trimmed(given);
      // The stages before the last look at the first view; the last prepares both anew.
      const [view] = matcher.prepare(finger.templates.slice(0, 1)).views;
      if (view === undefined) throw new RangeError('a finger without a template');
      return { position: finger.finger, view, bytes: encodeFingers([finger]) };
    });
    const person = persons.numberOf(id);
    erase(persons.unlink(person));
    for (const { position, view, bytes } of made) {
      const number = memory.take(position, person);
      const { segment, row } = memory.place(number);
      writeRow(memory.bytes(segment.memory), segment.at, row, view, bytes);
      persons.link(person, number);
    }
  };
  const apply = (change: GalleryChange): void => {
    if (change.change === 'put') put(change);
    else erase(persons.remove(change.id));
  };

  let journal = isThere
    ? await openJournal(path, key, from, (changes) => changes.forEach(apply))
    : await writeJournal(path, key, []);
  const threads = createSearchThreads(count, memory.memories);
  /** Changes one after another. */
  let changing: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const next = changing.then(work);
    changing = next.catch(() => undefined);
    return next;
  };

  return {
    add: (some, signal) =>
      alone(async () => {
        signal.throwIfAborted();
        for (const person of some) checkPerson(person);
        if (some.length === 0) return;
        const changes = some.map(
          ({ id, fingers }): GalleryChange => ({ change: 'put', id, fingers: fingers.map(trimmed) }),
        );
        // What is in the journal is applied at every opening: one that could not be would keep all others out.
        memory.reserve(some.flatMap(({ fingers }) => fingers.map(({ finger }) => finger)));
        await journal.append(changes);
        for (const change of changes) apply(change);
      }),
    remove: (id, signal) =>
      alone(async () => {
        signal.throwIfAborted();
        if (!persons.has(id)) return false;
        await journal.append([{ change: 'remove', id }]);
        erase(persons.remove(id));
        return true;
      }),
    size: async () => persons.enrolled,
    ids: async () => ({ anywhere: persons.ids(), incomplete: new Set() }),
    holds: async (count) => persons.enrolled === count,
    search: async ({ fingers }, limit, signal) => {
      const end = memory.hold();
      try {
        return await searchStaged(
          { memory, threads, matcher, persons, ...(observe && { observe }) },
          fingers.map(trimmed),
          limit,
          signal,
        );
      } finally {
        end();
      }
    },
    saveImage: () => alone(() => saveImage(imagePath, key, journal, rows)),
    rewrite: (without = []) =>
      alone(async () => {
        for (const id of without) erase(persons.remove(id));
        const former = journal;
        journal = await writeJournal(path, key, everybody(rows));
        await former.close();
        // The image of before has what was erased: it does not wait for the room for another.
        await rm(imagePath, { force: true });
        await saveImage(imagePath, key, journal, rows);
      }),
    close: async () => {
      await changing;
      await threads.close();
      await journal.close();
    },
  };
}
