/**
 * One opened HID scanner (docs/scanners.md): START, then the image in chunks, what is missing asked for again, CRC, and the
 * proof of the scanner's key.
 * @module
 */
import { equalBytes } from '../../crypto/common/bytes.ts';
import { BiometricError } from '../biometric-error.ts';
import { checkImageSize } from '../extract/grey-image.ts';
import type { Capture, CaptureRequest, CaptureSession, Later, ScannerInfo, Unsubscribe } from './capture-driver.ts';
import {
  CHUNK_HEAD,
  captureMac,
  type DeviceHello,
  type DeviceReport,
  decodeDeviceReport,
  encodeAbort,
  encodeLight,
  encodeResend,
  encodeStart,
  encodeTaken,
  MAX_RANGES,
} from './capture-reports.ts';
import type { HidTransport } from './hid-transport.ts';
import { createImageAssembly, type ImageAssembly } from './image-assembly.ts';
import { createPreviewAssembly } from './preview-assembly.ts';

/** After so long without a report the desk asks for what is missing, ms. */
const QUIET_MS = 250;
/** So often without any progress, and the scanner counts as stalled. */
const MOST_ASKED = 8;
/** So often a whole image may arrive damaged. */
const MOST_DAMAGED = 3;

/** What a session works with. `key`: of this device, 32 bytes, when one is known: it must prove itself then. */
export interface HidSessionParts {
  readonly transport: HidTransport;
  readonly hello: DeviceHello;
  readonly info: ScannerInfo;
  readonly key: Uint8Array | undefined;
  readonly later: Later;
}

type Begins = Extract<DeviceReport, { type: 'begins' }>;

/** A capture under way. */
interface Running {
  readonly take: (report: DeviceReport) => void;
  readonly fail: (cause: unknown) => void;
}

/** The size of the image that the scanner announces. SCANNER_PROTOCOL, IMAGE_*. */
function assemblyOf({ width, height, chunkLength }: Begins, hello: DeviceHello): ImageAssembly {
  checkImageSize(width, height, hello.dpi);
  if (chunkLength < 1 || chunkLength > hello.reportLength - CHUNK_HEAD)
    throw new BiometricError('SCANNER_PROTOCOL', `chunks of ${chunkLength} bytes in reports of ${hello.reportLength}`);
  const length = width * height;
  if (Math.ceil(length / chunkLength) > 0x1_0000) throw new BiometricError('SCANNER_PROTOCOL', 'too many chunks');
  return createImageAssembly(length, chunkLength);
}

