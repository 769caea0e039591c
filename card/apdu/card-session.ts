/**
 * The protocol rung of the card ladder: from bytes to answered commands. Processors are stacked, each a function over the one below:
 * wire -> 6Cxx (ask again with the right length) -> 61xx (GET RESPONSE) -> command chaining -> one at a time (ISO/IEC 7816-4 5.3).
 * @module
 */
import type { AbortSignalLike } from '../../crypto/common/abort-signal-like.ts';
import { concat, wipe } from '../../crypto/common/bytes.ts';
import { CardError } from '../card-error.ts';
import { type CommandApdu, command, encodeCommand, needsExtended, SHORT_MAX } from './command.ts';
import { type Answer, decodeAnswer } from './response.ts';

/** What a session needs of a connection: one command's bytes in, the answer's bytes out. A CardConnection is one. */
export interface CardWire {
  transmit(command: Uint8Array, signal?: AbortSignalLike): Promise<Uint8Array>;
}

/** Cancels between commands; `secret` has the encoded command wiped once it was sent. */
export interface SendOptions {
  readonly signal?: AbortSignalLike | undefined;
  readonly secret?: boolean;
  /** Longest answer taken from a command without Le: the NHI card's published commands carry none and are answered all the same. */
  readonly unasked?: number;
}

/** Commands to one powered card, one after another. */
export interface CardSession {
  /** The whole answer, whatever its status word. Rejects with CARD_LOST, CARD_ANSWER_INVALID, CANCELLED or what the connection rejects with. */
  send(apdu: CommandApdu, options?: SendOptions): Promise<Answer>;
}

type Processor = (apdu: CommandApdu, options: SendOptions) => Promise<Answer>;

const CHAINED = 0x10;
const LONGEST_ANSWER = 65_536;

/** A session over a connection. `extended: false` for cards or readers limited to short commands (see supportsExtended in atr.ts). */
export function createCardSession(
  connection: CardWire,
  { extended = true }: { readonly extended?: boolean } = {},
): CardSession {
  const exchange = getResponse(rightLength(wire(connection)));
  return { send: oneAtATime(extended ? exchange : chained(exchange)) };
}

const wire =
  (connection: CardWire): Processor =>
  async (apdu, { signal, secret, unasked = 0 }) => {
    if (signal?.aborted) throw new CardError('CANCELLED', 'cancelled before the command was sent');
    const bytes = encodeCommand(apdu);
    try {
      return decodeAnswer(await connection.transmit(bytes, signal), apdu.le ?? unasked);
    } finally {
      if (secret) wipe(bytes);
    }
  };

const rightLength =
  (below: Processor): Processor =>
  async (apdu, options) => {
    const answer = await below(apdu, options);
    if (answer.sw >> 8 !== 0x6c) return answer;
    const again = await below({ ...apdu, le: answer.sw & 0xff || SHORT_MAX }, options);
    if (again.sw >> 8 === 0x6c) throw new CardError('CARD_ANSWER_INVALID', 'the card names a wrong length twice');
    return again;
  };

const getResponse =
  (below: Processor): Processor =>
  async (apdu, options) => {
    let answer = await below(apdu, options);
    const parts = [answer.data];
    let total = answer.data.length;
    while (answer.sw >> 8 === 0x61) {
      answer = await below(command([0x00, 0xc0, 0x00, 0x00], undefined, answer.sw & 0xff || SHORT_MAX), options);
      parts.push(answer.data);
      total += answer.data.length;
      const stuck = answer.sw >> 8 === 0x61 && answer.data.length === 0;
      if (stuck || total > LONGEST_ANSWER) throw new CardError('CARD_ANSWER_INVALID', 'an answer without end');
    }
    return { data: concat(...parts), sw: answer.sw };
  };

// A chain is never cut by the signal: a half-sent one would swallow the next command.
const chained =
  (below: Processor): Processor =>
  async (apdu, options) => {
    if (!needsExtended(apdu)) return below(apdu, options);
    const le = apdu.le === undefined ? undefined : Math.min(apdu.le, SHORT_MAX);
    let rest = apdu.data;
    let pieceOptions = options;
    while (rest.length > 255) {
      const piece = { ...apdu, cla: apdu.cla | CHAINED, data: rest.subarray(0, 255), le: undefined };
      const answer = await below(piece, pieceOptions);
      if (answer.sw !== 0x9000) return answer;
      rest = rest.subarray(255);
      pieceOptions = { ...options, signal: undefined };
    }
    return below({ ...apdu, data: rest, le }, pieceOptions);
  };

function oneAtATime(below: Processor): CardSession['send'] {
  let last: Promise<unknown> = Promise.resolve();
  return (apdu, options = {}) => {
    const next = last.then(() => below(apdu, options));
    // The queue only waits; the caller of each command hears of its failure.
    last = next.then(
      () => undefined,
      () => undefined,
    );
    return next;
  };
}
