/**
 * PC/SC failures, as pcsc-mini names them, in the words of the card layer (card.md 4.3).
 * @module
 */
import { CardError, type CardErrorCode } from '../card-error.ts';

const CODES: Readonly<Record<string, CardErrorCode>> = {
  NoSmartCard: 'CARD_ABSENT',
  RemovedCard: 'CARD_LOST',
  ResetCard: 'CARD_RESET',
  UnpoweredCard: 'CARD_RESET',
  UnresponsiveCard: 'CARD_MUTE',
  UnsupportedCard: 'CARD_MUTE',
  ProtoMismatch: 'CARD_MUTE',
  SharingViolation: 'READER_BUSY',
  CardIsBusy: 'READER_BUSY',
  TooManyCardConnections: 'READER_BUSY',
  UnknownReader: 'CARD_ABSENT',
  ReaderUnavailable: 'READER_FAILED',
  CommError: 'READER_SERVICE_DOWN',
  NoService: 'READER_SERVICE_DOWN',
  ServiceStopped: 'READER_SERVICE_DOWN',
  InvalidHandle: 'READER_SERVICE_DOWN',
  // pcsc-mini's own: a transaction that could not be ended, a handle that was given back. Only a new connection helps.
  TransactionAlreadyInProgress: 'CARD_LOST',
  NoCardConnection: 'CARD_LOST',
  Cancelled: 'CANCELLED',
};

/** pcsc-mini's own name of a failure, or undefined. */
export function pcscCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

/** A CardError for anything a PC/SC call threw; what is not in the table is READER_FAILED. */
export function translatePcscError(cause: unknown, what: string): CardError {
  if (cause instanceof CardError) return cause;
  const name = pcscCode(cause);
  const code = (name === undefined ? undefined : CODES[name]) ?? 'READER_FAILED';
  return new CardError(code, `${what}: ${name ?? 'unknown failure'}`, { cause });
}
