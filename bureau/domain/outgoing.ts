/**
 * What the bureau says: sealed replies and receipts, signed with its own key.
 * @module
 */

import type { Ack } from '../../contract/bureau-api.ts';
import { instantOf } from '../../contract/calendar.ts';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { encodeReceipt } from '../../crypto/envelope/receipt.ts';
import { createSealer } from '../../crypto/envelope/sealer.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import type { Bureau, RequestContext } from './bureau.ts';

/** The head of every payload that the bureau signs. */
export const bureauHead = (bureau: Bureau) => ({
  version: 1 as const,
  institution: bureau.keys.institution,
  keyId: hex(keyIdentifier(bureau.keys.signing.certificate.spki)),
});

/** Signs a JSON payload and seals it to a one-time reply key (SubjectPublicKeyInfo); base64. */
export async function sealReply(
  bureau: Bureau,
  request: RequestContext,
  reply: { readonly type: string; readonly pid: string; readonly replyKey: Uint8Array; readonly payload: unknown },
): Promise<string> {
  const { signing } = bureau.keys;
  const sealed = await createSealer(signing.signer).seal(
    {
      contentType: IMIS_OID.jsonContent,
      content: utf8(JSON.stringify(reply.payload)),
      certificates: [],
      attributes: {
        kind: 'p256',
        signingTime: bureau.clock.now(),
        context: {
          version: 1,
          type: reply.type,
          messageId: secureRng(16),
          // The bureau's own requests have no terminal: zero.
          senderTerminal: new Uint8Array(16),
          recipient: keyIdentifier(reply.replyKey),
          pid: fromHex(reply.pid),
          pcertHash: new Uint8Array(0),
        },
      },
    },
    [{ spki: reply.replyKey }],
    request.signal,
  );
  return toBase64(sealed);
}

/** An acknowledgement with the bureau's signature over id and time. `id` is 64 hex digits. */
export async function acknowledge(bureau: Bureau, id: string, receivedAt: number, signal: AbortSignal): Promise<Ack> {
  const receipt = await bureau.keys.signing.signer.sign(encodeReceipt(fromHex(id), receivedAt), signal);
  return { id, receivedAt: instantOf(receivedAt), receipt: toBase64(receipt) };
}
