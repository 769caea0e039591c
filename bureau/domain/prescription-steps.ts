/**
 * Steps in the life of a stored prescription (prescription-life.ts): read, decided, and made ready to be stored with the orders that tell
 * the patient's cards.
 * @module
 */
import { ImisError } from '../../contract/errors.ts';
import { bcdOf } from '../../crypto/common/bcd.ts';
import { fromHex } from '../../crypto/common/bytes.ts';
import type { OrderContents } from '../../crypto/proxysig/bureau-order.ts';
import type { PrescriptionChange } from '../store/store.ts';
import type { Row } from '../store/tables.ts';
import type { Bureau } from './bureau.ts';
import { ordersToHolder } from './card-orders.ts';
import {
  type PrescriptionEvent,
  PrescriptionLife,
  type PrescriptionTerms,
  stepPrescription,
} from './prescription-life.ts';

/** Terms and state of a row. */
export interface StoredPrescription {
  readonly row: Row<'prescription'>;
  readonly terms: PrescriptionTerms;
  readonly life: PrescriptionLife;
}

/** What a row says. */
export function standingOf(row: Row<'prescription'>): StoredPrescription {
  const { institution, parts, days_per_part: daysPerPart, line_count: lineCount, expires } = row;
  const terms = { institution, parts, daysPerPart, lineCount, expires };
  return { row, terms, life: PrescriptionLife.parse(JSON.parse(row.life)) };
}

/** A prescription as it stands; RX_NOT_FOUND. */
export async function storedPrescription(
  { store }: Pick<Bureau, 'store'>,
  rxId: string,
  signal: AbortSignal,
): Promise<StoredPrescription> {
  const row = await store.prescription(rxId, signal);
  if (row === undefined) throw new ImisError('RX_NOT_FOUND', 'no such prescription');
  return standingOf(row);
}

/** What the patient's cards have to be told of an event; nothing of what a card does itself. */
function orderOf(rxId: string, event: PrescriptionEvent, life: PrescriptionLife): OrderContents | undefined {
  const rx = { rxId: fromHex(rxId), used: life.dispensed.length } as const;
  switch (event.kind) {
    case 'accept':
    case 'release':
    case 'dispense':
      return undefined;
    case 'undispense':
      return { kind: 'set-rx-state', ...rx, status: life.phase === 'cancelled' ? 'cancelled' : 'open' };
    case 'cancel':
      return { kind: 'set-rx-state', ...rx, status: 'cancelled' };
    case 'redesignate':
      return { kind: 'redesignate', rxId: rx.rxId, pharmacy: bcdOf(event.pharmacy) };
  }
}

/** Who caused an event: the institution, the certificate or nobody, the message or none. */
export interface EventSource {
  readonly institution: string;
  readonly by: string;
  readonly messageId: string | null;
}

/** Decides one event; refuses with the code of the machine. */
export async function decideStep(
  bureau: Bureau,
  { row, terms, life }: StoredPrescription,
  event: PrescriptionEvent,
  { institution, by, messageId }: EventSource,
  signal: AbortSignal,
): Promise<PrescriptionChange> {
  const step = stepPrescription(terms, life, event);
  if ('refused' in step) throw new ImisError(step.refused, `${event.kind} of ${row.rx_id}`);
  const next = step.life;
  const order = orderOf(row.rx_id, event, next);
  return {
    event: {
      rx_id: row.rx_id,
      revision: row.revision + 1,
      event: event.kind,
      institution,
      by,
      message_id: messageId,
      at: bureau.clock.now(),
    },
    phase: next.phase,
    life: JSON.stringify(next),
    used: next.dispensed.length,
    pharmacy: next.pharmacy,
    orders: order === undefined ? [] : await ordersToHolder(bureau, row.pid, order, signal),
  };
}
