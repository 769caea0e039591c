/**
 * What every backend must do, as one suite: RFC 9380 vectors, the group laws with their exceptions, and strict decoding.
 * @module
 */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, fromHex, hex, utf8 } from '../../common/bytes.ts';
import { randomScalar } from '../../common/random.ts';
import type { G1, G2, GroupBackend } from '../backend.ts';
import { verifyBatch } from '../batch.ts';
import { ORDER } from '../scalar.ts';
import { signWithCard } from '../sign-host.ts';
import { GENERATOR_DST } from '../tags.ts';
import { verifySignature } from '../verify.ts';
import { EDGE_SCALARS } from './edge-scalars.ts';
import { P, withX } from './odd-points.ts';
import { at, createSampleGroup, flipped, hashOf, neverAborted, sampleContext } from './sample-group.ts';
import { seededRng } from './seeded-rng.ts';

const IDENTITY = concat(Uint8Array.of(0xc0), new Uint8Array(47));

/** RFC 9380 appendix J.9.1: message, x, y. */
const HASH_VECTORS = [
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
] as const;

function decoded(backend: GroupBackend, bytes: Uint8Array): G1 {
  const point = backend.decodeG1(bytes);
  if (point === undefined) throw new Error('a valid point does not decode');
  return point;
}

/** Real parts of x for which the curve over Fp2 has a point; such points are outside G2. */
function realOutsiders(): bigint[] {
  const { Fp2 } = bls12_381.fields;
  const four = Fp2.create({ c0: 4n, c1: 4n });
  return [1n, 2n, 3n, 4n, 5n].filter((c0) => {
    const x = Fp2.create({ c0, c1: 0n });
    const rhs = Fp2.add(Fp2.mul(Fp2.sqr(x), x), four);
    return Fp2.pow(rhs, (Fp2.ORDER - 1n) / 2n).c0 === 1n;
  });
}

