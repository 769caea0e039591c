import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, fromHex, hex, utf8 } from '../common/bytes.ts';
import { bigintOf } from '../common/hash.ts';
import { randomScalar } from '../common/random.ts';
import type { G1, GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { loadNativeBackend } from './node/load-native.ts';
import { nativeBackendForTests, nativeBinaryForTests } from './node/testing/native-backend.ts';
import { ORDER } from './scalar.ts';
import { at, flipped } from './testing/sample-group.ts';
import { seededRng } from './testing/seeded-rng.ts';

type CurvePoint = typeof bls12_381.G1.Point.BASE;

const IDENTITY = concat(Uint8Array.of(0xc0), new Uint8Array(47));
/** z^2, where the endomorphism splits scalars. */
const ZZ = 0xd201000000010000n ** 2n;
const EDGES = [
  0n,
  1n,
  2n,
  3n,
  ZZ - 1n,
  ZZ,
  ZZ + 1n,
  2n * ZZ,
  ZZ * ZZ - ZZ,
  ZZ * (ZZ - 1n) - 1n,
  ORDER - ZZ,
  ORDER - 2n,
  ORDER - 1n,
  ...[64n, 127n, 128n, 129n, 192n, 254n].flatMap((bits) => [(1n << bits) - 1n, 1n << bits, (1n << bits) + 1n]),
  // The largest digits, and carries through all of them.
  ...[0x80, 0x81, 0x7f, 0xff].map((byte) => bigintOf(new Uint8Array(31).fill(byte))),
].filter((k) => k < ORDER);

// Where no compiler is there is nothing to compare; that loading says so is tested in node/load-native.test.ts.
let native: GroupBackend | undefined;
let mcl: GroupBackend;
beforeAll(async () => {
  native = nativeBackendForTests();
  mcl = await createMclBackend();
});

/** Runs a test on the native backend, or asserts that there rightly is none. */
const onNative = (test: (backend: GroupBackend) => void | Promise<void>) => async (): Promise<void> => {
  if (native === undefined) expect(loadNativeBackend().backend).toBeUndefined();
  else await test(native);
};

function decoded(backend: GroupBackend, bytes: Uint8Array): G1 {
  const point = backend.decodeG1(bytes);
  if (point === undefined) throw new Error('point does not decode');
  return point;
}

const scalar = fc.oneof(
  fc.constantFrom(...EDGES),
  fc.bigInt({ min: 0n, max: ORDER - 1n }),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
  // Near multiples of z^2 the quotient's first guess is wrong.
  fc.tuple(fc.bigInt({ min: 1n, max: ZZ - 2n }), fc.integer({ min: -3, max: 3 })).map(([q, d]) => q * ZZ + BigInt(d)),
);

/** V8's collector, which only a flag shows. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  // The context is made after the flag, so it has the function.
  return runInNewContext('gc') as () => void;
}

/** Encoding of an x with given flags; on the curve for one x in two, in the subgroup for almost none. */
const withX = (x: bigint, flags: number): Uint8Array => {
  const bytes = fromHex(x.toString(16).padStart(96, '0'));
  bytes[0] = (bytes[0] ?? 0) | flags;
  return bytes;
};

/** k*P for a point of any order. */
function times(point: CurvePoint, k: bigint): CurvePoint {
  let sum = bls12_381.G1.Point.ZERO;
  for (const bit of k.toString(2)) {
    sum = sum.double();
    if (bit === '1') sum = sum.add(point);
  }
  return sum;
}

describe('native backend: arithmetic', () => {
  it(
    'derives the generators of the other backend',
    onNative((backend) => {
      for (const [name, point] of Object.entries(backend.generators)) {
        const other = mcl.generators[name as keyof typeof mcl.generators];
        expect(hex(backend.encodeG1(point)), name).toBe(hex(mcl.encodeG1(other)));
      }
      expect(hex(backend.encodeG2(backend.g2))).toBe(hex(mcl.encodeG2(mcl.g2)));
    }),
  );

  it(
    'hashes what the other backend hashes',
    onNative((backend) => {
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 300 }),
          fc.uint8Array({ minLength: 1, maxLength: 255 }),
          (message, dst) => {
            expect(hex(backend.encodeG1(backend.hashToG1(message, dst)))).toBe(
              hex(mcl.encodeG1(mcl.hashToG1(message, dst))),
            );
          },
        ),
      );
    }),
  );

  it(
    'multiplies as the other backend, in every one of its ways',
    onNative((backend) => {
      const base = backend.prepareBase(backend.generators.h);
      const short = backend.prepareBase(backend.generators.G, 128);
      base.warm?.();
      short.warm?.();
      const check = (k: bigint): void => {
        const wanted = hex(mcl.encodeG1(mcl.mul(mcl.generators.h, k)));
        expect(hex(backend.encodeG1(backend.mul(backend.generators.h, k)))).toBe(wanted);
        expect(hex(backend.encodeG1(backend.mulSecret(backend.generators.h, k)))).toBe(wanted);
        expect(hex(backend.encodeG1(base.mul(k)))).toBe(wanted);
        if (k >> 128n === 0n) {
          expect(hex(backend.encodeG1(short.mul(k)))).toBe(hex(mcl.encodeG1(mcl.mul(mcl.generators.G, k))));
        } else {
          expect(() => short.mul(k)).toThrow(RangeError);
        }
      };
      EDGES.forEach(check);
      fc.assert(fc.property(scalar, check), { numRuns: 1_000 });
    }),
  );

  it(
    'agrees with an independent library',
    onNative((backend) => {
      const rng = seededRng('native multiples');
      const { G1, G2 } = bls12_381;
      const base = decoded(backend, fromHex(G1.Point.BASE.toHex()));
      for (let i = 0; i < 12; i++) {
        const [a, b] = [randomScalar(ORDER, rng), randomScalar(ORDER, rng)];
        expect(hex(backend.encodeG1(backend.mul(base, a)))).toBe(G1.Point.BASE.multiply(a).toHex());
        expect(hex(backend.encodeG2(backend.mulG2(backend.g2, a)))).toBe(G2.Point.BASE.multiply(a).toHex());
        expect(hex(backend.encodeG2(backend.addG2(backend.mulG2(backend.g2, a), backend.g2)))).toBe(
          G2.Point.BASE.multiply(a).add(G2.Point.BASE).toHex(),
        );
        const sum = G1.Point.BASE.multiply((a * a + b) % ORDER).toHex();
        expect(hex(backend.encodeG1(backend.msm([backend.mul(base, a), base], [a, b])))).toBe(sum);
        const minus = backend.neg(backend.mul(base, (a * b) % ORDER));
        expect(backend.pairsToOne(backend.mul(base, a), backend.mulG2(backend.g2, b), minus)).toBe(true);
        expect(backend.pairsToOne(backend.mul(base, b), backend.mulG2(backend.g2, b), minus)).toBe(false);
      }
    }),
  );

  it(
    'sums what the other backend sums: repeated points, P and -P, O, zeros, any number',
    onNative((backend) => {
      const points = (b: GroupBackend): readonly G1[] => {
        const { g1, h, G, K2 } = b.generators;
        return [g1, h, G, K2, b.neg(g1), b.neg(h), decoded(b, IDENTITY), b.mul(g1, ZZ), b.mul(g1, 2n), b.add(g1, h)];
      };
      const [ours, theirs] = [points(backend), points(mcl)];
      const summand = fc.tuple(fc.nat({ max: ours.length - 1 }), scalar);
      const check = (sum: readonly (readonly [number, bigint])[]): void => {
        const ks = sum.map(([, k]) => k);
        const wanted = mcl.msm(
          sum.map(([i]) => at(theirs, i)),
          ks,
        );
        expect(
          hex(
            backend.encodeG1(
              backend.msm(
                sum.map(([i]) => at(ours, i)),
                ks,
              ),
            ),
          ),
        ).toBe(hex(mcl.encodeG1(wanted)));
      };
      fc.assert(fc.property(fc.array(summand, { minLength: 1, maxLength: 12 }), check), { numRuns: 300 });
      // Around and beyond the size where another algorithm takes over.
      fc.assert(fc.property(fc.array(summand, { minLength: 30, maxLength: 90 }), check), { numRuns: 20 });
      check(Array.from({ length: 500 }, (_, i) => [i % ours.length, BigInt(i)] as const));
      check(Array.from({ length: 40 }, () => [0, 1n] as const));
      check(Array.from({ length: 40 }, (_, i) => [i % 2 === 0 ? 0 : 4, ORDER - 1n] as const));
      check(Array.from({ length: 40 }, () => [6, 7n] as const));
    }),
  );

  it(
    'keeps the laws of the group at O, P + P and P - P',
    onNative((backend) => {
      const O = decoded(backend, IDENTITY);
      const { g1: P, h } = backend.generators;
      expect(backend.equal(backend.add(P, P), backend.mul(P, 2n))).toBe(true);
      expect(backend.equal(backend.add(O, P), P)).toBe(true);
      expect(backend.equal(backend.add(P, O), P)).toBe(true);
      expect(backend.isIdentity(backend.sub(P, P))).toBe(true);
      expect(backend.isIdentity(backend.neg(O))).toBe(true);
      expect(backend.isIdentity(backend.mul(P, 0n))).toBe(true);
      expect(backend.isIdentity(backend.mulSecret(P, 0n))).toBe(true);
      expect(backend.isIdentity(backend.mulSecret(O, 5n))).toBe(true);
      expect(backend.isIdentity(backend.mulG2(backend.g2, 0n))).toBe(true);
      expect(backend.isIdentity(P)).toBe(false);
      expect(backend.isIdentity(backend.g2)).toBe(false);
      expect(backend.equal(O, O)).toBe(true);
      expect(backend.equal(O, P)).toBe(false);
      expect(backend.equal(P, backend.neg(P))).toBe(false);
      expect(backend.equal(backend.sub(backend.add(P, h), h), P)).toBe(true);
      expect(hex(backend.encodeG1(backend.sub(P, P)))).toBe(hex(IDENTITY));
      const base = backend.prepareBase(O);
      base.warm?.();
      expect(backend.isIdentity(base.mul(ORDER - 1n))).toBe(true);
    }),
  );

  it(
    'pairs O as the other backend',
    onNative((backend) => {
      const answers = (b: GroupBackend): readonly boolean[] => {
        const O = decoded(b, IDENTITY);
        const infinity = b.mulG2(b.g2, 0n);
        const P = b.generators.g1;
        return [
          b.pairsToOne(O, b.g2, O),
          b.pairsToOne(P, b.g2, O),
          b.pairsToOne(O, b.g2, P),
          b.pairsToOne(P, infinity, O),
          b.pairsToOne(P, infinity, P),
          b.pairsToOne(P, b.g2, b.neg(P)),
        ];
      };
      expect(answers(backend)).toEqual([true, false, false, true, false, true]);
      expect(answers(mcl)).toEqual(answers(backend));
    }),
  );

  it(
    'builds a table after some uses, with the same results',
    onNative((backend) => {
      const base = backend.prepareBase(backend.generators.hClass);
      for (let k = 1n; k < 40n; k++) {
        expect(backend.equal(base.mul(ORDER - k), backend.mul(backend.generators.hClass, ORDER - k))).toBe(true);
      }
      expect(backend.prepareBase(backend.generators.hClass)).toBe(base);
    }),
  );
});

