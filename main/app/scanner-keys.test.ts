/**
 * A desk's scanners and their keys over a fake bus: what is stored when, what every refusal leaves behind, and that a crash is mended.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CaptureDriver } from '../../biometric/device/capture-driver.ts';
import { REPORT } from '../../biometric/device/capture-reports.ts';
import {
  createFakeScanner,
  type FakeScanner,
  type FakeScannerOptions,
} from '../../biometric/device/fake-scanner.fixture.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { readJson } from './bureau-files.ts';
import type { ScannerKey } from './desk-rows.ts';
import { type OpenDeskStore, openDeskStore } from './desk-store.ts';
import { GENERATED_PASSPHRASE_COST } from './officers/sealed-secret.ts';
import { pinStoreKey } from './pin-store-key.ts';
import {
  type DeskAt,
  enrolledKeyOf,
  enrolScanner,
  forgetScanner,
  listScanners,
  type ScannerPorts,
} from './scanner-keys.ts';
import { deskDataFiles, openDeskData, StoreKeyFile } from './store-key.ts';
import { storePins } from './store-pin.ts';

const signal = new AbortController().signal;
const NOW = Date.UTC(2026, 10, 29, 2);
const ID = 'a5'.repeat(16);

let folder: string;
let desk: DeskAt;
/** Of the desk that was made last. */
let storeKey: Uint8Array;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'imis-scanner-'));
  desk = await makeDesk('emergency');
});
afterEach(() => rmSync(folder, { recursive: true }));

const writeJson = (name: string, value: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
};
/** A desk whose store a first start has made. */
async function makeDesk(role: string): Promise<DeskAt> {
  mkdirSync(join(folder, role));
  const who = { institution: '0401180014', institutionName: '示範醫院', bureau: '9900000001', name: role };
  writeJson(join(role, 'desk.json'), { version: 1, desk: role, terminalId: 'ab'.repeat(16), ...who });
  const readers = { kind: 'pcsc' };
  const configFile = writeJson(`${role}.json`, { version: 1, folder: role, data: `data-${role}`, readers });
  const pinFile = join(folder, 'pin');
  writeFileSync(pinFile, 'a start-up PIN');
  const keeper = pinStoreKey(storePins(pinFile), GENERATED_PASSPHRASE_COST);
  const data = join(folder, `data-${role}`);
  (await openDeskData(data, keeper, signal)).close();
  storeKey = await keeper.unwrap(readJson(deskDataFiles(data).storeKey, StoreKeyFile), signal);
  return { configFile, pinFile };
}
const plugIn = (options: Partial<FakeScannerOptions> = {}): FakeScanner =>
  createFakeScanner({ width: 320, height: 360, dpi: 500, takesKey: true, ...options });

/** A driver with one scanner that takes no keys, or with none because it is not installed. */
const other = (list: CaptureDriver['list']): CaptureDriver => ({
  kind: 'libfprint',
  list,
  open: async () => expect.fail('opened'),
});
const uru = other(async () => [{ id: 'uru4000/0', driver: 'libfprint', name: 'U.are.U 4500' }]);
const portsOf = ({ bus }: Pick<FakeScanner, 'bus'>, others: readonly CaptureDriver[] = []): ScannerPorts => ({
  bus,
  // Nothing waits here: an answer is at hand, or the time for it is over at once.
  later: (_ms, work) => {
    const timer = setImmediate(work);
    return () => clearImmediate(timer);
  },
  others,
  clock: { now: () => NOW },
});
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'accepted',
    (cause: unknown) => (cause instanceof Error && 'code' in cause ? cause.code : cause),
  );
/** Looks at the rows as another process would, with the key at hand. */
function withRows<T>(work: (open: OpenDeskStore) => T): T {
  const open = openDeskStore(deskDataFiles(join(folder, 'data-emergency')).store, storeKey);
  try {
    return work(open);
  } finally {
    open.close();
  }
}
const rows = (): ScannerKey[] => withRows(({ scannerKeys }) => scannerKeys.all());
const known = (): Uint8Array | undefined => withRows(({ scannerKeys }) => enrolledKeyOf(scannerKeys)(ID));

