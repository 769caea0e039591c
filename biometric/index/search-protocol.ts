/**
 * What a gallery asks of a searching thread, and what comes back. Scores are in the order of what was asked.
 * @module
 */
import type { PreparedFinger } from '../match/prepared-finger.ts';

/** A row, where it lies: number of the memory, address of its segment, place in it. */
export interface RowAddress {
  readonly memory: number;
  readonly segment: number;
  readonly row: number;
}

/** Rows of one memory: addresses of their segments, places in them. */
export interface RowList {
  readonly memory: number;
  readonly segments: Uint32Array;
  readonly rows: Uint16Array;
}

/** Work for a thread. */
export type SearchTask =
  /** Stage 1: whole segments against codes of 128 bits. */
  | {
      readonly stage: 'scan';
      readonly memory: number;
      readonly segments: readonly { readonly at: number; readonly rows: number }[];
      readonly codes: Uint8Array;
    }
  /** Stage 2: single rows against codes of 312 bits. */
  | ({ readonly stage: 'medium'; readonly codes: Uint8Array } & RowList)
  /** Stage 3: the whole comparison, first extraction alone. */
  | ({ readonly stage: 'full'; readonly probe: PreparedFinger } & RowList)
  /** Stage 4: persons, all fingers and extractions fused. `pairs`: which finger of the probe with which row. */
  | {
      readonly stage: 'final';
      readonly probe: readonly PreparedFinger[];
      readonly persons: readonly (readonly { readonly finger: number; readonly row: RowAddress }[])[];
    };

/** To a thread. A memory it has not seen yet comes with the task that needs it. */
export type ToThread =
  | { readonly kind: 'memory'; readonly number: number; readonly memory: WebAssembly.Memory }
  | { readonly kind: 'task'; readonly id: number; readonly task: SearchTask };

/** From a thread. */
export type FromThread =
  | { readonly id: number; readonly scores: Uint16Array | Float32Array }
  | { readonly id: number; readonly failed: string };

/** What a thread is told when it starts: which part of each memory's working room is its own. */
export interface ThreadMaterial {
  readonly thread: number;
}
