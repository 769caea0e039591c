/**
 * A warrant taken back (proxysig note, "Revocation"): its serial number enters the signed list for good, the next epoch head counts it, and
 * the patient's cards are ordered to forget the key, and the agent's own health card its share where it has one.
 * @module
 */
import { WarrantErasure } from '../../contract/agents.ts';
import { Ack } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import type { OrderContents } from '../../crypto/proxysig/bureau-order.ts';
import type { OrderRow } from '../store/card-store.ts';
import type { Row } from '../store/tables.ts';
import { earlierAnswer, personalId, refuseReuse, requestHash, takeIn } from './acceptance.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { ordersToHolder } from './card-orders.ts';
import { checkTime, openSealed, verifyPersonal, witnessed } from './incoming.ts';

/** WARRANT_FOREIGN for a patient whose warrant it is not; OPERATOR_NOT_ALLOWED for staff other than a clerk of the bureau. */
function mustBeTheirs({ keys }: Bureau, { terminal }: RequestContext, signer: Certificate, pid: string): void {
  if (signer.pid !== undefined) {
    if (hex(signer.pid) !== pid) throw new ImisError('WARRANT_FOREIGN', 'the warrant of somebody else');
    return;
  }
  const { role } = signer;
  if (terminal.role !== 'bureau' || role?.role !== 'clerk' || role.institution !== keys.institution)
    throw new ImisError('OPERATOR_NOT_ALLOWED', 'neither the patient nor a clerk of the bureau');
}

/** REQUEST_MALFORMED for a clerk without a reason, and a patient with one: patients owe none. */
function mustSayWhy({ reason }: WarrantErasure, { pid }: Certificate): void {
  if ((reason === undefined) !== (pid !== undefined))
    throw new ImisError('REQUEST_MALFORMED', 'a clerk gives a reason, a patient none');
}

/** Takes a warrant back; once more changes nothing. NOT_FOUND, WARRANT_FOREIGN, OPERATOR_NOT_ALLOWED, TIME_SKEW, REQUEST_MALFORMED. */
export async function acceptErasure(bureau: Bureau, request: RequestContext, message: string): Promise<Ack> {
  const { signal } = request;
  const parsed = await openSealed(bureau, message, signal);
  return witnessed(bureau, request, { equation: '5', parsed }, async () => {
    const id = personalId(parsed);
    const hash = requestHash(message);
    const type = 'warrant-erasure';
    const earlier = await earlierAnswer(bureau, request, { id, hash, type, answer: Ack });
    if (earlier !== undefined) return earlier;
    const { payload, signer } = await verifyPersonal(bureau, request, parsed, {
      type,
      schema: WarrantErasure,
      kinds: ['patient-signing', 'staff'],
    });
    await refuseReuse(bureau, id, signal);
    checkTime(bureau, payload.at);
    const warrant = await approvedWarrant(bureau, payload.serial, signal);
    mustBeTheirs(bureau, request, signer, warrant.pid);
    mustSayWhy(payload, signer);
    const contents = { kind: 'erase-warrant', serial: fromHex(payload.serial) } as const;
    return takeIn(bureau, request, {
      id,
      requestHash: hash,
      type,
      keyId: payload.keyId,
      equation: '5',
      parsed,
      result: 'ok',
      alsoVerified: [],
      effects: async (head, _ack, now) => ({
        erasure: {
          row: { ...head, type, serial: payload.serial, message_id: id, erased_at: now },
          orders: [
            ...(await ordersToHolder(bureau, warrant.pid, contents, signal)),
            ...(await ordersToAgent(bureau, warrant, contents, signal)),
          ],
        },
      }),
    });
  });
}

/** An agent's own health card keeps half a key where the warrant wants two cards; the bureau does not know whether it did. */
async function ordersToAgent(
  bureau: Bureau,
  { agent_key }: Row<'agent_approval'>,
  contents: OrderContents,
  signal: AbortSignal,
): Promise<readonly OrderRow[]> {
  const card = await bureau.store.cardByKey(hex(keyIdentifier(new Uint8Array(agent_key))), signal);
  return card?.kind === 'patient' ? ordersToHolder(bureau, card.holder, contents, signal) : [];
}

async function approvedWarrant({ store }: Bureau, serial: string, signal: AbortSignal): Promise<Row<'agent_approval'>> {
  const row = await store.agentApproval(serial, signal);
  if (row === undefined) throw new ImisError('NOT_FOUND', 'no such warrant');
  return row;
}
