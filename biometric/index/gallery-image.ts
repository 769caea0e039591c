/**
 * The rows of a gallery as a file, so that an opening reads them instead of making them anew. It only ever saves time: the journal is what counts,
 * and an image of another journal or of other parameters is not looked at. Sealed piece by piece (AES-256-GCM under the gallery's key). Node maps no
 * files into memory; the pieces are read one after another into the memory that the threads share.
 *
 * File: `IMISGIM1` ‖ id of the image 16 ‖ pieces. Piece: length 4 ‖ nonce 12 ‖ sealed ‖ tag 16, with the id ‖ number of the piece (4) as additional
 * data. The first is the {@link Manifest}, the second the ids, then one a segment: numbers of the persons, then the rows.
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { concat, fromHex, hex, readUint, uint, utf8 } from '../../crypto/common/bytes.ts';
import { configurationHash } from '../match/configuration-hash.ts';
import type { GalleryChange, GalleryJournal } from './gallery-journal.ts';
import type { GalleryMemory } from './gallery-memory.ts';
import { decodeFingers } from './person-codec.ts';
import type { PersonTable } from './person-table.ts';
import { SEGMENT_BYTES, SEGMENT_ROWS, templatesOf } from './row-layout.ts';
import { writeWhole } from './write-whole.ts';

const MAGIC = utf8('IMISGIM1');
const NONCE = 12;
const TAG = 16;
/** Persons of one entry of a journal that is written anew. */
const BATCH = 500;

const Manifest = z.strictObject({
  version: z.literal(1),
  /** The journal it belongs to, and how many of its entries are in it. */
  journal: z.string(),
  entries: z.int(),
  /** Hash of everything that shapes a row. */
  parameters: z.string(),
  segments: z.array(z.strictObject({ finger: z.int(), used: z.int().min(0).max(SEGMENT_ROWS) })),
});

/** What a gallery holds in memory. */
export interface GalleryRows {
  readonly memory: GalleryMemory;
  readonly persons: PersonTable;
}

const parameters = (): string => `${configurationHash()} ${SEGMENT_BYTES}`;

function seal(key: Uint8Array, image: Uint8Array, piece: number, ...plain: readonly Uint8Array[]): Uint8Array {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(concat(image, uint(piece, 4)));
  const sealed = concat(nonce, ...plain.map((part) => cipher.update(part)), cipher.final(), cipher.getAuthTag());
  return concat(uint(sealed.length, 4), sealed);
}

/** Pieces of an image one after another; undefined where one does not open. */
async function createPieces(file: FileHandle, key: Uint8Array) {
  const head = new Uint8Array(MAGIC.length + 16);
  await file.read(head, 0, head.length, 0);
  const image = head.subarray(MAGIC.length);
  let [at, piece] = [head.length, 0];
  return async (): Promise<Uint8Array | undefined> => {
    const lengthBytes = new Uint8Array(4);
    await file.read(lengthBytes, 0, 4, at);
    const length = readUint(lengthBytes);
    if (length <= NONCE + TAG || length > 1024 * 1024 * 1024) return undefined;
    const sealed = new Uint8Array(length);
    const { bytesRead } = await file.read(sealed, 0, length, at + 4);
    if (bytesRead !== length) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE));
    decipher.setAAD(concat(image, uint(piece, 4)));
    decipher.setAuthTag(sealed.subarray(length - TAG));
    at += 4 + length;
    piece += 1;
    try {
      const plain = decipher.update(sealed.subarray(NONCE, length - TAG));
      decipher.final();
      return plain;
    } catch {
      // node:crypto says only that it does not hold.
      return undefined;
    }
  };
}

/** Writes the image of a journal as it stands; the former one stands until the new one is whole. */
export async function saveImage(
  path: string,
  key: Uint8Array,
  journal: GalleryJournal,
  { memory, persons }: GalleryRows,
): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    const id = randomBytes(16);
    let end = 0;
    const write = async (bytes: Uint8Array): Promise<void> => {
      end = await writeWhole(file, bytes, end);
    };
    await write(concat(MAGIC, id));
    const manifest: z.infer<typeof Manifest> = {
      version: 1,
      journal: journal.fileId,
      entries: journal.entries,
      parameters: parameters(),
      segments: memory.segments.map(({ finger, used }) => ({ finger, used })),
    };
    await write(seal(key, id, 0, utf8(JSON.stringify(manifest))));
    const ids = new Uint8Array(persons.count * 16);
    for (let person = 0; person < persons.count; person++) {
      const name = persons.idOf(person);
      if (name !== '') ids.set(fromHex(name), person * 16);
    }
    await write(seal(key, id, 1, ids));
    for (const [i, segment] of memory.segments.entries()) {
      const numbers = new Uint8Array(segment.persons.buffer);
      const rows = memory.bytes(segment.memory).subarray(segment.at, segment.at + SEGMENT_BYTES);
      await write(seal(key, id, 2 + i, numbers, Uint8Array.from(rows)));
    }
    await file.sync();
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/**
 * Reads the image of a journal into empty rows. Answers how many entries of the journal are in it; 0, and nothing was read, for an image that is
 * not there, of another journal or of other parameters. Throws for one that is damaged further on: the caller starts again without it.
 */
export async function loadImage(
  path: string,
  key: Uint8Array,
  journal: string | undefined,
  { memory, persons }: GalleryRows,
): Promise<number> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch {
    // There need not be one.
    return 0;
  }
  try {
    const next = await createPieces(file, key);
    const first = await next();
    if (first === undefined) return 0;
    const manifest = Manifest.safeParse(JSON.parse(new TextDecoder().decode(first)));
    if (!manifest.success || manifest.data.journal !== journal || manifest.data.parameters !== parameters()) return 0;
    const ids = await next();
    if (ids === undefined) return 0;
    for (let at = 0; at < ids.length; at += 16) persons.restore(hex(ids.subarray(at, at + 16)));
    for (const { finger, used } of manifest.data.segments) {
      const piece = await next();
      if (piece?.length !== SEGMENT_ROWS * 4 + SEGMENT_BYTES) throw new Error('the image of a gallery is damaged');
      const numbers = new Int32Array(Uint8Array.from(piece.subarray(0, SEGMENT_ROWS * 4)).buffer);
      memory.restore(finger, used, numbers, piece.subarray(SEGMENT_ROWS * 4)).forEach((number, row) => {
        const person = numbers[row] ?? -1;
        if (person >= 0 && row < used) persons.link(person, number);
      });
    }
    return manifest.data.entries;
  } finally {
    await file.close();
  }
}

/** Everybody who is enrolled, as a new journal begins. */
export function* everybody({ memory, persons }: GalleryRows): Iterable<readonly GalleryChange[]> {
  let batch: GalleryChange[] = [];
  for (const id of persons.ids()) {
    const fingers = persons.rowsOf(persons.numberOf(id)).flatMap((number) => {
      const { segment, row } = memory.place(number);
      return decodeFingers(templatesOf(memory.bytes(segment.memory), segment.at, row)) ?? [];
    });
    batch.push({ change: 'put', id, fingers });
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
