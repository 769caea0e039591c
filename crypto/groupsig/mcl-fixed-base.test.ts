import { beforeAll, describe, expect, it } from 'vitest';
import type { GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { createTablePool, MclFixedBase } from './mcl-fixed-base.ts';
import { g1Of, type MclModule, mclModule, onStack, readPoint, SIZE } from './mcl-heap.ts';
import { ORDER } from './scalar.ts';
import { EDGE_SCALARS } from './testing/edge-scalars.ts';

let backend: GroupBackend;
let mod: MclModule;
beforeAll(async () => {
  backend = await createMclBackend();
  mod = mclModule();
});

describe('fixed base', () => {
  it('gives the same with and without its table', () => {
    const { h } = backend.generators;
    for (const bits of [255, 128]) {
      const fresh = (): MclFixedBase => new MclFixedBase(mod, createTablePool(mod), h, bits);
      const warm = fresh();
      warm.warm();
      for (const k of EDGE_SCALARS.filter((scalar) => scalar >> BigInt(bits) === 0n)) {
        const expected = backend.mul(h, k);
        expect(backend.equal(fresh().mul(k), expected), `${k} without`).toBe(true);
        expect(backend.equal(warm.mul(k), expected), `${k} with`).toBe(true);
      }
    }
  });

  it('adds onto a point that is O, equal or opposite', () => {
    const { h } = backend.generators;
    const base = new MclFixedBase(mod, createTablePool(mod), h);
    base.warm();
    for (const k of [1n, 32n, 33n, ORDER - 1n]) {
      for (const [start, expected] of [
        [backend.mul(h, k), backend.mul(h, (2n * k) % ORDER)],
        [backend.neg(backend.mul(h, k)), backend.sub(h, h)],
        [backend.sub(h, h), backend.mul(h, k)],
      ] as const) {
        const sum = onStack(mod, SIZE.g1, (at) => {
          g1Of(start).copyToMem(at);
          base.addTo(at, k);
          return readPoint(at);
        });
        expect(backend.equal(sum, expected)).toBe(true);
      }
    }
  });

  it('refuses scalars it was not prepared for', () => {
    const base = new MclFixedBase(mod, createTablePool(mod), backend.generators.h, 128);
    for (const k of [-1n, 1n << 128n, ORDER]) expect(() => base.mul(k)).toThrow(RangeError);
  });

  it('keeps answering when the pool takes its table for another', () => {
    const { h, G } = backend.generators;
    const pool = createTablePool(mod);
    const bases = Array.from({ length: 60 }, (_, i) => new MclFixedBase(mod, pool, backend.mul(h, BigInt(i + 1))));
    for (const base of bases) base.warm();
    for (const [i, base] of bases.entries()) {
      expect(backend.equal(base.mul(ORDER - 5n), backend.mul(h, ORDER - 5n * BigInt(i + 1)))).toBe(true);
    }
    const evicted: number[] = [];
    const small = createTablePool(mod);
    for (let i = 0; i < 5; i++) small.take(1 << 20, () => evicted.push(i));
    expect(evicted).toEqual([0]);
    expect(backend.isIdentity(G)).toBe(false);
  });

  it('is shared by all who prepare one point for the same scalars', () => {
    const { h } = backend.generators;
    expect(backend.prepareBase(h)).toBe(backend.prepareBase(h));
    expect(backend.prepareBase(h, 128).mul(3n)).toEqual(backend.mul(h, 3n));
  });
});
