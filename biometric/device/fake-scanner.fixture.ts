/**
 * A scanner that speaks the capture protocol, as tests plug it in: the device's side written from docs/scanners.md, with everything that can go
 * wrong on the way.
 * @module
 */
import { crc32 } from 'node:zlib';
import { concat, equalBytes, readUint, uint } from '../../crypto/common/bytes.ts';
import { BiometricError } from '../biometric-error.ts';
import type { GreyImage } from '../extract/grey-image.ts';
import { captureMac, holdingProof, KEY_SLOT, keyProof, REPORT } from './capture-reports.ts';
import type { HidBus, HidTransport } from './hid-transport.ts';

/** What happens to a report of the device on its way: none, one or several arrive. */
export type Wire = (report: Uint8Array) => readonly Uint8Array[];

/** How the device is made. */
export interface FakeScannerOptions {
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
  readonly reportLength?: number;
  readonly key?: Uint8Array;
  /** Takes a key while it has none. */
  readonly takesKey?: boolean;
  readonly wire?: Wire;
}

/** A plugged-in fake. */
export interface FakeScanner {
  readonly bus: HidBus;
  readonly deviceId: Uint8Array;
  /** Lays a finger on the window: the capture that waits, or the next one, takes this image. */
  lay(image: GreyImage): void;
  lift(): void;
  /** Shows a preview of the window, where a capture waits. */
  look(preview: GreyImage): void;
  unplug(): void;
  /** What its maker can do: it forgets its key. */
  reset(): void;
  /** The key that it holds. */
  key(): Uint8Array | undefined;
  /** First bytes of all reports that the desk sent. */
  readonly asked: readonly number[];
  /** What a report of the device is, put on the wire as it stands. */
  inject(report: Uint8Array): void;
}

const PATH = '/dev/hidraw7';
const head = (type: number, imageId: number): Uint8Array => concat(Uint8Array.of(type), uint(imageId, 4));

