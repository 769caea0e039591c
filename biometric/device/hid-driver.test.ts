/**
 * The HID driver on a fake scanner: what every driver must do, and everything that can happen to reports on the way.
 */
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../crypto/groupsig/testing/seeded-rng.ts';
import type { GreyImage } from '../extract/grey-image.ts';
import { type CaptureRequest, type Later, LEAST_WINDOW, windowArea } from './capture-driver.ts';
import { REPORT } from './capture-reports.ts';
import { captureSuite, codeOf, digest } from './capture-suite.fixture.ts';
import { createFakeScanner, type FakeScannerOptions } from './fake-scanner.fixture.ts';
import { fingerPicture } from './finger-picture.fixture.ts';
import { createHidDriver } from './hid-driver.ts';

const SIZE = { width: 320, height: 360, dpi: 500 } as const;
const signal = new AbortController().signal;
const KEY = new Uint8Array(32).fill(7);
const request = (fill = 1): CaptureRequest => ({ nonce: new Uint8Array(32).fill(fill) });

/** A driver on a fake; time passes when `pass` is called. */
function plugIn(options: Partial<FakeScannerOptions> = {}, key?: Uint8Array) {
  const scanner = createFakeScanner({ ...SIZE, ...options });
  const due = new Set<() => void>();
  const later: Later = (_ms, run) => {
    due.add(run);
    return () => {
      due.delete(run);
    };
  };
  const driver = createHidDriver({ bus: scanner.bus, later, keyOf: () => key });
  /** Everything that waits happens; answers whether anything did. */
  const pass = async (): Promise<boolean> => {
    const runs = [...due];
    due.clear();
    for (const run of runs) run();
    for (let i = 0; i < 20; i++) await Promise.resolve();
    return runs.length > 0;
  };
  const open = async () => driver.open((await driver.list(signal))[0]?.id ?? '', signal);
  return { scanner, driver, open, pass };
}

/** Captures through a wire, time passing as long as somebody waits for it. */
async function captured(options: Partial<FakeScannerOptions>, image: GreyImage, key?: Uint8Array) {
  const { scanner, open, pass } = plugIn(options, key);
  const session = await open();
  let settled = false;
  const capture = session.capture(request(), signal).finally(() => {
    settled = true;
  });
  const outcome = capture.then(
    (answer) => ({ image: digest(answer.image), authentic: answer.authentic, code: undefined }),
    (cause: unknown) => ({
      image: undefined,
      authentic: undefined,
      code: cause instanceof Error && 'code' in cause ? cause.code : cause,
    }),
  );
  await Promise.resolve();
  scanner.lay(image);
  for (let i = 0; i < 2_000 && !settled; i++) await pass();
  return { ...(await outcome), asked: scanner.asked };
}

const isChunk = (report: Uint8Array): boolean => report[0] === REPORT.chunk;
const picture = fingerPicture(SIZE.width, SIZE.height, SIZE.dpi);

describe('the HID driver', () => {
  captureSuite(async () => {
    const { scanner, driver } = plugIn();
    return {
      driver,
      size: SIZE,
      waits: true,
      streams: true,
      look: async (preview) => {
        for (let i = 0; i < 5; i++) await Promise.resolve();
        scanner.look(preview);
      },
      lay: async (image) => {
        for (let i = 0; i < 5; i++) await Promise.resolve();
        scanner.lay(image);
      },
      lift: async () => scanner.lift(),
      unplug: async () => scanner.unplug(),
      close: async () => undefined,
    };
  });
});

