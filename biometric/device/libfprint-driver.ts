/**
 * Scanners that libfprint drives (Debian's libfprint-2-2, gir1.2-fprint-2.0, python3-gi), each in a helper process of its own: a crash of the
 * library ends a capture and nothing else.
 * @module
 */
import { BiometricError, type BiometricErrorCode } from '../biometric-error.ts';
import { checkImageSize } from '../extract/grey-image.ts';
import { type Capture, type CaptureDriver, type CaptureSession, LEAST_WINDOW, windowArea } from './capture-driver.ts';
import { type HelperAnswer, type HelperProcess, startHelper } from './libfprint-process.ts';

/**
 * Pixels an inch by libfprint's name of the driver: the library seldom knows. uru4000: 512 dpi by the maker's data sheet of the U.are.U 4500;
 * virtual_image: what tests send.
 */
const RESOLUTIONS: Readonly<Record<string, number>> = { uru4000: 512, virtual_image: 500 };
const MM_AN_INCH = 25.4;

/** What a failure of libfprint means here; `retry` is its word for an image without minutiae. */
const CODES: Readonly<Record<string, BiometricErrorCode>> = {
  absent: 'SCANNER_ABSENT',
  busy: 'SCANNER_BUSY',
  removed: 'SCANNER_GONE',
  not_supported: 'SCANNER_REFUSED',
  proto: 'SCANNER_PROTOCOL',
  retry: 'FINGER_ABSENT',
};

const failure = ({ name, message }: { readonly name: string; readonly message: string }): BiometricError =>
  new BiometricError(CODES[name] ?? 'SCANNER_FAILED', `libfprint: ${message}`);
const ended = (): BiometricError => new BiometricError('SCANNER_GONE', 'the helper process has ended');

/** Waits for one of these events. Rejects with what the helper refuses, SCANNER_GONE when it ends, or the signal's reason. */
function answered<E extends HelperAnswer['event']>(
  helper: HelperProcess,
  event: E,
  signal: AbortSignal,
): Promise<Extract<HelperAnswer, { event: E }>> {
  const { promise, resolve, reject } = Promise.withResolvers<Extract<HelperAnswer, { event: E }>>();
  const undo = helper.onAnswer((answer) => {
    if (answer === undefined) reject(ended());
    else if (answer.event === 'failed') reject(failure(answer));
    // `event` is the discriminant, compared here.
    else if (answer.event === event) resolve(answer as Extract<HelperAnswer, { event: E }>);
  });
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => {
    undo();
    signal.removeEventListener('abort', onAbort);
  });
}

/** The image of an answer. SCANNER_PROTOCOL, SCANNER_TOO_SMALL, IMAGE_*. */
function captureOf(answer: Extract<HelperAnswer, { event: 'image' }>, dpi: number): Capture {
  const { width, height, ppmm, payload } = answer;
  // libfprint's own word goes before our table where it has one.
  const resolution = ppmm > 0 ? Math.round(ppmm * MM_AN_INCH) : dpi;
  checkImageSize(width, height, resolution);
  if (payload.length !== width * height)
    throw new BiometricError('SCANNER_PROTOCOL', `${payload.length} bytes for ${width} x ${height} pixels`);
  if (windowArea(width, height, resolution) < LEAST_WINDOW)
    throw new BiometricError('SCANNER_TOO_SMALL', `${width} x ${height} pixels at ${resolution} dpi`);
  return { image: { width, height, dpi: resolution, pixels: payload }, authentic: false };
}

function createSession(helper: HelperProcess, info: CaptureSession['info']): CaptureSession {
  let running: AbortController | undefined;
  let isOver = false;
  const fingers = new Set<(present: boolean) => void>();
  let wasPresent = false;
  helper.onAnswer((answer) => {
    if (answer === undefined || answer.event === 'removed') {
      isOver = true;
      running?.abort(new BiometricError('SCANNER_GONE', 'unplugged, or its helper process has ended'));
    } else if (answer.event === 'finger' && answer.present !== wasPresent) {
      wasPresent = answer.present;
      for (const listener of fingers) listener(wasPresent);
    }
  });
  /** Once libfprint has ended the capture: only then it takes the next. */
  const callOff = async (): Promise<void> => {
    const done = answered(helper, 'image', new AbortController().signal);
    helper.tell({ op: 'cancel' });
    await done.catch(() => undefined);
  };
  return {
    info,
    capture: async ({ nonce }, signal) => {
      signal.throwIfAborted();
      if (nonce.length !== 32) throw new RangeError('capture: a nonce of 32 bytes');
      if (isOver) throw new BiometricError('SCANNER_GONE', 'unplugged or closed');
      if (running !== undefined) throw new BiometricError('SCANNER_BUSY', 'a capture is under way');
      running = new AbortController();
      const either = AbortSignal.any([signal, running.signal]);
      try {
        const image = answered(helper, 'image', either);
        helper.tell({ op: 'capture' });
        return captureOf(await image, info.dpi);
      } catch (cause) {
        if (signal.aborted && !isOver) await callOff();
        throw cause;
      } finally {
        running = undefined;
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
      running?.abort(new BiometricError('SCANNER_GONE', 'closed'));
      fingers.clear();
      await helper.close();
    },
  };
}

/** What the driver works with. */
export interface LibfprintOptions {
  /** Virtual devices, which make no difference between a finger and a file, are refused where patients are served. */
  readonly mode: 'production' | 'demonstration';
  /** Added to the environment of the helpers. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The driver. */
export function createLibfprintDriver({ mode, environment = {} }: LibfprintOptions): CaptureDriver {
  const serves = (driver: string): boolean => mode === 'demonstration' || !driver.startsWith('virtual_');
  return {
    kind: 'libfprint',
    list: async (signal) => {
      const helper = startHelper(environment);
      try {
        const answer = answered(helper, 'devices', signal);
        helper.tell({ op: 'list' });
        const { devices } = await answer;
        return devices
          .filter(({ driver }) => serves(driver))
          .map(({ id, name }) => ({ id, name, driver: 'libfprint' as const }));
      } finally {
        await helper.close();
      }
    },
    open: async (id, signal) => {
      if (!serves(id)) throw new BiometricError('SCANNER_REFUSED', `${id} is no scanner`);
      const helper = startHelper(environment);
      try {
        const answer = answered(helper, 'opened', signal);
        helper.tell({ op: 'open', id });
        const { driver, name } = await answer;
        const dpi = RESOLUTIONS[driver];
        if (dpi === undefined) throw new BiometricError('SCANNER_REFUSED', `resolution of ${driver} is not known`);
        return createSession(helper, { id, name, driver: 'libfprint', dpi });
      } catch (cause) {
        await helper.close();
        throw cause;
      }
    },
  };
}
