/**
 * A gallery of this machine, with real searching threads: found by another impression, gone when erased, the same after any end.
 */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { impressTemplate, syntheticFinger } from '../testing/synthetic-template.ts';
import type { GalleryFinger, GalleryPerson } from './gallery.ts';
import { type LocalGallery, openLocalGallery } from './local-gallery.ts';
import { encodeFingers } from './person-codec.ts';

const KEY = new Uint8Array(32).fill(3);
const PERSONS = 40;
const signal = new AbortController().signal;
const idOf = (number: number): string => (number + 1).toString(16).padStart(32, '0');
/** Fingers of a person as laid down the `impression`th time. */
const fingersOf = (number: number, impression: number, fingers: readonly number[] = [2, 7]): readonly GalleryFinger[] =>
  fingers.map((finger) => ({
    finger,
    templates: [0, 1].map((view) => impressTemplate(syntheticFinger(number, finger), impression * 2 + view)),
  }));
const person = (number: number): GalleryPerson => ({ id: idOf(number), fingers: fingersOf(number, 0) });

let folder: string;
let gallery: LocalGallery;
const open = (): Promise<LocalGallery> => openLocalGallery({ folder, key: KEY, threads: 2 });
const reopen = async (): Promise<void> => {
  await gallery.close();
  gallery = await open();
};
/** Who is first among the candidates. */
const firstFor = async (fingers: readonly GalleryFinger[]) =>
  (await gallery.search({ fingers }, 5, signal)).candidates[0];
const isFound = async (number: number): Promise<boolean> => (await firstFor(fingersOf(number, 3)))?.id === idOf(number);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imis-gallery-'));
  gallery = await open();
  await gallery.add(
    Array.from({ length: PERSONS }, (_, number) => person(number)),
    signal,
  );
});
afterAll(async () => {
  await gallery.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a gallery', () => {
  it('finds a person by other impressions, and says that it compared everybody', async () => {
    for (const number of [0, 17, PERSONS - 1]) {
      const answer = await gallery.search({ fingers: fingersOf(number, 4) }, 3, signal);
      expect(answer.candidates[0]?.id).toBe(idOf(number));
      expect(answer.candidates).toHaveLength(3);
      expect([answer.searched, answer.enrolled, answer.unreachable]).toEqual([PERSONS, PERSONS, []]);
      const [best, second] = answer.candidates;
      expect(best?.score).toBeGreaterThan(1.5 * (second?.score ?? 0));
    }
  });

  it('finds by one finger of which nobody knows the position, and not by the wrong one', async () => {
    const [left] = fingersOf(9, 3, [7]);
    expect((await firstFor([{ finger: 0, templates: left?.templates ?? [] }]))?.id).toBe(idOf(9));
    const wrong = await gallery.search({ fingers: [{ finger: 5, templates: left?.templates ?? [] }] }, 5, signal);
    expect(wrong.candidates).toEqual([]);
  });

  it('gives strangers little', async () => {
    const own = (await firstFor(fingersOf(3, 3)))?.score ?? 0;
    const strangers = (await firstFor(fingersOf(9_999, 3)))?.score ?? 0;
    expect(strangers).toBeLessThan(own / 2);
  });

  it('puts a person in the place of the former self', async () => {
    await gallery.add([{ id: idOf(5), fingers: fingersOf(1_005, 0) }], signal);
    expect(await gallery.size(signal)).toBe(PERSONS);
    expect(await isFound(5)).toBe(false);
    expect((await firstFor(fingersOf(1_005, 2)))?.id).toBe(idOf(5));
    await gallery.add([person(5)], signal);
    expect(await isFound(5)).toBe(true);
  });

  it('erases: not found, not in the file once it was written anew, and others are found as before', async () => {
    const mark = Buffer.from(encodeFingers(fingersOf(6, 0)).subarray(10, 60));
    expect(await gallery.remove(idOf(6), signal)).toBe(true);
    expect(await gallery.remove(idOf(6), signal)).toBe(false);
    expect(await isFound(6)).toBe(false);
    await gallery.rewrite();
    await reopen();
    expect(await gallery.size(signal)).toBe(PERSONS - 1);
    expect(await isFound(6)).toBe(false);
    expect(await isFound(7)).toBe(true);
    expect((await readFile(join(folder, 'gallery.image'))).includes(mark)).toBe(false);
    await gallery.add([person(6)], signal);
    expect(await isFound(6)).toBe(true);
  });

  it('refuses what is no person, and changes nothing', async () => {
    const twice = { id: idOf(50), fingers: [...fingersOf(50, 0), ...fingersOf(50, 0)] };
    const nobody = { id: 'A123456789', fingers: fingersOf(50, 0) };
    const unknown = { id: idOf(50), fingers: fingersOf(50, 0).map((one) => ({ ...one, finger: 0 })) };
    for (const one of [twice, nobody, unknown])
      await expect(gallery.add([person(51), one], signal)).rejects.toThrow(RangeError);
    expect(await gallery.size(signal)).toBe(PERSONS);
    await expect(gallery.search({ fingers: [] }, 1, signal)).rejects.toThrow(RangeError);
  });

  it('is called off', async () => {
    const called = new AbortController();
    const search = gallery.search({ fingers: fingersOf(1, 3) }, 1, called.signal);
    called.abort(new Error('enough'));
    await expect(search).rejects.toThrow('enough');
    expect(await isFound(1)).toBe(true);
  });
});

