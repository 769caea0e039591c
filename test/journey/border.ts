/**
 * The border between processes: whatever crosses it is cloned, and what a clone is not equal to is remembered (HOUSE R15).
 * @module
 */
import { isDeepStrictEqual } from 'node:util';

export interface Border {
  /** The clone of a value. Throws DataCloneError for what cannot cross. */
  cross<T>(what: string, value: T): T;
  /** How often something crossed, by what it was. */
  readonly crossings: ReadonlyMap<string, number>;
  /** What arrived as something else: a Buffer, an object of a class, a function's property. */
  readonly altered: ReadonlySet<string>;
}

export function createBorder(): Border {
  const crossings = new Map<string, number>();
  const altered = new Set<string>();
  return {
    cross: (what, value) => {
      const clone = structuredClone(value);
      crossings.set(what, (crossings.get(what) ?? 0) + 1);
      if (!isDeepStrictEqual(clone, value)) altered.add(what);
      return clone;
    },
    crossings,
    altered,
  };
}