/** Runs the suite over one backend. */
export function describeBackend(name: string, create: () => Promise<GroupBackend>): void {
  describe(`backend ${name}`, () => {
    let backend: GroupBackend;
    let point: G1;
    let O: G1;
    beforeAll(async () => {
      backend = await create();
      point = backend.generators.g1;
      O = decoded(backend, IDENTITY);
    });
    const bytesOf = (value: G1): string => hex(backend.encodeG1(value));

    it.each(HASH_VECTORS)('hashes "%s" to G1 as published', (message, x, y) => {
      const dst = utf8('QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_');
      const larger = 2n * BigInt(`0x${y}`) > P;
      expect(bytesOf(backend.hashToG1(utf8(message), dst))).toBe(hex(withX(BigInt(`0x${x}`), larger ? 0xa0 : 0x80)));
    });

    it('has the generators that an independent library derives, all different', () => {
      const { g1, h, hEpoch, hClass, G, K2 } = backend.generators;
      const ours = [g1, h, hEpoch, hClass, G, K2].map(bytesOf);
      const theirs = Object.values(GENERATOR_DST).map((DST) =>
        bls12_381.G1.hashToCurve(new Uint8Array(0), { DST }).toHex(),
      );
      expect(ours).toEqual(theirs);
      expect(new Set(ours).size).toBe(6);
      expect(hex(backend.encodeG2(backend.g2))).toBe(bls12_381.G2.Point.BASE.toHex());
    });

    it('agrees with an independent library on random multiples', () => {
      const rng = seededRng('multiples');
      const { G1, G2 } = bls12_381;
      const base = decoded(backend, fromHex(G1.Point.BASE.toHex()));
      const [a, b] = [randomScalar(ORDER, rng), randomScalar(ORDER, rng)];
      expect(bytesOf(backend.mul(base, a))).toBe(G1.Point.BASE.multiply(a).toHex());
      expect(bytesOf(backend.mulSecret(base, a))).toBe(G1.Point.BASE.multiply(a).toHex());
      expect(bytesOf(backend.prepareBase(base).mul(a))).toBe(G1.Point.BASE.multiply(a).toHex());
      expect(hex(backend.encodeG2(backend.mulG2(backend.g2, a)))).toBe(G2.Point.BASE.multiply(a).toHex());
      const sum = G1.Point.BASE.multiply((a * a + b) % ORDER).toHex();
      expect(bytesOf(backend.msm([backend.mul(base, a), base], [a, b]))).toBe(sum);
    });

    it('adds what is equal, opposite and O', () => {
      const minus = backend.neg(point);
      const twice = backend.mul(point, 2n);
      expect(bytesOf(backend.add(point, point))).toBe(bytesOf(twice));
      expect(bytesOf(backend.sub(point, minus))).toBe(bytesOf(twice));
      expect(bytesOf(backend.add(twice, twice))).toBe(bytesOf(backend.mul(point, 4n)));
      for (const zero of [
        backend.add(point, minus),
        backend.sub(twice, twice),
        backend.mul(point, 0n),
        backend.neg(O),
      ]) {
        expect(backend.isIdentity(zero)).toBe(true);
        expect(backend.equal(zero, O)).toBe(true);
        expect(bytesOf(zero)).toBe(hex(IDENTITY));
      }
      for (const same of [backend.add(O, twice), backend.add(twice, O), backend.sub(twice, O)]) {
        expect(backend.equal(same, twice)).toBe(true);
      }
      expect(backend.equal(point, minus)).toBe(false);
      expect(backend.equal(point, O)).toBe(false);
      expect(backend.isIdentity(backend.addG2(backend.g2, backend.mulG2(backend.g2, ORDER - 1n)))).toBe(true);
      expect(backend.isIdentity(backend.g2)).toBe(false);
    });

    it('multiplies by edge scalars in every way alike', () => {
      const base = backend.prepareBase(point);
      const short = backend.prepareBase(backend.neg(point), 128);
      const identityBase = backend.prepareBase(O);
      for (const k of EDGE_SCALARS) {
        const expected = bytesOf(backend.mul(point, k));
        expect(bytesOf(backend.mulSecret(point, k)), `secret ${k}`).toBe(expected);
        expect(bytesOf(backend.msm([point], [k])), `msm ${k}`).toBe(expected);
        expect(bytesOf(base.mul(k)), `base ${k}`).toBe(expected);
        if (k < 1n << 128n) expect(bytesOf(backend.neg(short.mul(k))), `short base ${k}`).toBe(expected);
        expect(backend.isIdentity(identityBase.mul(k))).toBe(true);
        const next = k + 1n === ORDER ? 0n : k + 1n;
        expect(bytesOf(backend.add(backend.mul(point, next), backend.neg(point))), `next to ${k}`).toBe(expected);
      }
    });

    it('sums over equal, opposite and zero terms', () => {
      const minus = backend.neg(point);
      expect(bytesOf(backend.msm([O, point, point], [5n, 7n, 0n]))).toBe(bytesOf(backend.mul(point, 7n)));
      expect(bytesOf(backend.msm([point, point], [3n, 4n]))).toBe(bytesOf(backend.mul(point, 7n)));
      expect(backend.isIdentity(backend.msm([point, minus], [9n, 9n]))).toBe(true);
      expect(backend.isIdentity(backend.msm([point, point], [ORDER - 1n, 1n]))).toBe(true);
      expect(backend.isIdentity(backend.msm([O], [1n]))).toBe(true);
      const many = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? point : minus));
      const scalars = many.map((_, i) => BigInt(i + 1) << 100n);
      // sum of -(1) over 20 pairs
      expect(bytesOf(backend.msm(many, scalars))).toBe(bytesOf(backend.mul(minus, 20n << 100n)));
    });

    it('pairs bilinearly', () => {
      const rng = seededRng('pairing');
      const [a, b] = [randomScalar(ORDER, rng), randomScalar(ORDER, rng)];
      // e(a*P, b*g2) * e(-ab*P, g2) = 1
      const minus = backend.neg(backend.mul(point, (a * b) % ORDER));
      const key = backend.mulG2(backend.g2, b);
      expect(backend.pairsToOne(backend.mul(point, a), key, minus)).toBe(true);
      expect(backend.pairsToOne(backend.mul(point, b), key, minus)).toBe(false);
      expect(backend.pairsToOne(O, key, O)).toBe(true);
      expect(backend.pairsToOne(point, key, O)).toBe(false);
      expect(backend.pairsToOne(O, key, point)).toBe(false);
    });

    it('keeps answering after more keys than it keeps lines for', () => {
      const keys: G2[] = Array.from({ length: 20 }, (_, i) => backend.mulG2(backend.g2, BigInt(i + 2)));
      for (let round = 0; round < 2; round++) {
        for (const [i, key] of keys.entries()) {
          expect(backend.pairsToOne(point, key, backend.neg(backend.mul(point, BigInt(i + 2))))).toBe(true);
        }
      }
    });

    it('refuses what is not one canonical encoding of a subgroup point', () => {
      const good = backend.encodeG1(point);
      const cases: Record<string, Uint8Array> = {
        empty: new Uint8Array(0),
        short: good.slice(1),
        long: concat(good, Uint8Array.of(0)),
        'uncompressed flag': withX(BigInt(`0x${hex(good)}`) % (1n << 381n), 0),
        'c0 00..01': concat(IDENTITY.slice(0, 47), Uint8Array.of(1)),
        'c1 00..00': concat(Uint8Array.of(0xc1), new Uint8Array(47)),
        'e0 00..00': concat(Uint8Array.of(0xe0), new Uint8Array(47)),
        '40 00..00': concat(Uint8Array.of(0x40), new Uint8Array(47)),
        'infinity flag on a point': concat(Uint8Array.of((good[0] ?? 0) | 0x40), good.slice(1)),
        'x = p': withX(P, 0x80),
        'x = p + 4': withX(P + 4n, 0x80),
        'all ones': new Uint8Array(48).fill(0xff),
        'x = 0, of order 3': withX(0n, 0x80),
        'x = 1, off the curve': withX(1n, 0x80),
        'x = 4, outside the subgroup': withX(4n, 0x80),
        zeros: new Uint8Array(48),
      };
      for (const [kind, bytes] of Object.entries(cases)) expect(backend.decodeG1(bytes), kind).toBeUndefined();
      expect(bytesOf(decoded(backend, good))).toBe(hex(good));
      const minus = flipped(good, 0, 0x20);
      expect(backend.isIdentity(backend.add(decoded(backend, minus), point))).toBe(true);
    });

    it('refuses the same in G2', () => {
      const good = backend.encodeG2(backend.g2);
      const identity = concat(IDENTITY, new Uint8Array(48));
      const cases: Record<string, Uint8Array> = {
        zeros: new Uint8Array(96),
        'c0 00..01': concat(IDENTITY, new Uint8Array(47), Uint8Array.of(1)),
        'e0 00..00': concat(Uint8Array.of(0xe0), new Uint8Array(95)),
        'x1 = p': concat(withX(P, 0x80), new Uint8Array(48)),
        'x0 = p': concat(withX(0n, 0x80), withX(P, 0)),
        'flags in x0': concat(good.slice(0, 48), Uint8Array.of((good[48] ?? 0) | 0x80), good.slice(49)),
        short: good.slice(1),
        long: concat(good, Uint8Array.of(0)),
        'a point of G1': backend.encodeG1(point),
      };
      for (const [kind, bytes] of Object.entries(cases)) expect(backend.decodeG2(bytes), kind).toBeUndefined();
      const outside = realOutsiders();
      expect(outside.length).toBeGreaterThan(0);
      for (const c0 of outside) {
        const bytes = concat(withX(0n, 0x80), withX(c0, 0));
        expect(backend.decodeG2(bytes), `x = ${c0}, on the curve, outside the subgroup`).toBeUndefined();
      }
      const again = backend.decodeG2(good);
      expect(again === undefined ? '' : hex(backend.encodeG2(again))).toBe(hex(good));
      const zero = backend.decodeG2(identity);
      expect(zero === undefined ? '' : hex(backend.encodeG2(zero))).toBe(hex(identity));
      expect(zero !== undefined && backend.isIdentity(zero)).toBe(true);
    });

    it('signs and verifies, alone and in a batch', async () => {
      const group = createSampleGroup(backend, 1, `group of ${name}`);
      const { credential, card } = at(group.members, 0);
      const { groupKey } = group;
      const [ctx, messageHash] = [sampleContext(), hashOf('suite')];
      const signature = await signWithCard({
        backend,
        groupKey,
        credential,
        ctx,
        messageHash,
        card,
        signal: neverAborted,
      });
      expect(verifySignature(backend, groupKey, ctx, messageHash, signature)).toBe(true);
      expect(verifySignature(backend, groupKey, ctx, hashOf('other'), signature)).toBe(false);
      const item = { ctx, messageHash, signature };
      const verdicts = verifyBatch(backend, groupKey, [item, { ...item, messageHash: hashOf('other') }, item]);
      expect(verdicts).toEqual([true, false, true]);
    });

    it('throws when called wrongly', () => {
      const foreign: G1 = { group: 'G1' };
      expect(() => backend.encodeG1(foreign)).toThrow(TypeError);
      expect(() => backend.pairsToOne(point, { group: 'G2' }, point)).toThrow(TypeError);
      expect(() => backend.prepareBase(foreign)).toThrow(TypeError);
      for (const k of [ORDER, -1n]) {
        expect(() => backend.mul(point, k)).toThrow(RangeError);
        expect(() => backend.mulSecret(point, k)).toThrow(RangeError);
        expect(() => backend.msm([point], [k])).toThrow(RangeError);
        expect(() => backend.mulG2(backend.g2, k)).toThrow(RangeError);
        expect(() => backend.prepareBase(point).mul(k)).toThrow(RangeError);
      }
      expect(() => backend.msm([], [])).toThrow(RangeError);
      expect(() => backend.msm([point], [])).toThrow(RangeError);
      expect(() => backend.hashToG1(new Uint8Array(0), new Uint8Array(256))).toThrow(RangeError);
      expect(() => backend.hashToG1(new Uint8Array(0), new Uint8Array(0))).toThrow(RangeError);
    });
  });
}
