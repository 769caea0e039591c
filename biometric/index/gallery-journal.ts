/**
 * What a gallery survives by: one file to which every change is appended, sealed entry by entry (AES-256-GCM under the gallery's key) and on disk
 * before it counts. An entry of which a part is missing is the last and never counted: it is taken away at the next opening. Anything else that does
 * not open means that the file was altered.
 *
 * File: `IMISGAL2` ‖ id 16 ‖ entries. Entry: length 4 ‖ the same inverted 4 ‖ nonce 12 ‖ sealed changes ‖ tag 16, with id ‖ number of the entry (8) as
 * additional data. A length that was altered does not pass for an entry that was cut off.
 * Changes: count 4, then each: 01 ‖ person 16 ‖ length 4 ‖ fingers (person-codec.ts), or 00 ‖ person 16.
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { concat, fromHex, hex, readUint, uint, utf8 } from '../../crypto/common/bytes.ts';
import type { GalleryFinger } from './gallery.ts';
import { GalleryError } from './gallery-error.ts';
import { decodeFingers, encodeFingers } from './person-codec.ts';
import { writeWhole } from './write-whole.ts';

const MAGIC = utf8('IMISGAL2');
const HEAD = MAGIC.length + 16;
const LENGTHS = 8;
const NONCE = 12;
const TAG = 16;
/** So many zeros in a row are in no sealed entry: the file grew, and a page did not reach the disk. */
const HOLE = Buffer.alloc(64);
/** No entry is longer; a longer length was never written by us. */
const MAX_ENTRY = 256 * 1024 * 1024;

/** One change. */
export type GalleryChange =
  | { readonly change: 'put'; readonly id: string; readonly fingers: readonly GalleryFinger[] }
  | { readonly change: 'remove'; readonly id: string };

/** An open journal. */
export interface GalleryJournal {
  /** Names this file: another after every rewriting. Hex. */
  readonly fileId: string;
  /** Entries so far. */
  readonly entries: number;
  /** On disk once it resolves, all or none. */
  append(changes: readonly GalleryChange[]): Promise<void>;
  close(): Promise<void>;
}

function encodeChanges(changes: readonly GalleryChange[]): Uint8Array {
  const parts: Uint8Array[] = [uint(changes.length, 4)];
  for (const one of changes) {
    if (one.change === 'remove') parts.push(Uint8Array.of(0), fromHex(one.id));
    else {
      const fingers = encodeFingers(one.fingers);
      parts.push(Uint8Array.of(1), fromHex(one.id), uint(fingers.length, 4), fingers);
    }
  }
  return concat(...parts);
}

function decodeChanges(bytes: Uint8Array): readonly GalleryChange[] | undefined {
  const changes: GalleryChange[] = [];
  let at = 4;
  for (let left = readUint(bytes.subarray(0, 4)); left > 0; left--) {
    const id = hex(bytes.subarray(at + 1, at + 17));
    if (id.length !== 32) return undefined;
    if (bytes[at] === 0) {
      changes.push({ change: 'remove', id });
      at += 17;
      continue;
    }
    const length = readUint(bytes.subarray(at + 17, at + 21));
    const fingers = decodeFingers(bytes.subarray(at + 21, at + 21 + length));
    if (fingers === undefined) return undefined;
    changes.push({ change: 'put', id, fingers });
    at += 21 + length;
  }
  return at === bytes.length ? changes : undefined;
}

const boundTo = (fileId: Uint8Array, entry: number): Uint8Array => concat(fileId, uint(0, 2), uint(entry, 6));

function sealEntry(key: Uint8Array, fileId: Uint8Array, entry: number, changes: readonly GalleryChange[]): Uint8Array {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(boundTo(fileId, entry));
  const sealed = concat(nonce, cipher.update(encodeChanges(changes)), cipher.final(), cipher.getAuthTag());
  return concat(uint(sealed.length, 4), uint(~sealed.length >>> 0, 4), sealed);
}

/** Length of an entry; undefined for two that do not belong together. */
function readLength(bytes: Uint8Array): number | undefined {
  const [length, inverted] = [readUint(bytes.subarray(0, 4)), readUint(bytes.subarray(4))];
  return ~length >>> 0 === inverted ? length : undefined;
}

/** The changes of an entry; undefined when it does not open. */
function openEntry(key: Uint8Array, fileId: Uint8Array, entry: number, sealed: Uint8Array) {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE));
  decipher.setAAD(boundTo(fileId, entry));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  try {
    const body = decipher.update(sealed.subarray(NONCE, sealed.length - TAG));
    return decodeChanges(concat(body, decipher.final()));
  } catch {
    // node:crypto says only that it does not hold.
    return undefined;
  }
}

/** Reads exactly; undefined where the file ends before. */
async function readAt(file: FileHandle, at: number, length: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(length);
  let have = 0;
  while (have < length) {
    const { bytesRead } = await file.read(bytes, have, length - have, at + have);
    if (bytesRead === 0) return undefined;
    have += bytesRead;
  }
  return bytes;
}

