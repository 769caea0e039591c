/** Files made to be small and to cost much: each is refused before it does. */
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BiometricError } from '../biometric-error.ts';
import { decodeImage } from './decode-image.ts';
import type { GreyImage } from './grey-image.ts';
import { pngOf, tiffOf } from './image-files.fixture.ts';

const refusal = (bytes: Uint8Array): unknown => {
  try {
    decodeImage(bytes, { dpi: 500 });
  } catch (cause) {
    return cause instanceof BiometricError ? cause.code : cause;
  }
  return 'decoded';
};
const blank = (width: number, height: number): GreyImage => ({
  width,
  height,
  dpi: 500,
  pixels: new Uint8Array(width * height),
});

/** Codes of nine bits. */
function nineBits(codes: readonly number[]): Uint8Array {
  const bits = codes.map((code) => code.toString(2).padStart(9, '0')).join('');
  return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
    Number.parseInt(bits.slice(8 * i, 8 * i + 8).padEnd(8, '0'), 2),
  );
}

/** A TIFF of a line a strip, every strip the same bytes of the file. */
function oneStripForAll(width: number, height: number, compression: number, strip: Uint8Array): Uint8Array {
  const tiff = tiffOf(blank(width, height), { compression: 1, rowsPerStrip: 1 });
  const bytes = Buffer.concat([tiff, strip]);
  const directory = bytes.readUInt32LE(4);
  const entry = (number: number): number => directory + 2 + 12 * number + 8;
  bytes.writeUInt16LE(compression, entry(3));
  const [offsets, counts] = [bytes.readUInt32LE(entry(5)), bytes.readUInt32LE(entry(8))];
  for (let i = 0; i < height; i++) {
    bytes.writeUInt32LE(tiff.length, offsets + 4 * i);
    bytes.writeUInt32LE(strip.length, counts + 4 * i);
  }
  return bytes;
}

const chunk = (type: string, body: Uint8Array): Uint8Array => {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(type), body, Buffer.alloc(4)]);
  bytes.writeUInt32BE(body.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
  return bytes;
};
const header = (width: number, height: number, colour: number): Uint8Array => {
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width);
  body.writeUInt32BE(height, 4);
  body.set([8, colour], 8);
  return chunk('IHDR', body);
};
const SIGNATURE = pngOf(blank(100, 100)).subarray(0, 8);
const data = chunk('IDAT', deflateSync(new Uint8Array(101 * 100)));
const png = (...chunks: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([SIGNATURE, ...chunks, chunk('IEND', Buffer.alloc(0))]);

describe('a file that costs more than it is', () => {
  it('a TIFF whose thousand strips are the same bytes, which hold almost nothing', () => {
    // One clear after the other, then the line: each strip takes its time.
    const clears = nineBits([...Array.from({ length: 80_000 }, () => 256), ...Array.from({ length: 100 }, () => 7)]);
    expect(refusal(oneStripForAll(100, 1_000, 5, clears))).toBe('IMAGE_MALFORMED');
    // Blocks without a byte in them.
    const empty = Buffer.concat(Array.from({ length: 20_000 }, () => Buffer.from([0, 0, 0, 255, 255])));
    const deflated = Buffer.concat([Buffer.from([0x78, 1]), empty, deflateSync(new Uint8Array(100)).subarray(2)]);
    expect(refusal(oneStripForAll(100, 1_000, 8, deflated))).toBe('IMAGE_MALFORMED');
  });

  it('a PNG with a second header, or one behind something that looks like a header', () => {
    expect(refusal(png(header(100, 100, 0), data))).toBe('decoded');
    const before = process.memoryUsage().arrayBuffers;
    expect(refusal(png(header(100, 100, 0), header(20_000, 20_000, 0), data))).toBe('IMAGE_MALFORMED');
    const alike = header(100, 100, 0).subarray(8, 21);
    expect(refusal(png(chunk('tEXt', alike), header(20_000, 20_000, 0), data))).toBe('IMAGE_MALFORMED');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });

  it('a PNG in thousands of pieces, of which each costs a tenth of a millisecond', () => {
    const pieces = (count: number) => Array.from({ length: count }, () => chunk('IDAT', new Uint8Array(0)));
    expect(refusal(png(header(100, 100, 0), ...pieces(1_000), data))).toBe('decoded');
    expect(refusal(png(header(100, 100, 0), ...pieces(5_000), data))).toBe('IMAGE_MALFORMED');
    const texts = Array.from({ length: 5_000 }, () => chunk('tEXt', new Uint8Array(0)));
    expect(refusal(png(header(100, 100, 0), ...texts, data))).toBe('IMAGE_MALFORMED');
  });

  it('a PNG with more colours than an index can name, or two palettes', () => {
    const palette = chunk('PLTE', new Uint8Array(3 * 256));
    expect(refusal(png(header(100, 100, 3), palette, data))).toBe('decoded');
    expect(refusal(png(header(100, 100, 3), chunk('PLTE', new Uint8Array(3 * 257)), data))).toBe('IMAGE_MALFORMED');
    expect(refusal(png(header(100, 100, 3), palette, palette, data))).toBe('IMAGE_MALFORMED');
  });
});
