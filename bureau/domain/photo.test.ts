import { describe, expect, it } from 'vitest';
import type { Photo } from '../../contract/fingerprints.ts';
import { PHOTO } from '../testing/soft-fingers.ts';
import { checkPhoto } from './photo.ts';

const photo = (mime: Photo['mime'], bytes: Uint8Array): Photo => ({
  mime,
  data: Buffer.from(bytes).toString('base64'),
});
/** SOI, a table, then a frame of so many pixels, then whatever follows. */
const jpeg = (width: number, height: number, marker = 0xc0): Buffer =>
  Buffer.concat([
    Buffer.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2),
    Buffer.of(0xff, marker, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0),
    Buffer.of(0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9),
  ]);
const refused = (it: Photo) => expect(() => checkPhoto(it)).toThrow(expect.objectContaining({ code: 'PHOTO_REFUSED' }));

describe('a photo', () => {
  it('is taken as JPEG, progressive too, and as PNG', () => {
    for (const good of [photo('image/jpeg', jpeg(400, 500)), photo('image/jpeg', jpeg(2_000, 2_000, 0xc2)), PHOTO])
      expect(() => checkPhoto(good)).not.toThrow();
  });

  it('is refused of no pixels, of too many, and of too many bytes', () => {
    for (const [width, height] of [
      [0, 10],
      [10, 0],
      [2_001, 10],
      [10, 2_001],
    ] as const)
      refused(photo('image/jpeg', jpeg(width, height)));
    refused(photo('image/jpeg', Buffer.concat([jpeg(10, 10), Buffer.alloc(64 * 1024)])));
  });

  it('is refused when it is something else, or cut anywhere before its size', () => {
    refused(photo('image/png', jpeg(10, 10)));
    refused({ ...PHOTO, mime: 'image/jpeg' });
    refused(photo('image/jpeg', jpeg(10, 10, 0xc4)));
    refused(photo('image/jpeg', Buffer.of(0xff, 0xd8, 0xff, 0xd9, ...new Uint8Array(20))));
    refused(photo('image/jpeg', Buffer.concat([Buffer.of(0xff, 0xd8), Buffer.alloc(1_000)])));
    for (let end = 1; end < 17; end++) refused(photo('image/jpeg', jpeg(10, 10).subarray(0, end)));
    const png = Buffer.from(PHOTO.data, 'base64');
    for (let end = 1; end < 33; end++) refused(photo('image/png', png.subarray(0, end)));
  });
});
