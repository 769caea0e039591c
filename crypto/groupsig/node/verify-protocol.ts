/**
 * What a verifying worker and its pool say to each other: items packed one after another, 506 bytes each, ctx(74) ‖ H_M(32) ‖ sigma(400).
 * @module
 */
import type { SignedItem } from '../backend.ts';
import { CONTEXT_BYTES } from '../context.ts';
import { SIGNATURE_BYTES } from '../signature.ts';

const HASH_BYTES = 32;
const ITEM_BYTES = CONTEXT_BYTES + HASH_BYTES + SIGNATURE_BYTES;

/** What a worker is started with. */
export interface WorkerMaterial {
  /** Encoded group key, 209 bytes. */
  readonly groupKey: Uint8Array;
}

/** To the worker; the pool gives the buffer away. */
export interface Batch {
  readonly id: number;
  readonly packed: Uint8Array;
}

/** From the worker: one byte an item, 1 for good. */
export interface Verdicts {
  readonly id: number;
  readonly verdicts: Uint8Array;
}

/** Has it the lengths of an item? Others are bad without being sent anywhere. */
export const isPackable = ({ ctx, messageHash, signature }: SignedItem): boolean =>
  ctx.length === CONTEXT_BYTES && messageHash.length === HASH_BYTES && signature.length === SIGNATURE_BYTES;

/** One buffer of its own for all. */
export function packItems(items: readonly SignedItem[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(items.length * ITEM_BYTES);
  items.forEach(({ ctx, messageHash, signature }, i) => {
    packed.set(ctx, i * ITEM_BYTES);
    packed.set(messageHash, i * ITEM_BYTES + CONTEXT_BYTES);
    packed.set(signature, i * ITEM_BYTES + CONTEXT_BYTES + HASH_BYTES);
  });
  return packed;
}

/** Inverse of {@link packItems}; views. */
export const unpackItems = (packed: Uint8Array): readonly SignedItem[] =>
  Array.from({ length: packed.length / ITEM_BYTES }, (_, i) => {
    const item = packed.subarray(i * ITEM_BYTES, (i + 1) * ITEM_BYTES);
    return {
      ctx: item.subarray(0, CONTEXT_BYTES),
      messageHash: item.subarray(CONTEXT_BYTES, CONTEXT_BYTES + HASH_BYTES),
      signature: item.subarray(CONTEXT_BYTES + HASH_BYTES),
    };
  });