describe('a gallery that is opened again', () => {
  it('answers the same from the journal, from the image, and from both', async () => {
    await reopen();
    const journal = await gallery.search({ fingers: fingersOf(11, 3) }, 5, signal);
    await gallery.saveImage();
    await gallery.add([person(60)], signal);
    await reopen();
    expect(await firstFor(fingersOf(11, 3))).toEqual(journal.candidates[0]);
    expect(await isFound(60)).toBe(true);
    await gallery.remove(idOf(60), signal);
    await reopen();
    expect(await gallery.search({ fingers: fingersOf(11, 3) }, 5, signal)).toEqual(journal);
  });

  it('does without an image that is damaged or cut off', async () => {
    await gallery.saveImage();
    const path = join(folder, 'gallery.image');
    const image = await readFile(path);
    for (const damaged of [image.subarray(0, image.length - 5), Uint8Array.from(image).fill(1, 5_000_000, 5_000_010)]) {
      await gallery.close();
      await writeFile(path, damaged);
      gallery = await open();
      expect(await isFound(8)).toBe(true);
      expect(await gallery.size(signal)).toBe(PERSONS);
    }
  });

  it('keeps no image of another journal: whom that has the gallery may have forgotten', async () => {
    const path = join(folder, 'gallery.image');
    await gallery.saveImage();
    const former = await readFile(path);
    const size = await gallery.size(signal);
    // As if the power had been lost between the new journal and its image.
    await gallery.rewrite([idOf(12)]);
    await writeFile(path, former);
    await reopen();
    expect(await gallery.size(signal)).toBe(size - 1);
    expect(await isFound(12)).toBe(false);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await gallery.add([person(12)], signal);
  });

  it('is not opened under another key', async () => {
    await expect(openLocalGallery({ folder, key: new Uint8Array(32), threads: 1 })).rejects.toMatchObject({
      code: 'GALLERY_KEY_WRONG',
    });
  });
});

describe('a gallery without room', () => {
  it('takes nobody in whom it cannot hold, and is opened again with all whom it could', async () => {
    const full = await mkdtemp(join(tmpdir(), 'imis-gallery-'));
    const opened = await openLocalGallery({ folder: full, key: KEY, threads: 1, memories: 0 });
    await expect(opened.add([person(1), person(2)], signal)).rejects.toMatchObject({ code: 'GALLERY_FULL' });
    expect(await opened.size(signal)).toBe(0);
    await opened.close();
    const again = await openLocalGallery({ folder: full, key: KEY, threads: 1, memories: 0 });
    expect(await again.size(signal)).toBe(0);
    await again.close();
    await rm(full, { recursive: true });
  });
});
