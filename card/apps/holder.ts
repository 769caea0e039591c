/**
 * What every application offers its holder inside the channel: PIN, signing, log.
 * @module
 */
import { hex } from '../../crypto/common/bytes.ts';
import type { CardCertificate } from '../../crypto/pki/card-certificate.ts';
import type { CardSession } from '../apdu/card-session.ts';
import type { PinBlock } from '../apdu/pin-block.ts';
import { type OrderOperations, orderOperations } from './bureau-orders.ts';
import {
  type CardSignature,
  changePin,
  type PinStatus,
  pinStatus,
  readRecords,
  type Signal,
  signAttributes,
  unblockPin,
  verifyPin,
} from './card-commands.ts';
import type { ApplicationProfile, FileProfile } from './card-profile.ts';

/** One line of the card's own log. `detail` is hexadecimal and depends on the kind; it stays in the room. */
export interface LogEntry {
  readonly counter: number;
  readonly kind: 'signature' | 'pickup' | 'group' | 'join' | 'share';
  /** Newest time the card knew, seconds since 1970; 0 when none. */
  readonly time: number;
  readonly detail: string;
}

/** Operations behind or about the PIN. Every block is wiped by the call that takes it. */
export interface HolderOperations extends OrderOperations {
  /** The card's own certificate, under which it proved itself when the channel was opened. Its holder reference is the card's serial number. */
  readonly certificate: CardCertificate;
  /** Rejects with PIN_WRONG (with triesLeft), PIN_BLOCKED, PIN_FORMAT or PIN_CHANGE_REQUIRED. */
  verifyPin(pin: PinBlock, signal?: Signal): Promise<void>;
  changePin(old: PinBlock, next: PinBlock, signal?: Signal): Promise<void>;
  unblockPin(puk: PinBlock, next: PinBlock, signal?: Signal): Promise<void>;
  pinStatus(signal?: Signal): Promise<PinStatus>;
  /** Signs the DER of CMS signed attributes; rejects with PIN_REQUIRED, or CARD_REFUSED for anything else than such a SET. */
  signAttributes(der: Uint8Array, signal?: Signal): Promise<CardSignature>;
  /** Newest first; after the PIN. */
  readLog(signal?: Signal): Promise<readonly LogEntry[]>;
}

const KINDS = ['signature', 'pickup', 'group', 'join', 'share'] as const;

function logEntry(record: Uint8Array): LogEntry {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const kind = KINDS[view.getUint8(4) - 1] ?? 'signature';
  return { counter: view.getUint32(0), kind, time: view.getUint32(5), detail: hex(record.subarray(9)) };
}

/** The holder's operations over a session in which the application is selected. */
export function holderOperations(
  session: CardSession,
  profile: ApplicationProfile & { readonly files: { readonly log: FileProfile } },
  certificate: CardCertificate,
): HolderOperations {
  return {
    certificate,
    ...orderOperations(session),
    verifyPin: (pin, signal) => verifyPin(session, pin, signal),
    changePin: (old, next, signal) => changePin(session, old, next, signal),
    unblockPin: (puk, next, signal) => unblockPin(session, puk, next, signal),
    pinStatus: (signal) => pinStatus(session, signal),
    signAttributes: (der, signal) => signAttributes(session, der, signal),
    readLog: async (signal) => (await readRecords(session, profile.files.log, signal)).map(logEntry),
  };
}
