/**
 * Named cells in a byte memory. A block is tag(1: 01 used, 02 free) ‖ size of the rest(4) ‖ lp1 name ‖ lp value ‖ slack; the first other tag
 * ends the list. A cell keeps its block while its value fits; a block that was given up is taken again for a cell of about its size.
 * @module
 */
import { concat, lp, lp1, readUint, readUtf8, uint } from '../../crypto/common/bytes.ts';
import type { ByteMemory } from './byte-memory.ts';
import type { RangeChange } from './redo-journal.ts';

/** New value of a cell; undefined erases it. */
export type CellChange = readonly [name: string, value: Uint8Array | undefined];

/** A block: where its tag stands, and how many bytes follow the size. */
interface Block {
  readonly at: number;
  readonly size: number;
}

/** Where everything lies. A card rebuilds it in its working memory at power-up. */
export interface CellIndex {
  readonly used: ReadonlyMap<string, Block>;
  readonly free: readonly Block[];
  /** Address behind the last block. */
  readonly end: number;
}

const USED = 1;
const FREE = 2;
const HEAD = 5;

/** Walks the blocks. */
export function readIndex(cells: ByteMemory): CellIndex {
  const used = new Map<string, Block>();
  const free: Block[] = [];
  let at = 0;
  for (;;) {
    const head = cells.read(at, HEAD + 1);
    const [tag] = head;
    if (tag !== USED && tag !== FREE) return { used, free, end: at };
    const block = { at, size: readUint(head.subarray(1, HEAD)) };
    if (tag === FREE) free.push(block);
    else used.set(readUtf8(cells.read(at + HEAD + 1, head[HEAD] ?? 0)) ?? '', block);
    at += HEAD + block.size;
  }
}

/** A copy of the value in a cell's block. */
export function valueIn(cells: ByteMemory, { at }: Block): Uint8Array {
  const valueAt = at + HEAD + 1 + (cells.read(at + HEAD, 1)[0] ?? 0);
  return cells.read(valueAt + 4, readUint(cells.read(valueAt, 4)));
}

/** The byte ranges that carry out the changes, in order, and where everything lies afterwards. */
export function planChanges(
  before: CellIndex,
  changes: readonly CellChange[],
): { readonly ranges: readonly RangeChange[]; readonly after: CellIndex } {
  const used = new Map(before.used);
  let free = before.free;
  let { end } = before;
  const ranges: RangeChange[] = [];
  const giveUp = (name: string, block: Block): void => {
    used.delete(name);
    free = [...free, block];
    ranges.push({ address: block.at, bytes: Uint8Array.of(FREE) });
  };
  const take = (length: number): Block => {
    const fits = ({ size }: Block): boolean => size >= length && size <= 2 * length;
    const best = free
      .filter(fits)
      .reduce<Block | undefined>((a, b) => (a !== undefined && a.size <= b.size ? a : b), undefined);
    if (best !== undefined) {
      free = free.filter((block) => block !== best);
      return best;
    }
    const fresh = { at: end, size: length };
    end += HEAD + length;
    return fresh;
  };
  for (const [name, value] of changes) {
    const block = used.get(name);
    const named = lp1(name);
    if (value === undefined) {
      if (block !== undefined) giveUp(name, block);
    } else if (block !== undefined && named.length + 4 + value.length <= block.size) {
      ranges.push({ address: block.at + HEAD + named.length, bytes: lp(value) });
    } else {
      if (block !== undefined) giveUp(name, block);
      const chosen = take(named.length + 4 + value.length);
      used.set(name, chosen);
      ranges.push({ address: chosen.at, bytes: concat(uint(USED, 1), uint(chosen.size, 4), named, lp(value)) });
    }
  }
  return { ranges, after: { used, free, end } };
}
