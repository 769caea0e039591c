/**
 * The lowest rung of a HID scanner: whole reports go out and come in. Nothing here knows what they say.
 * @module
 */
import type { Unsubscribe } from './capture-driver.ts';

/** A plugged-in device that may be one of ours. */
export interface HidDevice {
  /** Names it to `open`. */
  readonly path: string;
  readonly product: string;
  readonly serial: string;
}

/** An opened device. */
export interface HidTransport {
  /** Sends one report without its report number. Rejects with SCANNER_GONE. */
  send(report: Uint8Array): Promise<void>;
  onReport(listener: (report: Uint8Array) => void): Unsubscribe;
  /** Called once, when the device goes. */
  onGone(listener: () => void): Unsubscribe;
  /** Safe to call twice. */
  close(): Promise<void>;
}

/** All HID devices of a machine that call themselves capture devices of ours. */
export interface HidBus {
  list(): Promise<readonly HidDevice[]>;
  /** SCANNER_ABSENT, SCANNER_BUSY. */
  open(path: string): Promise<HidTransport>;
}