/** Nothing but zeros from a place to the end. */
async function isHole(file: FileHandle, from: number, size: number): Promise<boolean> {
  for (let at = from; at < size; ) {
    const bytes = await readAt(file, at, Math.min(size - at, 1_048_576));
    if (bytes?.some((byte) => byte !== 0) !== false) return false;
    at += bytes.length;
  }
  return true;
}

/** Zeros in a row, or as the tag. */
const isTornEntry = (sealed: Uint8Array): boolean =>
  Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length).includes(HOLE) ||
  sealed.subarray(-TAG).every((byte) => byte === 0);

/** Makes what was renamed or made in a folder last. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function journalOn(
  file: FileHandle,
  key: Uint8Array,
  fileId: Uint8Array,
  start: { entries: number; end: number },
): GalleryJournal {
  let { entries, end } = start;
  let isTorn = false;
  let running: Promise<unknown> = Promise.resolve();
  return {
    fileId: hex(fileId),
    get entries() {
      return entries;
    },
    append: (changes) => {
      const next = running.then(async () => {
        const entry = sealEntry(key, fileId, entries, changes);
        // What one that failed left behind would stand after a shorter one.
        if (isTorn) await file.truncate(end);
        isTorn = true;
        const next = await writeWhole(file, entry, end);
        await file.datasync();
        isTorn = false;
        entries += 1;
        end = next;
      });
      // One that failed wrote nothing that counts; the next goes to the same place.
      running = next.catch(() => undefined);
      return next;
    },
    close: async () => {
      await running;
      await file.close();
    },
  };
}

/** Makes a journal in the place of whatever is there, with these changes as its beginning; the former one stands until the new one is whole. */
export async function writeJournal(
  path: string,
  key: Uint8Array,
  batches: Iterable<readonly GalleryChange[]>,
): Promise<GalleryJournal> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx+', 0o600);
  try {
    const fileId = randomBytes(16);
    let [entries, end] = [0, await writeWhole(file, concat(MAGIC, fileId), 0)];
    for (const batch of batches) {
      end = await writeWhole(file, sealEntry(key, fileId, entries, batch), end);
      entries += 1;
    }
    await file.sync();
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return journalOn(file, key, fileId, { entries, end });
  } catch (cause) {
    await file.close();
    // On a full disk it would take the room that others need.
    await rm(temporary, { force: true });
    throw cause;
  }
}

/** Id of a journal, hex; undefined for what is none. */
export async function journalId(path: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const head = await readAt(file, 0, HEAD);
    return head === undefined ? undefined : hex(head.subarray(MAGIC.length));
  } finally {
    await file.close();
  }
}

/**
 * Opens a journal and replays it from entry `from` on; those before are only counted. What was cut off at the end is taken away. GALLERY_KEY_WRONG when not
 * even the first entry opens, GALLERY_DAMAGED for one that does not open before the last.
 */
export async function openJournal(
  path: string,
  key: Uint8Array,
  from: number,
  replay: (changes: readonly GalleryChange[]) => void,
): Promise<GalleryJournal> {
  const file = await open(path, 'r+');
  try {
    const head = await readAt(file, 0, HEAD);
    if (head === undefined || hex(head.subarray(0, MAGIC.length)) !== hex(MAGIC))
      throw new GalleryError('GALLERY_DAMAGED', 'not a journal of a gallery');
    const fileId = head.slice(MAGIC.length);
    const { size } = await file.stat();
    let [entries, end] = [0, HEAD];
    while (end < size) {
      const lengths = await readAt(file, end, LENGTHS);
      if (lengths === undefined) break;
      const length = readLength(lengths);
      if (length === undefined || length <= NONCE + TAG || length > MAX_ENTRY) {
        // Not even its beginning reached the disk.
        if (await isHole(file, end, size)) break;
        throw new GalleryError('GALLERY_DAMAGED', `entry ${entries} has no length`);
      }
      const next = end + LENGTHS + length;
      if (next > size) break;
      if (entries < from && next < size) {
        entries += 1;
        end = next;
        continue;
      }
      const sealed = await readAt(file, end + LENGTHS, length);
      const changes = sealed === undefined ? undefined : openEntry(key, fileId, entries, sealed);
      if (changes === undefined) {
        // The file may have grown before all of what belongs there reached the disk.
        if (next === size && sealed !== undefined && isTornEntry(sealed)) break;
        throw entries === 0
          ? new GalleryError('GALLERY_KEY_WRONG', 'sealed under another key, or altered from the start')
          : new GalleryError('GALLERY_DAMAGED', `entry ${entries} does not open`);
      }
      if (entries >= from) replay(changes);
      entries += 1;
      end = next;
    }
    if (entries < from) throw new GalleryError('GALLERY_DAMAGED', 'fewer entries than there once were');
    if (end < size) {
      await file.truncate(end);
      await file.sync();
    }
    return journalOn(file, key, fileId, { entries, end });
  } catch (cause) {
    await file.close();
    throw cause;
  }
}
