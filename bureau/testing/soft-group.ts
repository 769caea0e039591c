/**
 * The group as a desk knows it.
 * @module
 */
import type { PublicMaterial } from '../../contract/bureau-api.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { decodeGroupKey, type GroupKey } from '../../crypto/groupsig/group-key.ts';

export interface SoftGroup {
  readonly backend: GroupBackend;
  readonly key: GroupKey;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** Out of the public material. */
export async function createSoftGroup(material: PublicMaterial): Promise<SoftGroup> {
  const backend = await createMclBackend();
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
  return {
    backend,
    key: decodeGroupKey(backend, bytes(material.groupKey)),
    certificate: bytes(material.groupCertificate),
  };
}
