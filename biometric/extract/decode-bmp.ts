/**
 * Windows bitmaps: BITMAPINFOHEADER and later, 8, 24 or 32 bits, not compressed, bottom row first.
 * @module
 */
import { decode } from 'fast-bmp';
import { BiometricError } from '../biometric-error.ts';
import { type DecodedPixels, luma } from './decoded-pixels.ts';
import { checkImageSize } from './grey-image.ts';

/** `BM`. */
export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d;

/** Throws as `decodeImage` does, or anything for a damaged file. */
export function decodeBmp(bytes: Uint8Array, dpi: number): DecodedPixels {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [pixels, header] = [data.getUint32(10, true), data.getUint32(14, true)];
  const [width, height] = [data.getInt32(18, true), data.getInt32(22, true)];
  const [bits, compression] = [data.getUint16(28, true), data.getUint32(30, true)];
  if (header < 40 || compression !== 0 || ![8, 24, 32].includes(bits) || height < 0)
    throw new BiometricError('IMAGE_UNSUPPORTED', `BMP of ${bits} bits, compression ${compression}`);
  checkImageSize(width, height, dpi);
  const line = Math.ceil((width * bits) / 32) * 4;
  if (pixels < 14 + header || pixels + line * height > bytes.length)
    throw new BiometricError('IMAGE_MALFORMED', 'the bitmap is shorter than it says');
  if (bits === 32) return { width, height, channels: 4, data: fourBytes(bytes, pixels, width, height) };
  const { data: decoded } = decode(bytes);
  if (!(decoded instanceof Uint8Array)) throw new Error('the decoder yields bytes');
  if (bits === 24) return { width, height, channels: 3, data: decoded };
  const used = data.getUint32(46, true) || 256;
  const palette = 14 + header;
  if (used > 256 || palette + 4 * used > pixels)
    throw new BiometricError('IMAGE_MALFORMED', 'a palette of a wrong size');
  const greys = Uint8Array.from({ length: 256 }, (_, i) => {
    const at = palette + 4 * i;
    return i < used ? luma(bytes[at + 2] ?? 0, bytes[at + 1] ?? 0, bytes[at] ?? 0) : 0;
  });
  return { width, height, channels: 1, data: Uint8Array.from(decoded, (index) => greys[index] ?? 0) };
}

/** Blue, green, red and a spare byte; the decoder wants masks that such a file does not have. */
function fourBytes(bytes: Uint8Array, from: number, width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const source = from + ((height - 1 - y) * width + x) * 4;
      data.set([bytes[source + 2] ?? 0, bytes[source + 1] ?? 0, bytes[source] ?? 0], (y * width + x) * 4);
    }
  }
  return data;
}
