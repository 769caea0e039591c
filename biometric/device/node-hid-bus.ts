/**
 * The HID bus of this machine through node-hid (hidapi). Main or utility process only.
 * @module
 */
import { devicesAsync, HIDAsync } from 'node-hid';
import { BiometricError } from '../biometric-error.ts';
import type { HidBus, HidTransport } from './hid-transport.ts';

/** Vendor-defined usage page and usage of a capture device of ours (HID Usage Tables 1.5, pages FF00 to FFFF). */
const CAPTURE_USAGE = { page: 0xff49, usage: 0x01 } as const;

/** hidapi says only in words that a device is open elsewhere. */
const isBusy = (cause: unknown): boolean =>
  cause instanceof Error && /busy|access|exclusive|permission/iu.test(cause.message);

function transportOf(device: HIDAsync): HidTransport {
  let gone = false;
  const leavers = new Set<() => void>();
  const leave = (): void => {
    if (gone) return;
    gone = true;
    for (const listener of leavers) listener();
  };
  // node-hid reports an unplugged device as an error of the reading thread.
  device.on('error', leave);
  return {
    send: async (report) => {
      if (gone) throw new BiometricError('SCANNER_GONE', 'unplugged or closed');
      try {
        // The first byte is the report number: 0, for a device that has only one.
        await device.write(Buffer.concat([Uint8Array.of(0), report]));
      } catch (cause) {
        leave();
        throw new BiometricError('SCANNER_GONE', 'it takes no report', { cause });
      }
    },
    onReport: (listener) => {
      const onData = (data: Buffer): void => listener(new Uint8Array(data));
      device.on('data', onData);
      return () => {
        device.off('data', onData);
      };
    },
    onGone: (listener) => {
      leavers.add(listener);
      return () => {
        leavers.delete(listener);
      };
    },
    close: async () => {
      if (gone) return;
      gone = true;
      await device.close();
    },
  };
}

/** Devices of our usage page. */
export function createNodeHidBus(): HidBus {
  return {
    list: async () =>
      (await devicesAsync()).flatMap(({ path, product, serialNumber, usagePage, usage }) =>
        path !== undefined && usagePage === CAPTURE_USAGE.page && usage === CAPTURE_USAGE.usage
          ? [{ path, product: product ?? 'IMIS', serial: serialNumber ?? '' }]
          : [],
      ),
    open: async (path) => {
      try {
        return transportOf(await HIDAsync.open(path));
      } catch (cause) {
        throw new BiometricError(isBusy(cause) ? 'SCANNER_BUSY' : 'SCANNER_ABSENT', 'hidapi cannot open it', { cause });
      }
    },
  };
}
