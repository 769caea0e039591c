/**
 * Fingerprint images from files: TIFF 6.0, PNG, BMP. Headers are read and limits checked here, before a decoder allocates anything; compressed data is
 * expanded with a limit, no further than its header says; packages get only the parts that carry the picture.
 * @module
 */
import { BiometricError } from '../biometric-error.ts';
import { decodeBmp, isBmp } from './decode-bmp.ts';
import { decodePng, isPng } from './decode-png.ts';
import { decodeTiff, isTiff } from './decode-tiff.ts';
import { type DecodedPixels, luma } from './decoded-pixels.ts';
import type { GreyImage } from './grey-image.ts';

/** Bytes of a file at most; the largest picture in four channels is less. */
const MOST_BYTES = 20_000_000;

const DECODERS = [
  { is: isPng, decode: decodePng },
  { is: isTiff, decode: decodeTiff },
  { is: isBmp, decode: decodeBmp },
] as const;

/** The first picture of a file, in grey. Throws IMAGE_MALFORMED, IMAGE_UNSUPPORTED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL. */
export function decodeImage(bytes: Uint8Array, { dpi }: { readonly dpi: number }): GreyImage {
  if (bytes.length > MOST_BYTES) throw new BiometricError('IMAGE_TOO_LARGE', `${bytes.length} bytes`);
  const format = DECODERS.find(({ is }) => is(bytes));
  if (format === undefined) throw new BiometricError('IMAGE_MALFORMED', 'neither TIFF nor PNG nor BMP');
  try {
    const decoded = format.decode(bytes, dpi);
    return { width: decoded.width, height: decoded.height, dpi, pixels: greyOf(decoded) };
  } catch (cause) {
    if (cause instanceof BiometricError) throw cause;
    throw new BiometricError('IMAGE_MALFORMED', 'the picture cannot be decoded', { cause });
  }
}

function greyOf({ width, height, channels, data }: DecodedPixels): Uint8Array {
  if (data.length !== width * height * channels) throw new BiometricError('IMAGE_MALFORMED', 'pixels are missing');
  if (channels === 1) return Uint8Array.from(data);
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const at = i * channels;
    return channels < 3 ? (data[at] ?? 0) : luma(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0);
  });
}
