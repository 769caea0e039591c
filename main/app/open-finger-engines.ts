/**
 * Gallery and matcher of the bureau of a folder. Loaded when fingers are first needed: most commands on the folder never do.
 * @module
 */
import { availableParallelism } from 'node:os';
import type { FingerEngines } from '../../bureau/domain/enrolled-fingers.ts';
import { utf8 } from '../../crypto/common/bytes.ts';
import { hmac256 } from '../../crypto/common/hash.ts';

/** Searching threads; one core is left to whatever else the bureau does. */
const THREADS = Math.max(1, Math.min(2, availableParallelism() - 1));

/** `folder` holds the gallery's files; their key is derived from the bureau's sealing key. */
export const openFingerEngines = (folder: string, sealingKey: Uint8Array) => async (): Promise<FingerEngines> => {
  const [{ createMatcher }, { openLocalGallery }] = await Promise.all([
    import('../../biometric/match/create-matcher.ts'),
    import('../../biometric/index/local-gallery.ts'),
  ]);
  const matcher = await createMatcher();
  const key = hmac256(sealingKey, utf8('IMIS gallery'));
  return { matcher, gallery: await openLocalGallery({ folder, key, threads: THREADS }) };
};
