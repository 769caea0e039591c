/**
 * Object identifiers between dotted text and contents octets (X.690 8.19). Arcs may be of any size: ours under 2.25 have 128 bits.
 * @module
 */

function base128(arc: bigint): number[] {
  const digits = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) digits.unshift(Number(rest & 0x7fn) | 0x80);
  return digits;
}

/** Contents octets of a dotted identifier. Throws RangeError when it is not one. */
export function encodeOid(dotted: string): Uint8Array {
  if (!/^[0-2](\.(0|[1-9][0-9]*))+$/.test(dotted)) throw new RangeError(`not an object identifier: ${dotted}`);
  const arcs = dotted.split('.').map(BigInt);
  const [root = 0n, second = 0n, ...rest] = arcs;
  if (root < 2n && second >= 40n) throw new RangeError(`not an object identifier: ${dotted}`);
  return Uint8Array.from([root * 40n + second, ...rest].flatMap(base128));
}

/** No identifier in use comes near it; an arc without bound would cost the square of its length to work out. */
const MAX_BYTES = 256;

/** Dotted text of contents octets; undefined when they are not a minimal encoding, or longer than 256 bytes. */
export function decodeOid(bytes: Uint8Array): string | undefined {
  const last = bytes[bytes.length - 1];
  if (last === undefined || last >= 0x80 || bytes.length > MAX_BYTES) return undefined;
  const numbers: bigint[] = [];
  let value = 0n;
  let fresh = true;
  for (const byte of bytes) {
    if (fresh && byte === 0x80) return undefined;
    value = (value << 7n) | BigInt(byte & 0x7f);
    fresh = byte < 0x80;
    if (fresh) {
      numbers.push(value);
      value = 0n;
    }
  }
  const [first = 0n, ...rest] = numbers;
  const root = first < 40n ? 0n : first < 80n ? 1n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
}
