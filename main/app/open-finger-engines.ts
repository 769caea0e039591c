/**
 * Gallery and matcher of the bureau of a folder. Loaded when fingers are first needed: most commands on the folder never do.
 * @module
 */
import type { FingerEngines } from '../../bureau/domain/enrolled-fingers.ts';
import { utf8 } from '../../crypto/common/bytes.ts';
import { hmac256 } from '../../crypto/common/hash.ts';
import type { GalleryService } from './gallery-service.ts';

const DEADLINE_MS = 15_000;

/** `folder` holds the gallery's files; their key is derived from the bureau's sealing key. Damaged ones are made anew, and `log` is told. */
export const openFingerEngines =
  (folder: string, sealingKey: Uint8Array, log: (cause: unknown) => void) => async (): Promise<FingerEngines> => {
    const [{ createMatcher }, { openKeptGallery }] = await Promise.all([
      import('../../biometric/match/create-matcher.ts'),
      import('./open-kept-gallery.ts'),
    ]);
    const matcher = await createMatcher();
    const gallery = await openKeptGallery(folder, hmac256(sealingKey, utf8('IMIS gallery')), log);
    return { matcher, gallery };
  };

/** The same where the gallery is in partitions. NATS_UNREACHABLE, and asked again; once connected it stays so, however often NATS goes away. */
export const openPartitionedEngines =
  ({ nats, partitions, deadlineMs = DEADLINE_MS }: GalleryService) =>
  async (): Promise<FingerEngines> => {
    const [{ createMatcher }, { createPartitionedGallery }, { connectNats }] = await Promise.all([
      import('../../biometric/match/create-matcher.ts'),
      import('../../biometric/index/partitioned-gallery.ts'),
      import('./nats-address.ts'),
    ]);
    const matcher = await createMatcher();
    const connection = await connectNats(nats, 'bureau');
    const gallery = createPartitionedGallery({ connection, partitions, deadlineMs });
    return { matcher, gallery: { ...gallery, close: () => connection.close() } };
  };
