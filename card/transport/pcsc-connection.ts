/**
 * One card behind PC/SC, by the rules of card.md 0 and 5.1: shared mode, one command at a time, an own response buffer,
 * answers under 2 bytes mean the card is lost, disconnect with LEAVE.
 * @module
 */
import type { Card } from 'pcsc-mini/build/addon.node.js';
import { CardError } from '../card-error.ts';
import type { CardConnection } from './card-reader.ts';
import { translatePcscError } from './pcsc-errors.ts';

/** SCARD_LEAVE_CARD: RESET after a loss makes pcscd miss the next insertion (card.md 0.6). */
export const LEAVE = 0;
/** SCARD_SHARE_SHARED. */
export const SHARED = 2;
/** SCARD_SHARE_DIRECT: status without touching the card. */
export const DIRECT = 3;
/** T=0 or T=1, whichever the card offers. */
export const ANY_PROTOCOL = 3;

/** Largest extended response (65,536) and two status bytes, rounded up. */
const RESPONSE_BUFFER = 65_544;

/** Wraps a connected card; `released` is called once when the handle is given back. */
export function createPcscConnection(card: Card, released: () => void): CardConnection {
  const buffer = new ArrayBuffer(RESPONSE_BUFFER);
  let queue: Promise<unknown> = Promise.resolve();
  let open = true;

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    // The next in line runs whether or not this one failed; the failure itself goes to its own caller.
    queue = result.catch(() => undefined);
    return result;
  };

  const send = async (command: Uint8Array): Promise<Uint8Array> => {
    if (!open) throw new CardError('CARD_LOST', 'the connection is closed');
    let answer: Uint8Array;
    try {
      answer = (await card.transmit(undefined, command, buffer)).slice();
    } catch (cause) {
      throw translatePcscError(cause, 'transmit');
    }
    if (answer.length < 2) throw new CardError('CARD_LOST', `the card answered ${answer.length} bytes`);
    return answer;
  };

  return {
    transmit: (command, signal) =>
      inTurn(() => {
        signal?.throwIfAborted();
        return send(command);
      }),
    exclusively: async (work) => {
      let transaction: Awaited<ReturnType<Card['transaction']>>;
      try {
        transaction = await inTurn(() => card.transaction());
      } catch (cause) {
        throw translatePcscError(cause, 'begin transaction');
      }
      try {
        return await work();
      } finally {
        await inTurn(() => transaction.end(LEAVE)).catch((cause: unknown) => {
          // A card that left took its transaction with it; anything else shows at the next command.
          translatePcscError(cause, 'end transaction');
        });
      }
    },
    disconnect: async () => {
      if (!open) return;
      open = false;
      await inTurn(() => card.disconnect(LEAVE)).catch((cause: unknown) => {
        // The card or the service is gone already: nothing is left to release on their side.
        translatePcscError(cause, 'disconnect');
      });
      released();
    },
  };
}
