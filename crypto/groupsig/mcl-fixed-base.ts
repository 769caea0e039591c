/**
 * Fixed bases in mcl's heap: signed windows over affine tables (Brickell, Gordon, McCurley, Wilson 1992), 1.6 us an addition instead of a whole
 * ladder. A table is looked up by the scalar's digits, so it serves public scalars and one-time randomness only.
 * @module
 */
import type { FixedBase, G1 } from './backend.ts';
import { g1Of, littleEndian, type MclModule, onStack, readPoint, SIZE } from './mcl-heap.ts';
import { ORDER } from './scalar.ts';
import { signedWindows } from './scalar-digits.ts';

/** A table pays for itself after some twenty uses; this many are waited for, so that a process that verifies once builds none. */
const USES_BEFORE_TABLE = 8;
/** 16 tables of whole scalars; nothing frees the wasm heap when a key or credential is dropped. */
const POOL_BYTES = 4 << 20;
/** Bits of a scalar. */
export const WHOLE_BITS = 255;

/** Table addresses in use, least recently made first, within {@link POOL_BYTES}. */
export interface TablePool {
  /** Room for a table; frees older ones, and tells each of them by `onEvicted`. */
  take(bytes: number, onEvicted: () => void): number;
}

/** A pool of its own for each backend. */
export function createTablePool(mod: MclModule): TablePool {
  const kept: { readonly at: number; readonly bytes: number; readonly onEvicted: () => void }[] = [];
  let total = 0;
  return {
    take: (bytes, onEvicted) => {
      while (total + bytes > POOL_BYTES) {
        const oldest = kept.shift();
        if (oldest === undefined) break;
        oldest.onEvicted();
        total -= oldest.bytes;
        // A credential's table is as private as the credential.
        mod.HEAP8.fill(0, oldest.at, oldest.at + oldest.bytes);
        mod._free(oldest.at);
      }
      const at = mod._malloc(bytes);
      if (at === 0) throw new Error('mcl-wasm has no memory for a table');
      kept.push({ at, bytes, onEvicted });
      total += bytes;
      return at;
    },
  };
}

/** A {@link FixedBase} that can also add onto a point in the heap. */
export class MclFixedBase implements FixedBase {
  readonly #mod: MclModule;
  readonly #pool: TablePool;
  readonly #point: G1;
  readonly bits: number;
  readonly #width: number;
  readonly #windows: number;
  #uses = 0;
  #table: number | undefined;

  constructor(mod: MclModule, pool: TablePool, point: G1, bits = WHOLE_BITS) {
    this.#mod = mod;
    this.#pool = pool;
    this.#point = point;
    this.bits = bits;
    this.#width = bits > 128 ? 6 : 5;
    // One bit more, for the carry out of the highest digit.
    this.#windows = Math.ceil((bits + 1) / this.#width);
  }

  mul(k: bigint): G1 {
    return onStack(this.#mod, SIZE.g1, (at) => {
      this.#mod._mclBnG1_clear(at);
      this.addTo(at, k);
      return readPoint(at);
    });
  }

  warm(): void {
    this.#table ??= this.#build();
  }

  /** Adds k*P to the point at `to`. RangeError unless 0 <= k < r and k has no more bits than the base was prepared for. */
  addTo(to: number, k: bigint): void {
    if (k < 0n || k >= ORDER || k >> BigInt(this.bits) !== 0n) throw new RangeError('scalar out of range');
    if (this.#table === undefined && ++this.#uses < USES_BEFORE_TABLE) {
      this.#addProduct(to, k);
      return;
    }
    const mod = this.#mod;
    this.#table ??= this.#build();
    const table = this.#table;
    const row = this.#windows * SIZE.g1;
    const digits = signedWindows(k, this.#width, this.#windows);
    for (let i = 0; i < digits.length; i++) {
      const digit = digits[i] ?? 0;
      if (digit > 0) mod._mclBnG1_add(to, to, table + (digit - 1) * row + i * SIZE.g1);
      else if (digit < 0) mod._mclBnG1_sub(to, to, table + (-digit - 1) * row + i * SIZE.g1);
    }
  }

  #addProduct(to: number, k: bigint): void {
    const mod = this.#mod;
    onStack(mod, 2 * SIZE.g1 + 2 * SIZE.fr, (at) => {
      const scalar = at + 2 * SIZE.g1;
      g1Of(this.#point).copyToMem(at);
      mod.HEAP8.set(littleEndian(k), scalar + SIZE.fr);
      mod._mclBnFr_setLittleEndianMod(scalar, scalar + SIZE.fr, 32);
      mod._mclBnG1_mul(at + SIZE.g1, at, scalar);
      mod._mclBnG1_add(to, to, at + SIZE.g1);
    });
  }

  /** Row d-1 holds d * 2^(width*i) * P for every window i, affine: each row is the one before plus the first, two affine summands each. */
  #build(): number {
    const mod = this.#mod;
    const windows = this.#windows;
    const rows = 1 << (this.#width - 1);
    const row = windows * SIZE.g1;
    const table = this.#pool.take(rows * row, () => {
      this.#table = undefined;
      this.#uses = 0;
    });
    g1Of(this.#point).copyToMem(table);
    for (let i = 1; i < windows; i++) {
      const at = table + i * SIZE.g1;
      mod._mclBnG1_dbl(at, at - SIZE.g1);
      for (let j = 1; j < this.#width; j++) mod._mclBnG1_dbl(at, at);
    }
    mod._mclBnG1_normalizeVec(table, table, windows);
    for (let d = 1; d < rows; d++) {
      const to = table + d * row;
      for (let i = 0; i < windows; i++) {
        mod._mclBnG1_add(to + i * SIZE.g1, to - row + i * SIZE.g1, table + i * SIZE.g1);
      }
      mod._mclBnG1_normalizeVec(to, to, windows);
    }
    return table;
  }
}