describe('reports on the way', () => {
  it.each([64, 1_024])('arrive in reports of %i bytes', async (reportLength) => {
    expect((await captured({ reportLength }, picture)).image).toEqual(digest(picture));
  });

  it('are lost, and asked for again', async () => {
    const rng = seededRng('lost reports');
    const wire = (report: Uint8Array) => (isChunk(report) && (rng(1)[0] ?? 0) < 64 ? [] : [report]);
    const { image, asked } = await captured({ wire }, picture);
    expect(image).toEqual(digest(picture));
    expect(asked.filter((type) => type === REPORT.resend).length).toBeGreaterThan(3);
  });

  it('come twice, and out of order', async () => {
    const held: Uint8Array[] = [];
    const wire = (report: Uint8Array): readonly Uint8Array[] => {
      if (!isChunk(report)) return [report, report];
      held.push(report);
      return held.length < 7
        ? []
        : held
            .splice(0)
            .reverse()
            .flatMap((one) => [one, one]);
    };
    expect((await captured({ wire }, picture)).image).toEqual(digest(picture));
  });

  it('lose their end, or their end comes first', async () => {
    let ends = 0;
    const loses = (report: Uint8Array) => (report[0] === REPORT.imageEnds && ends++ === 0 ? [] : [report]);
    expect((await captured({ wire: loses }, picture)).image).toEqual(digest(picture));
    const late: Uint8Array[] = [];
    const hurries = (report: Uint8Array): readonly Uint8Array[] => {
      if (isChunk(report) && late.length < 9) {
        late.push(report);
        return [];
      }
      return report[0] === REPORT.imageEnds ? [report, ...late] : [report];
    };
    expect((await captured({ wire: hurries }, picture)).image).toEqual(digest(picture));
  });

  it('are garbled once: the CRC tells, and the image comes again', async () => {
    let garbled = false;
    const wire = (report: Uint8Array) => {
      if (!isChunk(report) || garbled) return [report];
      garbled = true;
      return [report.map((byte, i) => (i === 40 ? byte ^ 1 : byte))];
    };
    expect((await captured({ wire }, picture)).image).toEqual(digest(picture));
  });

  it('are garbled each time: SCANNER_DAMAGED', async () => {
    const wire = (report: Uint8Array) => [report.map((byte, i) => (isChunk(report) && i === 40 ? byte ^ 1 : byte))];
    expect((await captured({ wire }, picture)).code).toBe('SCANNER_DAMAGED');
  });

  it('stop: SCANNER_STALLED, and the scanner is told to stop', async () => {
    let chunks = 0;
    const wire = (report: Uint8Array) => (isChunk(report) && ++chunks > 100 ? [] : [report]);
    const { code, asked } = await captured({ wire }, picture);
    expect(code).toBe('SCANNER_STALLED');
    expect(asked).toContain(REPORT.abort);
  });

  it('say again and again that they end, without bringing anything: SCANNER_STALLED all the same', async () => {
    let now = 0;
    const due = new Set<{ readonly at: number; readonly run: () => void }>();
    const later: Later = (ms, run) => {
      const one = { at: now + ms, run };
      due.add(one);
      return () => {
        due.delete(one);
      };
    };
    let chunks = 0;
    let end: Uint8Array | undefined;
    const wire = (report: Uint8Array): readonly Uint8Array[] => {
      if (report[0] === REPORT.imageEnds) end = report;
      return isChunk(report) && ++chunks > 100 ? [] : [report];
    };
    const { bus, lay, inject } = createFakeScanner({ ...SIZE, wire });
    const driver = createHidDriver({ bus, later, keyOf: () => undefined });
    const session = await driver.open((await driver.list(signal))[0]?.id ?? '', signal);
    const capture = codeOf(session.capture(request(), signal));
    for (let i = 0; i < 5; i++) await Promise.resolve();
    lay(picture);
    for (; now < 5_000; now += 100) {
      inject(end ?? expect.fail('no end'));
      for (const one of [...due].filter(({ at }) => at <= now)) {
        due.delete(one);
        one.run();
      }
      for (let i = 0; i < 20; i++) await Promise.resolve();
    }
    await session.close();
    expect(await capture).toBe('SCANNER_STALLED');
  });

  it('are of another image or nonsense: nobody minds', async () => {
    const wire = (report: Uint8Array) => {
      const other = report.slice();
      if (report.length > 4 && report[0] !== REPORT.helloAnswer) other[4] = (other[4] ?? 0) ^ 0xff;
      return [Uint8Array.of(0xee), new Uint8Array(2_000), other, Uint8Array.of(REPORT.chunk, 0, 0), report];
    };
    expect((await captured({ wire }, picture)).image).toEqual(digest(picture));
  });

  it('announce chunks longer than their reports, or too large an image: refused', async () => {
    const lies = (at: number, value: number) => (report: Uint8Array) =>
      report[0] === REPORT.imageBegins ? [report.with(at, value)] : [report];
    expect((await captured({ wire: lies(9, 0xff) }, picture)).code).toBe('SCANNER_PROTOCOL');
    expect((await captured({ wire: lies(10, 0) }, picture)).code).toBe('SCANNER_PROTOCOL');
    expect((await captured({ wire: lies(5, 0xff) }, picture)).code).toBe('IMAGE_TOO_LARGE');
  });

  it('say that the scanner has a fault', async () => {
    const { scanner, open } = plugIn();
    const session = await open();
    const capture = codeOf(session.capture(request(), signal));
    await Promise.resolve();
    scanner.inject(Uint8Array.of(REPORT.failed, 0, 0, 0, 1, 3));
    expect(await capture).toBe('SCANNER_FAILED');
  });

  it('are refused or taken whatever random bytes they are', async () => {
    const rng = seededRng('random reports');
    for (let round = 0; round < 20; round++) {
      const { scanner, open } = plugIn();
      const session = await open();
      const capture = codeOf(session.capture({ ...request(), onPreview: () => undefined }, signal));
      await Promise.resolve();
      for (let i = 0; i < 60; i++) {
        const report = rng(1 + ((rng(1)[0] ?? 0) % 64));
        report[0] = 0x80 | ((report[0] ?? 0) & 15);
        report.set([0, 0, 0, 1].slice(0, Math.max(0, report.length - 1)), 1);
        scanner.inject(report);
      }
      await session.close();
      expect(await capture).toMatch(/^(?:SCANNER|IMAGE)_/u);
    }
  });
});

