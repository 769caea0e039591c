/**
 * Non-volatile memory of a software card: named cells, changed in atomic writes as a card's transaction mechanism does (card note 3.6).
 * Saved as magic ‖ (lp1 name ‖ lp value)* ‖ SHA-256 of all before. It holds private keys in the clear: for demonstration and tests only.
 * @module
 */
import { concat, equalBytes, lp, lp1, readUint, readUtf8, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';

/** New value of a cell; undefined erases it. */
export type CellChange = readonly [name: string, value: Uint8Array | undefined];

/** Thrown by a write when the supply was cut just before it; nothing of the write happened. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

/** Cells of a card. */
export interface CardMemory {
  /** A copy of the cell's value. */
  get(cell: string): Uint8Array | undefined;
  /** Names that begin so, in ascending order. */
  names(prefix: string): readonly string[];
  /** All changes or none. */
  write(changes: readonly CellChange[]): void;
  /** A memory of its own with the same contents, to try changes on. */
  fork(): CardMemory;
  /** Test aid: the supply is cut before the write after the next `writes` ones. */
  cutPowerAfter(writes: number | undefined): void;
  /** Every cell as bytes. */
  save(): Uint8Array;
}

const MAGIC = utf8('IMIS-CARD-1');

/** A memory, empty or with the cells given. */
export function createCardMemory(cells: ReadonlyMap<string, Uint8Array> = new Map()): CardMemory {
  const stored = new Map(Array.from(cells, ([name, value]) => [name, value.slice()] as const));
  let writesLeft: number | undefined;
  const sorted = (): readonly string[] => [...stored.keys()].sort();
  return {
    get: (cell) => stored.get(cell)?.slice(),
    names: (prefix) => sorted().filter((name) => name.startsWith(prefix)),
    write(changes) {
      if (writesLeft === 0) {
        writesLeft = undefined;
        throw new PowerCut('supply cut before a write');
      }
      if (writesLeft !== undefined) writesLeft -= 1;
      for (const [name, value] of changes) {
        if (value === undefined) {
          stored.get(name)?.fill(0);
          stored.delete(name);
        } else {
          stored.set(name, value.slice());
        }
      }
    },
    fork: () => createCardMemory(stored),
    cutPowerAfter(writes) {
      writesLeft = writes;
    },
    save() {
      const body = concat(MAGIC, ...sorted().flatMap((name) => [lp1(name), lp(stored.get(name) ?? new Uint8Array(0))]));
      return concat(body, h256(body));
    },
  };
}

/** Reads what `save` wrote; undefined for anything else, also for a single changed byte. */
export function loadCardMemory(bytes: Uint8Array): CardMemory | undefined {
  const body = bytes.subarray(0, -32);
  if (bytes.length < MAGIC.length + 32 || !equalBytes(h256(body), bytes.slice(-32))) return undefined;
  if (!equalBytes(body.subarray(0, MAGIC.length), MAGIC)) return undefined;
  const cells = new Map<string, Uint8Array>();
  let at = MAGIC.length;
  const take = (length: number): Uint8Array => body.subarray(at, (at += length));
  while (at < body.length) {
    const name = readUtf8(take(take(1)[0] ?? 0));
    const length = take(4);
    const value = take(readUint(length));
    if (name === undefined || length.length !== 4 || at > body.length) return undefined;
    cells.set(name, value);
  }
  return createCardMemory(cells);
}
