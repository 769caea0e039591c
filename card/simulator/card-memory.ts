/**
 * Non-volatile memory of a software card: named cells over bytes that tear (byte-memory.ts), changed in atomic writes by a redo journal
 * (redo-journal.ts; card note 3.6).
 *
 * This stands for a Java Card transaction (JCRE 7): beginTransaction to commitTransaction around every write of persistent objects, and the
 * runtime's own clean-up at power-up (7.4). A card maker gives the same when every `write` here is one transaction, no command relies on
 * a `NonAtomic` copy (7.5) except where a retry counter must go down at once, and the commit buffer holds the largest write. Ours is TX COMMIT
 * of a whole set, {@link JOURNAL_LIMIT} at most; a chip with a smaller buffer prepares the records outside the transaction, where nothing
 * refers to them, and flips only the references inside it.
 *
 * Saved as magic ‖ lp journal ‖ lp cells ‖ SHA-256 of all before, also in the middle of a write; loading recovers as power-up does. What was
 * erased may linger in the bytes. It holds private keys in the clear: for demonstration and tests only.
 * @module
 */
import { concat, equalBytes, lp, readUint, readUtf8, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { SW } from '../apdu/status-word.ts';
import { type ByteMemory, createByteMemory, createSupply, PowerCut, type Supply } from './byte-memory.ts';
import { type CellChange, planChanges, readIndex, valueIn } from './cell-blocks.ts';
import { JOURNAL_LIMIT, recordLength, recover, writeAtomically } from './redo-journal.ts';
import { demand } from './refusal.ts';

export type { CellChange };

/** Most bytes of cells. */
const CELLS_LIMIT = 131_072;

/** Cells of a card. */
export interface CardMemory {
  /** A copy of the cell's value. */
  get(cell: string): Uint8Array | undefined;
  /** Names that begin so, in ascending order. */
  names(prefix: string): readonly string[];
  /** All changes or none. Refuses 6581 when they do not fit; throws PowerCut, after which only {@link powerUp} is of use. */
  write(changes: readonly CellChange[]): void;
  /** Ends or drops a write in whose middle the supply went. Throws PowerCut when it goes again. */
  powerUp(): void;
  /** A memory of its own with the same contents, to try changes on. */
  fork(): CardMemory;
  /** Test aid: the supply is cut before the write after the next `writes` ones; nothing of that write happens. */
  cutPowerAfter(writes: number | undefined): void;
  /** Test aid: the supply is cut before the byte after the next `bytes` ones, or, with `torn`, while that byte is written. */
  cutPowerAfterBytes(bytes: number | undefined, torn?: boolean): void;
  /** Every byte, also of a write that was cut short. */
  save(): Uint8Array;
}

const MAGIC = utf8('IMIS-CARD-2');
const FIRST_MAGIC = utf8('IMIS-CARD-1');

function memoryOver(supply: Supply, journal: ByteMemory, cells: ByteMemory): CardMemory {
  recover(journal, cells);
  let index = readIndex(cells);
  let sorted: readonly string[] | undefined;
  let writesLeft: number | undefined;
  return {
    get(cell) {
      const block = index.used.get(cell);
      return block === undefined ? undefined : valueIn(cells, block);
    },
    names(prefix) {
      sorted ??= [...index.used.keys()].sort();
      return sorted.filter((name) => name.startsWith(prefix));
    },
    write(changes) {
      if (writesLeft === 0) {
        writesLeft = undefined;
        throw new PowerCut('supply cut before a write');
      }
      if (writesLeft !== undefined) writesLeft -= 1;
      const { ranges, after } = planChanges(index, changes);
      demand(after.end <= CELLS_LIMIT && recordLength(ranges) <= JOURNAL_LIMIT, SW.memoryFailure);
      writeAtomically(journal, cells, ranges);
      index = after;
      sorted = undefined;
    },
    powerUp() {
      recover(journal, cells);
      index = readIndex(cells);
      sorted = undefined;
    },
    fork() {
      const own = createSupply();
      return memoryOver(own, createByteMemory(own), createByteMemory(own, cells.image()));
    },
    cutPowerAfter(writes) {
      writesLeft = writes;
    },
    cutPowerAfterBytes: (bytes, torn) => supply.cutAfter(bytes, torn),
    save() {
      const body = concat(MAGIC, lp(journal.image()), lp(cells.image()));
      return concat(body, h256(body));
    },
  };
}

/** A memory without cells. */
export function createCardMemory(): CardMemory {
  const supply = createSupply();
  return memoryOver(supply, createByteMemory(supply), createByteMemory(supply));
}

/** Length-prefixed parts to the end; undefined when they do not end there. `width` of each prefix in turn. */
function partsOf(body: Uint8Array, widths: readonly number[]): readonly Uint8Array[] | undefined {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length; ) {
    const width = widths[parts.length % widths.length] ?? 4;
    const start = at + width;
    at = start + readUint(body.subarray(at, start));
    if (at > body.length) return undefined;
    parts.push(body.slice(start, at));
  }
  return parts;
}

/** Cards saved before memories tore: (lp1 name ‖ lp value)*. */
function loadFirstFormat(body: Uint8Array): CardMemory | undefined {
  const parts = partsOf(body, [1, 4]);
  if (parts === undefined || parts.length % 2 !== 0) return undefined;
  const memory = createCardMemory();
  for (let i = 0; i < parts.length; i += 2) {
    const name = readUtf8(parts[i] ?? new Uint8Array(0));
    if (name === undefined) return undefined;
    memory.write([[name, parts[i + 1]]]);
  }
  return memory;
}

/** Reads what `save` wrote; undefined for anything else, also for a single changed byte. */
export function loadCardMemory(bytes: Uint8Array): CardMemory | undefined {
  const body = bytes.subarray(0, -32);
  if (bytes.length < MAGIC.length + 32 || !equalBytes(h256(body), bytes.slice(-32))) return undefined;
  const magic = body.subarray(0, MAGIC.length);
  const rest = body.subarray(MAGIC.length);
  if (equalBytes(magic, FIRST_MAGIC)) return loadFirstFormat(rest);
  const [journal, cells, ...others] = (equalBytes(magic, MAGIC) ? partsOf(rest, [4]) : undefined) ?? [];
  if (journal === undefined || cells === undefined || others.length > 0) return undefined;
  const supply = createSupply();
  return memoryOver(supply, createByteMemory(supply, journal), createByteMemory(supply, cells));
}
