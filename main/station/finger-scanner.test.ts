/**
 * The scanner of a desk, over the protocol of HID scanners: minutiae and a picture come out, the image does not stay, and a pulled one is found again.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { CaptureDriver, CaptureSession } from '../../biometric/device/capture-driver.ts';
import { createFakeScanner } from '../../biometric/device/fake-scanner.fixture.ts';
import { createHidDriver } from '../../biometric/device/hid-driver.ts';
import { createExtractor, type Extractor } from '../../biometric/extract/create-extractor.ts';
import type { GreyImage } from '../../biometric/extract/grey-image.ts';
import { readIso19794 } from '../../biometric/extract/iso-19794-2.ts';
import { createMatcher } from '../../biometric/match/create-matcher.ts';
import { growFinger, impressImage } from '../../biometric/testing/synthetic-image.ts';
import { FingerPreview } from '../../contract/taken-finger.ts';
import { createFingerScanner, PREVIEW_PAUSE } from './finger-scanner.ts';

const signal = new AbortController().signal;
const KEY = new Uint8Array(32).fill(7);
const request = (finger = 2) => ({ finger, nonce: new Uint8Array(32).fill(5) });
const SIZE = { width: 320, height: 400, dpi: 500 } as const;
const soon = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

let extractor: Extractor;
let images: readonly [GreyImage, GreyImage];
beforeAll(async () => {
  extractor = await createExtractor();
  const finger = growFinger(1, 2);
  images = [impressImage(finger, 0), impressImage(finger, 1)];
});

/** A desk with one fake scanner, which may be plugged in anew. */
function createDesk(options: { readonly key?: Uint8Array } = {}) {
  let fake = createFakeScanner({ ...SIZE, ...options });
  let now = 0;
  const bus = { list: () => fake.bus.list(), open: (path: string) => fake.bus.open(path) };
  const driver = createHidDriver({ bus, later: () => () => undefined, keyOf: () => options.key });
  const scanner = createFingerScanner([driver], extractor, { now: () => now });
  const lay = async (image: GreyImage): Promise<void> => {
    await soon();
    fake.lay({ ...image, pixels: image.pixels.slice() });
  };
  return {
    scanner,
    lay,
    lift: () => fake.lift(),
    look: (image: GreyImage) => fake.look(image),
    pass: (ms: number) => {
      now += ms;
    },
    unplug: () => fake.unplug(),
    plugIn: () => {
      fake = createFakeScanner({ ...SIZE, ...options });
    },
    /** Another one in the same moment. */
    swap: () => {
      const former = fake;
      fake = createFakeScanner({ ...SIZE, ...options });
      former.unplug();
    },
  };
}

