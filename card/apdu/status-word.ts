/**
 * Status words our cards answer, and the code each becomes (ISO/IEC 7816-4 table 6; card note 3.5).
 * @module
 */
import { CardError, type CardErrorCode } from '../card-error.ts';

/** Status words by name. */
export const SW = {
  ok: 0x9000,
  authenticationFailed: 0x6300,
  memoryFailure: 0x6581,
  /** Inside a channel: not with this terminal's role, or not without a doctor card that has proved itself. */
  roleRefused: 0x6600,
  wrongLength: 0x6700,
  channelUnsupported: 0x6881,
  secureMessagingUnsupported: 0x6882,
  pinRequired: 0x6982,
  pinBlocked: 0x6983,
  transportPin: 0x6984,
  conditions: 0x6985,
  outsideWindow: 0x6986,
  /** A frame of secure messaging that does not hold; the channel is over. */
  channelBroken: 0x6988,
  wrongData: 0x6a80,
  fileNotFound: 0x6a82,
  recordNotFound: 0x6a83,
  full: 0x6a84,
  /** The agent's warrant does not cover it: over, elsewhere, another prescription, used up, controlled, or not approved. */
  warrantRefused: 0x6a81,
  wrongParameters: 0x6a86,
  referenceNotFound: 0x6a88,
  alreadyExists: 0x6a89,
  wrongOffset: 0x6b00,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
} as const;

/** 63Cx with x tries left, at most 15. */
export const triesLeft = (tries: number): number => 0x63c0 | Math.min(tries, 15);

/** How a refusal is to be read: `pin` for commands that carry a PIN, `once` for what a card does only one time, `agent` for the latter with a warrant. */
export type OperationKind = 'plain' | 'pin' | 'once' | 'agent';

const CODES: ReadonlyMap<number, CardErrorCode> = new Map([
  [SW.pinRequired, 'PIN_REQUIRED'],
  [SW.pinBlocked, 'PIN_BLOCKED'],
  [SW.transportPin, 'PIN_CHANGE_REQUIRED'],
  [SW.outsideWindow, 'CARD_OUTSIDE_WINDOW'],
  [SW.roleRefused, 'CARD_ROLE_REFUSED'],
  [SW.warrantRefused, 'CARD_WARRANT_REFUSED'],
  [SW.channelBroken, 'CARD_CHANNEL_BROKEN'],
  [SW.fileNotFound, 'CARD_RECORD_NOT_FOUND'],
  [SW.recordNotFound, 'CARD_RECORD_NOT_FOUND'],
  [SW.referenceNotFound, 'CARD_RECORD_NOT_FOUND'],
  [SW.full, 'CARD_FULL'],
  [SW.alreadyExists, 'CARD_ALREADY_USED'],
  [SW.unknownInstruction, 'CARD_WRONG_KIND'],
  [SW.unknownClass, 'CARD_WRONG_KIND'],
]);

/** The error a status word stands for. `what` names the operation for the log, never its data. */
export function refusal(sw: number, what: string, kind: OperationKind = 'plain'): CardError {
  const message = `${what}: card answered ${sw.toString(16).padStart(4, '0')}`;
  if ((sw & 0xfff0) === 0x63c0) {
    const left = sw & 0xf;
    return new CardError(left === 0 ? 'PIN_BLOCKED' : 'PIN_WRONG', message, { statusWord: sw, triesLeft: left });
  }
  return new CardError(codeOf(sw, kind), message, { statusWord: sw });
}

function codeOf(sw: number, kind: OperationKind): CardErrorCode {
  if (sw === SW.referenceNotFound && kind === 'agent') return 'CARD_WARRANT_REFUSED';
  if (sw === SW.conditions && (kind === 'once' || kind === 'agent')) return 'CARD_ALREADY_USED';
  if (kind === 'pin' && (sw === SW.wrongData || sw === SW.wrongLength)) return 'PIN_FORMAT';
  return CODES.get(sw) ?? 'CARD_REFUSED';
}
