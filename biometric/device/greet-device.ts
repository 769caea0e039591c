/**
 * One question to a device on HID and its answer (docs/scanners.md, step 1): asked three times, for a report may be lost.
 * @module
 */
import { BiometricError } from '../biometric-error.ts';
import type { Later } from './capture-driver.ts';
import { type DeviceHello, type DeviceReport, decodeDeviceReport, encodeHello } from './capture-reports.ts';
import type { HidTransport } from './hid-transport.ts';

/** A device answers within this time, ms; it is asked three times. */
const ANSWER_MS = 500;
const TIMES = 3;

/** Sends a report until `answerOf` finds its answer. SCANNER_STALLED, SCANNER_GONE, or the signal's reason. */
export function askDevice<T>(
  transport: HidTransport,
  question: { readonly report: Uint8Array; answerOf(report: DeviceReport): T | undefined; readonly silence: string },
  later: Later,
  signal: AbortSignal,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let tries = 0;
  let callOff = (): void => undefined;
  const ask = (): void => {
    tries += 1;
    if (tries > TIMES) {
      reject(new BiometricError('SCANNER_STALLED', question.silence));
      return;
    }
    callOff = later(ANSWER_MS, ask);
    transport.send(question.report).catch(reject);
  };
  const onAbort = (): void => reject(signal.reason);
  const undo = [
    transport.onReport((bytes) => {
      const report = decodeDeviceReport(bytes);
      const answer = report === undefined ? undefined : question.answerOf(report);
      if (answer !== undefined) resolve(answer);
    }),
    transport.onGone(() => reject(new BiometricError('SCANNER_GONE', 'unplugged'))),
  ];
  signal.addEventListener('abort', onAbort, { once: true });
  ask();
  return promise.finally(() => {
    callOff();
    signal.removeEventListener('abort', onAbort);
    for (const stop of undo) stop();
  });
}

/** Asks what it is. Rejects as {@link askDevice}. */
export const greetDevice = (transport: HidTransport, later: Later, signal: AbortSignal): Promise<DeviceHello> =>
  askDevice(
    transport,
    {
      report: encodeHello(),
      answerOf: (report) => (report.type === 'hello' ? report : undefined),
      silence: 'it does not say what it is',
    },
    later,
    signal,
  );
