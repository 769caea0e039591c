/**
 * TIFF 6.0: the first picture, in strips of 8-bit grey or RGB, plain, deflated or in LZW. Tiles, CCITT, JPEG and PackBits are refused. Read here and
 * not by a package: decoders follow every tag to wherever it points, and have no bound on what a strip expands to.
 * @module
 */
import { inflateSync } from 'node:zlib';
import { BiometricError } from '../biometric-error.ts';
import type { DecodedPixels } from './decoded-pixels.ts';
import { checkImageSize } from './grey-image.ts';
import { unpackLzw } from './unpack-lzw.ts';

/** Tags that are read; all others are passed over. */
const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  offsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  counts: 279,
  planar: 284,
  predictor: 317,
  format: 339,
} as const;
const READ: readonly number[] = Object.values(TAG);
/** Values of one tag at most: a strip for each line of the largest picture. */
const MOST_VALUES = 4_096;

export const isTiff = (bytes: Uint8Array): boolean => {
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  return start === 'II*\0' || start === 'MM\0*';
};

const malformed = (what: string): never => {
  throw new BiometricError('IMAGE_MALFORMED', what);
};

/** Throws as `decodeImage` does, or anything for a damaged file. */
export function decodeTiff(bytes: Uint8Array, dpi: number): DecodedPixels {
  const tags = readDirectory(bytes);
  const one = (tag: number, otherwise: number): number => tags.get(tag)?.[0] ?? otherwise;
  const [width, height, samples] = [one(TAG.width, 0), one(TAG.height, 0), one(TAG.samples, 1)];
  const [photometric, predictor] = [one(TAG.photometric, -1), one(TAG.predictor, 1)];
  checkImageSize(width, height, dpi);
  const supported =
    (tags.get(TAG.bits) ?? [1]).every((bits) => bits === 8) &&
    (samples === 3 ? photometric === 2 : samples === 1 && (photometric === 0 || photometric === 1)) &&
    one(TAG.planar, 1) === 1 &&
    one(TAG.format, 1) === 1 &&
    one(TAG.orientation, 1) === 1 &&
    (predictor === 1 || predictor === 2);
  if (!supported) throw new BiometricError('IMAGE_UNSUPPORTED', 'neither grey nor RGB of 8 bits');
  const line = width * samples;
  const data = readStrips(bytes, tags, line, height, one(TAG.rowsPerStrip, height), one(TAG.compression, 1));
  // Each value less the one before it in its line.
  if (predictor === 2)
    for (let i = 0; i < data.length; i++) if (i % line >= samples) data[i] = (data[i] ?? 0) + (data[i - samples] ?? 0);
  return { width, height, channels: samples, data: photometric === 0 ? data.map((grey) => 255 - grey) : data };
}

/** Values of the tags that are read. */
function readDirectory(bytes: Uint8Array): ReadonlyMap<number, readonly number[]> {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const start = data.getUint32(4, little);
  const end = start + 2 + 12 * data.getUint16(start, little);
  const tags = new Map<number, readonly number[]>();
  for (let entry = start + 2; entry < end; entry += 12) {
    const [tag, type] = [data.getUint16(entry, little), data.getUint16(entry + 2, little)];
    if (!READ.includes(tag)) continue;
    const count = data.getUint32(entry + 4, little);
    if ((type !== 3 && type !== 4) || count === 0 || count > MOST_VALUES || tags.has(tag))
      malformed(`tag ${tag} of type ${type}, ${count} values`);
    const size = type === 3 ? 2 : 4;
    const at = size * count <= 4 ? entry + 8 : data.getUint32(entry + 8, little);
    const value = (i: number): number =>
      type === 3 ? data.getUint16(at + 2 * i, little) : data.getUint32(at + 4 * i, little);
    tags.set(
      tag,
      Array.from({ length: count }, (_, i) => value(i)),
    );
  }
  return tags;
}

/** All strips one after the other. */
function readStrips(
  bytes: Uint8Array,
  tags: ReadonlyMap<number, readonly number[]>,
  line: number,
  height: number,
  rows: number,
  compression: number,
): Uint8Array {
  const [offsets, counts] = [tags.get(TAG.offsets) ?? [], tags.get(TAG.counts) ?? []];
  if (rows === 0 || offsets.length !== Math.ceil(height / rows) || counts.length !== offsets.length)
    malformed('the strips do not make up the picture');
  // Strips that share bytes would have the same ones unpacked a thousand times.
  if (counts.reduce((sum, count) => sum + count, 0) > bytes.length) malformed('strips that are more than the file');
  const data = new Uint8Array(line * height);
  offsets.forEach((offset, i) => {
    const count = counts[i] ?? 0;
    if (offset + count > bytes.length) malformed('a strip beyond the end');
    const size = line * Math.min(rows, height - i * rows);
    const strip = unpack(bytes.subarray(offset, offset + count), size, compression);
    if (strip === undefined || strip.length < size) return malformed('a strip is too short');
    data.set(strip.subarray(0, size), line * rows * i);
  });
  return data;
}

/** What a strip holds, hardly more than `size` bytes of it. */
function unpack(packed: Uint8Array, size: number, compression: number): Uint8Array | undefined {
  switch (compression) {
    case 1:
      return packed;
    case 5:
      return unpackLzw(packed, size);
    case 8:
    case 32_946:
      return inflateSync(packed, { maxOutputLength: size + 1_024 });
    default:
      throw new BiometricError('IMAGE_UNSUPPORTED', `compression ${compression}`);
  }
}
