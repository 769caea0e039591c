/**
 * Was a message accepted? Any terminal may ask, for whoever knows a 256-bit id was shown the message or the card that names it, and learns
 * nothing but when it came. By this a desk settles the set that a torn write left open on a health card (card note 3.6).
 * @module
 */
import type { z } from 'zod';
import type { bureauApi } from '../../contract/bureau-api.ts';
import { instantOf } from '../../contract/calendar.ts';
import type { Bureau } from './bureau.ts';

/** `id`: 64 hex digits, as in the acknowledgement. */
export async function messageState(
  bureau: Pick<Bureau, 'store'>,
  id: string,
  signal: AbortSignal,
): Promise<z.output<typeof bureauApi.messageState.answer>> {
  const row = await bureau.store.message(id, signal);
  return row === undefined ? { accepted: false } : { accepted: true, receivedAt: instantOf(row.received_at) };
}
