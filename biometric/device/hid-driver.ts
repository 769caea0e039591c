/**
 * Scanners that speak our own report protocol over HID (docs/scanners.md): no maker of fingerprint scanners publishes one.
 * @module
 */
import { hex } from '../../crypto/common/bytes.ts';
import { BiometricError } from '../biometric-error.ts';
import { checkImageSize } from '../extract/grey-image.ts';
import { type CaptureDriver, type Later, LEAST_WINDOW, type ScannerInfo, windowArea } from './capture-driver.ts';
import type { DeviceHello } from './capture-reports.ts';
import { greetDevice } from './greet-device.ts';
import { createHidSession } from './hid-session.ts';
import type { HidBus } from './hid-transport.ts';

/** What the driver works with. */
export interface HidDriverPorts {
  readonly bus: HidBus;
  readonly later: Later;
  /** Key of a scanner by its device id (hex), 32 bytes, asked at every opening; undefined for one that was not enrolled. */
  readonly keyOf: (deviceId: string) => Uint8Array | undefined;
}

/** Refuses a window of a size that cannot be, or too small for a search. */
function checkWindow({ width, height, dpi }: DeviceHello): void {
  checkImageSize(width, height, dpi);
  const area = windowArea(width, height, dpi);
  if (area < LEAST_WINDOW) throw new BiometricError('SCANNER_TOO_SMALL', `${area.toFixed(0)} mm2`);
}

/** The driver over a HID bus. */
export function createHidDriver({ bus, later, keyOf }: HidDriverPorts): CaptureDriver {
  return {
    kind: 'hid',
    list: async (signal) => {
      const devices = await bus.list();
      signal.throwIfAborted();
      return devices.map(({ path, product, serial }) => ({
        id: path,
        driver: 'hid' as const,
        name: serial === '' ? product : `${product} ${serial}`,
      }));
    },
    open: async (id, signal) => {
      const device = (await bus.list()).find(({ path }) => path === id);
      signal.throwIfAborted();
      if (device === undefined) throw new BiometricError('SCANNER_ABSENT', `no scanner ${id}`);
      const transport = await bus.open(id);
      try {
        const hello = await greetDevice(transport, later, signal);
        checkWindow(hello);
        const key = keyOf(hex(hello.deviceId));
        const info: ScannerInfo = { id, driver: 'hid', name: device.product, dpi: hello.dpi };
        return createHidSession({ transport, hello, info, key, later });
      } catch (cause) {
        await transport.close();
        throw cause;
      }
    },
  };
}
