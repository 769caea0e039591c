/**
 * One card behind PC/SC, by the rules of card.md 0 and 5.1: shared mode, one command at a time, an own response buffer, answers under 2 bytes
 * mean the card is lost, reconnect and disconnect with LEAVE. A handle of pcsc-mini says CardIsBusy while a call runs and its places are used
 * again after disconnect, so everything here goes in turn and nothing is asked of a handle that was given back.
 * @module
 */
import { CardError } from '../card-error.ts';
import type { CardConnection } from './card-reader.ts';
import { pcscCode, translatePcscError } from './pcsc-errors.ts';
import { LEAVE, type PcscTransaction, RESET, SHARED } from './pcsc-library.ts';
import type { PcscSession } from './pcsc-sessions.ts';
import { createTransactions } from './pcsc-transactions.ts';

/** What SCardStatus says while no protocol is agreed. */
const NO_PROTOCOL = 0;
/** SCARD_POWERED, SCARD_NEGOTIABLE and SCARD_SPECIFIC: the card is under power. */
const UNDER_POWER = 0x10 | 0x20 | 0x40;

/** Wraps a connected card and gives its handle back at the end. */
export function createPcscConnection({ card, answerBuffer, released }: PcscSession): CardConnection {
  let queue: Promise<unknown> = Promise.resolve();
  let open = true;
  let wasReset = false;
  let hasPower = true;

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    // The next in line runs whether or not this one failed; the failure itself goes to its own caller.
    queue = result.catch(() => undefined);
    return result;
  };
  const translated = (cause: unknown, what: string): CardError => {
    if (pcscCode(cause) === 'ProtoMismatch') return powerGone(what, cause);
    const error = translatePcscError(cause, what);
    if (error.code === 'CARD_RESET') wasReset = true;
    return error;
  };
  /**
   * pcscd takes the power of a card that it believes unused: where a handle is given back in the moment in which another is asked for, it
   * believes so of a card in use (1.9.9). It tells no handle and leaves the status as it was; only the agreed protocol is gone.
   */
  const powerGone = (what: string, cause?: unknown): CardError => {
    hasPower = false;
    return new CardError('CARD_RESET', `${what}: the service took the power`, { cause });
  };

  /** Takes up a card that another program reset, without resetting it again; one left without power is powered. */
  const takeUpAgain = async (): Promise<void> => {
    if (hasPower && !wasReset) return;
    if (hasPower) {
      await card.reconnect(SHARED, LEAVE);
      hasPower = ((await card.state()).status & UNDER_POWER) !== 0;
    }
    if (!hasPower) await card.reconnect(SHARED, RESET);
    hasPower = true;
    wasReset = false;
  };

  const send = async (command: Uint8Array): Promise<Uint8Array> => {
    if (!open) throw new CardError('CARD_LOST', 'the connection is closed');
    let answer: Uint8Array;
    try {
      await takeUpAgain();
      answer = (await card.transmit(undefined, command, answerBuffer())).slice();
    } catch (cause) {
      throw translated(cause, 'transmit');
    }
    if (answer.length < 2) throw new CardError('CARD_LOST', `the card answered ${answer.length} bytes`);
    return answer;
  };

  const begin = async (): Promise<PcscTransaction> => {
    if (!open) throw new CardError('CARD_LOST', 'the connection is closed');
    try {
      await takeUpAgain();
      const transaction = await card.transaction();
      try {
        if ((await card.state()).protocol !== NO_PROTOCOL) return transaction;
        throw powerGone('begin transaction');
      } catch (cause) {
        await transaction.end(LEAVE);
        throw cause;
      }
    } catch (cause) {
      const error = translated(cause, 'begin transaction');
      if (error.code !== 'CARD_RESET') throw error;
      // Taken up at once, so that the next attempt finds a card; who asked must still hear that its state is gone.
      await takeUpAgain().catch((failure: unknown) => {
        throw new CardError('CARD_LOST', 'reset, and then not found again', { cause: failure });
      });
      throw error;
    }
  };
  const transactions = createTransactions({
    begin: () => inTurn(begin),
    end: async (transaction) => {
      // The handle's place may be another card's by now, and disconnecting has ended the transaction.
      if (!open) return;
      await inTurn(() => transaction.end(LEAVE)).catch((cause: unknown) => {
        // A card that left took its transaction with it; anything else shows at the next command.
        translated(cause, 'end transaction');
      });
    },
  });

  return {
    transmit: (command, signal) => {
      const refused = transactions.refusal();
      if (refused !== undefined) return Promise.reject(refused);
      return inTurn(() => {
        signal?.throwIfAborted();
        return send(command);
      });
    },
    exclusively: (work) => transactions.run(work),
    disconnect: async () => {
      if (!open) return;
      open = false;
      // While the library waits for another program's transaction, or for a command that froze, the handle cannot be given back: nobody waits.
      const waiting = transactions.waiting();
      const giveBack = () => inTurn(() => card.disconnect(LEAVE));
      const ended = (waiting === undefined ? giveBack() : waiting.then(giveBack)).then(
        () => released(true),
        (cause: unknown) => {
          // The card or the service is gone already: nothing is left to release on their side.
          translatePcscError(cause, 'disconnect');
          released(false);
        },
      );
      if (waiting === undefined && transactions.refusal() === undefined) await ended;
    },
  };
}
