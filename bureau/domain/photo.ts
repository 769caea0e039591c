/**
 * A photo is looked at before it is kept: it must be what it says (PNG: ISO/IEC 15948 clause 5 and 11.2.2, JPEG: ISO/IEC 10918-1 annex B), of
 * so many bytes and pixels at most. Nothing is decoded here.
 * @module
 */
import { ImisError } from '../../contract/errors.ts';
import { MAX_PHOTO_BYTES, type Photo } from '../../contract/fingerprints.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';

/** Greatest side, pixels: a small file can unpack to a huge picture. */
const MOST_PIXELS = 2_000;
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];

type Size = readonly [width: number, height: number];

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 0x1_0000 + u16(bytes, at + 2);

function pngSize(bytes: Uint8Array): Size | undefined {
  const isPng = bytes.length > 33 && PNG.every((byte, i) => bytes[i] === byte);
  return isPng ? [u32(bytes, 16), u32(bytes, 20)] : undefined;
}

/** Start of frame: C0 to CF but for tables (C4), extensions (C8) and conditioning (CC). */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function jpegSize(bytes: Uint8Array): Size | undefined {
  if (u16(bytes, 0) !== 0xffd8) return undefined;
  // Segments: FF, marker, length with its own two bytes, data.
  for (let at = 2; at + 9 < bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || marker < 0xc0) return undefined;
    if (isFrame(marker)) return [u16(bytes, at + 7), u16(bytes, at + 5)];
    // Scan or end of image before any frame.
    if (marker === 0xda || marker === 0xd9) return undefined;
    at += 2 + Math.max(2, u16(bytes, at + 2));
  }
  return undefined;
}

/** Throws PHOTO_REFUSED: not what it says, too many bytes or pixels. */
export function checkPhoto({ mime, data }: Photo): void {
  const bytes = fromBase64(data);
  if (bytes.length > MAX_PHOTO_BYTES) throw new ImisError('PHOTO_REFUSED', `${bytes.length} bytes`);
  const size = mime === 'image/png' ? pngSize(bytes) : jpegSize(bytes);
  if (size === undefined) throw new ImisError('PHOTO_REFUSED', `not ${mime}`);
  if (size.some((side) => side < 1 || side > MOST_PIXELS))
    throw new ImisError('PHOTO_REFUSED', `${size.join(' by ')} pixels`);
}
