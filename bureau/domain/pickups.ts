/**
 * Eq 17 at the bureau: the card's pickup object and signature, the pharmacist's dispensing round it, recorded once for each part.
 * @module
 */
import type { Ack } from '../../contract/bureau-api.ts';
import { dayOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import { Pickup } from '../../contract/messages.ts';
import { digitsOf } from '../../crypto/common/bcd.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { decodePickup, type PickupObject } from '../../crypto/proxysig/pickup-object.ts';
import type { Row } from '../store/tables.ts';
import { earlierAnswer, requestHash, takeIn } from './acceptance.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { checkTime, fromBase64, openSealed, verifyPersonal, witnessed } from './incoming.ts';

function decodePu(base64: string): PickupObject {
  try {
    return decodePickup(fromBase64(base64));
  } catch (cause) {
    throw new ImisError('REQUEST_MALFORMED', 'not a pickup object', { cause });
  }
}

/** Whether the patient's card, under any certificate it had that is not revoked, signed these bytes. */
async function signedByPatient(
  bureau: Bureau,
  pid: string,
  message: Uint8Array,
  signature: Uint8Array,
  signal: AbortSignal,
): Promise<boolean> {
  const certificates = await bureau.store.certificatesOf(pid, 'patient-signing', signal);
  return certificates
    .filter((row) => row.revoked_at === null)
    .some((row) => verifyRawP256(parseCertificate(row.der).spki, message, signature));
}

/** PU must say what the message says and what the bureau knows: prescription, signature it answers, pharmacy, terminal, patient. */
function checkPickup(
  request: RequestContext,
  pickup: Pickup,
  pu: PickupObject,
  prescription: Row<'prescription'>,
): void {
  const { terminal } = request;
  if (prescription.pharmacy !== terminal.institution)
    throw new ImisError('RX_OTHER_PHARMACY', 'designated to another pharmacy');
  const sameMatter =
    hex(pu.rxId) === pickup.rxId &&
    pu.part === pickup.part &&
    pu.total === prescription.parts &&
    hex(pu.pid) === prescription.pid;
  const here = digitsOf(pu.pharmacy) === terminal.institution && hex(pu.terminal) === terminal.id;
  if (!sameMatter || !here || pu.mode !== 'patient')
    throw new ImisError('CONTEXT_MISMATCH', 'the pickup object speaks of something else');
  if (hex(pu.rxh) !== prescription.message_id)
    throw new ImisError('RX_ALTERED', 'the card collected for another signature');
}

/** Accepts a pickup. RX_COLLECTED when the part is gone, RX_OTHER_PHARMACY, RX_EXPIRED, RX_ALTERED. */
export async function acceptPickup(bureau: Bureau, request: RequestContext, message: string): Promise<Ack> {
  const parsed = await openSealed(bureau, message, request.signal);
  return witnessed(bureau, request, { equation: '17', parsed }, async () => {
    const { payload, signer } = await verifyPersonal(bureau, request, parsed, {
      type: 'pickup',
      schema: Pickup,
      kinds: ['staff'],
    });
    const id = hex(h256(parsed.signedAttributes));
    const hash = requestHash(message);
    const earlier = await earlierAnswer(bureau, id, hash, request.signal);
    if (earlier !== undefined) return earlier;
    if (signer.serial !== request.operator?.certificateSerial)
      throw new ImisError('OPERATOR_NOT_ALLOWED', 'signed by another staff card');
    checkTime(bureau, payload.at);
    const prescription = await bureau.store.prescription(payload.rxId, request.signal);
    if (prescription === undefined) throw new ImisError('RX_NOT_FOUND', 'no such prescription');
    const pu = decodePu(payload.pickupObject);
    checkPickup(request, payload, pu, prescription);
    if (prescription.expires < dayOf(bureau.clock.now()))
      throw new ImisError('RX_EXPIRED', `expired on ${prescription.expires}`);
    const puBytes = fromBase64(payload.pickupObject);
    if (
      !(await signedByPatient(bureau, prescription.pid, puBytes, fromBase64(payload.pickupSignature), request.signal))
    ) {
      throw new ImisError('SIGNATURE_INVALID', 'the patient card did not sign this pickup');
    }
    const lines = new Set(payload.lines.map(({ line }) => line));
    if (lines.size !== prescription.line_count || Math.max(...lines) > prescription.line_count) {
      throw new ImisError('REQUEST_MALFORMED', 'not every line has one outcome');
    }
    return takeIn(bureau, request, {
      id,
      requestHash: hash,
      type: 'pickup',
      keyId: payload.keyId,
      equation: '17',
      parsed,
      effects: (head, _ack, now) => ({
        pickup: {
          ...head,
          type: 'pickup',
          rx_id: payload.rxId,
          part: payload.part,
          message_id: id,
          pickup_object: puBytes,
          received_at: now,
        },
      }),
    });
  });
}
