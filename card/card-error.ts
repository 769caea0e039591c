/**
 * Errors of the card layer. The codes stand again, with what to do, in contract/errors.ts.
 * @module
 */

/** What the card layer can say went wrong. */
export const CARD_ERRORS = [
  'CARD_ABSENT',
  'CARD_LOST',
  'CARD_MUTE',
  'CARD_RESET',
  'CARD_SLOW',
  'CARD_UNKNOWN',
  'CARD_WRONG_KIND',
  'CARD_ANSWER_INVALID',
  'CARD_CHANNEL_BROKEN',
  'CARD_NOT_GENUINE',
  'CARD_TERMINAL_REFUSED',
  'CARD_ROLE_REFUSED',
  'CARD_WARRANT_REFUSED',
  'CARD_FULL',
  'CARD_REFUSED',
  'CARD_RECORD_NOT_FOUND',
  'CARD_ALREADY_USED',
  'CARD_OUTSIDE_WINDOW',
  'CARD_BLOCKED',
  'NHI_CARD_MALFORMED',
  'READER_FAILED',
  'READER_BUSY',
  'READER_SERVICE_DOWN',
  'PIN_WRONG',
  'PIN_BLOCKED',
  'PIN_REQUIRED',
  'PIN_FORMAT',
  'PIN_CHANGE_REQUIRED',
  'CANCELLED',
] as const;

/** One of {@link CARD_ERRORS}. */
export type CardErrorCode = (typeof CARD_ERRORS)[number];

/** A refusal or failure at a card or its reader. */
export class CardError extends Error {
  override readonly name = 'CardError';
  readonly code: CardErrorCode;
  /** Tries left after PIN_WRONG. */
  readonly triesLeft: number | undefined;
  /** The status word that led to this, when a card answered one. */
  readonly statusWord: number | undefined;
  constructor(
    code: CardErrorCode,
    message: string,
    options: ErrorOptions & { triesLeft?: number; statusWord?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.triesLeft = options.triesLeft;
    this.statusWord = options.statusWord;
  }
}
