/**
 * The fingers of a gallery in memory that threads share, and whose they are. One memory holds some 350 segments a gigabyte, 4 GiB at most; a gallery
 * takes as many memories as it needs.
 * @module
 */
import { GalleryError } from './gallery-error.ts';
import { eraseRow, SEGMENT_BYTES, SEGMENT_ROWS } from './row-layout.ts';

const PAGE = 65_536;
/** The first bytes are the kernel's own, then each searching thread has room for what it searches with and finds. */
export const THREAD_BYTES = 2 * PAGE;
export const MAX_THREADS = 63;
export const workOf = (thread: number): number => (thread + 1) * THREAD_BYTES;
const WORK_BYTES = (MAX_THREADS + 1) * THREAD_BYTES;
const MAX_PAGES = 65_536;
const SEGMENTS_EACH = Math.floor((MAX_PAGES * PAGE - WORK_BYTES) / SEGMENT_BYTES);
/** Room for so many segments is asked for at once. */
const GROW_SEGMENTS = 8;

/** A stretch of rows of one finger position. */
export interface Segment {
  /** Which memory, and where in it. */
  readonly memory: number;
  readonly at: number;
  readonly finger: number;
  /** Whose finger a row is: number of the person, -1 where there is none. */
  readonly persons: Int32Array;
  /** Rows ever used. */
  used: number;
  /** Rows free again. */
  readonly free: number[];
}

/** A row as a number: segment, then row. */
const rowNumber = (segment: number, row: number): number => segment * SEGMENT_ROWS + row;

/** The rows of a gallery. */
export interface GalleryMemory {
  readonly memories: readonly WebAssembly.Memory[];
  readonly segments: readonly Segment[];
  /** Bytes of a memory; anew after each growth. */
  bytes(memory: number): Uint8Array;
  /** Makes room for a row of each of these fingers, or throws GALLERY_FULL: who is written down first must have room then. */
  reserve(fingers: readonly number[]): void;
  /** A row for a finger; its content is the caller's to write. GALLERY_FULL. */
  take(finger: number, person: number): number;
  place(row: number): { readonly segment: Segment; readonly row: number };
  /** A whole segment as an image has it; the numbers of its rows. GALLERY_FULL. */
  restore(finger: number, used: number, persons: Int32Array, rows: Uint8Array): readonly number[];
  /** Erases a row. It is used again once no search is under way. */
  release(row: number): void;
  /** A search begins; the answer ends it. */
  hold(): () => void;
}

const roomIn = ({ used, free }: Segment): number => SEGMENT_ROWS - used + free.length;

/** Starts without any row. `mostMemories` bounds what it takes, in steps of 4 GiB. */
export function createGalleryMemory(mostMemories: number): GalleryMemory {
  const memories: WebAssembly.Memory[] = [];
  const segments: Segment[] = [];
  /** The segment that a finger position fills. */
  const open = new Map<number, number>();
  const released: number[] = [];
  let searches = 0;
  let inLast = SEGMENTS_EACH;

  const bytes = (memory: number): Uint8Array => {
    const one = memories[memory];
    if (one === undefined) throw new Error('no such memory');
    return new Uint8Array(one.buffer);
  };
  const newSegment = (finger: number): number => {
    if (inLast === SEGMENTS_EACH) {
      if (memories.length === mostMemories)
        throw new GalleryError('GALLERY_FULL', 'the memory of this gallery is used up');
      memories.push(new WebAssembly.Memory({ initial: WORK_BYTES / PAGE, maximum: MAX_PAGES, shared: true }));
      inLast = 0;
    }
    const memory = memories.length - 1;
    const at = WORK_BYTES + inLast * SEGMENT_BYTES;
    const missing = at + SEGMENT_BYTES - bytes(memory).length;
    if (missing > 0) {
      const left = MAX_PAGES - bytes(memory).length / PAGE;
      const pages = Math.min(left, Math.ceil(Math.max(missing, GROW_SEGMENTS * SEGMENT_BYTES) / PAGE));
      try {
        memories[memory]?.grow(pages);
      } catch (cause) {
        throw new GalleryError('GALLERY_FULL', 'this machine has no more memory', { cause });
      }
    }
    inLast += 1;
    segments.push({ memory, at, finger, persons: new Int32Array(SEGMENT_ROWS).fill(-1), used: 0, free: [] });
    open.set(finger, segments.length - 1);
    return segments.length - 1;
  };
  const place: GalleryMemory['place'] = (number) => {
    const segment = segments[Math.floor(number / SEGMENT_ROWS)];
    if (segment === undefined) throw new Error('no such row');
    return { segment, row: number % SEGMENT_ROWS };
  };
  const freeReleased = (): void => {
    for (const number of released.splice(0)) {
      const { segment, row } = place(number);
      segment.free.push(row);
    }
  };
  return {
    memories,
    segments,
    bytes,
    place,
    reserve: (fingers) => {
      for (const [finger, wanted] of Map.groupBy(fingers, (one) => one)) {
        const ofFinger = segments.filter((one) => one.finger === finger);
        let room = ofFinger.reduce((sum, one) => sum + roomIn(one), 0);
        for (; room < wanted.length; room += SEGMENT_ROWS) newSegment(finger);
      }
    },
    take: (finger, person) => {
      let index = open.get(finger);
      let segment = index === undefined ? undefined : segments[index];
      if (
        index === undefined ||
        segment === undefined ||
        (segment.used === SEGMENT_ROWS && segment.free.length === 0)
      ) {
        const withRoom = segments.findIndex((one) => one.finger === finger && roomIn(one) > 0);
        index = withRoom >= 0 ? withRoom : newSegment(finger);
        open.set(finger, index);
        segment = segments[index];
      }
      if (segment === undefined) throw new Error('no such segment');
      const row = segment.free.pop() ?? segment.used++;
      segment.persons[row] = person;
      return rowNumber(index, row);
    },
    restore: (finger, used, persons, rows) => {
      const index = newSegment(finger);
      const segment = segments[index];
      if (segment === undefined) throw new Error('no such segment');
      segment.persons.set(persons);
      segment.used = used;
      for (let row = 0; row < used; row++) if (segment.persons[row] === -1) segment.free.push(row);
      bytes(segment.memory).set(rows, segment.at);
      return Array.from({ length: SEGMENT_ROWS }, (_, row) => rowNumber(index, row));
    },
    release: (number) => {
      const { segment, row } = place(number);
      segment.persons[row] = -1;
      eraseRow(bytes(segment.memory), segment.at, row);
      released.push(number);
      if (searches === 0) freeReleased();
    },
    hold: () => {
      searches += 1;
      return () => {
        searches -= 1;
        if (searches === 0) freeReleased();
      };
    },
  };
}
