/**
 * A repeatable generator for tests: expand_message_xmd over a seed and a counter. Never for real keys.
 * @module
 */
import { concat, uint, utf8 } from '../../common/bytes.ts';
import { expandMessage } from '../../common/hash.ts';
import type { Rng } from '../../common/random.ts';

/** The same seed gives the same bytes, call by call. */
export function seededRng(seed: string): Rng {
  let calls = 0;
  return (length) => expandMessage(concat(utf8(seed), uint(calls++, 4)), 'IMIS-TEST-RNG', length);
}
