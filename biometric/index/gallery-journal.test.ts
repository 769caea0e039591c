/**
 * The journal of a gallery: what resolved is there after any end, what was cut off was never there, and nothing is altered unnoticed.
 */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { impressTemplate, syntheticFinger } from '../testing/synthetic-template.ts';
import { type GalleryChange, openJournal, writeJournal } from './gallery-journal.ts';
import { decodeFingers, encodeFingers } from './person-codec.ts';

const KEY = new Uint8Array(32).fill(9);
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imis-gallery-'));
  path = join(folder, 'gallery.journal');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const idOf = (number: number): string => number.toString(16).padStart(32, '0');
const fingersOf = (number: number) =>
  [2, 7].map((finger) => ({
    finger,
    templates: [0, 1].map((view) => impressTemplate(syntheticFinger(number, finger), view)),
  }));
const put = (number: number): GalleryChange => ({ change: 'put', id: idOf(number), fingers: fingersOf(number) });
const remove = (number: number): GalleryChange => ({ change: 'remove', id: idOf(number) });

/** Opens, replays and closes. */
async function replayed(key = KEY): Promise<readonly GalleryChange[]> {
  const changes: GalleryChange[] = [];
  const journal = await openJournal(path, key, 0, (more) => changes.push(...more));
  await journal.close();
  return changes;
}
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'opened',
    (cause: unknown) => (cause instanceof Error && 'code' in cause ? cause.code : cause),
  );
/** A journal of three entries, and where each ends. */
async function three(): Promise<readonly number[]> {
  const journal = await writeJournal(path, KEY, [[put(1), put(2)]]);
  const ends = [(await stat(path)).size];
  for (const changes of [[put(3)], [remove(1), put(4)]]) {
    await journal.append(changes);
    ends.push((await stat(path)).size);
  }
  await journal.close();
  return ends;
}

describe('the fingers of a person as bytes', () => {
  it('come back as they were, and from nothing else', () => {
    const fingers = fingersOf(5);
    const bytes = encodeFingers(fingers);
    expect(decodeFingers(bytes)).toEqual(fingers);
    for (let length = 0; length < bytes.length; length += 13)
      expect(decodeFingers(bytes.subarray(0, length))).toBeUndefined();
    expect(decodeFingers(Uint8Array.of(...bytes, 0))).toBeUndefined();
    expect(decodeFingers(bytes.with(0, 11))).toBeUndefined();
    expect(decodeFingers(bytes.with(1, 11))).toBeUndefined();
    expect(() => encodeFingers([])).toThrow(RangeError);
    expect(() => encodeFingers([{ finger: 11, templates: fingers[0]?.templates ?? [] }])).toThrow(RangeError);
    expect(() => encodeFingers([{ finger: 1, templates: [] }])).toThrow(RangeError);
  });
});

describe('the journal of a gallery', () => {
  it('says again what was appended, and goes on', async () => {
    await three();
    expect(await replayed()).toEqual([put(1), put(2), put(3), remove(1), put(4)]);
    const journal = await openJournal(path, KEY, 0, () => undefined);
    expect(journal.entries).toBe(3);
    await Promise.all([journal.append([put(5)]), journal.append([put(6)])]);
    await journal.close();
    expect((await replayed()).slice(-2)).toEqual([put(5), put(6)]);
  });

  it('shows no minutia to whoever has the file alone', async () => {
    await three();
    const bytes = await readFile(path);
    expect(bytes.includes(Buffer.from(encodeFingers(fingersOf(3)).subarray(5, 40)))).toBe(false);
    expect(await codeOf(replayed(new Uint8Array(32)))).toBe('GALLERY_KEY_WRONG');
  });

  it('loses only the entry that was cut off, wherever that was', async () => {
    const ends = await three();
    const bytes = await readFile(path);
    const [, second = 0, third = 0] = ends;
    for (let size = second + 1; size < third; size += 97) {
      await writeFile(path, bytes.subarray(0, size));
      expect(await replayed()).toEqual([put(1), put(2), put(3)]);
      expect((await stat(path)).size).toBe(second);
    }
    // The file grew, and what belongs there reached the disk in part, wherever: pages are written in no order.
    for (const [from, to] of [
      [third - 40, third],
      [second, third],
      [second + 100, second + 612],
    ] as const) {
      await writeFile(path, Uint8Array.from(bytes).fill(0, from, to));
      expect(await replayed()).toEqual([put(1), put(2), put(3)]);
    }
  });

  it('is altered nowhere unnoticed: not a bit, not the order, not an entry of another journal', async () => {
    const [first = 0, second = 0] = await three();
    const bytes = await readFile(path);
    for (const at of [first + 30, second - 1, second + 40, bytes.length - 1]) {
      await writeFile(path, Uint8Array.from(bytes).with(at, (bytes[at] ?? 0) ^ 1));
      expect(await codeOf(replayed())).toBe('GALLERY_DAMAGED');
    }
    // A length that lies, long or short, does not take away what comes after it.
    for (const at of [first, first + 1, first + 3, 24]) {
      await writeFile(path, Uint8Array.from(bytes).with(at, (bytes[at] ?? 0) ^ 0x40));
      expect(await codeOf(replayed())).toBe('GALLERY_DAMAGED');
      expect((await stat(path)).size).toBe(bytes.length);
    }
    const swapped = Buffer.concat([bytes.subarray(0, first), bytes.subarray(second), bytes.subarray(first, second)]);
    await writeFile(path, swapped);
    expect(await codeOf(replayed())).toBe('GALLERY_DAMAGED');
    const other = await writeJournal(join(folder, 'other'), KEY, [[put(9)], [put(8)]]);
    await other.close();
    const foreign = await readFile(join(folder, 'other'));
    await writeFile(path, Buffer.concat([bytes.subarray(0, first), foreign.subarray(24)]));
    expect(await codeOf(replayed())).toBe('GALLERY_DAMAGED');
    await writeFile(path, 'IMISGAL0');
    expect(await codeOf(replayed())).toBe('GALLERY_DAMAGED');
  });

  it('is rewritten whole: until then the former stands', async () => {
    await three();
    const before = await readFile(path);
    // Power was lost while it was rewritten.
    await writeFile(`${path}.new`, before.subarray(0, 100));
    expect(await replayed()).toHaveLength(5);
    const journal = await writeJournal(path, KEY, [[put(2), put(3), put(4)]]);
    await journal.close();
    expect(await replayed()).toEqual([put(2), put(3), put(4)]);
  });
});
