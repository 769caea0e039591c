/**
 * Who is enrolled: ids, numbers, and the rows of each, kept as linked lists so that a million persons cost some bytes each.
 * @module
 */
import type { PersonRows } from './staged-search.ts';

const NONE = -1;

/** A growing list of whole numbers. */
function createNumbers() {
  let values = new Int32Array(1_024).fill(NONE);
  return {
    get: (at: number): number => values[at] ?? NONE,
    set(at: number, value: number): void {
      if (at >= values.length) {
        const more = new Int32Array(Math.max(at + 1, values.length * 2)).fill(NONE);
        more.set(values);
        values = more;
      }
      values[at] = value;
    },
  };
}

/** The table. */
export interface PersonTable extends PersonRows {
  /** Number of an id; given anew where there is none. */
  numberOf(id: string): number;
  has(id: string): boolean;
  /** Gives the next number to an id of an image; 32 zeros stand for somebody who left. */
  restore(id: string): void;
  link(person: number, row: number): void;
  /** Forgets a person; the rows that were theirs. */
  remove(id: string): readonly number[];
  /** Forgets the rows of a person who stays. */
  unlink(person: number): readonly number[];
  ids(): Iterable<string>;
}

/** An empty table. */
export function createPersonTable(): PersonTable {
  const numbers = new Map<string, number>();
  const ids: string[] = [];
  const first = createNumbers();
  const next = createNumbers();
  const rowsOf = (person: number): number[] => {
    const rows: number[] = [];
    for (let row = first.get(person); row !== NONE; row = next.get(row)) rows.push(row);
    return rows;
  };
  const unlink = (person: number): readonly number[] => {
    const rows = rowsOf(person);
    first.set(person, NONE);
    return rows;
  };
  return {
    get count() {
      return ids.length;
    },
    get enrolled() {
      return numbers.size;
    },
    idOf: (person) => ids[person] ?? '',
    rowsOf,
    has: (id) => numbers.has(id),
    restore: (id) => {
      const isGone = /^0+$/u.test(id);
      if (!isGone) numbers.set(id, ids.length);
      ids.push(isGone ? '' : id);
    },
    numberOf: (id) => {
      const known = numbers.get(id);
      if (known !== undefined) return known;
      // Numbers of those who left are not given again: a search under way may still speak of them.
      numbers.set(id, ids.length);
      ids.push(id);
      return ids.length - 1;
    },
    link: (person, row) => {
      next.set(row, first.get(person));
      first.set(person, row);
    },
    unlink,
    remove: (id) => {
      const person = numbers.get(id);
      if (person === undefined) return [];
      numbers.delete(id);
      ids[person] = '';
      return unlink(person);
    },
    ids: () => numbers.keys(),
  };
}
