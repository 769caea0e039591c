/**
 * A prescription cancelled by a doctor of the institution that wrote it: group-signed, so that nobody learns which (purpose 06). What was
 * collected stays so.
 * @module
 */
import { Ack } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import { Cancellation } from '../../contract/messages.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { earlierAnswer, refuseReuse, requestHash, takeIn } from './acceptance.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { groupMessageId, openSealed, readGroupPayload, verifyGroup, witnessed } from './incoming.ts';
import { decideStep, storedPrescription } from './prescription-steps.ts';

/** Cancels. RX_NOT_FOUND, RX_OTHER_PRESCRIBER, RX_CANCELLED, RX_COLLECTED, RX_EXPIRED, RX_LOCKED: a pharmacy prepares it. */
export async function acceptCancellation(bureau: Bureau, request: RequestContext, message: string): Promise<Ack> {
  const parsed = await openSealed(bureau, message, request.signal);
  return witnessed(bureau, request, { equation: '10', parsed }, async () => {
    const id = groupMessageId(parsed);
    const hash = requestHash(message);
    const earlier = await earlierAnswer(bureau, request, { id, hash, type: 'cancellation', answer: Ack });
    if (earlier !== undefined) return earlier;
    const { ctx, result } = await verifyGroup(bureau, request, parsed, 'cancellation');
    await refuseReuse(bureau, id, request.signal);
    if (parsed.contentType !== IMIS_OID.jsonContent) throw new ImisError('CONTENT_TYPE_MISMATCH', 'not a cancellation');
    const payload = readGroupPayload(bureau, request, Cancellation, parsed);
    const { row } = await storedPrescription(bureau, payload.rxId, request.signal);
    if (hex(ctx.sid) !== payload.rxId || hex(ctx.pid) !== row.pid)
      throw new ImisError('CONTEXT_MISMATCH', 'signed for another prescription or patient');
    const { institution } = request.terminal;
    return takeIn(bureau, request, {
      id,
      requestHash: hash,
      type: 'cancellation',
      keyId: payload.keyId,
      equation: '10',
      parsed,
      result,
      alsoVerified: [],
      effects: async (_head, _ack, now) => {
        const stored = await storedPrescription(bureau, payload.rxId, request.signal);
        const source = { institution, by: '', messageId: id };
        return {
          change: await decideStep(bureau, stored, { kind: 'cancel', institution, now }, source, request.signal),
        };
      },
    });
  });
}