/** Opens a session on a device that has said what it is. */
export function createHidSession({ transport, hello, info, key, later }: HidSessionParts): CaptureSession {
  const fingers = new Set<(present: boolean) => void>();
  let running: Running | undefined;
  let gone = false;
  let lastImage = 0;

  const undo: Unsubscribe[] = [
    transport.onReport((bytes) => {
      // A report of another version or of nobody: what it was to bring is missing, and asked for again.
      const report = decodeDeviceReport(bytes);
      if (report?.type === 'finger') for (const listener of fingers) listener(report.present);
      else if (report !== undefined) running?.take(report);
    }),
    transport.onGone(() => {
      gone = true;
      running?.fail(new BiometricError('SCANNER_GONE', 'unplugged'));
    }),
  ];

  const capture = ({ nonce, onPreview }: CaptureRequest, signal: AbortSignal): Promise<Capture> => {
    const { promise, resolve, reject } = Promise.withResolvers<Capture>();
    lastImage = (lastImage + 1) >>> 0;
    const imageId = lastImage;
    let begun: { readonly head: Begins; readonly assembly: ImageAssembly } | undefined;
    let end: Extract<DeviceReport, { type: 'ends' }> | undefined;
    const previews = createPreviewAssembly(hello);
    let asked = 0;
    let damaged = 0;
    let callOff: Unsubscribe | undefined;

    const settle = (): void => {
      callOff?.();
      signal.removeEventListener('abort', onAbort);
      running = undefined;
    };
    const send = (report: Uint8Array): void => {
      transport.send(report).catch(fail);
    };
    const fail = (cause: unknown): void => {
      if (running === undefined) return;
      settle();
      // What has come of an image that nobody gets.
      begun?.assembly.pixels.fill(0);
      if (!gone) {
        transport.send(encodeAbort(imageId)).catch(() => undefined);
        transport.send(encodeLight('off')).catch(() => undefined);
      }
      reject(cause);
    };
    const onAbort = (): void => fail(signal.reason);
    const watch = (): void => {
      callOff?.();
      callOff = later(QUIET_MS, askAgain);
    };
    const askAgain = (): void => {
      if (begun === undefined) return;
      asked += 1;
      if (asked > MOST_ASKED) {
        fail(new BiometricError('SCANNER_STALLED', `silent after ${MOST_ASKED} requests`));
        return;
      }
      // Without a range: only the end is missing.
      send(encodeResend(imageId, begun.assembly.missing(MAX_RANGES)));
      watch();
    };
    const finish = (head: Begins, pixels: Uint8Array, mac: Uint8Array): void => {
      const { deviceId, dpi } = hello;
      const { width, height } = head;
      if (key !== undefined) {
        const expected = captureMac(key, { deviceId, nonce, width, height, dpi, pixels });
        if (hello.keySlot !== 'held' || !equalBytes(mac, expected)) {
          fail(new BiometricError('SCANNER_UNTRUSTED', 'the image is not vouched for by the key of this scanner'));
          return;
        }
      }
      settle();
      transport.send(encodeTaken(imageId)).catch(() => undefined);
      transport.send(encodeLight('good')).catch(() => undefined);
      resolve({ image: { width, height, dpi, pixels }, authentic: key !== undefined });
    };
    const check = (): void => {
      if (begun === undefined || end === undefined) return;
      const { head, assembly } = begun;
      if (assembly.missing(1).length > 0) {
        // The end came first or something was lost on the way to it: what follows at once may still come.
        watch();
        return;
      }
      if (assembly.crc() === end.crc) {
        finish(head, assembly.pixels, end.mac);
        return;
      }
      damaged += 1;
      if (damaged >= MOST_DAMAGED) {
        fail(new BiometricError('SCANNER_DAMAGED', `damaged on the way ${damaged} times`));
        return;
      }
      assembly.restart();
      end = undefined;
      send(encodeResend(imageId, assembly.missing(MAX_RANGES)));
      watch();
    };
    const take = (report: DeviceReport): void => {
      if (!('imageId' in report) || report.imageId !== imageId) return;
      switch (report.type) {
        case 'preview': {
          // Once the image is on its way nobody needs them.
          if (onPreview === undefined || begun !== undefined) return;
          const preview = previews.add(report);
          if (preview !== undefined) onPreview(preview);
          return;
        }
        case 'begins':
          if (begun !== undefined) return;
          begun = { head: report, assembly: assemblyOf(report, hello) };
          watch();
          return;
        case 'chunk':
          if (begun?.assembly.add(report.index, report.payload) !== true) return;
          asked = 0;
          watch();
          check();
          return;
        case 'ends':
          // Said again it brings nothing new, and puts off no question.
          if (begun === undefined || end !== undefined) return;
          end = report;
          check();
          return;
        case 'failed':
          fail(new BiometricError('SCANNER_FAILED', `the scanner says fault ${report.reason}`));
      }
    };
    running = {
      fail,
      take: (report) => {
        try {
          take(report);
        } catch (cause) {
          fail(cause);
        }
      },
    };
    signal.addEventListener('abort', onAbort, { once: true });
    send(encodeLight('ready'));
    send(encodeStart(imageId, nonce));
    return promise;
  };

  return {
    info,
    capture: async (request, signal) => {
      signal.throwIfAborted();
      if (request.nonce.length !== 32) throw new RangeError('capture: a nonce of 32 bytes');
      if (gone) throw new BiometricError('SCANNER_GONE', 'unplugged or closed');
      if (running !== undefined) throw new BiometricError('SCANNER_BUSY', 'a capture is under way');
      return capture(request, signal);
    },
    onFinger: (listener) => {
      fingers.add(listener);
      return () => {
        fingers.delete(listener);
      };
    },
    close: async () => {
      running?.fail(new BiometricError('SCANNER_GONE', 'closed'));
      gone = true;
      for (const stop of undo.splice(0)) stop();
      fingers.clear();
      await transport.close();
    },
  };
}
