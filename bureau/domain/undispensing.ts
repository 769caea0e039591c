/**
 * A dispensing taken back: the part can be collected again, on a new pickup object; the card is told by an order (proxysig note, "Pickup").
 * @module
 */
import { Ack } from '../../contract/bureau-api.ts';
import { Undispensing } from '../../contract/messages.ts';
import { earlierAnswer, personalId, refuseReuse, requestHash, takeIn } from './acceptance.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { checkTime, openSealed, verifyPersonal, witnessed } from './incoming.ts';
import { mustBePharmacistHere } from './pickups.ts';
import { decideStep, storedPrescription } from './prescription-steps.ts';

/**
 * Takes a dispensing back. RX_NOT_DISPENSED, RX_PART_INVALID (not the newest part), RX_OTHER_PHARMACY, RX_LOCKED, RX_UNDISPENSE_LATE after 24
 * hours, OPERATOR_NOT_ALLOWED.
 */
export async function acceptUndispensing(bureau: Bureau, request: RequestContext, message: string): Promise<Ack> {
  const parsed = await openSealed(bureau, message, request.signal);
  return witnessed(bureau, request, { equation: '17', parsed }, async () => {
    const id = personalId(parsed);
    const hash = requestHash(message);
    const earlier = await earlierAnswer(bureau, request, { id, hash, type: 'undispensing', answer: Ack });
    if (earlier !== undefined) return earlier;
    const { payload, signer } = await verifyPersonal(bureau, request, parsed, {
      type: 'undispensing',
      schema: Undispensing,
      kinds: ['staff'],
    });
    await refuseReuse(bureau, id, request.signal);
    mustBePharmacistHere(request, signer);
    checkTime(bureau, payload.at);
    const { institution } = request.terminal;
    const source = { institution, by: signer.serial, messageId: id };
    return takeIn(bureau, request, {
      id,
      requestHash: hash,
      type: 'undispensing',
      keyId: payload.keyId,
      equation: '17',
      parsed,
      result: 'ok',
      alsoVerified: [],
      effects: async (_head, _ack, now) => {
        const stored = await storedPrescription(bureau, payload.rxId, request.signal);
        const event = { kind: 'undispense', pharmacy: institution, part: payload.part, now } as const;
        return { change: await decideStep(bureau, stored, event, source, request.signal) };
      },
    });
  });
}
