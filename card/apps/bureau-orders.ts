/**
 * BUREAU ORDER, 80 D4 (card note 3.8), from the host's side: which card it is and what it has been told, and the next order. Any of our
 * cards, a blocked one too, through a channel.
 * @module
 */
import { readUint } from '../../crypto/common/bytes.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { CardError } from '../card-error.ts';
import { exchange, type Signal, select } from './card-commands.ts';
import { APPLICATIONS, type CardKind } from './card-profile.ts';
import { openChannel, type TerminalCredential } from './secure-channel.ts';

const HEADER = [0x80, 0xd4, 0x00, 0x00] as const;

/** The card's serial number (16 bytes) and the number of the order it took last; 0 before the first. */
export interface OrderState {
  readonly serial: Uint8Array;
  readonly last: number;
}

/** What every card offers, blocked or not. */
export interface OrderOperations {
  /** Asks. Rejects with CARD_REFUSED for a card that is blank. */
  orderState(signal?: Signal): Promise<OrderState>;
  /**
   * Gives the order after the last. True when it took effect, false when it is counted and changed nothing (a prescription the card does not
   * know). Rejects with CARD_REFUSED for any other order, another card's, or a signature that does not hold.
   */
  giveOrder(order: Uint8Array, signal?: Signal): Promise<boolean>;
}

/** The operations over a session inside a channel. */
export const orderOperations = (session: CardSession): OrderOperations => ({
  orderState: async (signal) => {
    const answer = await exchange(session, { what: 'BUREAU ORDER', header: HEADER, answer: 20 }, signal);
    return { serial: answer.slice(0, 16), last: readUint(answer.subarray(16)) };
  },
  giveOrder: async (order, signal) => {
    const it = { what: 'BUREAU ORDER', header: HEADER, data: order, answer: 1 };
    return (await exchange(session, it, signal))[0] === 1;
  },
});

/** Selects the application, blocked or not, and opens a channel to it. Rejects with CARD_WRONG_KIND and as the channel does. */
export async function openForOrders(
  outside: CardSession,
  kind: CardKind,
  terminal: TerminalCredential,
  signal?: Signal,
): Promise<OrderOperations> {
  if (!(await select(outside, APPLICATIONS[kind], signal)))
    throw new CardError('CARD_WRONG_KIND', `the card holds no ${kind} application`);
  return orderOperations((await openChannel(outside, APPLICATIONS[kind], terminal, signal)).session);
}
