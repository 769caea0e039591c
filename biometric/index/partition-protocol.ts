/**
 * What goes between those who search and the partitions of a gallery, over NATS (docs/biometric.md, "Partitions"). Subjects:
 *
 *     imis.gallery.search               one replica of every partition answers (a queue group for each partition)
 *     imis.gallery.search.PARTITION     every replica of that partition answers
 *     imis.gallery.change.PARTITION     every replica of that partition carries it out and answers
 *     imis.gallery.ids.PARTITION        every replica of that partition says whom it has, in portions
 *
 * Requests: a probe is a limit (2 bytes, big-endian) and fingers (person-codec.ts); a change is 01 ‖ id ‖ fingers, 00 ‖ id, 02 ‖ ids: write your files
 * anew, without whom was removed and without these, or 03: nothing, say how many you have. A request for ids is the id (16 bytes) after which, or
 * nothing for the first. Answers are JSON; whatever it is, it stays below the megabyte that NATS carries unless told otherwise.
 * @module
 */
import { z } from 'zod';
import { concat, fromHex, hex, readUint, uint } from '../../crypto/common/bytes.ts';
import type { GalleryFinger } from './gallery.ts';
import type { GalleryChange } from './gallery-journal.ts';
import { decodeFingers, encodeFingers } from './person-codec.ts';

const ID_BYTES = 16;

/** Names of partitions and replicas, as a subject may hold them. */
export const PartName = z.string().regex(/^[a-z0-9-]{1,32}$/u);
/** 16 bytes, hex. */
const PersonId = z.string().regex(/^[0-9a-f]{32}$/u);
/** Ids in one answer at most: some 350 kB. */
export const IDS_AT_ONCE = 10_000;
/** Ids in one change at most: 800 kB. */
export const ERASED_AT_ONCE = 50_000;

export const searchAll = 'imis.gallery.search';
export const searchOf = (partition: string): string => `imis.gallery.search.${partition}`;
export const changeOf = (partition: string): string => `imis.gallery.change.${partition}`;
export const idsOf = (partition: string): string => `imis.gallery.ids.${partition}`;

/** A replica's answer to a search. */
export const PartAnswer = z.strictObject({
  partition: PartName,
  replica: PartName,
  candidates: z.array(z.strictObject({ id: PersonId, score: z.number() })),
  searched: z.int().min(0),
  enrolled: z.int().min(0),
});
export type PartAnswer = z.infer<typeof PartAnswer>;

/** A replica's answer to a change. */
export const PartChanged = z.strictObject({
  partition: PartName,
  replica: PartName,
  /** Persons there now, and whether the change found somebody. */
  enrolled: z.int().min(0),
  found: z.boolean(),
});

/** What a replica answers that could not do what it was asked: a code of a gallery, or of the system (ENOSPC). */
export const PartFailed = z.strictObject({
  partition: PartName,
  replica: PartName,
  failed: z.string().regex(/^[A-Z0-9_]{1,40}$/u),
});
export type PartFailed = z.infer<typeof PartFailed>;

/** A portion of whom a replica has: those after the id that was asked for, in order. */
export const PartIds = z.strictObject({
  partition: PartName,
  replica: PartName,
  ids: z.array(PersonId).max(IDS_AT_ONCE),
  /** Nobody comes after them. */
  isLast: z.boolean(),
});
export type PartIds = z.infer<typeof PartIds>;

/** `after`: an id, or undefined for the first portion. */
export const encodeAfter = (after: string | undefined): Uint8Array =>
  after === undefined ? new Uint8Array(0) : fromHex(after);

/** Null for what is no request for ids. */
export const decodeAfter = (bytes: Uint8Array): string | undefined | null => {
  if (bytes.length === 0) return undefined;
  return bytes.length === ID_BYTES ? hex(bytes) : null;
};

export const encodeProbe = (fingers: readonly GalleryFinger[], limit: number): Uint8Array =>
  concat(uint(limit, 2), encodeFingers(fingers));

/** Undefined for what is no probe. */
export function decodeProbe(
  bytes: Uint8Array,
): { readonly fingers: readonly GalleryFinger[]; readonly limit: number } | undefined {
  const fingers = bytes.length > 2 ? decodeFingers(bytes.subarray(2)) : undefined;
  return fingers === undefined ? undefined : { fingers, limit: readUint(bytes.subarray(0, 2)) };
}

/** What a replica is told. */
export type PartChange =
  | GalleryChange
  | { readonly change: 'rewrite'; readonly without: readonly string[] }
  | { readonly change: 'nothing' };

export function encodeChange(change: PartChange): Uint8Array {
  switch (change.change) {
    case 'remove':
      return concat(Uint8Array.of(0), fromHex(change.id));
    case 'put':
      return concat(Uint8Array.of(1), fromHex(change.id), encodeFingers(change.fingers));
    case 'rewrite':
      return concat(Uint8Array.of(2), ...change.without.map(fromHex));
    case 'nothing':
      return Uint8Array.of(3);
  }
}

/** Undefined for what is no change. */
export function decodeChange(bytes: Uint8Array): PartChange | undefined {
  if (bytes[0] === 3) return bytes.length === 1 ? { change: 'nothing' } : undefined;
  if (bytes[0] === 2) {
    const count = (bytes.length - 1) / ID_BYTES;
    if (!Number.isInteger(count)) return undefined;
    const idAt = (i: number): string => hex(bytes.subarray(1 + i * ID_BYTES, 1 + (i + 1) * ID_BYTES));
    return { change: 'rewrite', without: Array.from({ length: count }, (_, i) => idAt(i)) };
  }
  const id = hex(bytes.subarray(1, 17));
  if (id.length !== 32) return undefined;
  if (bytes[0] === 0) return bytes.length === 17 ? { change: 'remove', id } : undefined;
  const fingers = bytes[0] === 1 ? decodeFingers(bytes.subarray(17)) : undefined;
  return fingers === undefined ? undefined : { change: 'put', id, fingers };
}
