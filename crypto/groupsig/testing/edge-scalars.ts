/**
 * Scalars at which a multiplication may go wrong: ends of the range, windows that carry, the halves of the curve's endomorphism.
 * @module
 */
import { ORDER } from '../scalar.ts';

const Z_SQUARED = 0xd201000000010000n ** 2n;

/** All in [0, r). */
export const EDGE_SCALARS: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  16n,
  17n,
  31n,
  32n,
  33n,
  (1n << 64n) - 1n,
  1n << 127n,
  (1n << 128n) - 1n,
  1n << 128n,
  (1n << 128n) + 1n,
  // lambda + 1, lambda and their neighbours, with lambda = z^2 - 1
  Z_SQUARED - 2n,
  Z_SQUARED - 1n,
  Z_SQUARED,
  Z_SQUARED + 1n,
  ORDER - Z_SQUARED,
  (ORDER - 1n) / 2n,
  (ORDER + 1n) / 2n,
  (1n << 254n) - 1n,
  1n << 254n,
  0x5555555555555555555555555555555555555555555555555555555555555555n,
  0x2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaan,
  0x7080808080808080808080808080808080808080808080808080808080808080n,
  ORDER - 2n,
  ORDER - 1n,
];
