/**
 * PNG (ISO/IEC 15948) with channels of 8 bits.
 * @module
 */
import { inflateSync } from 'node:zlib';
import { decode } from 'fast-png';
import { BiometricError } from '../biometric-error.ts';
import { type DecodedPixels, luma } from './decoded-pixels.ts';
import { checkImageSize } from './grey-image.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Chunks that carry the picture. Others may hold compressed data of any size. */
const KEPT = ['IHDR', 'PLTE', 'IDAT', 'IEND'];
/** Of which there is one at most: the package believes the last. */
const SINGLE = ['IHDR', 'PLTE'];
/** Bytes of a palette: three for each value of an index. */
const MOST_PALETTE = 3 * 256;
/** Chunks of a file: usual ones hold 8 KB of the picture, and the package takes its time for each, also for an empty one. */
const MOST_CHUNKS = 4_096;
/** Colour type -> bytes a pixel in the file. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

/** Throws as `decodeImage` does, or anything for a damaged file. */
export function decodePng(bytes: Uint8Array, dpi: number): DecodedPixels {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [data.getUint32(16), data.getUint32(20)];
  const [depth, colour] = [data.getUint8(24), data.getUint8(25)];
  const channels = CHANNELS[colour];
  if (depth !== 8 || channels === undefined)
    throw new BiometricError('IMAGE_UNSUPPORTED', `PNG of colour type ${colour}, ${depth} bits`);
  checkImageSize(width, height, dpi);
  const parts = pictureParts(bytes, data);
  // Interlaced pictures have up to seven partial passes, each line with a byte of its filter.
  const most = (width * channels + 1) * height + 16 * (width + height);
  inflateSync(Buffer.concat(parts.compressed), { maxOutputLength: most });
  const decoded = decode(Buffer.concat([bytes.subarray(0, 8), ...parts.chunks]), { checkCrc: true });
  if (decoded.palette === undefined) return { width, height, channels: decoded.channels, data: decoded.data };
  const greys = decoded.palette.map(([r = 0, g = 0, b = 0]) => luma(r, g, b));
  return { width, height, channels: 1, data: decoded.data.map((index) => greys[index] ?? 0) };
}

function pictureParts(bytes: Uint8Array, data: DataView) {
  const chunks: Uint8Array[] = [];
  const compressed: Uint8Array[] = [];
  const seen = new Set<string>();
  let at = 8;
  let count = 0;
  for (let type = ''; type !== 'IEND'; ) {
    if (++count > MOST_CHUNKS) throw new BiometricError('IMAGE_MALFORMED', `more than ${MOST_CHUNKS} chunks`);
    const length = data.getUint32(at);
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length) throw new BiometricError('IMAGE_MALFORMED', 'a chunk beyond the end');
    if (at === 8 ? type !== 'IHDR' || length !== 13 : SINGLE.includes(type) && seen.has(type))
      throw new BiometricError('IMAGE_MALFORMED', `${type} of ${length} bytes where none belongs`);
    if (type === 'PLTE' && length > MOST_PALETTE)
      throw new BiometricError('IMAGE_MALFORMED', `a palette of ${length} bytes`);
    seen.add(type);
    if (KEPT.includes(type)) chunks.push(bytes.subarray(at, at + 12 + length));
    if (type === 'IDAT') compressed.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return { chunks, compressed };
}
