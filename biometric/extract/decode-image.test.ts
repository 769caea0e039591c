import { deflateSync } from 'node:zlib';
import { encode as encodePng } from 'fast-png';
import { decode as decodeByPackage } from 'tiff';
import { describe, expect, it } from 'vitest';
import { BiometricError } from '../biometric-error.ts';
import { decodeImage } from './decode-image.ts';
import type { GreyImage } from './grey-image.ts';
import { bmpOf, pngOf, tiffOf } from './image-files.fixture.ts';
import { mutate } from './mutate.fixture.ts';
import { seeded } from './ridge-pattern.fixture.ts';

const random = seeded(3);
const [WIDTH, HEIGHT] = [121, 103];
const image: GreyImage = {
  width: WIDTH,
  height: HEIGHT,
  dpi: 500,
  pixels: Uint8Array.from({ length: WIDTH * HEIGHT }, () => 256 * random()),
};
const decode = (bytes: Uint8Array): GreyImage => decodeImage(bytes, { dpi: 500 });
const refusal = (bytes: Uint8Array, dpi = 500): unknown => {
  try {
    decodeImage(bytes, { dpi });
  } catch (cause) {
    return cause instanceof BiometricError ? cause.code : cause;
  }
  return 'decoded';
};
/** A copy with a big-endian number at a place. */
const patched = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(at, value);
  return copy;
};
const crcFree = (type: string, body: Uint8Array): Uint8Array => {
  const chunk = new Uint8Array(12 + body.length);
  new DataView(chunk.buffer).setUint32(0, body.length);
  chunk.set(Buffer.from(type), 4);
  chunk.set(body, 8);
  return chunk;
};

describe('an image file', () => {
  it.each<[string, Uint8Array]>([
    ['PNG', pngOf(image)],
    ['BMP', bmpOf(image)],
    ['BMP with an inverted palette', bmpOf(image, true)],
    ['TIFF', tiffOf(image)],
    ['TIFF of Motorola order, many strips', tiffOf(image, { big: true, rowsPerStrip: 10 })],
    ['TIFF, deflated strips', tiffOf(image, { compression: 8, rowsPerStrip: 40 })],
    ['TIFF, white is 0', tiffOf(image, { whiteIsZero: true })],
    ['TIFF in LZW, many strips', tiffOf(image, { compression: 5, rowsPerStrip: 30 })],
    ['TIFF in LZW with differences', tiffOf(image, { compression: 5, predictor: 2 })],
    ['TIFF deflated with differences', tiffOf(image, { compression: 8, predictor: 2, rowsPerStrip: 7, big: true })],
  ])('%s is decoded to the same pixels', (_, bytes) => {
    expect(decode(bytes)).toEqual(image);
  });

  it('of colours is made grey', () => {
    const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => [255, 0, 0][i % 3] ?? 0);
    const { pixels } = decode(encodePng({ width: WIDTH, height: HEIGHT, data, channels: 3, depth: 8 }));
    expect([...new Set(pixels)]).toEqual([76]);
  });

  it('is read as the package tiff reads it', () => {
    const smooth = { ...image, pixels: image.pixels.map((_, i) => (i % WIDTH) + Math.floor(i / WIDTH)) };
    for (const compression of [1, 5, 8]) {
      for (const predictor of [1, 2] as const) {
        const bytes = tiffOf(smooth, { compression, predictor, rowsPerStrip: 60 });
        const [picture] = decodeByPackage(bytes);
        expect(decode(bytes).pixels).toEqual(Uint8Array.from(picture?.data ?? []));
      }
    }
  });

  it('may have tags that point anywhere', () => {
    // An Exif directory that points at itself, and a text with more values than the file has bytes.
    const bytes = tiffOf(image, {
      extra: [
        [0x8769, 4, 1, 8],
        [0x9999, 4, 0xffff_fff0, 8],
      ],
    });
    expect(decode(bytes)).toEqual(image);
  });
});

