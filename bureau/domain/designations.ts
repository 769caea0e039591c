/**
 * Another pharmacy for a prescription, named by the patient's card alone (eq 10): no doctor is needed. The prescription comes along, sealed to
 * that pharmacy by a desk that the card let read it.
 * @module
 */
import { Ack } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import { Designation } from '../../contract/messages.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { earlierAnswer, personalId, refuseReuse, requestHash, takeIn } from './acceptance.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { checkTime, openSealed, verifyPersonal, witnessed } from './incoming.ts';
import { decideStep, storedPrescription } from './prescription-steps.ts';
import { designatedPharmacy, readCiphertext } from './prescriptions.ts';

/** Takes a designation in. RX_NOT_FOUND, NOT_FOUND (no such pharmacy), RX_CANCELLED, RX_COLLECTED, RX_EXPIRED, RX_LOCKED. */
export async function acceptDesignation(
  bureau: Bureau,
  request: RequestContext,
  body: { readonly designation: string; readonly ciphertext: string },
): Promise<Ack> {
  const ciphertext = readCiphertext(body.ciphertext);
  const parsed = await openSealed(bureau, body.designation, request.signal);
  return witnessed(bureau, request, { equation: '10', parsed }, async () => {
    const id = personalId(parsed);
    const hash = requestHash(body.designation, body.ciphertext);
    const earlier = await earlierAnswer(bureau, request, { id, hash, type: 'designation', answer: Ack });
    if (earlier !== undefined) return earlier;
    const { payload, signer } = await verifyPersonal(bureau, request, parsed, {
      type: 'designation',
      schema: Designation,
      kinds: ['patient-signing'],
    });
    await refuseReuse(bureau, id, request.signal);
    checkTime(bureau, payload.at);
    const { row } = await storedPrescription(bureau, payload.rxId, request.signal);
    if (row.pid !== hex(signer.pid ?? new Uint8Array(0)))
      throw new ImisError('CONTEXT_MISMATCH', 'the prescription of somebody else');
    const pharmacy = designatedPharmacy(bureau, payload.pharmacy);
    const source = { institution: request.terminal.institution, by: signer.serial, messageId: id };
    return takeIn(bureau, request, {
      id,
      requestHash: hash,
      type: 'designation',
      keyId: payload.keyId,
      equation: '10',
      parsed,
      result: 'ok',
      alsoVerified: [],
      effects: async (_head, _ack, now) => {
        const stored = await storedPrescription(bureau, payload.rxId, request.signal);
        const change = await decideStep(bureau, stored, { kind: 'redesignate', pharmacy, now }, source, request.signal);
        return { change: { ...change, designated: { designation: parsed.der, ciphertext } } };
      },
    });
  });
}
