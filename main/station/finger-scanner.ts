/**
 * The scanner of a desk: the first that any driver finds, opened when it is first needed and again after it was pulled out. An image becomes minutiae
 * and a small picture for the screen, and is forgotten; nothing of it is written anywhere.
 * @module
 */
import { encode } from 'fast-png';
import type { BiometricError } from '../../biometric/biometric-error.ts';
import type { Capture, CaptureDriver, CaptureRequest, CaptureSession } from '../../biometric/device/capture-driver.ts';
import type { Extractor } from '../../biometric/extract/create-extractor.ts';
import type { FingerQuality } from '../../biometric/extract/finger-quality.ts';
import { FINGER_POSITION, type FingerPosition, type FingerTemplate } from '../../biometric/extract/finger-template.ts';
import type { GreyImage } from '../../biometric/extract/grey-image.ts';
import { writeIso19794 } from '../../biometric/extract/iso-19794-2.ts';
import { judgePreview } from '../../biometric/extract/judge-preview.ts';
import type { Clock } from '../../contract/clock.ts';
import { ImisError } from '../../contract/errors.ts';
import type { FingerPreview } from '../../contract/taken-finger.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';

/** What is wanted: which finger the person is asked for (ISO/IEC 19794-2 table 2; 0: nobody knows), and the bureau's challenge. */
export interface FingerRequest {
  readonly finger: number;
  /** 32 bytes: what a scanner with a key signs over. */
  readonly nonce: Uint8Array;
  /** Told what lies on the window while it waits, by a scanner that streams; no oftener than every {@link PREVIEW_PAUSE} ms. */
  readonly onPreview?: (preview: FingerPreview) => void;
}

/** One finger, as it goes on. */
export interface CapturedFinger {
  readonly finger: number;
  /** ISO/IEC 19794-2, a view for each extraction. */
  readonly record: Uint8Array;
  readonly templates: readonly FingerTemplate[];
  readonly quality: FingerQuality;
  /** The scanner proved with its key that it took the image for the nonce. */
  readonly authentic: boolean;
  /** PNG as a data URL, at most {@link PREVIEW_SIDE} pixels a side: for the screen alone. */
  readonly preview: string;
}

/** The port. */
export interface FingerScanner {
  /** Its name; SCANNER_ABSENT when there is none. */
  name(signal: AbortSignal): Promise<string>;
  /** Waits for a finger. Rejects with the codes of a capture (SCANNER_*, IMAGE_*, FINGER_ABSENT), or the signal's reason. */
  capture(request: FingerRequest, signal: AbortSignal): Promise<CapturedFinger>;
  /** Whether a finger lies on the window, at every change. */
  onFinger(listener: (present: boolean) => void): () => void;
  close(): Promise<void>;
}

/** A screen shows a new picture of the window after so long at the earliest, ms. */
export const PREVIEW_PAUSE = 120;

/** Longest side of the picture on the screen, pixels. */
const PREVIEW_SIDE = 240;

/** Every n-th pixel of every n-th row: a picture to look at, not to measure. */
function pictureOf({ width, height, pixels }: GreyImage): string {
  const step = Math.max(1, Math.ceil(Math.max(width, height) / PREVIEW_SIDE));
  const [w, h] = [Math.floor(width / step), Math.floor(height / step)];
  const data = Uint8Array.from(
    { length: w * h },
    (_, i) => pixels[Math.floor(i / w) * step * width + (i % w) * step] ?? 0,
  );
  return `data:image/png;base64,${toBase64(encode({ width: w, height: h, data, channels: 1, depth: 8 }))}`;
}

const POSITIONS = new Map<number, FingerPosition>(
  // Object.entries of a constant table has exactly its keys.
  Object.entries(FINGER_POSITION).map(([name, number]) => [number, name as FingerPosition]),
);

const isGone = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause as BiometricError).code === 'SCANNER_GONE';

/** Judges and encodes what a scanner streams, and leaves out what comes too fast for a screen. */
function shownBy(show: (preview: FingerPreview) => void, clock: Clock): (image: GreyImage) => void {
  let last = -Infinity;
  return (image) => {
    // A clock that was set back must not stop the stream.
    if (Math.abs(clock.now() - last) < PREVIEW_PAUSE) return;
    last = clock.now();
    const judged = judgePreview(image);
    show({ picture: pictureOf(image), seen: judged === undefined ? 'nothing' : [...judged] });
  };
}

/** A scanner over these drivers, the first that has one. */
export function createFingerScanner(
  drivers: readonly CaptureDriver[],
  extractor: Extractor,
  clock: Clock,
): FingerScanner {
  const listeners = new Set<(present: boolean) => void>();
  let session: CaptureSession | undefined;

  const open = async (signal: AbortSignal): Promise<CaptureSession> => {
    if (session !== undefined) return session;
    for (const driver of drivers) {
      const [first] = await driver.list(signal);
      if (first === undefined) continue;
      session = await driver.open(first.id, signal);
      session.onFinger((present) => {
        for (const listener of listeners) listener(present);
      });
      return session;
    }
    throw new ImisError('SCANNER_ABSENT', 'no driver finds a scanner');
  };
  const shut = async (): Promise<void> => {
    const former = session;
    session = undefined;
    await former?.close();
  };

  /** A capture by whatever is plugged in; where the scanner has gone and one is there again, by that one, without a word. */
  const captureBy = async (request: CaptureRequest, signal: AbortSignal): Promise<Capture> => {
    try {
      return await (await open(signal)).capture(request, signal);
    } catch (cause) {
      if (!isGone(cause)) throw cause;
      await shut();
      const next = await open(signal).catch(() => undefined);
      signal.throwIfAborted();
      if (next === undefined) throw cause;
      return next.capture(request, signal);
    }
  };

  return {
    name: async (signal) => (await open(signal)).info.name,
    capture: async ({ finger, nonce, onPreview }, signal) => {
      const position = POSITIONS.get(finger);
      if (position === undefined) throw new RangeError(`no finger ${finger}`);
      let pixels: Uint8Array | undefined;
      try {
        const wanted = { nonce, ...(onPreview && { onPreview: shownBy(onPreview, clock) }) };
        const { image, authentic } = await captureBy(wanted, signal);
        pixels = image.pixels;
        const { templates, quality } = extractor.extract(image);
        const score = Math.round(quality.score);
        const views = templates.map((template, view) => ({ position, view, impression: 0, quality: score, template }));
        const preview = pictureOf(image);
        return { finger, record: writeIso19794({ views }), templates, quality, authentic, preview };
      } catch (cause) {
        if (isGone(cause)) await shut();
        throw cause;
      } finally {
        pixels?.fill(0);
      }
    },
    onFinger: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close: shut,
  };
}