describe('native backend: encodings', () => {
  const agreeG1 = (backend: GroupBackend, bytes: Uint8Array): boolean => {
    const [ours, theirs] = [backend.decodeG1(bytes), mcl.decodeG1(bytes)];
    if ((ours === undefined) !== (theirs === undefined)) throw new Error(`G1 ${hex(bytes)}`);
    if (ours !== undefined) expect(hex(backend.encodeG1(ours))).toBe(hex(bytes));
    return ours !== undefined;
  };
  const agreeG2 = (backend: GroupBackend, bytes: Uint8Array): boolean => {
    const [ours, theirs] = [backend.decodeG2(bytes), mcl.decodeG2(bytes)];
    if ((ours === undefined) !== (theirs === undefined)) throw new Error(`G2 ${hex(bytes)}`);
    if (ours !== undefined) expect(hex(backend.encodeG2(ours))).toBe(hex(bytes));
    return ours !== undefined;
  };

  it(
    'decodes what the other backend decodes: random, mutated, torsion, non-canonical',
    onNative((backend) => {
      const rng = seededRng('encodings');
      const P = bls12_381.fields.Fp.ORDER;
      let good = 0;
      for (let i = 0; i < 400; i++) {
        const point = backend.encodeG1(backend.mul(backend.generators.g1, randomScalar(ORDER, rng)));
        const [where, mask] = [at([...rng(1)], 0) % 48, 1 << (i % 8)];
        // Small x: mostly on the curve and outside the subgroup, or off the curve.
        for (const bytes of [point, flipped(point, where, mask), flipped(point, 0, mask), rng(48)]) {
          if (agreeG1(backend, bytes)) good++;
        }
        for (const flags of [0x80, 0xa0, 0xc0, 0xe0, 0]) agreeG1(backend, withX(BigInt(i), flags));
        for (const x of [P - BigInt(i), P + BigInt(i)]) agreeG1(backend, withX(x, 0x80));
      }
      expect(good).toBeGreaterThanOrEqual(400);
      for (let i = 0; i < 150; i++) {
        const point = backend.encodeG2(backend.mulG2(backend.g2, randomScalar(ORDER, rng)));
        const [where, mask] = [at([...rng(1)], 0) % 96, 1 << (i % 8)];
        expect(agreeG2(backend, point)).toBe(true);
        for (const bytes of [flipped(point, where, mask), flipped(point, 0, mask), flipped(point, 48, mask), rng(96)]) {
          agreeG2(backend, bytes);
        }
        for (const flags of [0x80, 0xa0, 0xc0, 0]) agreeG2(backend, concat(withX(0n, flags), withX(BigInt(i), 0)));
        agreeG2(backend, concat(withX(P - 1n, 0x80), withX(P + BigInt(i), 0)));
        agreeG2(backend, concat(withX(P + BigInt(i), 0x80), withX(1n, 0)));
      }
    }),
  );

  it(
    'refuses points of every small order and mixtures with them',
    onNative((backend) => {
      const { Point } = bls12_381.G1;
      const { Fp } = bls12_381.fields;
      const h = bls12_381.G1.Point.CURVE().h;
      const outside: CurvePoint[] = [];
      for (let x = 0n; outside.length < 40; x++) {
        const square = Fp.add(Fp.mul(Fp.sqr(x), x), 4n);
        if (Fp.pow(square, (Fp.ORDER - 1n) / 2n) !== 1n) continue;
        const torsion = times(Point.fromAffine({ x, y: Fp.sqrt(square) }), ORDER);
        if (torsion.is0()) continue;
        outside.push(torsion, torsion.add(Point.BASE));
        // Of order 3, 11, 10177 where the cofactor leaves it.
        for (const order of [3n, 11n, 10177n]) {
          const small = times(torsion, h / order);
          if (!small.is0()) outside.push(small, small.add(Point.BASE), small.negate());
        }
      }
      for (const point of outside) {
        const { x, y } = point.toAffine();
        // By hand, because the library refuses to write what is outside the subgroup.
        const bytes = withX(x, 2n * y > Fp.ORDER ? 0xa0 : 0x80);
        expect(backend.decodeG1(bytes), hex(bytes)).toBeUndefined();
        expect(mcl.decodeG1(bytes)).toBeUndefined();
      }
    }),
  );

  it(
    'refuses other lengths and the encodings of O that are not the one',
    onNative((backend) => {
      const good = backend.encodeG1(backend.generators.g1);
      const cases = [
        new Uint8Array(0),
        good.slice(1),
        concat(good, Uint8Array.of(0)),
        flipped(IDENTITY, 47),
        concat(Uint8Array.of(0xe0), new Uint8Array(47)),
        concat(Uint8Array.of(0x40), new Uint8Array(47)),
        new Uint8Array(48),
        new Uint8Array(48).fill(0xff),
      ];
      for (const bytes of cases) expect(backend.decodeG1(bytes), hex(bytes)).toBeUndefined();
      for (const bytes of [
        new Uint8Array(0),
        good,
        new Uint8Array(96),
        flipped(concat(IDENTITY, new Uint8Array(48)), 95),
      ]) {
        expect(backend.decodeG2(bytes), hex(bytes)).toBeUndefined();
      }
      expect(agreeG1(backend, IDENTITY)).toBe(true);
      expect(agreeG2(backend, concat(IDENTITY, new Uint8Array(48)))).toBe(true);
    }),
  );
});

