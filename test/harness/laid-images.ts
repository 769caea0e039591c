/**
 * Fingers for journeys: a scanner whose window the test lays pictures on, over the real extractor. Growing a finger takes a second, so each is grown once.
 */

import type { CaptureDriver } from '../../biometric/device/capture-driver.ts';
import { createExtractor, type Extractor } from '../../biometric/extract/create-extractor.ts';
import type { GreyImage } from '../../biometric/extract/grey-image.ts';
import { growFinger, impressImage, type RidgePattern } from '../../biometric/testing/synthetic-image.ts';
import { createFingerScanner, type FingerScanner } from '../../main/station/finger-scanner.ts';

const patterns = new Map<string, RidgePattern>();

/** An impression of a finger of a person. */
export function impressionOf(person: number, finger: number, number: number): GreyImage {
  const name = `${person}-${finger}`;
  const pattern = patterns.get(name) ?? growFinger(person, finger);
  patterns.set(name, pattern);
  return impressImage(pattern, number);
}

/** A scanner under test. */
export interface LaidImages {
  readonly scanner: FingerScanner;
  /** Lays a picture on the window; whoever waits, or comes next, gets it. */
  lay(image: GreyImage): void;
  /** Shows what lies on the window to whoever waits. */
  look(preview: GreyImage): void;
  /** 32 bytes that every capture was asked with, oldest first. */
  readonly nonces: readonly Uint8Array[];
  /** Every picture that was taken, as it is now: the scanner has to overwrite it. */
  readonly taken: readonly GreyImage[];
}

let extractor: Promise<Extractor> | undefined;

/** One scanner, empty. */
export async function createLaidImages(): Promise<LaidImages> {
  extractor ??= createExtractor();
  const laid: GreyImage[] = [];
  const taken: GreyImage[] = [];
  const nonces: Uint8Array[] = [];
  let watching: ((preview: GreyImage) => void) | undefined;
  let arrived = (): void => undefined;
  const tell = new Set<(present: boolean) => void>();
  const driver: CaptureDriver = {
    kind: 'folder',
    list: async () => [{ id: 'window', driver: 'folder', name: 'a window' }],
    open: async () => ({
      info: { id: 'window', driver: 'folder', name: 'a window', dpi: 500 },
      capture: async ({ nonce, onPreview }, signal) => {
        nonces.push(nonce);
        watching = onPreview;
        while (laid.length === 0) {
          const { promise, resolve } = Promise.withResolvers<void>();
          arrived = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
          await promise;
          signal.throwIfAborted();
        }
        for (const listener of tell) listener(true);
        const image = laid.shift();
        if (image === undefined) throw new Error('laid and not there');
        taken.push(image);
        return { image, authentic: true };
      },
      onFinger: (listener) => {
        tell.add(listener);
        return () => tell.delete(listener);
      },
      close: async () => undefined,
    }),
  };
  return {
    scanner: createFingerScanner([driver], await extractor, { now: () => performance.now() }),
    lay: (image) => {
      laid.push({ ...image, pixels: image.pixels.slice() });
      arrived();
    },
    look: (preview) => watching?.(preview),
    nonces,
    taken,
  };
}
