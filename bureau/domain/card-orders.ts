/**
 * Orders of the bureau to cards (card note 3.8): signed, numbered for each card without a gap, and kept, so that whichever desk sees the card
 * next can bring it up to date.
 * @module
 */
import type { z } from 'zod';
import type { bureauApi } from '../../contract/bureau-api.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { ecdsaFromDer } from '../../crypto/pki/ecdsa-signature.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { encodeOrder, type OrderContents, orderBody } from '../../crypto/proxysig/bureau-order.ts';
import type { OrderRow } from '../store/card-store.ts';
import type { Row } from '../store/tables.ts';
import type { Bureau } from './bureau.ts';

/** Signs the next orders of a card, in this sequence; nothing is stored yet. */
export async function signOrders(
  { keys, clock }: Pick<Bureau, 'keys' | 'clock'>,
  card: Pick<Row<'card'>, 'serial' | 'order_number'>,
  contents: readonly OrderContents[],
  signal: AbortSignal,
): Promise<readonly OrderRow[]> {
  const { certificate, signer } = keys.signing;
  const rows: OrderRow[] = [];
  for (const one of contents) {
    const order = { card: fromHex(card.serial), number: card.order_number + 1 + rows.length, contents: one };
    const signature = ecdsaFromDer(await signer.sign(orderBody(order), signal));
    rows.push({
      version: 1,
      type: 'card-order',
      institution: keys.institution,
      key_id: hex(keyIdentifier(certificate.spki)),
      card: card.serial,
      number: order.number,
      kind: one.kind,
      encoded: encodeOrder(order, signature),
      issued_at: clock.now(),
    });
  }
  return rows;
}

/** Most cards of one holder that are told. */
const MOST_CARDS = 20;

/** Signs one order for each card of a patient that still collects; nothing is stored yet. */
export async function ordersToHolder(
  bureau: Pick<Bureau, 'keys' | 'clock' | 'store'>,
  pid: string,
  contents: OrderContents,
  signal: AbortSignal,
): Promise<readonly OrderRow[]> {
  const cards = await bureau.store.cards({ holder: pid, kind: 'patient', limit: MOST_CARDS }, signal);
  // A card that has stopped for good collects nothing any more.
  const told = cards.filter(({ status }) => status === 'active' || status === 'suspended');
  return (await Promise.all(told.map((card) => signOrders(bureau, card, [contents], signal)))).flat();
}

/** The orders of a card that come after one, each base64; none for a card that the bureau does not know. */
export async function ordersAfter(
  { store }: Bureau,
  { serial, last }: z.output<typeof bureauApi.cardOrders.body>,
  signal: AbortSignal,
): Promise<z.output<typeof bureauApi.cardOrders.answer>> {
  const rows = await store.cardOrders(serial, last, signal);
  return { orders: rows.map(({ encoded }) => toBase64(encoded)) };
}
