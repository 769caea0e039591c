/**
 * The part of pcsc-mini that we use, as a port (a test may pass its own), and what that library may not be asked for.
 *
 * A Client is never stopped. `stop()` is SCardCancel, then a join of the watching thread, on the thread that calls: a cancel that comes while
 * the watching thread is between two SCardGetStatusChange calls is lost, and the join waits for the next event of any reader, or for ever;
 * or it throws NoService and the thread goes on. Measured on pcscd 1.9.9: within the first rounds when it follows an event or the start
 * at once. So a watcher that is no longer wanted is left alone and not listened to, and a process that had one ends by `process.exit`.
 * @module
 */
import { CardError } from '../card-error.ts';

/** A transaction of one card. */
export interface PcscTransaction {
  end(disposition: number): Promise<void>;
}

/** A card handle: one call at a time, or it throws CardIsBusy. Methods may throw at once or reject, with `code`. */
export interface PcscCard {
  transmit(protocol: undefined, command: Uint8Array, answer: ArrayBuffer): Promise<Uint8Array>;
  /** `protocol`: as below, 0 while none is agreed. */
  state(): Promise<{ readonly status: number; readonly atr: Uint8Array; readonly protocol: number }>;
  attributeGet(id: number): Promise<Uint8Array>;
  /** 1: T=0, 2: T=1. */
  protocol(): number;
  transaction(): Promise<PcscTransaction>;
  reconnect(mode: number, disposition: number): Promise<number>;
  disconnect(disposition: number): Promise<void>;
}

/** Watches up to four readers and holds up to four cards. */
export interface PcscClient {
  connect(reader: string, mode: number, protocol: number): Promise<PcscCard>;
  /** `status`: the flags of SCARD_READERSTATE.dwEventState, in the upper half a count of events. */
  start(onState: (reader: string, status: number, atr: Uint8Array) => void, onError: (cause: unknown) => void): void;
}

/** Makes clients. */
export interface PcscLibrary {
  newClient(): PcscClient;
}

/** The library with the constants that only diagnosis needs. */
export interface LoadedPcscLibrary extends PcscLibrary {
  /** Readers one client watches, and cards it holds. */
  readonly limit: number;
  readonly attributes: { readonly vendor: number; readonly model: number; readonly version: number };
}

/** SCARD_LEAVE_CARD: RESET after a loss makes pcscd miss the next insertion (card.md 0.6). */
export const LEAVE = 0;
/** SCARD_RESET_CARD, for a card that is in: to power one that another program left without, and where a reset is what is tried. */
export const RESET = 1;
/** SCARD_SHARE_SHARED. */
export const SHARED = 2;
/** SCARD_SHARE_DIRECT: status without touching the card. */
export const DIRECT = 3;
/** T=0 or T=1, whichever the card offers. */
export const ANY_PROTOCOL = 3;
/** Cards one client holds; the fifth is TooManyCardConnections. */
export const SESSIONS_PER_CLIENT = 4;

/**
 * Every Client of the process, kept on purpose: the finalizer of one that is collected stops it, which waits as above, or after the service
 * died fails with InvalidHandle where nothing can catch it and ends the process.
 */
const KEPT = new Set<PcscClient>();

/** Loads pcsc-mini. Rejects with READER_SERVICE_DOWN where the PC/SC library of the system is not installed. */
export async function loadPcscLibrary(): Promise<LoadedPcscLibrary> {
  try {
    const { default: addon } = await import('pcsc-mini/build/addon.node.js');
    const { VENDOR_NAME: vendor, VENDOR_IFD_TYPE: model, VENDOR_IFD_VERSION: version } = addon.attributes.ids;
    return {
      limit: addon.MAX_READERS,
      attributes: { vendor, model, version },
      newClient: () => {
        const client = addon.newClient();
        KEPT.add(client);
        return client;
      },
    };
  } catch (cause) {
    throw new CardError('READER_SERVICE_DOWN', 'the PC/SC library of this system cannot be loaded', { cause });
  }
}
