/**
 * An image that arrives in numbered chunks, in any order, some twice and some not at all.
 * @module
 */
import { crc32 } from 'node:zlib';
import type { ChunkRange } from './capture-reports.ts';

/** An image on its way. */
export interface ImageAssembly {
  /** Takes a chunk; false for one that was there or does not belong. Bytes after the last of the image are padding. */
  add(index: number, payload: Uint8Array): boolean;
  /** Chunks that are not there, in order, at most `most` ranges. Empty when it is complete. */
  missing(most: number): readonly ChunkRange[];
  /** CRC-32 (IEEE 802.3) of what is there. */
  crc(): number;
  /** Forgets all chunks. */
  restart(): void;
  readonly pixels: Uint8Array;
}

/** An image of `length` bytes in chunks of `chunkLength`, at most 65,536 of them. */
export function createImageAssembly(length: number, chunkLength: number): ImageAssembly {
  const count = Math.ceil(length / chunkLength);
  if (!(count >= 1 && count <= 0x1_0000)) throw new RangeError('an image of no chunks, or of too many');
  const pixels = new Uint8Array(length);
  const have = new Uint8Array(count);
  return {
    pixels,
    add: (index, payload) => {
      if (index >= count || have[index] === 1) return false;
      const at = index * chunkLength;
      const wanted = Math.min(chunkLength, length - at);
      if (payload.length < wanted) return false;
      pixels.set(payload.subarray(0, wanted), at);
      have[index] = 1;
      return true;
    },
    missing: (most) => {
      const ranges: ChunkRange[] = [];
      for (let first = have.indexOf(0); first >= 0 && ranges.length < most; ) {
        const next = have.indexOf(1, first);
        const end = next < 0 ? count : next;
        ranges.push({ first, count: Math.min(end - first, 0xffff) });
        first = next < 0 ? -1 : have.indexOf(0, next);
      }
      return ranges;
    },
    crc: () => crc32(pixels),
    restart: () => {
      have.fill(0);
    },
  };
}
