/**
 * Where finger images come from. A driver knows the scanners of one kind; a session is one opened scanner. Ports as everywhere: promises, signals,
 * plain data (HOUSE R15).
 *
 *     const [scanner] = await driver.list(signal);
 *     const session = await driver.open(scanner.id, signal);
 *     const { image, authentic } = await session.capture({ nonce }, signal);   // waits for the finger
 *     await session.close();
 * @module
 */
import type { GreyImage } from '../extract/grey-image.ts';

/** Undoes a subscription. */
export type Unsubscribe = () => void;

/** Runs something later; the answer calls it off. Milliseconds. */
export type Later = (delayMs: number, run: () => void) => Unsubscribe;

/** One scanner, as a person would tell it from another. */
export interface Scanner {
  /** Names it to `open`; stable while it is plugged in. */
  readonly id: string;
  readonly driver: 'hid' | 'libfprint' | 'folder';
  readonly name: string;
}

/** An opened one. */
export interface ScannerInfo extends Scanner {
  /** Pixels an inch. */
  readonly dpi: number;
}

/** What is wanted of a capture. */
export interface CaptureRequest {
  /** 32 bytes, fresh: a scanner with a key of its own signs over it. */
  readonly nonce: Uint8Array;
  /**
   * Told what lies on the window while the scanner waits, several times a second, by a scanner that streams. For the eye alone: the whole window, made
   * small, not proved by any key, never measured or searched with.
   */
  readonly onPreview?: (preview: GreyImage) => void;
}

/** One image of one finger. */
export interface Capture {
  readonly image: GreyImage;
  /** The scanner proved with its key that it took this image for this nonce; false where it has none. */
  readonly authentic: boolean;
}

/** An opened scanner. One capture at a time. */
export interface CaptureSession {
  readonly info: ScannerInfo;
  /**
   * Waits for a finger and answers with its image. Rejects with the signal's reason when it is called off: the scanner is ready again then.
   * SCANNER_BUSY while another capture runs; SCANNER_GONE; SCANNER_STALLED; SCANNER_DAMAGED (transmission); SCANNER_PROTOCOL; SCANNER_UNTRUSTED;
   * IMAGE_* for what the scanner took.
   */
  capture(request: CaptureRequest, signal: AbortSignal): Promise<Capture>;
  /** Whether a finger lies on the window, at every change. */
  onFinger(listener: (present: boolean) => void): Unsubscribe;
  /** Safe to call twice. A capture under way rejects with SCANNER_GONE. */
  close(): Promise<void>;
}

/** The scanners of one kind. */
export interface CaptureDriver {
  readonly kind: Scanner['driver'];
  list(signal: AbortSignal): Promise<readonly Scanner[]>;
  /** SCANNER_ABSENT, SCANNER_BUSY, SCANNER_PROTOCOL, SCANNER_TOO_SMALL, SCANNER_REFUSED. */
  open(id: string, signal: AbortSignal): Promise<CaptureSession>;
}

/**
 * The smallest window that is worth a search: 12.7 x 16.5 mm, FAP 10 of NIST SP 500-280 (Mobile ID), as an area in square millimetres. Smaller
 * ones give too few minutiae, and nothing after them mends that.
 */
export const LEAST_WINDOW = 12.7 * 16.5;

/** Area of a window, square millimetres. */
export const windowArea = (width: number, height: number, dpi: number): number =>
  ((width / dpi) * 25.4 * height * 25.4) / dpi;
