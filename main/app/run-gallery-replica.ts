/**
 * A replica of a partition on this machine: a gallery in its folder, served over NATS. The folder is its own:
 *
 * ```
 * gallery.key   32 bytes, mode 0600, made at the first start; who has lost it has lost nothing, for the bureau fills an empty replica
 * gallery/      fingers as searches need them, sealed (biometric/index)
 * in-use.lock   by which the one process that serves has it (claim-folder.ts)
 * ```
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { PartName } from '../../biometric/index/partition-protocol.ts';
import { servePartition } from '../../biometric/index/serve-partition.ts';
import { PkiError } from '../../crypto/pki/pki-error.ts';
import { given, readBytes } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { claimFolder } from './claim-folder.ts';
import { connectNats, type NatsAddress } from './nats-address.ts';
import { keepNewFile } from './new-folder.ts';
import { openKeptGallery } from './open-kept-gallery.ts';

/** A replica that serves. */
export interface RunningReplica {
  /** Persons it had when it began. */
  readonly enrolled: number;
  /** What is under way is answered first. */
  close(): Promise<void>;
}

const KEY_BYTES = 32;
/** Bits of a mode that are not the owner's. */
const OTHERS = 0o077;

/** The key of a replica's folder, made where there is none. FOLDER_DAMAGED; KEY_PERMISSIONS where others can read it. */
function galleryKey(dir: string): Uint8Array {
  const path = join(dir, 'gallery.key');
  if (statSync(path, { throwIfNoEntry: false }) === undefined) keepNewFile(path, randomBytes(KEY_BYTES));
  if ((statSync(path).mode & OTHERS) !== 0) throw new PkiError('KEY_PERMISSIONS', `${path} is open to others`);
  const key = readBytes(path);
  if (key.length !== KEY_BYTES) throw new BureauFolderError('FOLDER_DAMAGED', path);
  return key;
}

/**
 * Starts it. Throws VALUE_INVALID for a name, NATS_UNREACHABLE (also where its account may not listen), FOLDER_DAMAGED,
 * FOLDER_IN_USE, KEY_PERMISSIONS. `log` is told of files that were damaged and are made anew, and of
 * what it could not do.
 */
export async function runGalleryReplica(
  where: { readonly dir: string; readonly nats: NatsAddress; readonly partition: string; readonly replica: string },
  log: (what: string, cause: unknown) => void,
): Promise<RunningReplica> {
  const partition = given('partition', PartName, where.partition);
  const replica = given('replica', PartName, where.replica);
  mkdirSync(where.dir, { recursive: true, mode: 0o700 });
  const release = claimFolder(where.dir);
  let connection: NatsConnection | undefined;
  try {
    const key = galleryKey(where.dir);
    connection = await connectNats(where.nats, `${partition}/${replica}`);
    const open = connection;
    const gallery = await openKeptGallery(join(where.dir, 'gallery'), key, (cause) => log('gallery', cause));
    const { signal } = new AbortController();
    const enrolled = await gallery.size(signal);
    const served = servePartition(open, gallery, { partition, replica }, (cause) => log('gallery', cause));
    // From here on the server knows of it.
    await open.flush();
    if (!served.isHeard()) {
      await gallery.close();
      throw new BureauFolderError('NATS_UNREACHABLE', `its account is not that of partition ${partition}`);
    }
    return {
      enrolled,
      close: async () => {
        await served.stop();
        // Nobody is left to hear the last answers where the server has gone.
        await open.drain().catch(() => open.close());
        await gallery.close();
        release();
      },
    };
  } catch (cause) {
    await connection?.close();
    release();
    throw cause;
  }
}
