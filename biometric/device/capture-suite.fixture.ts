/**
 * What every driver must do, whatever is behind it. A rig lays fingers on a scanner and pulls it out.
 * @module
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import type { GreyImage } from '../extract/grey-image.ts';
import type { CaptureDriver, CaptureSession } from './capture-driver.ts';
import { fingerPicture } from './finger-picture.fixture.ts';

/** One driver with one scanner plugged in, and hands. */
export interface CaptureRig {
  readonly driver: CaptureDriver;
  /** Size of the window and what the driver says of it. */
  readonly size: { readonly width: number; readonly height: number; readonly dpi: number };
  /** A capture waits until a finger is laid; false where the picture is there at once. */
  readonly waits: boolean;
  /** Whether what lies on the window is shown while a capture waits. */
  readonly streams: boolean;
  lay(image: GreyImage): Promise<void>;
  /** Something is seen before the finger is taken; absent where laying it shows it. */
  look?(preview: GreyImage): Promise<void>;
  lift(): Promise<void>;
  unplug(): Promise<void>;
  close(): Promise<void>;
}

const signal = (): AbortSignal => new AbortController().signal;
const nonce = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32));

/** An image with the hash of its pixels, for a quick comparison. */
export const digest = ({ pixels, ...size }: GreyImage) => ({ ...size, pixels: hex(h256(pixels)) });

/** Code with which a promise rejects. */
export const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'accepted',
    (cause: unknown) => (cause instanceof Error && 'code' in cause ? cause.code : cause),
  );

/** Registers the tests. */
export function captureSuite(makeRig: () => Promise<CaptureRig>): void {
  let rig: CaptureRig;
  let session: CaptureSession | undefined;
  const open = async (): Promise<CaptureSession> => {
    const [scanner] = await rig.driver.list(signal());
    if (scanner === undefined) throw new Error('no scanner is listed');
    session = await rig.driver.open(scanner.id, signal());
    return session;
  };
  const picture = (seed: number): GreyImage => fingerPicture(rig.size.width, rig.size.height, rig.size.dpi, seed);
  beforeEach(async () => {
    rig = await makeRig();
  });
  afterEach(async () => {
    await session?.close();
    session = undefined;
    await rig.close();
  });

  it('is listed with its kind, and says its resolution when opened', async () => {
    const listed = await rig.driver.list(signal());
    expect(listed).toHaveLength(1);
    expect(listed[0]?.driver).toBe(rig.driver.kind);
    expect((await open()).info).toEqual({ ...listed[0], name: expect.any(String), dpi: rig.size.dpi });
  });

  it('gives the image byte for byte, one finger after the other', async () => {
    const opened = await open();
    for (const seed of [1, 2]) {
      const capture = opened.capture({ nonce: nonce() }, signal());
      await rig.lay(picture(seed));
      expect(digest((await capture).image)).toEqual(digest(picture(seed)));
      await rig.lift();
    }
  });

  it('says when a finger lies on the window', async () => {
    const opened = await open();
    const seen: boolean[] = [];
    const stop = opened.onFinger((present) => seen.push(present));
    const capture = opened.capture({ nonce: nonce() }, signal());
    await rig.lay(picture(1));
    await capture;
    await rig.lift();
    await expect.poll(() => seen).toEqual([true, false]);
    stop();
    const again = opened.capture({ nonce: nonce() }, signal());
    await rig.lay(picture(2));
    await again;
    expect(seen).toEqual([true, false]);
  });

  it('shows the whole window while it waits, made small, or says nothing of it', async () => {
    const opened = await open();
    const seen: GreyImage[] = [];
    const capture = opened.capture({ nonce: nonce(), onPreview: (preview) => seen.push(preview) }, signal());
    const { width, height, dpi } = rig.size;
    await rig.look?.(fingerPicture(Math.floor(width / 4), Math.floor(height / 4), dpi / 4));
    await rig.lay(picture(1));
    expect(digest((await capture).image)).toEqual(digest(picture(1)));
    expect(seen.length > 0).toBe(rig.streams);
    for (const preview of seen) {
      expect(preview.pixels).toHaveLength(preview.width * preview.height);
      expect(preview.width / preview.dpi).toBeCloseTo(width / dpi, 1);
      expect(preview.height / preview.dpi).toBeCloseTo(height / dpi, 1);
    }
  });

  it('is called off, and ready for the next', async () => {
    const opened = await open();
    const called = new AbortController();
    const first = opened.capture({ nonce: nonce() }, called.signal);
    called.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    const second = opened.capture({ nonce: nonce() }, signal());
    await rig.lay(picture(3));
    expect(digest((await second).image)).toEqual(digest(picture(3)));
    await expect(opened.capture({ nonce: nonce() }, called.signal)).rejects.toThrow('enough');
  });

  it('takes one capture at a time, and none without a nonce of its length', async () => {
    const opened = await open();
    const first = opened.capture({ nonce: nonce() }, signal());
    expect(await codeOf(opened.capture({ nonce: nonce() }, signal()))).toBe('SCANNER_BUSY');
    await rig.lay(picture(1));
    await first;
    await expect(opened.capture({ nonce: new Uint8Array(31) }, signal())).rejects.toThrow(RangeError);
  });

  it('knows no other scanner', async () => {
    expect(await codeOf(rig.driver.open('nobody', signal()))).toBe('SCANNER_ABSENT');
  });

  it('says when it is pulled out, while it waits and ever after', async () => {
    const opened = await open();
    if (rig.waits) {
      const capture = codeOf(opened.capture({ nonce: nonce() }, signal()));
      await rig.unplug();
      expect(await capture).toBe('SCANNER_GONE');
    } else await rig.unplug();
    expect(await codeOf(opened.capture({ nonce: nonce() }, signal()))).toBe('SCANNER_GONE');
  });

  it('is closed for good, twice', async () => {
    const opened = await open();
    const capture = codeOf(opened.capture({ nonce: nonce() }, signal()));
    await opened.close();
    expect(await capture).toBe('SCANNER_GONE');
    await opened.close();
    expect(await codeOf(opened.capture({ nonce: nonce() }, signal()))).toBe('SCANNER_GONE');
  });

  it('refuses what is too small to be a finger, and goes on', async () => {
    const opened = await open();
    const capture = opened.capture({ nonce: nonce() }, signal());
    await rig.lay(fingerPicture(100, 90, rig.size.dpi));
    expect(await codeOf(capture)).toBe('IMAGE_TOO_SMALL');
    await rig.lift();
    const next = opened.capture({ nonce: nonce() }, signal());
    await rig.lay(picture(4));
    expect(digest((await next).image)).toEqual(digest(picture(4)));
  });
}
