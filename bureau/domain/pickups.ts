/**
 * Eq 17 at the bureau: the card's pickup object and signature, the pharmacist's dispensing round it, recorded once for each part. Where an agent
 * collected, agent-pickups.ts judges in the place of the patient's signature.
 * @module
 */

import { Ack } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import { Pickup } from '../../contract/messages.ts';
import { digitsOf } from '../../crypto/common/bcd.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { decodePickup, type PickupObject } from '../../crypto/proxysig/pickup-object.ts';
import type { AgentPickup } from '../../crypto/proxysig/verify-agent-pickup.ts';
import type { WarrantUse } from '../store/agent-store.ts';
import type { EvidenceRow } from '../store/store.ts';
import type { Row } from '../store/tables.ts';
import { earlierAnswer, personalId, refuseReuse, requestHash, takeIn } from './acceptance.ts';
import { secretHashOf } from './acceptances.ts';
import { agentEvidence, judgeAgent, mustHaveUseLeft } from './agent-pickups.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { checkLateTime, evidenceOf, openSealed, verifyPersonal, witnessed } from './incoming.ts';
import { isRevoked } from './is-revoked.ts';
import { bureauHead } from './outgoing.ts';
import { decideStep, storedPrescription } from './prescription-steps.ts';

function decodePu(bytes: Uint8Array): PickupObject {
  try {
    return decodePickup(bytes);
  } catch (cause) {
    throw new ImisError('REQUEST_MALFORMED', 'not a pickup object', { cause });
  }
}

/** Key id of the patient's card that signed these bytes, of any certificate that is not revoked; undefined when none did. */
async function signingKeyOf(
  bureau: Bureau,
  pid: string,
  message: Uint8Array,
  signature: Uint8Array,
  signal: AbortSignal,
): Promise<string | undefined> {
  const certificates = await bureau.store.certificatesOf(pid, 'patient-signing', signal);
  return certificates
    .filter((row) => !isRevoked(row))
    .find((row) => verifyRawP256(parseCertificate(row.der).spki, message, signature))?.key_id;
}

/** Who collected, and was it them? Under which warrant, and what is kept of the signatures beside the line of the message. */
async function judgeCollector(
  bureau: Bureau,
  row: Row<'prescription'>,
  signed: AgentPickup,
  { agent, at }: Pickup,
  signal: AbortSignal,
): Promise<{ readonly use?: WarrantUse; readonly evidence: (line: EvidenceRow) => readonly EvidenceRow[] }> {
  if (agent !== undefined) {
    const found = await judgeAgent(bureau, row, signed, agent, Date.parse(at), signal);
    return { use: found.use, evidence: (line) => agentEvidence(line, signed, found, bureauHead(bureau).keyId) };
  }
  const key_id = await signingKeyOf(bureau, row.pid, signed.pickup, signed.signature, signal);
  if (key_id === undefined) throw new ImisError('SIGNATURE_INVALID', 'the patient card did not sign this pickup');
  const { pickup, signature } = signed;
  return { evidence: (line) => [{ ...line, message_hash: hex(h256(pickup)), signature, key_id }] };
}

/** OPERATOR_NOT_ALLOWED unless a pharmacist of this terminal's pharmacy signed. */
export function mustBePharmacistHere({ terminal }: RequestContext, { role }: Certificate): void {
  if (role?.role !== 'pharmacist' || role.institution !== terminal.institution)
    throw new ImisError('OPERATOR_NOT_ALLOWED', 'not signed by a pharmacist of this pharmacy');
}

/** REQUEST_MALFORMED when a line has two outcomes, or is none of the prescription's. */
function checkLines(pickup: Pickup, lineCount: number): readonly number[] {
  const lines = pickup.lines.map(({ line }) => line);
  if (new Set(lines).size !== lines.length || Math.max(...lines) > lineCount)
    throw new ImisError('REQUEST_MALFORMED', 'a line with two outcomes, or of another prescription');
  return lines;
}

