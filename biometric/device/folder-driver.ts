/**
 * Images in a folder instead of a scanner: for demonstrations and for measuring. It is not a scanner, says so in its name, and is refused where
 * patients are served.
 * @module
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BiometricError } from '../biometric-error.ts';
import { decodeImage } from '../extract/decode-image.ts';
import type { GreyImage } from '../extract/grey-image.ts';
import type { Capture, CaptureDriver, CaptureSession, Later } from './capture-driver.ts';

const IMAGES = /\.(?:tiff?|png|bmp)$/iu;
/** No image of a finger is longer. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** What the driver works with. */
export interface FolderOptions {
  /** Its sub-folders are the scanners; each image put into one is a finger laid on it once, in the order of the names. */
  readonly folder: string;
  /** Resolution of the images, pixels an inch. */
  readonly dpi: number;
  readonly mode: 'production' | 'demonstration';
  /** Waits until it looks again. */
  readonly later: Later;
}

/** What stands for the stream of a scanner: the middle of the finger first, as when it comes down, then all of it; shares of the sides, and ms each. */
const COMING_DOWN = [0.4, 0.7, 1, 1] as const;
const PREVIEW_MS = 200;
/** Every third pixel. */
const PREVIEW_STEP = 3;
const WHITE = 255;

/** How often it looks for an image that was not there before, ms. */
const LOOK_MS = 200;

async function imagesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder))
    .filter((name) => IMAGES.test(name))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

async function readImage(file: string, dpi: number): Promise<Capture> {
  const { size } = await stat(file);
  if (size > MAX_FILE_BYTES) throw new BiometricError('IMAGE_TOO_LARGE', `${size} bytes`);
  return { image: decodeImage(await readFile(file), { dpi }), authentic: false };
}

/** A picture of which only the middle touches: an ellipse of such a share of the sides. */
function preview({ width, height, dpi, pixels }: GreyImage, share: number): GreyImage {
  const [w, h] = [Math.floor(width / PREVIEW_STEP), Math.floor(height / PREVIEW_STEP)];
  const small = Uint8Array.from({ length: w * h }, (_, i) => {
    const [x, y] = [i % w, Math.floor(i / w)];
    const isDown = share === 1 || Math.hypot((2 * x) / w - 1, (2 * y) / h - 1) < share;
    return isDown ? (pixels[y * PREVIEW_STEP * width + x * PREVIEW_STEP] ?? WHITE) : WHITE;
  });
  return { width: w, height: h, dpi: Math.round(dpi / PREVIEW_STEP), pixels: small };
}

function createSession(folder: string, { dpi, later }: FolderOptions): CaptureSession {
  const info = {
    id: basename(folder),
    driver: 'folder',
    name: `folder ${basename(folder)}: not a scanner`,
    dpi,
  } as const;
  const fingers = new Set<(present: boolean) => void>();
  const taken = new Set<string>();
  const closing = new AbortController();
  let isBusy = false;
  const tell = (present: boolean): void => {
    for (const listener of fingers) listener(present);
  };
  const gone = (): BiometricError => new BiometricError('SCANNER_GONE', 'closed, or the folder is no longer there');

  /** Waits. Rejects with the signal's reason. */
  const pause = async (delayMs: number, signal: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const callOff = later(delayMs, resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    callOff();
    signal.throwIfAborted();
  };
  /** The next image that was not taken yet, waited for. */
  const next = async (signal: AbortSignal): Promise<string> => {
    for (;;) {
      const images = await imagesIn(folder).catch(() => {
        throw gone();
      });
      signal.throwIfAborted();
      const name = images.find((one) => !taken.has(one));
      if (name !== undefined) {
        taken.add(name);
        return name;
      }
      await pause(LOOK_MS, signal);
    }
  };
  return {
    info,
    capture: async ({ nonce, onPreview }, signal) => {
      signal.throwIfAborted();
      if (nonce.length !== 32) throw new RangeError('capture: a nonce of 32 bytes');
      if (closing.signal.aborted) throw gone();
      if (isBusy) throw new BiometricError('SCANNER_BUSY', 'a capture is under way');
      isBusy = true;
      try {
        const either = AbortSignal.any([signal, closing.signal]);
        const name = await next(either);
        tell(true);
        try {
          const capture = await readImage(join(folder, name), dpi);
          either.throwIfAborted();
          for (const share of onPreview === undefined ? [] : COMING_DOWN) {
            onPreview?.(preview(capture.image, share));
            await pause(PREVIEW_MS, either);
          }
          return capture;
        } finally {
          tell(false);
        }
      } finally {
        isBusy = false;
      }
    },
    onFinger: (listener) => {
      fingers.add(listener);
      return () => {
        fingers.delete(listener);
      };
    },
    close: async () => {
      closing.abort(gone());
      fingers.clear();
    },
  };
}

/** The driver. SCANNER_REFUSED at `open` in production; `list` is empty there. */
export function createFolderDriver(options: FolderOptions): CaptureDriver {
  const { folder, mode } = options;
  const scanners = async (): Promise<readonly string[]> => {
    // One that has gone, or may not be read, has none.
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  };
  return {
    kind: 'folder',
    list: async (signal) => {
      if (mode === 'production') return [];
      const names = await scanners();
      signal.throwIfAborted();
      return names.map((name) => ({ id: name, driver: 'folder' as const, name: `folder ${name}: not a scanner` }));
    },
    open: async (id, signal) => {
      if (mode === 'production') throw new BiometricError('SCANNER_REFUSED', 'a folder is no scanner');
      signal.throwIfAborted();
      if (!(await scanners()).includes(id)) throw new BiometricError('SCANNER_ABSENT', `no folder ${id}`);
      return createSession(join(folder, id), options);
    },
  };
}
