/**
 * Encodings a decoder must agree on with every other decoder: valid, mutated, of O, off the curve, outside the subgroup, not canonical.
 * @module
 */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { concat, fromHex } from '../../common/bytes.ts';
import { bigintOf } from '../../common/hash.ts';
import type { Rng } from '../../common/random.ts';
import { ORDER } from '../scalar.ts';

const { Point: Point1 } = bls12_381.G1;
const { Fp } = bls12_381.fields;
type Point1 = typeof Point1.BASE;

/** p, the order of the field. */
export const P = Fp.ORDER;
/** Points of the curve over those of G1: (z-1)^2 / 3 = 3 * 11^2 * 10177^2 * ... */
const COFACTOR = 0x396c8c005555e1568c00aaab0000aaabn;
const SMALL_ORDERS = [3n, 11n, 10177n];

/** x with flag bits in its first byte, 48 bytes. */
export function withX(x: bigint, flags: number): Uint8Array {
  const bytes = fromHex(x.toString(16).padStart(96, '0'));
  bytes[0] = (bytes[0] ?? 0) | flags;
  return bytes;
}

/** Canonical compressed bytes of any point of the curve, in G1 or not. By hand, because libraries refuse to write what is outside. */
export function compress(point: Point1): Uint8Array {
  if (point.is0()) return concat(Uint8Array.of(0xc0), new Uint8Array(47));
  const { x, y } = point.toAffine();
  return withX(x, 2n * y > P ? 0xa0 : 0x80);
}

/** The curve point of canonical bytes, in G1 or not. */
export function decompress(bytes: Uint8Array): Point1 {
  const x = bigintOf(bytes) & ((1n << 381n) - 1n);
  const y = Fp.sqrt((x * x * x + 4n) % P);
  return Point1.fromAffine({ x, y: 2n * y > P === (((bytes[0] ?? 0) & 0x20) !== 0) ? y : P - y });
}

const isSquare = (value: bigint): boolean => Fp.pow(value, (P - 1n) / 2n) === 1n;

function curvePoint(rng: Rng): Point1 {
  for (;;) {
    const x = bigintOf(rng(64)) % P;
    if (isSquare((x * x * x + 4n) % P)) return decompress(withX(x, 0x80));
  }
}

/** Points other than O whose order divides the cofactor, some of order 3, 11 and 10177. */
export function torsionPoints(rng: Rng): readonly Point1[] {
  const points: Point1[] = [];
  for (let i = 0; i < 4; i++) {
    const point = curvePoint(rng);
    // r*P = (r-1)*P + P
    const torsion = point.multiplyUnsafe(ORDER - 1n).add(point);
    points.push(torsion, ...SMALL_ORDERS.map((order) => torsion.multiplyUnsafe(COFACTOR / order)));
  }
  return points.filter((point) => !point.is0());
}

const below = (rng: Rng, limit: number): number => Number(bigintOf(rng(6)) % BigInt(limit));

/** A source of G1 inputs out of some valid encodings; `kind` says what was meant. */
export function createOddPoints(rng: Rng, valid: readonly Uint8Array[]): () => { kind: string; bytes: Uint8Array } {
  const torsion = torsionPoints(rng);
  const points = valid.map(decompress);
  const pick = <T>(items: readonly T[]): T => {
    const item = items[below(rng, items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const changed = (bytes: Uint8Array, at: number, mask: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = (copy[at] ?? 0) ^ mask;
    return copy;
  };
  const identity = concat(Uint8Array.of(0xc0), new Uint8Array(47));
  const kinds: Record<string, () => Uint8Array> = {
    valid: () => pick(valid),
    negated: () => changed(pick(valid), 0, 0x20),
    'random bytes': () => rng(48),
    'random x': () => withX(bigintOf(rng(64)) % P, pick([0x80, 0xa0])),
    'one bit changed': () => changed(pick(valid), below(rng, 48), 1 << below(rng, 8)),
    'wrong flags': () => changed(pick(valid), 0, pick([0x80, 0x40, 0xc0, 0xe0, 0x60, 0xa0])),
    'O and its likes': () =>
      pick([identity, changed(identity, below(rng, 48), 1 << below(rng, 8)), new Uint8Array(48)]),
    torsion: () => compress(pick(torsion)),
    'valid plus torsion': () => compress(pick(points).add(pick(torsion))),
    'x of p or more': () => withX(P + (bigintOf(rng(48)) % ((1n << 381n) - P)), pick([0x80, 0xa0])),
    'x + p': () => {
      // Only an x below 2^381 - p has room for it; a quarter of all have.
      const room = valid.filter((bytes) => (bigintOf(bytes) & ((1n << 381n) - 1n)) + P < 1n << 381n);
      const bytes = pick(room.length > 0 ? room : [withX(0n, 0x80)]);
      return withX((bigintOf(bytes) & ((1n << 381n) - 1n)) + P, (bytes[0] ?? 0) & 0xe0);
    },
    'other length': () => pick([new Uint8Array(0), pick(valid).slice(1), concat(pick(valid), Uint8Array.of(0))]),
  };
  // The early refusals are cheap for everybody; the dear kinds come less often.
  const early = ['random bytes', 'wrong flags', 'O and its likes', 'x of p or more', 'x + p', 'other length'];
  const dear = Object.keys(kinds).filter((kind) => !early.includes(kind));
  return () => {
    const kind = pick(below(rng, 5) < 2 ? dear : early);
    return { kind, bytes: kinds[kind]?.() ?? identity };
  };
}
