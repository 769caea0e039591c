/**
 * Transactions of one card: one after another, none over 2 s, and no endless wait for another program's (card.md 5.1: Windows resets a card
 * whose transaction idles for 5 s). PC/SC can neither call off SCardBeginTransaction nor a command that runs, so both are outlived: who asked
 * is refused in time, and what comes later is put away.
 * @module
 */
import { CardError } from '../card-error.ts';
import type { PcscTransaction } from './pcsc-library.ts';

/** The longest a transaction lasts, and the longest wait for one, in milliseconds. */
export const TRANSACTION_MS = 2_000;

/** `begin` and `end` reject with CardError; `end` does not reject for a card that is gone. */
interface Steps {
  begin(): Promise<PcscTransaction>;
  end(transaction: PcscTransaction): Promise<void>;
}

/** The transactions of one card. */
export interface Transactions {
  /**
   * Runs `work` in a transaction. Rejects with READER_BUSY when another program's lasts too long, with CARD_SLOW when `work` does; then the
   * transaction ends with the command that runs, and commands that `work` still wants to send are refused.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Why a command may not be sent at the moment. */
  refusal(): CardError | undefined;
  /** Settles when a begin that waits for another program came to an end; undefined where none waits. */
  waiting(): Promise<unknown> | undefined;
}

const ignore = (): undefined => undefined;

/** Settles as `work` does, or rejects with what `late` makes after a while. */
async function within<T>(ms: number, work: Promise<T>, late: () => CardError): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

const busy = (): CardError => new CardError('READER_BUSY', 'another transaction lasts');
const slow = (): CardError => new CardError('CARD_SLOW', `a transaction of more than ${TRANSACTION_MS} ms`);

/** No transaction yet. */
export function createTransactions({ begin, end }: Steps): Transactions {
  let turn: Promise<unknown> = Promise.resolve();
  let beginning: Promise<PcscTransaction> | undefined;
  let wanted = false;
  let cutOff = false;

  /** A begin that nobody waits for any more is ended as soon as it comes. */
  const started = (): Promise<PcscTransaction> => {
    if (beginning !== undefined) return beginning;
    const now = begin();
    beginning = now;
    now
      .then(
        (transaction) => {
          beginning = undefined;
          return wanted ? undefined : end(transaction);
        },
        () => {
          beginning = undefined;
        },
      )
      .catch(ignore);
    return now;
  };
  const obtain = async (): Promise<PcscTransaction> => {
    wanted = true;
    try {
      return await within(TRANSACTION_MS, started(), busy);
    } finally {
      wanted = false;
    }
  };

  /** `late` is told at once that `work` is too slow; the promise settles when nothing of it can reach the card any more. */
  const perform = async <T>(work: () => Promise<T>, late: (cause: unknown) => void): Promise<T> => {
    const transaction = await obtain();
    const working = work();
    let finished: Promise<void> | undefined;
    // In turn with commands: one that runs is waited for.
    const finish = (): Promise<void> => (finished ??= end(transaction));
    const timer = setTimeout(() => {
      cutOff = true;
      late(slow());
      void finish();
    }, TRANSACTION_MS);
    try {
      return await working;
    } finally {
      clearTimeout(timer);
      await finish();
      cutOff = false;
    }
  };

  return {
    run: <T>(work: () => Promise<T>) => {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const done = within(TRANSACTION_MS, turn, busy).then(() => perform(work, reject));
      done.then(resolve, reject);
      turn = Promise.allSettled([turn, done]);
      return promise;
    },
    refusal: () => (cutOff ? slow() : undefined),
    waiting: () => beginning?.catch(ignore),
  };
}