describe('refused', () => {
  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'IMAGE_MALFORMED'],
    ['a text', Buffer.from('this is not an image, is it?'), 'IMAGE_MALFORMED'],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16), 'IMAGE_MALFORMED'],
    ['only a signature', pngOf(image).subarray(0, 8), 'IMAGE_MALFORMED'],
    ['a PNG cut off', pngOf(image).subarray(0, 900), 'IMAGE_MALFORMED'],
    ['a TIFF cut off', tiffOf(image).subarray(0, 900), 'IMAGE_MALFORMED'],
    ['a BMP cut off', bmpOf(image).subarray(0, 900), 'IMAGE_MALFORMED'],
    ['a PNG of 8,000 x 8,000', patched(patched(pngOf(image), 16, 8_000), 20, 8_000), 'IMAGE_TOO_LARGE'],
    ['a PNG of 4,294,967,295 pixels a side', patched(pngOf(image), 16, 0xffff_ffff), 'IMAGE_TOO_LARGE'],
    ['a BMP of 8,000 x 8,000', patched(patched(bmpOf(image), 18, 0x401f_0000), 22, 0x401f_0000), 'IMAGE_TOO_LARGE'],
    ['a BMP with its top row first', patched(bmpOf(image), 22, 0x99ff_ffff), 'IMAGE_UNSUPPORTED'],
    ['a TIFF in PackBits', tiffOf(image, { compression: 32_773 }), 'IMAGE_UNSUPPORTED'],
    ['a TIFF that lies on its side', tiffOf(image, { extra: [[274, 3, 1, 6]] }), 'IMAGE_UNSUPPORTED'],
    ['a TIFF in JPEG', tiffOf(image, { compression: 7 }), 'IMAGE_UNSUPPORTED'],
    [
      'a PNG of 16 bits',
      encodePng({ width: 100, height: 100, data: new Uint16Array(10_000), channels: 1, depth: 16 }),
      'IMAGE_UNSUPPORTED',
    ],
    [
      'a small PNG',
      encodePng({ width: 95, height: 200, data: new Uint8Array(19_000), channels: 1, depth: 8 }),
      'IMAGE_TOO_SMALL',
    ],
    ['a file of 21 MB', new Uint8Array(21_000_000), 'IMAGE_TOO_LARGE'],
  ])('%s', (_, bytes, code) => {
    expect(refusal(bytes)).toBe(code);
  });

  it('a TIFF of 8,000 x 8,000 in a file of 200 bytes, without allocating 64 MB', () => {
    const tiny = tiffOf({ width: 8, height: 8, dpi: 500, pixels: new Uint8Array(64) });
    const directory = new DataView(tiny.buffer).getUint32(4, true);
    for (const entry of [0, 1, 7]) new DataView(tiny.buffer).setUint16(directory + 2 + 12 * entry + 8, 8_000, true);
    const before = process.memoryUsage().arrayBuffers;
    expect(refusal(tiny)).toBe('IMAGE_TOO_LARGE');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  it('compressed data that is more than its header says', () => {
    const bomb = deflateSync(new Uint8Array(5_000_000));
    const png = pngOf(image);
    const header = png.subarray(0, 33);
    const swollen = Buffer.concat([header, crcFree('IDAT', bomb), crcFree('IEND', new Uint8Array(0))]);
    expect(refusal(swollen)).toBe('IMAGE_MALFORMED');
    const tiff = tiffOf(image, { compression: 8 });
    const [directory, count] = [new DataView(tiff.buffer).getUint32(4, true), bomb.length];
    const moved = Buffer.concat([tiff, bomb]);
    moved.writeUInt32LE(tiff.length, directory + 2 + 12 * 5 + 8);
    moved.writeUInt32LE(count, directory + 2 + 12 * 8 + 8);
    expect(refusal(moved)).toBe('IMAGE_MALFORMED');
  });

  it('a resolution that no scanner has', () => {
    for (const dpi of [0, 72, 2_400, Number.NaN]) expect(refusal(pngOf(image), dpi)).toBe('IMAGE_UNSUPPORTED');
    // The same file is too large once it is brought to 500 dpi.
    const wide: GreyImage = { width: 900, height: 200, dpi: 200, pixels: new Uint8Array(180_000) };
    expect(refusal(pngOf(wide), 200)).toBe('IMAGE_TOO_LARGE');
  });
});

/** What a damaged file may lead to. */
const OUTCOMES: readonly unknown[] = [
  'decoded',
  'IMAGE_MALFORMED',
  'IMAGE_UNSUPPORTED',
  'IMAGE_TOO_LARGE',
  'IMAGE_TOO_SMALL',
];

describe.each([
  ['PNG', pngOf(image)],
  ['BMP', bmpOf(image)],
  ['TIFF', tiffOf(image, { rowsPerStrip: 30 })],
  ['TIFF in LZW', tiffOf(image, { compression: 5, rowsPerStrip: 30 })],
  ['TIFF deflated', tiffOf(image, { compression: 8, rowsPerStrip: 30 })],
])('a damaged %s', (_, bytes) => {
  it('is an image of a size that is allowed, or refused with a code', () => {
    const seen = new Set<unknown>();
    for (let seed = 0; seed < 150; seed++) seen.add(refusal(mutate(bytes, seed)));
    expect([...seen].filter((outcome) => !OUTCOMES.includes(outcome))).toEqual([]);
    expect(seen.has('IMAGE_MALFORMED')).toBe(true);
  });
});
