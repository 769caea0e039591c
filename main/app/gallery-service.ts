/**
 * A bureau whose gallery is in partitions. Their names in order say who is where (biometric/index/partitioned-gallery.ts), so that the list is kept in the
 * bureau's folder with the first start, and another is refused until the partitions have been emptied. How many replicas there are may change at any
 * start: a new one is filled.
 * @module
 */
import { rmSync, statSync } from 'node:fs';
import { z } from 'zod';
import { PartName } from '../../biometric/index/partition-protocol.ts';
import { BureauFile, bureauFiles, given, jsonText, readJson } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import type { NatsAddress } from './nats-address.ts';
import { replaceFileDurably } from './new-folder.ts';

/** Where the partitions are, and which. */
export interface GalleryService {
  readonly nats: NatsAddress;
  readonly partitions: readonly { readonly name: string; readonly replicas: number }[];
  /** A search ends after so long, ms; 15 s when left out: one of a million persons takes some seconds, and a silent replica a third of this. */
  readonly deadlineMs?: number;
}

const Partitions = z
  .array(z.strictObject({ name: PartName, replicas: z.int().min(1).max(9) }))
  .min(1)
  .max(64)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'a name twice');

const PartitionsFile = z.strictObject({ version: z.literal(1), partitions: z.array(PartName).min(1) });

/** `east:2,west:2`: names and how many replicas each has. Throws VALUE_INVALID. */
export const readPartitions = (text: string): GalleryService['partitions'] =>
  given(
    'partitions',
    Partitions,
    text.split(',').map((part) => {
      const [name, replicas = '', ...more] = part.split(':');
      return { name, replicas: more.length === 0 && /^[0-9]$/u.test(replicas) ? Number(replicas) : undefined };
    }),
  );

/**
 * Settles at the start of a bureau that its gallery is in these partitions, or, when undefined, on this machine. GALLERY_PARTITIONS_OTHER where it was
 * otherwise before: whom the bureau erased from then on would stay where they were. What lay on this machine is removed. FOLDER_NOT_FOUND, FOLDER_DAMAGED.
 */
export function settlePartitions(dir: string, partitions: GalleryService['partitions'] | undefined): void {
  const files = bureauFiles(dir);
  const isKept = statSync(files.galleryPartitions, { throwIfNoEntry: false }) !== undefined;
  const kept = isKept ? readJson(files.galleryPartitions, PartitionsFile).partitions : undefined;
  const names = partitions?.map(({ name }) => name);
  if (kept !== undefined && kept.join() !== names?.join())
    throw new BureauFolderError('GALLERY_PARTITIONS_OTHER', `${files.galleryPartitions}: ${kept.join()}`);
  if (names === undefined) return;
  readJson(files.bureau, BureauFile);
  if (kept === undefined) replaceFileDurably(files.galleryPartitions, jsonText({ version: 1, partitions: names }));
  rmSync(files.gallery, { recursive: true, force: true });
}
