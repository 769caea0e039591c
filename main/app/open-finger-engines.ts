/**
 * Gallery and matcher of the bureau of a folder. Loaded when fingers are first needed: most commands on the folder never do.
 * @module
 */

import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { GalleryError } from '../../biometric/index/gallery-error.ts';
import type { FingerEngines } from '../../bureau/domain/enrolled-fingers.ts';
import { utf8 } from '../../crypto/common/bytes.ts';
import { hmac256 } from '../../crypto/common/hash.ts';

/** Searching threads; one core is left to whatever else the bureau does. */
const THREADS = Math.max(1, Math.min(2, availableParallelism() - 1));

/** Files that were altered, or sealed under another key. */
const isDamaged = (cause: unknown): boolean =>
  cause instanceof GalleryError && (cause.code === 'GALLERY_DAMAGED' || cause.code === 'GALLERY_KEY_WRONG');

/**
 * `folder` holds the gallery's files; their key is derived from the bureau's sealing key. A gallery that is damaged is removed and made anew, and `log`
 * is told: all that is in it the register has too, and an emergency room cannot wait for somebody who removes it.
 */
export const openFingerEngines =
  (folder: string, sealingKey: Uint8Array, log: (cause: unknown) => void) => async (): Promise<FingerEngines> => {
    const [{ createMatcher }, { openLocalGallery }] = await Promise.all([
      import('../../biometric/match/create-matcher.ts'),
      import('../../biometric/index/local-gallery.ts'),
    ]);
    const matcher = await createMatcher();
    const key = hmac256(sealingKey, utf8('IMIS gallery'));
    const open = () => openLocalGallery({ folder, key, threads: THREADS });
    const gallery = await open().catch(async (cause: unknown) => {
      if (!isDamaged(cause)) throw cause;
      log(cause);
      await rm(folder, { recursive: true });
      return open();
    });
    return { matcher, gallery };
  };
