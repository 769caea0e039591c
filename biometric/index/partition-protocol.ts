/**
 * What goes between those who search and the partitions of a gallery, over NATS (docs/biometric.md, "Partitions"). Subjects:
 *
 *     imis.gallery.search               one replica of every partition answers (a queue group for each partition)
 *     imis.gallery.search.PARTITION     every replica of that partition answers
 *     imis.gallery.change.PARTITION     every replica of that partition carries it out and answers
 *
 * Requests: a probe is a limit (2 bytes, big-endian) and fingers (person-codec.ts); a change is 01 ‖ id ‖ fingers, 00 ‖ id, or 02: write your files
 * anew, without whom was removed. Answers are JSON.
 * @module
 */
import { z } from 'zod';
import { concat, fromHex, hex, readUint, uint } from '../../crypto/common/bytes.ts';
import type { GalleryFinger } from './gallery.ts';
import type { GalleryChange } from './gallery-journal.ts';
import { decodeFingers, encodeFingers } from './person-codec.ts';

/** Names of partitions and replicas, as a subject may hold them. */
const PartName = z.string().regex(/^[a-z0-9-]{1,32}$/u);

export const searchAll = 'imis.gallery.search';
export const searchOf = (partition: string): string => `imis.gallery.search.${partition}`;
export const changeOf = (partition: string): string => `imis.gallery.change.${partition}`;

/** A replica's answer to a search. */
export const PartAnswer = z.strictObject({
  partition: PartName,
  replica: PartName,
  candidates: z.array(z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/u), score: z.number() })),
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
export type PartChange = GalleryChange | { readonly change: 'rewrite' };

export function encodeChange(change: PartChange): Uint8Array {
  switch (change.change) {
    case 'remove':
      return concat(Uint8Array.of(0), fromHex(change.id));
    case 'put':
      return concat(Uint8Array.of(1), fromHex(change.id), encodeFingers(change.fingers));
    case 'rewrite':
      return Uint8Array.of(2);
  }
}

/** Undefined for what is no change. */
export function decodeChange(bytes: Uint8Array): PartChange | undefined {
  if (bytes[0] === 2) return bytes.length === 1 ? { change: 'rewrite' } : undefined;
  const id = hex(bytes.subarray(1, 17));
  if (id.length !== 32) return undefined;
  if (bytes[0] === 0) return bytes.length === 17 ? { change: 'remove', id } : undefined;
  const fingers = bytes[0] === 1 ? decodeFingers(bytes.subarray(17)) : undefined;
  return fingers === undefined ? undefined : { change: 'put', id, fingers };
}