describe('the scanner of a desk', () => {
  it('gives minutiae of the finger that was asked for, quality and a picture', async () => {
    const { scanner, lay } = createDesk({ key: KEY });
    const matcher = await createMatcher();
    const seen: boolean[] = [];
    scanner.onFinger((present) => seen.push(present));
    const captured = [];
    for (const image of images) {
      const capture = scanner.capture(request(7), signal);
      await lay(image);
      captured.push(await capture);
    }
    const [first, second] = captured;
    if (first === undefined || second === undefined) throw new Error('two captures');
    const { views } = readIso19794(first.record);
    expect(views.map(({ position, view }) => [position, view])).toEqual([
      ['leftIndex', 0],
      ['leftIndex', 1],
    ]);
    expect(views[0]?.template.minutiae.length).toBe(first.quality.minutiae);
    expect([first.finger, first.authentic]).toEqual([7, true]);
    expect(first.preview).toMatch(/^data:image\/png;base64,[\w+/=]{200,}$/u);
    expect(seen[0]).toBe(true);
    const [a, b] = captured.map(({ templates }) => matcher.prepare(templates));
    if (a === undefined || b === undefined) throw new Error('two fingers');
    expect(matcher.compare(a, b)).toBeGreaterThan(15);
  });

  it('shows what lies on the window meanwhile, judged, and no faster than a screen can follow', async () => {
    const { scanner, lay, look, pass } = createDesk();
    const small = (image: GreyImage): GreyImage => {
      const [width, height] = [Math.floor(image.width / 3), Math.floor(image.height / 3)];
      const at = (i: number): number => 3 * (Math.floor(i / width) * image.width + (i % width));
      const pixels = Uint8Array.from({ length: width * height }, (_, i) => image.pixels[at(i)] ?? 0);
      return { width, height, dpi: Math.round(image.dpi / 3), pixels };
    };
    const finger = small(images[0]);
    const seen: FingerPreview[] = [];
    const capture = scanner.capture({ ...request(), onPreview: (preview) => seen.push(preview) }, signal);
    await soon();
    look({ ...finger, pixels: finger.pixels.slice().fill(235) });
    look(finger);
    pass(PREVIEW_PAUSE);
    look(finger);
    // Set back by an hour.
    pass(-3_600_000);
    look(finger);
    await lay(images[0]);
    await capture;
    expect(seen.map((one) => one.seen)).toEqual(['nothing', [], []]);
    for (const { picture } of seen)
      expect(FingerPreview.parse({ picture, seen: [] }).picture.length).toBeGreaterThan(100);
  });

  it('overwrites an image also when nothing comes of it', async () => {
    const image = { ...SIZE, pixels: new Uint8Array(SIZE.width * SIZE.height).fill(235) };
    const info = { id: '1', driver: 'folder', name: 'one', dpi: 500 } as const;
    const session: CaptureSession = {
      info,
      capture: async () => ({ image, authentic: false }),
      onFinger: () => () => undefined,
      close: async () => undefined,
    };
    const driver: CaptureDriver = { kind: 'folder', list: async () => [info], open: async () => session };
    const scanner = createFingerScanner([driver], extractor, { now: () => 0 });
    await expect(scanner.capture(request(), signal)).rejects.toMatchObject({ code: 'FINGER_ABSENT' });
    expect(image.pixels.every((grey) => grey === 0)).toBe(true);
  });

  it('is found again after it was pulled out, and says so until then', async () => {
    const desk = createDesk();
    const capture = desk.scanner.capture(request(), signal);
    await soon();
    desk.unplug();
    await expect(capture).rejects.toMatchObject({ code: 'SCANNER_GONE' });
    await expect(desk.scanner.capture(request(), signal)).rejects.toMatchObject({ code: 'SCANNER_ABSENT' });
    desk.plugIn();
    const again = desk.scanner.capture(request(), signal);
    await desk.lay(images[0]);
    expect((await again).authentic).toBe(false);
  });

  it('is used at once when it was pulled out and plugged in while nobody took a finger', async () => {
    const desk = createDesk({ key: KEY });
    await desk.scanner.name(signal);
    desk.unplug();
    desk.plugIn();
    const capture = desk.scanner.capture(request(), signal);
    await desk.lay(images[0]);
    expect((await capture).authentic).toBe(true);
    // And in the middle of a finger, where another is there already.
    const interrupted = desk.scanner.capture(request(), signal);
    await soon();
    desk.swap();
    await desk.lay(images[0]);
    expect((await interrupted).authentic).toBe(true);
  });

  it('refuses an empty window, a finger that does not exist, and is called off', async () => {
    const { scanner, lay, lift } = createDesk();
    const empty = scanner.capture(request(), signal);
    await lay({ ...SIZE, pixels: new Uint8Array(SIZE.width * SIZE.height).fill(235) });
    await expect(empty).rejects.toMatchObject({ code: 'FINGER_ABSENT' });
    await expect(scanner.capture(request(11), signal)).rejects.toThrow(RangeError);
    lift();
    const called = new AbortController();
    const waiting = scanner.capture(request(), called.signal);
    await soon();
    called.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await scanner.close();
  });
});