describe('the scanners of a desk', () => {
  it('are enrolled: the key is with the device and with the desk, and the list says so', async () => {
    const scanner = plugIn();
    const ports = portsOf(scanner, [uru]);
    const found = { driver: 'hid', id: ID, name: 'IMIS Capture', plugged: true };
    const another = {
      driver: 'libfprint',
      id: 'uru4000/0',
      name: 'U.are.U 4500',
      plugged: true,
      key: 'absent',
      here: 'no',
    };
    expect(hex(scanner.deviceId)).toBe(ID);
    expect(await listScanners(desk, ports)).toEqual([{ ...found, key: 'empty', here: 'no' }, another]);
    await enrolScanner(desk, ID, ports);
    expect(await listScanners(desk, ports)).toEqual([{ ...found, key: 'held', here: 'enrolled' }, another]);
    const key = scanner.key() ?? expect.fail();
    expect(rows()).toEqual([
      { version: 1, deviceId: ID, name: 'IMIS Capture', key, enrolledAt: '2026-11-29T02:00:00.000Z' },
    ]);
    expect(known()).toEqual(key);
    expect(key.some((byte) => byte !== 0)).toBe(true);
    // Again: nothing changes.
    await enrolScanner(desk, ID, ports);
    expect([scanner.key(), known()]).toEqual([key, key]);
    scanner.unplug();
    expect(await listScanners(desk, portsOf(scanner))).toEqual([{ ...found, plugged: false, here: 'enrolled' }]);
    await forgetScanner(desk, ID);
    expect([rows(), known(), scanner.key()]).toEqual([[], undefined, key]);
    expect(await codeOf(forgetScanner(desk, ID))).toBe('SCANNER_ABSENT');
  });

  it('that hold the key of another desk, take none or are not there: refused, and nothing is kept', async () => {
    const foreign = plugIn({ key: new Uint8Array(32).fill(9) });
    expect(await codeOf(enrolScanner(desk, ID, portsOf(foreign)))).toBe('SCANNER_KEY_FOREIGN');
    expect(foreign.asked).not.toContain(REPORT.key);
    const plain = plugIn({ takesKey: false });
    expect(await codeOf(enrolScanner(desk, ID, portsOf(plain)))).toBe('SCANNER_KEY_UNSUPPORTED');
    expect(await codeOf(enrolScanner(desk, 'uru4000/0', portsOf(plain, [uru])))).toBe('SCANNER_KEY_UNSUPPORTED');
    const missing = other(async () => {
      throw new Error('not installed');
    });
    expect(await codeOf(enrolScanner(desk, 'cd'.repeat(16), portsOf(plain, [missing])))).toBe('SCANNER_ABSENT');
    const stubborn = plugIn({
      wire: (report) => [report[0] === REPORT.keySet ? new Uint8Array(64).fill(REPORT.keySet, 0, 1) : report],
    });
    expect(await codeOf(enrolScanner(desk, ID, portsOf(stubborn)))).toBe('SCANNER_FAILED');
    expect(rows()).toEqual([]);
  });

  it('that cannot be asked stand in the list with the reason', async () => {
    const silent = portsOf(plugIn({ wire: () => [] }), [
      other(async () => {
        throw new Error('not installed');
      }),
    ]);
    expect(await listScanners(desk, silent)).toEqual([
      { driver: 'hid', name: 'IMIS Capture', plugged: true, here: 'no', refusal: 'SCANNER_STALLED' },
      { driver: 'libfprint', name: 'libfprint', plugged: false, here: 'no', refusal: 'INTERNAL' },
    ]);
    expect(await codeOf(enrolScanner(desk, ID, silent))).toBe('SCANNER_STALLED');
  });

  it('whose answer never came are enrolled by asking again, whether they took the key or not', async () => {
    for (const hears of [true, false]) {
      let isCut = true;
      const scanner = plugIn({ wire: (report) => (isCut && report[0] === REPORT.keySet ? [] : [report]) });
      const { bus } = scanner;
      // A cable that brings nothing to the device either.
      const deaf = {
        ...bus,
        open: async (path: string) => {
          const transport = await bus.open(path);
          return {
            ...transport,
            send: (report: Uint8Array) =>
              !hears && isCut && report[0] === REPORT.key ? Promise.resolve() : transport.send(report),
          };
        },
      };
      expect(await codeOf(enrolScanner(desk, ID, portsOf({ bus: deaf })))).toBe('SCANNER_STALLED');
      const [begun] = rows();
      expect([begun?.enrolledAt, scanner.key()]).toEqual([null, hears ? begun?.key : undefined]);
      // Used for nothing until then.
      expect(known()).toBeUndefined();
      const key = hears ? 'held' : 'empty';
      expect(await listScanners(desk, portsOf(scanner))).toMatchObject([{ id: ID, key, here: 'begun' }]);
      isCut = false;
      await enrolScanner(desk, ID, portsOf(scanner));
      expect([scanner.key(), known()]).toEqual([begun?.key, begun?.key]);
      await forgetScanner(desk, ID);
    }
  });

  it('are found with the key on the disk before they hear of it', async () => {
    const scanner = plugIn();
    let stored: readonly ScannerKey[] = [];
    const { bus } = scanner;
    const watched = {
      ...bus,
      open: async (path: string) => {
        const transport = await bus.open(path);
        return {
          ...transport,
          send: async (report: Uint8Array) => {
            if (report[0] === REPORT.key) stored = rows();
            return transport.send(report);
          },
        };
      },
    };
    await enrolScanner(desk, ID, { ...portsOf({ bus: watched }), later: () => () => undefined });
    expect(stored).toMatchObject([{ deviceId: ID, enrolledAt: null, key: scanner.key() }]);
  });

  it('that were reset, or pass for one, get no second key without a word', async () => {
    const scanner = plugIn();
    await enrolScanner(desk, ID, portsOf(scanner));
    const key = scanner.key();
    scanner.reset();
    expect(await codeOf(enrolScanner(desk, ID, portsOf(scanner)))).toBe('SCANNER_UNTRUSTED');
    expect([scanner.key(), known()]).toEqual([undefined, key]);
    const impostor = plugIn({ key: new Uint8Array(32).fill(1) });
    expect(await codeOf(enrolScanner(desk, ID, portsOf(impostor)))).toBe('SCANNER_KEY_FOREIGN');
    // Nor the first one: whoever has it makes pictures that this desk believes.
    expect(impostor.asked).not.toContain(REPORT.key);
    expect(known()).toEqual(key);
    await forgetScanner(desk, ID);
    await enrolScanner(desk, ID, portsOf(scanner));
    expect(known()).toEqual(scanner.key());
    expect(scanner.key()).not.toEqual(key);
  });

  it('of which two go by one id get no key: nobody knows which is meant', async () => {
    const [one, two] = [plugIn(), plugIn()];
    const both = {
      list: async () => [one, two].map((_, i) => ({ path: `${i}`, product: 'IMIS Capture', serial: '' })),
      open: async (path: string) => {
        const { bus } = path === '0' ? one : two;
        const [device] = await bus.list();
        return bus.open(device?.path ?? '');
      },
    };
    expect(await codeOf(enrolScanner(desk, ID, portsOf({ bus: both })))).toBe('SCANNER_UNTRUSTED');
    expect([one.key(), two.key(), rows()]).toEqual([undefined, undefined, []]);
    // Both were closed again.
    await enrolScanner(desk, ID, portsOf(one));
    expect(await codeOf(enrolScanner(desk, ID, portsOf(two)))).toBe('SCANNER_UNTRUSTED');
  });

  it('belong to a desk that takes fingers and has a store', async () => {
    const ports = portsOf(plugIn());
    expect(await codeOf(listScanners(await makeDesk('clinic'), ports))).toBe('VALUE_INVALID');
    rmSync(join(folder, 'data-emergency'), { recursive: true });
    expect(await codeOf(listScanners(desk, ports))).toBe('FOLDER_NOT_FOUND');
    rmSync(join(folder, 'emergency'), { recursive: true });
    expect(await codeOf(enrolScanner(desk, ID, ports))).toBe('FOLDER_NOT_FOUND');
    expect(await codeOf(forgetScanner({ ...desk, configFile: join(folder, 'none') }, ID))).toBe('FOLDER_NOT_FOUND');
  });
});