/** PU must say what the message says and what the bureau knows: prescription, signature it answers, pharmacy, terminal, patient. */
function checkPickup(
  request: RequestContext,
  pickup: Pickup,
  pu: PickupObject,
  prescription: Row<'prescription'>,
  isRest: boolean,
): void {
  const { terminal } = request;
  const sameMatter =
    hex(pu.rxId) === pickup.rxId &&
    pu.part === pickup.part &&
    pu.total === prescription.parts &&
    hex(pu.pid) === prescription.pid;
  // What was owed may be handed over at any desk of the pharmacy.
  const here = digitsOf(pu.pharmacy) === terminal.institution && (isRest || hex(pu.terminal) === terminal.id);
  if (!sameMatter || !here || (pu.mode === 'patient') !== (pickup.agent === undefined))
    throw new ImisError('CONTEXT_MISMATCH', 'the pickup object speaks of something else');
  if (hex(pu.rxh) !== prescription.message_id)
    throw new ImisError('RX_ALTERED', 'the card collected for another signature');
}

/**
 * Accepts a pickup, whole or of some lines. RX_COLLECTED when the part is gone, RX_PART_INVALID when another is next, RX_TOO_EARLY,
 * RX_EXCEPTION_USED, RX_LINE_SETTLED, RX_PICKUP_VOID, RX_OTHER_PHARMACY, RX_EXPIRED, RX_CANCELLED, RX_ALTERED; with a secret also
 * RX_NOT_ACCEPTED, RX_SECRET_WRONG; of an agent those of `judgeAgent`.
 */
export async function acceptPickup(bureau: Bureau, request: RequestContext, message: string): Promise<Ack> {
  const parsed = await openSealed(bureau, message, request.signal);
  return witnessed(bureau, request, { equation: '17', parsed }, async () => {
    const id = personalId(parsed);
    const hash = requestHash(message);
    const earlier = await earlierAnswer(bureau, request, { id, hash, type: 'pickup', answer: Ack });
    if (earlier !== undefined) return earlier;
    const { payload, signer } = await verifyPersonal(bureau, request, parsed, {
      type: 'pickup',
      schema: Pickup,
      kinds: ['staff'],
    });
    await refuseReuse(bureau, id, request.signal);
    // Whoever is signed on may send what a colleague dispensed and signed before: the queue of an offline day outlasts a shift.
    mustBePharmacistHere(request, signer);
    checkLateTime(bureau, payload.at);
    const { row, life } = await storedPrescription(bureau, payload.rxId, request.signal);
    const puBytes = fromBase64(payload.pickupObject);
    const isRest = life.dispensed.at(-1)?.pickup === hex(h256(puBytes));
    checkPickup(request, payload, decodePu(puBytes), row, isRest);
    const puSignature = fromBase64(payload.pickupSignature);
    const signed = { pickup: puBytes, signature: puSignature };
    const collected = await judgeCollector(bureau, row, signed, payload, request.signal);
    const event = {
      kind: 'dispense',
      pharmacy: request.terminal.institution,
      secretHash: payload.secret === undefined ? undefined : secretHashOf(payload.secret),
      part: payload.part,
      pickup: hex(h256(puBytes)),
      lines: checkLines(payload, row.line_count),
      exception: payload.exception !== undefined,
      at: Date.parse(payload.at),
    } as const;
    const source = { institution: request.terminal.institution, by: signer.serial, messageId: id };
    return takeIn(bureau, request, {
      id,
      requestHash: hash,
      type: 'pickup',
      keyId: payload.keyId,
      equation: '17',
      parsed,
      result: 'ok',
      // The card's signature is what the pharmacy is paid on: a line of its own.
      alsoVerified: collected.evidence(
        evidenceOf(bureau, { equation: '17', parsed, terminal: request.terminal, result: 'ok' }),
      ),
      effects: async (head, _ack, now) => {
        const stored = await storedPrescription(bureau, payload.rxId, request.signal);
        const change = await decideStep(bureau, stored, event, source, request.signal);
        const { use } = collected;
        if (use !== undefined) await mustHaveUseLeft(bureau, use, event.pickup, request.signal);
        const dispensing = {
          ...head,
          type: 'dispensing',
          rx_id: payload.rxId,
          part: payload.part,
          message_id: id,
          pickup: event.pickup,
          pickup_object: puBytes,
          pickup_signature: puSignature,
          lines: JSON.stringify(payload.lines),
          received_at: now,
          warrant: use?.serial ?? null,
        };
        return { change: { ...change, dispensing, ...(use === undefined ? {} : { warrant: use }) } };
      },
    });
  });
}
