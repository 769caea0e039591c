/**
 * The backend over @noble/curves: slow, and independent of mcl, so that the two can be held against each other. It decodes and encodes by
 * itself (draft-irtf-cfrg-pairing-friendly-curves appendix C) and checks the subgroup by its definition, r*P = O.
 * @module
 */
import { pippenger } from '@noble/curves/abstract/curve.js';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { concat, fromHex } from '../common/bytes.ts';
import { bigintOf } from '../common/hash.ts';
import type { G1, G2, GroupBackend } from './backend.ts';
import { deriveGenerators } from './generators.ts';
import { ORDER } from './scalar.ts';

const { Fp, Fp2, Fp12 } = bls12_381.fields;
const { Point: Point1 } = bls12_381.G1;
const { Point: Point2 } = bls12_381.G2;
type Point1 = typeof Point1.BASE;
type Point2 = typeof Point2.BASE;
type Element2 = typeof Fp2.ONE;

const FLAG = { compressed: 0x80, identity: 0x40, larger: 0x20 } as const;
const FIELD_BYTES = 48;
/** Above this many, buckets beat one product after another. */
const PIPPENGER_FROM = 16;
const FOUR = Fp.create(4n);
const FOUR_BY_TWIST = Fp2.create({ c0: 4n, c1: 4n });

class NobleG1 implements G1 {
  readonly group = 'G1';
  readonly point: Point1;
  constructor(point: Point1) {
    this.point = point;
  }
}

class NobleG2 implements G2 {
  readonly group = 'G2';
  readonly point: Point2;
  constructor(point: Point2) {
    this.point = point;
  }
}

function point1(point: G1): Point1 {
  if (!(point instanceof NobleG1)) throw new TypeError('G1 point of another backend');
  return point.point;
}

function point2(point: G2): Point2 {
  if (!(point instanceof NobleG2)) throw new TypeError('G2 point of another backend');
  return point.point;
}

function inRange(k: bigint): bigint {
  if (k < 0n || k >= ORDER) throw new RangeError('scalar out of range');
  return k;
}

const isLargerHalf = (y: bigint): boolean => 2n * y > Fp.ORDER;
/** Of y and -y the larger is the one whose imaginary part is, or with none, whose real part is. */
const isLargerHalf2 = ({ c0, c1 }: Element2): boolean => isLargerHalf(c1 === 0n ? c0 : c1);

const fieldBytes = (x: bigint): Uint8Array => fromHex(x.toString(16).padStart(2 * FIELD_BYTES, '0'));

/** Coordinate bytes and flags of a compressed encoding; undefined unless both are canonical. */
function parse(
  bytes: Uint8Array,
): 'identity' | { readonly x: readonly bigint[]; readonly larger: boolean } | undefined {
  const flags = bytes[0] ?? 0;
  if ((flags & FLAG.compressed) === 0) return undefined;
  const cleared = bytes.slice();
  cleared[0] = flags & 0x1f;
  if ((flags & FLAG.identity) !== 0) {
    return (flags & FLAG.larger) === 0 && cleared.every((byte) => byte === 0) ? 'identity' : undefined;
  }
  const x: bigint[] = [];
  for (let at = 0; at < bytes.length; at += FIELD_BYTES) x.push(bigintOf(cleared.subarray(at, at + FIELD_BYTES)));
  return x.every((part) => part < Fp.ORDER) ? { x, larger: (flags & FLAG.larger) !== 0 } : undefined;
}

function unparse(x: readonly bigint[], larger: boolean): Uint8Array {
  const bytes = concat(...x.map(fieldBytes));
  bytes[0] = (bytes[0] ?? 0) | FLAG.compressed | (larger ? FLAG.larger : 0);
  return bytes;
}

const identityBytes = (length: number): Uint8Array =>
  concat(Uint8Array.of(FLAG.compressed | FLAG.identity), new Uint8Array(length - 1));

/** r*P = (r-1)*P + P. */
const isInSubgroup1 = (point: Point1): boolean =>
  point
    .multiplyUnsafe(ORDER - 1n)
    .add(point)
    .is0();
const isInSubgroup2 = (point: Point2): boolean =>
  point
    .multiplyUnsafe(ORDER - 1n)
    .add(point)
    .is0();

function decodeG1(bytes: Uint8Array): G1 | undefined {
  if (bytes.length !== FIELD_BYTES) return undefined;
  const parsed = parse(bytes);
  if (parsed === undefined) return undefined;
  if (parsed === 'identity') return new NobleG1(Point1.ZERO);
  const x = parsed.x[0] ?? 0n;
  // y^2 = x^3 + 4, and p = 3 mod 4
  const square = Fp.add(Fp.mul(Fp.sqr(x), x), FOUR);
  const root = Fp.pow(square, (Fp.ORDER + 1n) / 4n);
  if (!Fp.eql(Fp.sqr(root), square)) return undefined;
  const point = Point1.fromAffine({ x, y: isLargerHalf(root) === parsed.larger ? root : Fp.neg(root) });
  return isInSubgroup1(point) ? new NobleG1(point) : undefined;
}

