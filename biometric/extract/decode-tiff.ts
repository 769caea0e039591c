/**
 * TIFF 6.0: the first picture, in strips of 8-bit grey or RGB, plain or deflated. Tiles, LZW, CCITT and JPEG are refused.
 * @module
 */
import { inflateSync } from 'node:zlib';
import { decode } from 'tiff';
import { BiometricError } from '../biometric-error.ts';
import type { DecodedPixels } from './decoded-pixels.ts';
import { checkImageSize } from './grey-image.ts';

/** Tags that carry the picture; the others are hidden from the decoder, which would read whatever they point at. */
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
const KEPT: readonly number[] = Object.values(TAG);
/** Entries of a directory, and values of one entry, at most. */
const MOST = { entries: 100, values: 4_096 };

export const isTiff = (bytes: Uint8Array): boolean => {
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  return start === 'II*\0' || start === 'MM\0*';
};

const refuse = (what: string): never => {
  throw new BiometricError('IMAGE_UNSUPPORTED', what);
};

/** Throws as `decodeImage` does, or anything for a damaged file. */
export function decodeTiff(bytes: Uint8Array, dpi: number): DecodedPixels {
  // A copy: tags are hidden in it.
  const copy = bytes.slice();
  const tags = readDirectory(copy);
  const one = (tag: number, otherwise: number): number => tags.get(tag)?.[0] ?? otherwise;
  const [width, height, samples] = [one(TAG.width, 0), one(TAG.height, 0), one(TAG.samples, 1)];
  checkImageSize(width, height, dpi);
  if (samples !== 1 && samples !== 3) refuse(`${samples} samples a pixel`);
  if ((tags.get(TAG.bits) ?? [1]).some((bits) => bits !== 8) || one(TAG.format, 1) !== 1) refuse('not 8 bits a sample');
  if (one(TAG.planar, 1) !== 1 || one(TAG.photometric, 9) !== (samples === 3 ? 2 : one(TAG.photometric, 9) & 1))
    refuse('neither grey nor RGB');
  checkStrips(copy, tags, width * samples, height, one(TAG.rowsPerStrip, height), one(TAG.compression, 1));
  const [picture] = decode(copy, { pages: [0] });
  if (picture === undefined) throw new BiometricError('IMAGE_MALFORMED', 'no picture');
  return { width, height, channels: samples, data: picture.data };
}

/** Values of the tags that are kept; hides the others by giving them type 0, which the decoder skips. */
function readDirectory(bytes: Uint8Array): Map<number, readonly number[]> {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const start = data.getUint32(4, little);
  const entries = data.getUint16(start, little);
  if (entries > MOST.entries) refuse(`${entries} entries`);
  const tags = new Map<number, readonly number[]>();
  for (let entry = start + 2; entry < start + 2 + 12 * entries; entry += 12) {
    const [tag, type] = [data.getUint16(entry, little), data.getUint16(entry + 2, little)];
    const count = data.getUint32(entry + 4, little);
    if (!KEPT.includes(tag)) {
      data.setUint16(entry + 2, 0);
      continue;
    }
    if ((type !== 3 && type !== 4) || count === 0 || count > MOST.values || tags.has(tag))
      throw new BiometricError('IMAGE_MALFORMED', `tag ${tag} of type ${type}, ${count} values`);
    const size = type === 3 ? 2 : 4;
    const at = size * count <= 4 ? entry + 8 : data.getUint32(entry + 8, little);
    const read = (i: number): number =>
      type === 3 ? data.getUint16(at + 2 * i, little) : data.getUint32(at + 4 * i, little);
    tags.set(
      tag,
      Array.from({ length: count }, (_, i) => read(i)),
    );
  }
  // No picture after the first: the decoder would go on to it.
  data.setUint32(start + 2 + 12 * entries, 0);
  return tags;
}

/** Strips lie in the file and hold what they must, no more. */
function checkStrips(
  bytes: Uint8Array,
  tags: ReadonlyMap<number, readonly number[]>,
  line: number,
  height: number,
  rows: number,
  compression: number,
): void {
  const [offsets, counts] = [tags.get(TAG.offsets) ?? [], tags.get(TAG.counts) ?? []];
  if (rows === 0 || offsets.length !== Math.ceil(height / rows) || counts.length !== offsets.length)
    throw new BiometricError('IMAGE_MALFORMED', 'the strips do not make up the picture');
  offsets.forEach((offset, i) => {
    const count = counts[i] ?? 0;
    if (offset + count > bytes.length) throw new BiometricError('IMAGE_MALFORMED', 'a strip beyond the end');
    const wanted = line * Math.min(rows, height - i * rows);
    switch (compression) {
      case 1:
        if (count < wanted) throw new BiometricError('IMAGE_MALFORMED', 'a strip is too short');
        break;
      case 8:
      case 32_946: {
        const held = inflateSync(bytes.subarray(offset, offset + count), { maxOutputLength: line * rows + 64 });
        if (held.length < wanted) throw new BiometricError('IMAGE_MALFORMED', 'a strip is too short');
        break;
      }
      default:
        refuse(`compression ${compression}`);
    }
  });
}
