/**
 * A warrant's erasure on its way to the bureau. It waits in no outbox: whoever takes a warrant back must know whether it was, and a desk that promised it
 * for later would hand out medicine meanwhile.
 * @module
 */
import { ImisError } from '../../contract/errors.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import type { TrustedMaterial } from './material.ts';
import type { DeskPorts } from './ports.ts';

/** Sends a signed erasure (SignedData, DER). WARRANT_ONLINE_ONLY while the bureau is away; as the bureau refuses. */
export async function sendErasure(
  { bureau }: Pick<DeskPorts, 'bureau'>,
  { encryption }: TrustedMaterial,
  message: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const sealed = toBase64(seal(message, [{ certificate: encryption.der }]));
  try {
    await bureau.warrantErasure({ body: { message: sealed } }, signal);
  } catch (cause) {
    if (!(cause instanceof ImisError) || cause.code !== 'BUREAU_UNREACHABLE') throw cause;
    throw new ImisError('WARRANT_ONLINE_ONLY', 'a warrant is taken back at the bureau or not at all', { cause });
  }
}