/** Plugs one in. */
export function createFakeScanner(options: FakeScannerOptions): FakeScanner {
  const { width, height, dpi, reportLength = 64, takesKey = false, wire = (report) => [report] } = options;
  let { key } = options;
  const deviceId = new Uint8Array(16).fill(0xa5);
  const chunkLength = reportLength - 7;
  const listeners = new Set<(report: Uint8Array) => void>();
  const leavers = new Set<() => void>();
  const asked: number[] = [];
  /** Of the last preview; it goes around soon. */
  let frame = 0xfffe;
  let plugged = true;
  let isOpen = false;
  let finger: GreyImage | undefined;
  let waiting: { readonly imageId: number; readonly nonce: Uint8Array } | undefined;
  let sending: { readonly imageId: number; readonly nonce: Uint8Array; readonly image: GreyImage } | undefined;

  const put = (report: Uint8Array): void => {
    const padded = concat(report, new Uint8Array(Math.max(0, reportLength - report.length)));
    for (const arrived of wire(padded)) for (const listener of listeners) listener(arrived);
  };
  const chunk = (index: number): void => {
    if (sending === undefined) return;
    const { imageId, image } = sending;
    const payload = image.pixels.subarray(index * chunkLength, (index + 1) * chunkLength);
    if (payload.length > 0) put(concat(head(REPORT.chunk, imageId), uint(index, 2), payload));
  };
  const end = (): void => {
    if (sending === undefined) return;
    const { imageId, nonce, image } = sending;
    const mac = key === undefined ? new Uint8Array(32) : captureMac(key, { deviceId, nonce, ...image });
    put(concat(head(REPORT.imageEnds, imageId), uint(crc32(image.pixels), 4), mac));
  };
  const take = (): void => {
    if (waiting === undefined || finger === undefined) return;
    sending = { ...waiting, image: finger };
    waiting = undefined;
    const { image } = sending;
    put(
      concat(
        head(REPORT.imageBegins, sending.imageId),
        uint(image.width, 2),
        uint(image.height, 2),
        uint(chunkLength, 2),
      ),
    );
    for (let index = 0; index * chunkLength < image.pixels.length; index++) chunk(index);
    end();
  };
  const onReport = (report: Uint8Array): void => {
    const type = report[0] ?? 0;
    asked.push(type);
    const imageId = readUint(report.subarray(1, 5));
    switch (type) {
      case REPORT.hello:
        put(
          concat(
            Uint8Array.of(REPORT.helloAnswer, 1),
            ...[reportLength, width, height, dpi].map((value) => uint(value, 2)),
            Uint8Array.of(KEY_SLOT[key !== undefined ? 'held' : takesKey ? 'empty' : 'absent']),
            deviceId,
          ),
        );
        return;
      case REPORT.start:
        waiting = { imageId, nonce: report.slice(5, 37) };
        take();
        return;
      case REPORT.abort:
        waiting = undefined;
        sending = undefined;
        return;
      case REPORT.resend: {
        if (sending?.imageId !== imageId) return;
        for (let i = 0; i < (report[5] ?? 0); i++) {
          const first = readUint(report.subarray(6 + i * 4, 8 + i * 4));
          const count = readUint(report.subarray(8 + i * 4, 10 + i * 4));
          for (let index = first; index < first + count; index++) chunk(index);
        }
        end();
        return;
      }
      case REPORT.taken:
        sending = undefined;
        return;
      case REPORT.prove: {
        const proof = key === undefined ? new Uint8Array(32) : holdingProof(key, deviceId, report.slice(1, 33));
        put(concat(Uint8Array.of(REPORT.proof), proof));
        return;
      }
      case REPORT.key: {
        const given = report.slice(1, 33);
        if (key === undefined && takesKey) key = given;
        const holds = key !== undefined && equalBytes(key, given);
        put(
          holds
            ? concat(Uint8Array.of(REPORT.keySet, 1), keyProof(given, deviceId))
            : concat(Uint8Array.of(REPORT.keySet, 0), new Uint8Array(32)),
        );
      }
    }
  };
  const transport: HidTransport = {
    send: async (report) => {
      if (!plugged) throw new BiometricError('SCANNER_GONE', 'unplugged');
      // The device answers in turns of its own.
      queueMicrotask(() => onReport(report.slice()));
    },
    onReport: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    onGone: (listener) => {
      leavers.add(listener);
      return () => {
        leavers.delete(listener);
      };
    },
    close: async () => {
      isOpen = false;
    },
  };
  return {
    deviceId,
    asked,
    bus: {
      list: async () => (plugged ? [{ path: PATH, product: 'IMIS Capture', serial: '0001' }] : []),
      open: async (path) => {
        if (!plugged || path !== PATH) throw new BiometricError('SCANNER_ABSENT', 'not there');
        if (isOpen) throw new BiometricError('SCANNER_BUSY', 'open elsewhere');
        isOpen = true;
        return transport;
      },
    },
    lay: (image) => {
      finger = image;
      put(Uint8Array.of(REPORT.finger, 1));
      take();
    },
    lift: () => {
      finger = undefined;
      put(Uint8Array.of(REPORT.finger, 0));
    },
    look: ({ width: columns, height: lines, pixels }) => {
      if (waiting === undefined) return;
      const { imageId } = waiting;
      const piece = reportLength - 11;
      frame = (frame + 1) & 0xffff;
      for (let index = 0; index * piece < pixels.length; index++)
        put(
          concat(
            head(REPORT.preview, imageId),
            uint(frame, 2),
            uint(columns, 1),
            uint(lines, 1),
            uint(index, 2),
            pixels.subarray(index * piece, (index + 1) * piece),
          ),
        );
    },
    unplug: () => {
      plugged = false;
      for (const listener of leavers) listener();
    },
    reset: () => {
      key = undefined;
    },
    key: () => key,
    inject: put,
  };
}
