/**
 * Images in a folder instead of a scanner: for demonstrations and for measuring. It is not a scanner, says so in its name, and is refused where
 * patients are served.
 * @module
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BiometricError } from '../biometric-error.ts';
import { decodeImage } from '../extract/decode-image.ts';
import type { Capture, CaptureDriver, CaptureSession } from './capture-driver.ts';

const IMAGES = /\.(?:tiff?|png|bmp)$/iu;
/** No image of a finger is longer. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** What the driver works with. */
export interface FolderOptions {
  /** Its sub-folders are the scanners; an image in one is a finger on it, in the order of the names, again from the first after the last. */
  readonly folder: string;
  /** Resolution of the images, pixels an inch. */
  readonly dpi: number;
  readonly mode: 'production' | 'demonstration';
}

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

function createSession(folder: string, dpi: number): CaptureSession {
  const info = {
    id: basename(folder),
    driver: 'folder',
    name: `folder ${basename(folder)}: not a scanner`,
    dpi,
  } as const;
  const fingers = new Set<(present: boolean) => void>();
  let next = 0;
  let isBusy = false;
  let isOver = false;
  const tell = (present: boolean): void => {
    for (const listener of fingers) listener(present);
  };
  const mustBeOpen = (): void => {
    if (isOver) throw new BiometricError('SCANNER_GONE', 'closed');
  };
  return {
    info,
    capture: async ({ nonce }, signal) => {
      signal.throwIfAborted();
      if (nonce.length !== 32) throw new RangeError('capture: a nonce of 32 bytes');
      mustBeOpen();
      if (isBusy) throw new BiometricError('SCANNER_BUSY', 'a capture is under way');
      isBusy = true;
      try {
        const images = await imagesIn(folder).catch(() => {
          throw new BiometricError('SCANNER_GONE', 'the folder is no longer there');
        });
        const name = images[next % images.length];
        if (name === undefined) throw new BiometricError('FINGER_ABSENT', 'no image in the folder');
        next += 1;
        tell(true);
        const capture = await readImage(join(folder, name), dpi);
        signal.throwIfAborted();
        mustBeOpen();
        return capture;
      } finally {
        isBusy = false;
        tell(false);
      }
    },
    onFinger: (listener) => {
      fingers.add(listener);
      return () => {
        fingers.delete(listener);
      };
    },
    close: async () => {
      isOver = true;
      fingers.clear();
    },
  };
}

/** The driver. SCANNER_REFUSED at `open` in production; `list` is empty there. */
export function createFolderDriver({ folder, dpi, mode }: FolderOptions): CaptureDriver {
  const scanners = async (): Promise<readonly string[]> => {
    const entries = await readdir(folder, { withFileTypes: true });
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
      return createSession(join(folder, id), dpi);
    },
  };
}
