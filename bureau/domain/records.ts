/**
 * Eq 9: NewRC_S, group-signed, stored as it came.
 * @module
 */
import { Ack } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { readVisitRecord } from '../../record/visit-documents.ts';
import { earlierAnswer, refuseReuse, requestHash, takeIn } from './acceptance.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { groupMessageId, openSealed, verifyGroup, witnessed } from './incoming.ts';
import { presentVisit } from './opening.ts';

/** Accepts a record of the visit that the request's opening stands for. */
export async function acceptRecord(bureau: Bureau, request: RequestContext, message: string): Promise<Ack> {
  const parsed = await openSealed(bureau, message, request.signal);
  return witnessed(bureau, request, { equation: '9', parsed }, async () => {
    const hash = requestHash(message);
    const earlier = await earlierAnswer(bureau, request, {
      id: groupMessageId(parsed),
      hash,
      type: 'record',
      answer: Ack,
    });
    if (earlier !== undefined) return earlier;
    const { ctx, id, result } = await verifyGroup(bureau, request, parsed, 'record');
    await refuseReuse(bureau, id, request.signal);
    const visit = await presentVisit(bureau, request);
    if (hex(ctx.pid) !== visit.pid || hex(ctx.sid) !== visit.id)
      throw new ImisError('CONTEXT_MISMATCH', 'a record of another visit');
    if (parsed.contentType !== IMIS_OID.recordContent)
      throw new ImisError('CONTENT_TYPE_MISMATCH', 'not a clinical record');
    const record = readVisitRecord(parsed.content);
    if (record === undefined) throw new ImisError('REQUEST_MALFORMED', 'the record is not a visit Bundle');
    if (record.pid !== visit.pid || record.visitId !== visit.id || record.institution !== visit.institution) {
      throw new ImisError('CONTEXT_MISMATCH', 'the record speaks of another visit');
    }
    return takeIn(bureau, request, {
      id,
      requestHash: hash,
      type: 'record',
      keyId: hex(bureau.keys.group.key.pkh),
      equation: '9',
      parsed,
      result,
      alsoVerified: [],
      effects: (head, _ack, now) => ({
        record: {
          ...head,
          type: 'record',
          id,
          pid: visit.pid,
          visit_id: visit.id,
          signed: parsed.der,
          received_at: now,
        },
      }),
    });
  });
}