function decodeG2(bytes: Uint8Array): G2 | undefined {
  if (bytes.length !== 2 * FIELD_BYTES) return undefined;
  const parsed = parse(bytes);
  if (parsed === undefined) return undefined;
  if (parsed === 'identity') return new NobleG2(Point2.ZERO);
  const [c1 = 0n, c0 = 0n] = parsed.x;
  const x = Fp2.create({ c0, c1 });
  // y^2 = x^3 + 4*(1+i); a square exactly when its norm is one in Fp
  const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), FOUR_BY_TWIST);
  const norm = Fp.add(Fp.sqr(square.c0), Fp.sqr(square.c1));
  if (!Fp.is0(norm) && !Fp.eql(Fp.pow(norm, (Fp.ORDER - 1n) / 2n), Fp.ONE)) return undefined;
  const root = Fp2.sqrt(square);
  if (!Fp2.eql(Fp2.sqr(root), square)) return undefined;
  const point = Point2.fromAffine({ x, y: isLargerHalf2(root) === parsed.larger ? root : Fp2.neg(root) });
  return isInSubgroup2(point) ? new NobleG2(point) : undefined;
}

function encodeG1(point: G1): Uint8Array {
  const value = point1(point);
  if (value.is0()) return identityBytes(FIELD_BYTES);
  const { x, y } = value.toAffine();
  return unparse([x], isLargerHalf(y));
}

function encodeG2(point: G2): Uint8Array {
  const value = point2(point);
  if (value.is0()) return identityBytes(2 * FIELD_BYTES);
  const { x, y } = value.toAffine();
  return unparse([x.c1, x.c0], isLargerHalf2(y));
}

function hashToG1(message: Uint8Array, dst: Uint8Array): G1 {
  if (dst.length === 0 || dst.length > 255) throw new RangeError('dst must have 1 to 255 bytes');
  return new NobleG1(Point1.fromAffine(bls12_381.G1.hashToCurve(message, { DST: dst }).toAffine()));
}

function mul(point: G1, k: bigint): G1 {
  return new NobleG1(point1(point).multiplyUnsafe(inRange(k)));
}

function msm(points: readonly G1[], scalars: readonly bigint[]): G1 {
  if (points.length === 0 || points.length !== scalars.length) throw new RangeError('msm: lengths differ or are 0');
  const bases = points.map(point1);
  const factors = scalars.map(inRange);
  if (bases.length >= PIPPENGER_FROM) return new NobleG1(pippenger(Point1, bases, factors));
  const products = bases.map((base, i) => base.multiplyUnsafe(factors[i] ?? 0n));
  return new NobleG1(products.reduce((sum, product) => sum.add(product), Point1.ZERO));
}

function pairsToOne(p: G1, w: G2, q: G1): boolean {
  const pairs = [
    { g1: point1(p), g2: point2(w) },
    { g1: point1(q), g2: Point2.BASE },
  ];
  // The library refuses O, which pairs to one with everything.
  const rest = pairs.filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
  return rest.length === 0 || Fp12.eql(bls12_381.pairingBatch(rest), Fp12.ONE);
}

/** A backend for cross-checks: a verification takes some 30 ms. Without state; every call makes its own, whose points are good in all. */
export function createNobleBackend(): GroupBackend {
  return {
    name: 'noble-curves',
    generators: deriveGenerators(hashToG1),
    g2: new NobleG2(Point2.BASE),
    decodeG1,
    encodeG1,
    decodeG2,
    encodeG2,
    isIdentity: (point) => (point.group === 'G1' ? point1(point).is0() : point2(point).is0()),
    equal: (a, b) => point1(a).equals(point1(b)),
    add: (a, b) => new NobleG1(point1(a).add(point1(b))),
    sub: (a, b) => new NobleG1(point1(a).subtract(point1(b))),
    neg: (a) => new NobleG1(point1(a).negate()),
    mul,
    mulSecret: (point, k) => new NobleG1(k === 0n ? Point1.ZERO : point1(point).multiply(inRange(k))),
    msm,
    addG2: (a, b) => new NobleG2(point2(a).add(point2(b))),
    mulG2: (point, k) => new NobleG2(point2(point).multiplyUnsafe(inRange(k))),
    hashToG1,
    pairsToOne,
    prepareBase: (point) => {
      const base = new NobleG1(point1(point));
      return { mul: (k) => mul(base, k) };
    },
  };
}
