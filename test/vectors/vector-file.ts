/**
 * The form of a vector file, and randomness that is written down.
 * @module
 */

import { concat } from '../../crypto/common/bytes.ts';
import { bigintOf, bytes32 } from '../../crypto/common/hash.ts';
import type { Rng } from '../../crypto/common/random.ts';

/** Head of every file; `notes` say how its fields hang together. */
interface Head {
  readonly description: string;
  readonly scheme: 'NHI-GSIG-V1' | 'NHI-PROXY-V1';
  readonly notes: readonly string[];
}

/** A vector file's content with its head first. */
export const vectorFile = <T extends object>(
  description: string,
  notes: readonly string[],
  content: T,
  scheme: Head['scheme'] = 'NHI-GSIG-V1',
): Head & T => ({
  description,
  scheme,
  notes,
  ...content,
});

/** A source that gives these values in turn, a bigint as the 48 bytes a scalar is drawn from; a plain Error for anything else that is asked. */
export function scripted(...values: readonly (bigint | Uint8Array)[]): Rng {
  let next = 0;
  return (length) => {
    const value = values[next++];
    const bytes = typeof value === 'bigint' ? concat(new Uint8Array(16), bytes32(value)) : value?.slice();
    if (bytes?.length !== length) throw new Error(`the script has no ${length} bytes at ${next - 1}`);
    return bytes;
  };
}

/** The same bytes with others from `at` on. */
export const replaced = (bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array =>
  concat(bytes.subarray(0, at), part, bytes.subarray(at + part.length));

/** 32 bytes big-endian that stand for the same residue, but are not canonical. */
export const plusOrder = (scalar: Uint8Array, order: bigint): Uint8Array => bytes32(bigintOf(scalar) + order);
