/**
 * A card session through an open channel: each command is wrapped, each answer opened, one after another (secure-messaging.ts).
 * @module
 */
import { wipe } from '../../crypto/common/bytes.ts';
import { CardError } from '../card-error.ts';
import type { CardSession } from './card-session.ts';
import { decodeAnswer, encodeAnswer } from './response.ts';
import type { SecureFrames } from './secure-messaging.ts';
import { SW } from './status-word.ts';

const broken = (what: string, statusWord?: number): CardError =>
  new CardError('CARD_CHANNEL_BROKEN', `secure messaging: ${what}`, statusWord === undefined ? {} : { statusWord });

/**
 * The session inside. Rejects with CARD_CHANNEL_BROKEN when a frame does not hold or the card has none of our keys any more (it was reset, or
 * another program selected on it); the keys are erased then and every later command rejects the same way.
 */
export function createSecuredSession(below: CardSession, frames: SecureFrames): CardSession {
  let last: Promise<unknown> = Promise.resolve();
  let over = false;
  const end = (error: CardError): CardError => {
    if (!over) frames.erase();
    over = true;
    return error;
  };
  const send: CardSession['send'] = async (apdu, options = {}) => {
    if (options.signal?.aborted) throw new CardError('CANCELLED', 'cancelled before the command was sent');
    if (over) throw broken('the channel is over');
    const wrapped = frames.wrap(apdu);
    // From here on the two ends count together: nothing may be cancelled between a frame and its answer.
    const answer = await below.send(wrapped).catch((cause: unknown) => {
      end(broken('no answer'));
      throw cause;
    });
    if (answer.sw !== SW.ok) throw end(broken('the card gave the channel up', answer.sw));
    const inner = frames.open(answer.data);
    wipe(answer.data);
    if (inner === undefined) throw end(broken('an answer that does not hold'));
    // What no card may answer is refused in here as outside.
    return decodeAnswer(encodeAnswer(inner), apdu.le ?? options.unasked ?? 0);
  };
  return {
    send: (apdu, options) => {
      const next = last.then(() => send(apdu, options));
      // The queue only waits; the caller of each command hears of its failure.
      last = next.then(
        () => undefined,
        () => undefined,
      );
      return next;
    },
  };
}
