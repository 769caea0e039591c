/**
 * P-256 and the hashes of NHI-PROXY-V1 once more, out of bigints and Node's SHA-256 alone: an independent voice for the vectors. Slow, and not
 * constant time.
 * @module
 */
import { createHash, createHmac } from 'node:crypto';

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
export const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** An affine point, or O. */
export type PlainPoint = readonly [x: bigint, y: bigint] | 'O';

export const G: PlainPoint = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
];

const modP = (value: bigint): bigint => ((value % P) + P) % P;
export const modOrder = (value: bigint): bigint => ((value % N) + N) % N;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let [square, rest] = [modP(base), exponent]; rest > 0n; rest >>= 1n, square = modP(square * square))
    if (rest & 1n) result = modP(result * square);
  return result;
}
/** 1/value modulo p, by Euclid. */
function inverse(value: bigint): bigint {
  let [a, b, x, y] = [modP(value), P, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b] = [b - quotient * a, a];
    [x, y] = [y - quotient * x, x];
  }
  return modP(x);
}

export function add(left: PlainPoint, right: PlainPoint): PlainPoint {
  if (left === 'O') return right;
  if (right === 'O') return left;
  const [x1, y1] = left;
  const [x2, y2] = right;
  if (x1 === x2 && modP(y1 + y2) === 0n) return 'O';
  const slope = x1 === x2 ? (3n * x1 * x1 - 3n) * inverse(2n * y1) : (y2 - y1) * inverse(x2 - x1);
  const x = modP(slope * slope - x1 - x2);
  return [x, modP(slope * (x1 - x) - y1)];
}

export function times(k: bigint, point: PlainPoint): PlainPoint {
  let sum: PlainPoint = 'O';
  for (let [double, rest] = [point, modOrder(k)]; rest > 0n; rest >>= 1n, double = add(double, double))
    if (rest & 1n) sum = add(sum, double);
  return sum;
}

export const scalarHex = (value: bigint): string => value.toString(16).padStart(64, '0');

/** 33 bytes, SEC 1 2.3.3. */
export function pointHex(point: PlainPoint): string {
  if (point === 'O') throw new Error('O has no 33 bytes');
  return (point[1] & 1n ? '03' : '02') + scalarHex(point[0]);
}

/** The point of 33 bytes; a plain Error when there is none. */
export function pointOf(text: string): Exclude<PlainPoint, 'O'> {
  const x = BigInt(`0x${text.slice(2)}`);
  const square = modP(x ** 3n - 3n * x + B);
  const y = power(square, (P + 1n) / 4n);
  if (modP(y * y) !== square || x >= P) throw new Error('no point');
  return [x, (y & 1n) === BigInt(Number.parseInt(text.slice(0, 2), 16) - 2) ? y : P - y];
}

const bytes = (text: string): Buffer => Buffer.from(text, 'hex');
export const sha256 = (...parts: readonly string[]): string =>
  createHash('sha256')
    .update(bytes(parts.join('')))
    .digest('hex');

/** H_tag of hex parts: expand_message_xmd (RFC 9380 5.3.1) to 48 bytes, modulo n. */
export function hashTo(tag: string, ...parts: readonly string[]): bigint {
  const name = Buffer.from(`NHI-PROXY-V1-${tag}`);
  const dst = Buffer.concat([name, Buffer.of(name.length)]);
  const hash = (...all: readonly Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(all)).digest();
  const first = hash(Buffer.alloc(64), bytes(parts.join('')), Buffer.of(0, 48, 0), dst);
  const b1 = hash(first, Buffer.of(1), dst);
  const b2 = hash(Buffer.from(first.map((byte, i) => byte ^ (b1[i] ?? 0))), Buffer.of(2), dst);
  return modOrder(BigInt(`0x${b1.toString('hex')}${b2.toString('hex').slice(0, 32)}`));
}

/** The nonce of a key for one label: HMAC, then HKDF-Expand (RFC 5869 2.3) to 48 bytes, modulo n. */
export function nonceOf(key: string, label: string, digest: string, random: string): bigint {
  const mac = (secret: Uint8Array, ...parts: readonly Uint8Array[]): Buffer =>
    createHmac('sha256', secret).update(Buffer.concat(parts)).digest();
  const name = Buffer.from(label);
  const seed = mac(bytes(key), Buffer.of(name.length), name, bytes(digest), bytes(random));
  const info = Buffer.from('NHI-PROXY-V1-nonce');
  const t1 = mac(seed, info, Buffer.of(1));
  const t2 = mac(seed, t1, info, Buffer.of(2));
  return modOrder(BigInt(`0x${t1.toString('hex')}${t2.toString('hex').slice(0, 32)}`));
}
