/**
 * BUREAU ORDER, 80 D4 (card note 3.8), from the host's side: which card it is and what it has been told, and the next order. Any of our
 * cards, a blocked one too; the application must be selected.
 * @module
 */
import { readUint } from '../../crypto/common/bytes.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { exchange, type Signal } from './card-commands.ts';

const HEADER = [0x80, 0xd4, 0x00, 0x00] as const;

/** The card's serial number (16 bytes) and the number of the order it took last; 0 before the first. */
export interface OrderState {
  readonly serial: Uint8Array;
  readonly last: number;
}

/** Asks. Rejects with CARD_REFUSED for a card that is blank. */
export async function readOrderState(session: CardSession, signal?: Signal): Promise<OrderState> {
  const answer = await exchange(session, { what: 'BUREAU ORDER', header: HEADER, answer: 20 }, signal);
  return { serial: answer.slice(0, 16), last: readUint(answer.subarray(16)) };
}

/**
 * Gives the order after the last. True when it took effect, false when it is counted and changed nothing (a prescription the card does not
 * know). Rejects with CARD_REFUSED for any other order, another card's, or a signature that does not hold.
 */
export async function giveOrder(session: CardSession, order: Uint8Array, signal?: Signal): Promise<boolean> {
  const answer = await exchange(session, { what: 'BUREAU ORDER', header: HEADER, data: order, answer: 1 }, signal);
  return answer[0] === 1;
}
