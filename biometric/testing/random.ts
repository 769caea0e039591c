/**
 * A quick generator of numbers for synthetic fingers: the same seed gives the same finger on every machine. Not for secrets.
 * @module
 */

/** Numbers one after another. */
export interface Random {
  /** [0, 1). */
  next(): number;
  /** [low, high). */
  between(low: number, high: number): number;
  /** Normal with mean 0, standard deviation 1 (Box-Muller). */
  normal(): number;
}

/** Mixes 32-bit numbers into one (the finaliser of MurmurHash3). */
export function mixSeed(...parts: readonly number[]): number {
  let h = 0x9e3779b9;
  for (const part of parts) {
    h = Math.imul(h ^ part, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
  }
  return h >>> 0;
}

/** SplitMix32 from a 32-bit seed. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}
