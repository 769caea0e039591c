/**
 * A gallery of this machine whose persons another keeps too: the bureau's register has all of them.
 * @module
 */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { GalleryError } from '../../biometric/index/gallery-error.ts';
import type { LocalGallery } from '../../biometric/index/local-gallery.ts';

/** Searching threads; one core is left to whatever else there is to do. */
const THREADS = Math.max(1, Math.min(2, availableParallelism() - 1));

/** Files that were altered, or sealed under another key. */
const isDamaged = (cause: unknown): boolean =>
  cause instanceof GalleryError && (cause.code === 'GALLERY_DAMAGED' || cause.code === 'GALLERY_KEY_WRONG');

/**
 * Opens it; `key`: 32 bytes. One that is damaged is removed and made anew, and `log` is told: all that is in it is in the register, and an emergency room
 * cannot wait for somebody who removes it.
 */
export async function openKeptGallery(
  folder: string,
  key: Uint8Array,
  log: (cause: unknown) => void,
): Promise<LocalGallery> {
  const { openLocalGallery } = await import('../../biometric/index/local-gallery.ts');
  const open = () => openLocalGallery({ folder, key, threads: THREADS });
  return open().catch(async (cause: unknown) => {
    if (!isDamaged(cause)) throw cause;
    log(cause);
    await rm(folder, { recursive: true });
    return open();
  });
}
