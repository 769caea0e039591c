/**
 * LZW as TIFF 6.0 has it (section 13), into a buffer of a size that is known. The decoder of the package has no bound.
 * @module
 */

const CLEAR = 256;
const END = 257;
const MOST_CODES = 4_096;

/** Exactly `size` bytes; what a strip holds beyond is not looked at. Undefined when it holds less or a code that cannot be there. */
export function unpackLzw(packed: Uint8Array, size: number): Uint8Array | undefined {
  // Each string is one byte after another string; a string's place in the output is where it was last written.
  const start = new Uint32Array(MOST_CODES);
  const length = new Uint32Array(MOST_CODES);
  const out = new Uint8Array(size);
  let [next, width, filled] = [END + 1, 9, 0];
  let previous: { from: number; length: number } | undefined;
  for (let at = 0; filled < size; ) {
    if (at + width > packed.length * 8) return undefined;
    const code = bitsAt(packed, at, width);
    at += width;
    if (code === END) return undefined;
    if (code === CLEAR) {
      [next, width, previous] = [END + 1, 9, undefined];
      continue;
    }
    const from = filled;
    if (code < CLEAR) {
      out[filled++] = code;
    } else {
      // The newest string is the one before and its first byte again: it runs into what is being written.
      if (code >= next && !(code === next && previous !== undefined)) return undefined;
      const [source, count] =
        code === next ? [previous?.from ?? 0, (previous?.length ?? 0) + 1] : [start[code] ?? 0, length[code] ?? 0];
      for (let i = 0; i < count && filled < size; i++) out[filled++] = out[source + i] ?? 0;
    }
    if (previous !== undefined && next < MOST_CODES) {
      // The string before and the first byte of this one stand side by side in the output.
      start[next] = previous.from;
      length[next] = previous.length + 1;
      next++;
      // TIFF widens one code early.
      if (next === 511 || next === 1_023 || next === 2_047) width++;
    }
    previous = { from, length: filled - from };
  }
  return out;
}

/** `width` bits from a place in bits, the most significant first. */
function bitsAt(bytes: Uint8Array, at: number, width: number): number {
  const byte = at >> 3;
  const word = ((bytes[byte] ?? 0) << 16) | ((bytes[byte + 1] ?? 0) << 8) | (bytes[byte + 2] ?? 0);
  return (word >> (24 - width - (at & 7))) & ((1 << width) - 1);
}
