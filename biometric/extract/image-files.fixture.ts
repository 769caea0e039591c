/**
 * Image files for tests: PNG and BMP by the packages' encoders, TIFF by hand.
 * @module
 */
import { deflateSync } from 'node:zlib';
import { encode as encodePng } from 'fast-png';
import type { GreyImage } from './grey-image.ts';

export const pngOf = ({ width, height, pixels }: GreyImage): Uint8Array =>
  encodePng({ width, height, data: pixels, channels: 1, depth: 8 });

/** 8 bits with a palette, bottom row first. `invert` stores white as 0 and says so in the palette. */
export function bmpOf({ width, height, pixels }: GreyImage, invert = false): Uint8Array {
  const line = Math.ceil(width / 4) * 4;
  const bytes = new Uint8Array(54 + 1_024 + line * height);
  const data = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  data.setUint32(2, bytes.length, true);
  data.setUint32(10, 54 + 1_024, true);
  data.setUint32(14, 40, true);
  data.setInt32(18, width, true);
  data.setInt32(22, height, true);
  data.setUint16(26, 1, true);
  data.setUint16(28, 8, true);
  const stored = (grey: number): number => (invert ? 255 - grey : grey);
  for (let i = 0; i < 256; i++) bytes.fill(stored(i), 54 + 4 * i, 54 + 4 * i + 3);
  for (let y = 0; y < height; y++) {
    const row = pixels.subarray(y * width, (y + 1) * width).map(stored);
    bytes.set(row, 54 + 1_024 + (height - 1 - y) * line);
  }
  return bytes;
}

/** How a TIFF is written. */
export interface TiffOptions {
  readonly big?: boolean;
  readonly rowsPerStrip?: number;
  /** 1 none, 5 LZW, 8 deflate; any other is only said. */
  readonly compression?: number;
  /** Further entries: tag, type, count, value. */
  readonly extra?: readonly (readonly [tag: number, type: number, count: number, value: number])[];
  /** Stored with 0 as white. */
  readonly whiteIsZero?: boolean;
  /** 2: each value less the one before it in its line. */
  readonly predictor?: 1 | 2;
}

/** Grey, 8 bits, in strips. */
export function tiffOf({ width, height, pixels }: GreyImage, options: TiffOptions = {}): Uint8Array {
  const {
    big = false,
    rowsPerStrip = height,
    compression = 1,
    extra = [],
    whiteIsZero = false,
    predictor = 1,
  } = options;
  const greys = whiteIsZero ? pixels.map((grey) => 255 - grey) : pixels;
  const stored =
    predictor === 1 ? greys : greys.map((grey, i) => (i % width === 0 ? grey : grey - (greys[i - 1] ?? 0)));
  const strips: Uint8Array[] = [];
  for (let y = 0; y < height; y += rowsPerStrip) {
    const strip = stored.slice(y * width, Math.min(height, y + rowsPerStrip) * width);
    strips.push(compression === 8 ? deflateSync(strip) : compression === 5 ? packLzw(strip) : strip);
  }
  const offsets: number[] = [];
  let end = 8;
  for (const strip of strips) {
    offsets.push(end);
    end += strip.length;
  }
  const lists = end;
  const one = strips.length === 1;
  const directory = lists + (one ? 0 : 8 * strips.length);
  const entries = [
    [256, 3, 1, width],
    [257, 3, 1, height],
    [258, 3, 1, 8],
    [259, 3, 1, compression],
    [262, 3, 1, whiteIsZero ? 0 : 1],
    [273, 4, strips.length, one ? (offsets[0] ?? 0) : lists],
    [277, 3, 1, 1],
    [278, 3, 1, rowsPerStrip],
    [279, 4, strips.length, one ? (strips[0]?.length ?? 0) : lists + 4 * strips.length],
    [317, 3, 1, predictor],
    ...extra,
  ] as const;
  const bytes = new Uint8Array(directory + 2 + 12 * entries.length + 4);
  const data = new DataView(bytes.buffer);
  bytes.set(big ? [0x4d, 0x4d, 0, 42] : [0x49, 0x49, 42, 0]);
  data.setUint32(4, directory, !big);
  strips.forEach((strip, i) => {
    bytes.set(strip, offsets[i]);
    if (one) return;
    data.setUint32(lists + 4 * i, offsets[i] ?? 0, !big);
    data.setUint32(lists + 4 * (strips.length + i), strip.length, !big);
  });
  data.setUint16(directory, entries.length, !big);
  entries.forEach(([tag, type, count, value], i) => {
    const at = directory + 2 + 12 * i;
    data.setUint16(at, tag, !big);
    data.setUint16(at + 2, type, !big);
    data.setUint32(at + 4, count, !big);
    if (type === 3 && count === 1) data.setUint16(at + 8, value, !big);
    else data.setUint32(at + 8, value, !big);
  });
  return bytes;
}

/** LZW as TIFF has it. */
function packLzw(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  let [bits, pending, width] = [0, 0, 9];
  const put = (code: number): void => {
    pending = (pending << width) | code;
    bits += width;
    for (; bits >= 8; bits -= 8) out.push((pending >> (bits - 8)) & 255);
    pending &= (1 << bits) - 1;
  };
  let codes = new Map<string, number>();
  const clear = (): void => {
    put(256);
    codes = new Map(Array.from({ length: 256 }, (_, i) => [String.fromCharCode(i), i]));
    width = 9;
  };
  clear();
  let word = '';
  for (const byte of bytes) {
    const longer = word + String.fromCharCode(byte);
    if (codes.has(longer)) {
      word = longer;
      continue;
    }
    put(codes.get(word) ?? 0);
    // 256 and 257 are taken; the code after the last that a width can hold widens it, one early.
    codes.set(longer, codes.size + 2);
    const next = codes.size + 2;
    if (next === 512 || next === 1_024 || next === 2_048) width++;
    word = String.fromCharCode(byte);
    if (next === 4_094) {
      put(codes.get(word) ?? 0);
      clear();
      word = '';
    }
  }
  if (word !== '') put(codes.get(word) ?? 0);
  put(257);
  put(0);
  return Uint8Array.from(out);
}
