import { bls12_381 } from '@noble/curves/bls12-381.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, fromHex, hex, utf8 } from '../common/bytes.ts';
import { randomScalar } from '../common/random.ts';
import type { G1, GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { ORDER } from './scalar.ts';
import { GENERATOR_DST, SCALAR_DST } from './tags.ts';
import { seededRng } from './testing/seeded-rng.ts';

const P = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;
const IDENTITY = concat(Uint8Array.of(0xc0), new Uint8Array(47));

let backend: GroupBackend;
beforeAll(async () => {
  backend = await createMclBackend();
});

const withX = (x: bigint, flags: number): Uint8Array => {
  const bytes = fromHex(x.toString(16).padStart(96, '0'));
  bytes[0] = (bytes[0] ?? 0) | flags;
  return bytes;
};

function generatorPoint(): G1 {
  return backend.generators.g1;
}

describe('mcl backend', () => {
  it('is one for the process', async () => {
    expect(await createMclBackend()).toBe(backend);
  });

  // RFC 9380 appendix J.9.1
  it.each([
    [
      '',
      '052926add2207b76ca4fa57a8734416c8dc95e24501772c814278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1',
      '08ba738453bfed09cb546dbb0783dbb3a5f1f566ed67bb6be0e8c67e2e81a4cc68ee29813bb7994998f3eae0c9c6a265',
    ],
    [
      'abc',
      '03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903',
      '0b9c15f3fe6e5cf4211f346271d7b01c8f3b28be689c8429c85b67af215533311f0b8dfaaa154fa6b88176c229f2885d',
    ],
  ])('hashes "%s" to G1 as published', (message, x, y) => {
    const dst = utf8('QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_');
    const larger = BigInt(`0x${y}`) > (P - 1n) / 2n;
    expect(hex(backend.encodeG1(backend.hashToG1(utf8(message), dst)))).toBe(
      hex(withX(BigInt(`0x${x}`), larger ? 0xa0 : 0x80)),
    );
  });

  it('derives the generators that an independent library derives, all different', () => {
    const { g1, h, hEpoch, hClass, G, K2 } = backend.generators;
    const ours = [g1, h, hEpoch, hClass, G, K2].map((point) => hex(backend.encodeG1(point)));
    const theirs = Object.values(GENERATOR_DST).map((DST) =>
      bls12_381.G1.hashToCurve(new Uint8Array(0), { DST }).toHex(),
    );
    expect(ours).toEqual(theirs);
    expect(new Set(ours).size).toBe(6);
  });

  it('gives each use of hash to scalar its own tag', () => {
    expect(new Set(Object.values(SCALAR_DST)).size).toBe(Object.keys(SCALAR_DST).length);
  });

  it('agrees with an independent library on random multiples', () => {
    const rng = seededRng('multiples');
    for (let i = 0; i < 4; i++) {
      const [a, b] = [randomScalar(ORDER, rng), randomScalar(ORDER, rng)];
      const { G1, G2 } = bls12_381;
      const base = backend.decodeG1(fromHex(G1.Point.BASE.toHex()));
      if (base === undefined) throw new Error('generator does not decode');
      expect(hex(backend.encodeG1(backend.mul(base, a)))).toBe(G1.Point.BASE.multiply(a).toHex());
      expect(hex(backend.encodeG1(backend.mulSecret(base, a)))).toBe(G1.Point.BASE.multiply(a).toHex());
      expect(hex(backend.encodeG2(backend.mulG2(backend.g2, a)))).toBe(G2.Point.BASE.multiply(a).toHex());
      const sum = G1.Point.BASE.multiply((a * a + b) % ORDER).toHex();
      expect(hex(backend.encodeG1(backend.msm([backend.mul(base, a), base], [a, b])))).toBe(sum);
      // e(a*P, b*g2) * e(-ab*P, g2) = 1
      const minus = backend.neg(backend.mul(base, (a * b) % ORDER));
      expect(backend.pairsToOne(backend.mul(base, a), backend.mulG2(backend.g2, b), minus)).toBe(true);
      expect(backend.pairsToOne(backend.mul(base, b), backend.mulG2(backend.g2, b), minus)).toBe(false);
    }
  });

  it('sums over O and over 0', () => {
    const O = backend.decodeG1(IDENTITY);
    if (O === undefined) throw new Error('O does not decode');
    const point = generatorPoint();
    expect(backend.equal(backend.msm([O, point, point], [5n, 7n, 0n]), backend.mul(point, 7n))).toBe(true);
    expect(backend.isIdentity(backend.mul(point, 0n))).toBe(true);
    expect(backend.equal(backend.add(O, point), point)).toBe(true);
    expect(backend.isIdentity(backend.sub(point, point))).toBe(true);
    expect(hex(backend.encodeG1(O))).toBe(hex(IDENTITY));
  });

  it('keeps answering after more keys than it keeps lines for', () => {
    const point = generatorPoint();
    const keys = Array.from({ length: 20 }, (_, i) => backend.mulG2(backend.g2, BigInt(i + 2)));
    for (let round = 0; round < 2; round++) {
      for (const [i, key] of keys.entries()) {
        expect(backend.pairsToOne(point, key, backend.neg(backend.mul(point, BigInt(i + 2))))).toBe(true);
      }
    }
  });

  it('refuses what is not one canonical encoding of a subgroup point', () => {
    const good = backend.encodeG1(generatorPoint());
    const infinityWithBits = IDENTITY.slice();
    infinityWithBits[47] = 1;
    const cases: Record<string, Uint8Array> = {
      empty: new Uint8Array(0),
      short: good.slice(1),
      long: concat(good, Uint8Array.of(0)),
      'uncompressed flag': withX(BigInt(`0x${hex(good)}`) % (1n << 381n), 0),
      'c0 00..01': infinityWithBits,
      'e0 00..00': concat(Uint8Array.of(0xe0), new Uint8Array(47)),
      '40 00..00': concat(Uint8Array.of(0x40), new Uint8Array(47)),
      'infinity flag on a point': concat(Uint8Array.of((good[0] ?? 0) | 0x40), good.slice(1)),
      'x = p': withX(P, 0x80),
      'x = p + 4': withX(P + 4n, 0x80),
      'all ones': new Uint8Array(48).fill(0xff),
      'x = 1, off the curve': withX(1n, 0x80),
      'x = 4, outside the subgroup': withX(4n, 0x80),
      zeros: new Uint8Array(48),
    };
    for (const [name, bytes] of Object.entries(cases)) expect(backend.decodeG1(bytes), name).toBeUndefined();
    expect(backend.decodeG2(new Uint8Array(96)), 'G2 zeros').toBeUndefined();
    expect(backend.decodeG2(concat(IDENTITY, new Uint8Array(47), Uint8Array.of(1))), 'G2 c0..01').toBeUndefined();
    expect(backend.decodeG2(concat(withX(P, 0x80), new Uint8Array(48))), 'G2 x1 = p').toBeUndefined();
    const { Fp2 } = bls12_381.fields;
    const four = Fp2.create({ c0: 4n, c1: 4n });
    const outside = [1n, 2n, 3n, 4n, 5n].filter((c0) => {
      const x = Fp2.create({ c0, c1: 0n });
      const rhs = Fp2.add(Fp2.mul(Fp2.sqr(x), x), four);
      return Fp2.pow(rhs, (Fp2.ORDER - 1n) / 2n).c0 === 1n;
    });
    expect(outside.length).toBeGreaterThan(0);
    for (const c0 of outside) {
      const bytes = concat(withX(0n, 0x80), withX(c0, 0));
      expect(backend.decodeG2(bytes), `G2 x = ${c0}, on the curve, outside the subgroup`).toBeUndefined();
    }
    expect(backend.decodeG2(backend.encodeG2(backend.g2))).toBeDefined();
  });

  it('throws when called wrongly', async () => {
    const foreign: G1 = { group: 'G1' };
    expect(() => backend.encodeG1(foreign)).toThrow(TypeError);
    expect(() => backend.mul(generatorPoint(), ORDER)).toThrow(RangeError);
    expect(() => backend.msm([], [])).toThrow(RangeError);
    expect(() => backend.msm([generatorPoint()], [])).toThrow(RangeError);
    expect(() => backend.hashToG1(new Uint8Array(0), new Uint8Array(256))).toThrow(RangeError);
  });
});