describe('previews', () => {
  const preview = (seed: number): GreyImage => fingerPicture(80, 90, 125, seed);
  /** A capture that collects what it is shown. */
  async function watched(wire?: FakeScannerOptions['wire']) {
    const plugged = plugIn(wire === undefined ? {} : { wire });
    const session = await plugged.open();
    const seen: ReturnType<typeof digest>[] = [];
    const capture = session.capture({ ...request(), onPreview: (one) => seen.push(digest(one)) }, signal);
    for (let i = 0; i < 5; i++) await Promise.resolve();
    return { ...plugged, capture, seen };
  }

  it('are shown one after the other as long as the capture waits, and not after', async () => {
    const { scanner, capture, seen } = await watched();
    // The numbers of the frames go around meanwhile.
    for (const seed of [1, 2, 3, 4]) scanner.look(preview(seed));
    scanner.lay(picture);
    await capture;
    scanner.look(preview(5));
    expect(seen).toEqual([1, 2, 3, 4].map((seed) => digest(preview(seed))));
  });

  it('of which a piece is lost are left out, and so is what comes after its successor', async () => {
    const held: Uint8Array[] = [];
    let pieces = 0;
    const wire = (report: Uint8Array): readonly Uint8Array[] => {
      if (report[0] !== REPORT.preview) return [report];
      pieces += 1;
      // The second piece of the first frame comes after the whole second one.
      if (pieces === 2) held.push(report);
      return pieces === 2 ? [] : [report];
    };
    const { scanner, seen } = await watched(wire);
    for (const seed of [1, 2]) scanner.look(preview(seed));
    for (const report of held) scanner.inject(report);
    expect(seen).toEqual([digest(preview(2))]);
  });

  it('of another capture, too small to see, or changing their size on the way are nobody’s business', async () => {
    const spoils = (spoil: (report: Uint8Array) => Uint8Array) => (report: Uint8Array) =>
      report[0] === REPORT.preview ? [spoil(report)] : [report];
    for (const spoil of [
      (report: Uint8Array) => report.with(4, 9),
      (report: Uint8Array) => report.with(7, 31),
      (report: Uint8Array) => (report[10] === 0 ? report : report.with(7, 81)),
      (report: Uint8Array) => report.slice(0, 11),
    ]) {
      const { scanner, capture, seen } = await watched(spoils(spoil));
      scanner.look(preview(1));
      expect(seen).toEqual([]);
      scanner.lay(picture);
      expect(digest((await capture).image)).toEqual(digest(picture));
    }
  });
});

describe('a scanner with a key', () => {
  it('proves that it took the image for this nonce', async () => {
    const { image, authentic } = await captured({ key: KEY }, picture, KEY);
    expect([image, authentic]).toEqual([digest(picture), true]);
    expect((await captured({ key: KEY }, picture)).authentic).toBe(false);
  });

  it('with another key, without one, or with what it took before: SCANNER_UNTRUSTED', async () => {
    expect((await captured({ key: KEY.map((byte) => byte ^ 1) }, picture, KEY)).code).toBe('SCANNER_UNTRUSTED');
    expect((await captured({}, picture, KEY)).code).toBe('SCANNER_UNTRUSTED');
    let recorded: Uint8Array | undefined;
    const replays = (report: Uint8Array) => {
      if (report[0] !== REPORT.imageEnds) return [report];
      recorded ??= report;
      return [concatId(recorded, report)];
    };
    const { scanner, open } = plugIn({ key: KEY, wire: replays }, KEY);
    const session = await open();
    scanner.lay(picture);
    expect((await session.capture(request(1), signal)).authentic).toBe(true);
    expect(await codeOf(session.capture(request(2), signal))).toBe('SCANNER_UNTRUSTED');
  });
});

/** An old end under the number of the new image. */
const concatId = (old: Uint8Array, fresh: Uint8Array): Uint8Array =>
  old.map((byte, i) => (i < 5 ? (fresh[i] ?? 0) : byte));

describe('opening', () => {
  it('refuses a window too small for a search, one that cannot be, and silence', async () => {
    expect(windowArea(256, 288, 508)).toBeLessThan(LEAST_WINDOW);
    expect(await codeOf(plugIn({ width: 256, height: 288, dpi: 508 }).open())).toBe('SCANNER_TOO_SMALL');
    expect(await codeOf(plugIn({ dpi: 100 }).open())).toBe('IMAGE_UNSUPPORTED');
    expect(await codeOf(plugIn({ width: 9_000, height: 9_000 }).open())).toBe('IMAGE_TOO_LARGE');
    const { open, pass } = plugIn({ wire: () => [] });
    const opening = codeOf(open());
    for (let i = 0; i < 4; i++) {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      await pass();
    }
    expect(await opening).toBe('SCANNER_STALLED');
  });

  it('refuses one that is open already', async () => {
    const { open } = plugIn();
    await open();
    expect(await codeOf(open())).toBe('SCANNER_BUSY');
  });

  it('is called off', async () => {
    const { driver } = plugIn({ wire: () => [] });
    const called = new AbortController();
    const [scanner] = await driver.list(signal);
    const opening = driver.open(scanner?.id ?? '', called.signal);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    called.abort(new Error('enough'));
    await expect(opening).rejects.toThrow('enough');
  });
});
