/**
 * The fixed points of G1. Everybody derives them; they are never read from a file (RFC 9380 8.8.1, one DST each).
 * @module
 */
import { utf8 } from '../common/bytes.ts';
import type { G1 } from './backend.ts';
import { GENERATOR_DST } from './tags.ts';

/** g1 is the base of B, h carries the doctor's secret, hEpoch and hClass the attributes, G and K2 the twin encryption. */
export interface Generators {
  readonly g1: G1;
  readonly h: G1;
  readonly hEpoch: G1;
  readonly hClass: G1;
  readonly G: G1;
  readonly K2: G1;
}

/** Derives all of them; a backend calls it once, when it is created. */
export function deriveGenerators(hashToG1: (message: Uint8Array, dst: Uint8Array) => G1): Generators {
  const derive = (dst: string): G1 => hashToG1(new Uint8Array(0), utf8(dst));
  return {
    g1: derive(GENERATOR_DST.g1),
    h: derive(GENERATOR_DST.h),
    hEpoch: derive(GENERATOR_DST.hEpoch),
    hClass: derive(GENERATOR_DST.hClass),
    G: derive(GENERATOR_DST.G),
    K2: derive(GENERATOR_DST.K2),
  };
}
