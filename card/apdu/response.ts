/**
 * Response APDUs: answer data and the status word (ISO/IEC 7816-4 5.6).
 * @module
 */
import { concat, uint } from '../../crypto/common/bytes.ts';
import { CardError } from '../card-error.ts';

/** What a card answered: data and the two status bytes as one number. */
export interface Answer {
  readonly data: Uint8Array;
  readonly sw: number;
}

/** Data followed by the status word. */
export const encodeAnswer = ({ data, sw }: Answer): Uint8Array => concat(data, uint(sw, 2));

/**
 * Reads a response. Fewer than two bytes is a card that went away while it worked (a virtual reader reports it as an empty answer): CARD_LOST.
 * Bytes that no card may answer (SW1 outside 61..6F and 90..9F, more data than `longest`, data beside an error) are CARD_ANSWER_INVALID.
 */
export function decodeAnswer(bytes: Uint8Array, longest: number): Answer {
  if (bytes.length < 2) throw new CardError('CARD_LOST', 'the card answered fewer than two bytes');
  const data = bytes.slice(0, -2);
  const sw1 = bytes[bytes.length - 2] ?? 0;
  const sw = sw1 * 256 + (bytes[bytes.length - 1] ?? 0);
  const family = sw1 >> 4;
  if (sw1 === 0x60 || (family !== 6 && family !== 9)) throw invalid('status word', sw);
  if (data.length > longest) throw invalid('answer longer than asked for', sw);
  if (data.length > 0 && family === 6 && sw1 > 0x63) throw invalid('data beside an error', sw);
  return { data, sw };
}

const invalid = (what: string, sw: number): CardError =>
  new CardError('CARD_ANSWER_INVALID', `answer refused: ${what}`, { statusWord: sw });