describe('native backend: wrong calls', () => {
  it(
    'throw TypeError for a foreign point and RangeError for a scalar out of range',
    onNative((backend) => {
      const { g1 } = backend.generators;
      const foreign: G1 = { group: 'G1' };
      const { g1: other } = mcl.generators;
      for (const point of [foreign, other]) {
        expect(() => backend.encodeG1(point)).toThrow(TypeError);
        expect(() => backend.add(g1, point)).toThrow(TypeError);
        expect(() => backend.msm([g1, point], [1n, 1n])).toThrow(TypeError);
        expect(() => backend.prepareBase(point)).toThrow(TypeError);
        expect(() => backend.pairsToOne(point, backend.g2, g1)).toThrow(TypeError);
      }
      expect(() => backend.encodeG2(mcl.g2)).toThrow(TypeError);
      expect(() => backend.pairsToOne(g1, mcl.g2, g1)).toThrow(TypeError);
      const base = backend.prepareBase(g1);
      for (const k of [-1n, ORDER, ORDER + 1n, 1n << 256n, -(1n << 300n)]) {
        expect(() => backend.mul(g1, k)).toThrow(RangeError);
        expect(() => backend.mulSecret(g1, k)).toThrow(RangeError);
        expect(() => backend.mulG2(backend.g2, k)).toThrow(RangeError);
        expect(() => backend.msm([g1], [k])).toThrow(RangeError);
        expect(() => base.mul(k)).toThrow(RangeError);
        base.warm?.();
      }
      expect(() => backend.msm([], [])).toThrow(RangeError);
      expect(() => backend.msm([g1], [])).toThrow(RangeError);
      expect(() => backend.prepareBase(g1, 256)).toThrow(RangeError);
      expect(() => backend.prepareBase(g1, 0)).toThrow(RangeError);
      expect(() => backend.hashToG1(new Uint8Array(0), new Uint8Array(0))).toThrow(RangeError);
      expect(() => backend.hashToG1(new Uint8Array(0), new Uint8Array(256))).toThrow(RangeError);
    }),
  );

  it(
    'reach the binary and are refused there too, whatever they bring',
    onNative((backend) => {
      const binary = nativeBinaryForTests();
      const strange = [
        undefined,
        null,
        7,
        'text',
        1n,
        {},
        [],
        [1n],
        new Uint8Array(3),
        new Uint8Array(1 << 16),
        new Float64Array(18),
        new DataView(new ArrayBuffer(144)),
        () => 1,
        Object.create(null),
        new Proxy({}, {}),
      ];
      const { pkh, w, K1 } = {
        pkh: new Uint8Array(32),
        w: backend.encodeG2(backend.g2),
        K1: backend.encodeG1(backend.generators.h),
      };
      const generators = concat(...Object.values(backend.generators).map((point) => backend.encodeG1(point)));
      const tag = utf8('tag');
      const verifier = binary.createVerifier(pkh, w, K1, generators, tag, tag, tag, tag);
      const right: Record<string, readonly unknown[]> = {
        multiplySecret: [new Uint8Array(144), new Uint8Array(144), 1n],
        multiScalar: [new Uint8Array(144), new Uint8Array(144), [1n]],
        multiplyTable: [new Uint8Array(144), new Uint8Array(binary.bytesTable), 1n],
        fillTable: [new Uint8Array(binary.bytesTable), new Uint8Array(144)],
        decodeG1: [new Uint8Array(144), new Uint8Array(48)],
        createVerifier: [pkh, w, K1, generators, tag, tag, tag, tag],
        verify: [verifier, new Uint8Array(74), new Uint8Array(32), new Uint8Array(400)],
        verifyBatch: [verifier, new Uint8Array(506), new Uint8Array(32), 0],
        verifyBatchAsync: [verifier, new Uint8Array(506), new Uint8Array(32), 0],
        pairsToOne: [
          new Uint8Array(144),
          new Uint8Array(binary.bytesLines),
          new Uint8Array(144),
          new Uint8Array(binary.bytesLines),
        ],
      };
      for (const [name, value] of Object.entries(binary)) {
        if (typeof value !== 'function') continue;
        // Called with what its type forbids, on purpose.
        const call = value as (...args: readonly unknown[]) => unknown;
        expect(() => call(), name).toThrow(TypeError);
        const args = right[name] ?? [new Uint8Array(144), new Uint8Array(144), new Uint8Array(144)];
        for (let i = 0; i < args.length; i++) {
          for (const wrong of strange) {
            const with_ = args.map((arg, j) => (i === j ? wrong : arg));
            try {
              void Promise.resolve(call(...with_)).catch(() => undefined);
            } catch (error) {
              if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
            }
          }
        }
      }
      const odd = new Uint8Array(binary.bytesTable + 1).subarray(1);
      expect(() => binary.fillTable(odd, new Uint8Array(144))).toThrow(RangeError);
      expect(() => binary.verify({}, new Uint8Array(74), new Uint8Array(32), new Uint8Array(400))).toThrow(TypeError);
      const throwing = [1n];
      Object.defineProperty(throwing, 0, {
        get() {
          throw new SyntaxError('own');
        },
      });
      expect(() => binary.multiScalar(new Uint8Array(144), new Uint8Array(144), throwing)).toThrow(SyntaxError);
    }),
  );

  it(
    'leave no memory behind, and neither do right ones',
    onNative(async (backend) => {
      const binary = nativeBinaryForTests();
      const collect = collector();
      const pkh = new Uint8Array(32);
      const w = backend.encodeG2(backend.g2);
      const K1 = backend.encodeG1(backend.generators.h);
      const generators = concat(...Object.values(backend.generators).map((point) => backend.encodeG1(point)));
      const tag = utf8('tag');
      const points = new Uint8Array(40 * 144);
      const outOfRange = [...Array<bigint>(39).fill(1n), ORDER];
      const items = new Uint8Array(100 * 506);
      const round = async (): Promise<number> => {
        for (let i = 0; i < 40; i++) binary.createVerifier(pkh, w, K1, generators, tag, tag, tag, tag);
        for (let i = 0; i < 8_000; i++) {
          expect(() => binary.multiScalar(new Uint8Array(144), points, outOfRange)).toThrow(RangeError);
        }
        const verifier = binary.createVerifier(pkh, w, K1, generators, tag, tag, tag, tag);
        for (let i = 0; i < 1_000; i++) {
          const works = [0, 1].map((lane) => binary.verifyBatchAsync(verifier, items, pkh, lane));
          for (const verdicts of await Promise.all(works))
            expect(verdicts.every((verdict) => verdict === 0)).toBe(true);
        }
        collect();
        // Finalizers run in a turn of their own.
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        collect();
        return process.memoryUsage.rss();
      };
      const first = await round();
      let last = first;
      for (let i = 0; i < 4; i++) last = await round();
      // Each round takes some 45 MB of verifiers, 55 MB of sums and 100 MB of batches: four times the least would be 180.
      expect(last - first).toBeLessThan(90e6);
    }),
  );
});
