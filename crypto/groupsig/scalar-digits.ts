/**
 * Public scalars written in few non-zero signed digits (Solinas 2000; Yao 1976 for the order in which they are used).
 * How long this takes and which digits come out depends on the value: never for a long-term secret.
 * @module
 */

/** The value in 32-bit words, lowest first. RangeError unless 0 <= value < 2^bits. */
function wordsOf(value: bigint, bits: number): Uint32Array {
  if (value < 0n || value >> BigInt(bits) !== 0n) throw new RangeError('value out of range');
  const words = new Uint32Array(Math.ceil(bits / 32));
  for (let i = 0, rest = value; rest !== 0n; i++, rest >>= 32n) words[i] = Number(rest & 0xffffffffn);
  return words;
}

/** `width` bits (at most 31) from bit `at` on. */
const bitsAt = (words: Uint32Array, at: number, width: number): number => {
  const shift = at & 31;
  const low = (words[at >> 5] ?? 0) >>> shift;
  const high = shift === 0 ? 0 : (words[(at >> 5) + 1] ?? 0) << (32 - shift);
  return (low | high) & ((1 << width) - 1);
};

/** value = sum d_i * 2^(width*i), -2^(width-1) < d_i <= 2^(width-1): `count` digits, lowest first. RangeError when it does not fit. */
export function signedWindows(value: bigint, width: number, count: number): Int16Array {
  const words = wordsOf(value, width * count);
  const digits = new Int16Array(count);
  let carry = 0;
  for (let i = 0; i < count; i++) {
    const digit = bitsAt(words, width * i, width) + carry;
    carry = digit > 1 << (width - 1) ? 1 : 0;
    digits[i] = digit - (carry << width);
  }
  if (carry !== 0) throw new RangeError('signedWindows: the value does not fit');
  return digits;
}

/** value = sum d_i * 2^i, d_i zero or odd with |d_i| < 2^(width-1), two non-zero ones at least `width` apart: bits + 1 digits, lowest first. */
export function nafDigits(value: bigint, width: number, bits: number): Int8Array {
  const words = wordsOf(value, bits);
  const digits = new Int8Array(bits + 1);
  let carry = 0;
  for (let i = 0; i <= bits; ) {
    if (bitsAt(words, i, 1) === carry) {
      i++;
      continue;
    }
    const digit = bitsAt(words, i, width) + carry;
    carry = digit > 1 << (width - 1) ? 1 : 0;
    digits[i] = digit - (carry << width);
    i += width;
  }
  return digits;
}
