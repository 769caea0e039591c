/**
 * `imis scanner list`, `enrol`, `forget`: the keys of a desk's fingerprint scanners (docs/scanners.md). A key is on the desk's disk before its scanner
 * hears of it, so that a crash between the two is mended by asking again.
 * @module
 */
import { BiometricError } from '../../biometric/biometric-error.ts';
import type { CaptureDriver, Scanner } from '../../biometric/device/capture-driver.ts';
import { KEY_BYTES, type KeySlot } from '../../biometric/device/capture-reports.ts';
import { type KeySession, type KeySessionPorts, openKeySession } from '../../biometric/device/key-session.ts';
import type { Clock } from '../../contract/clock.ts';
import { type ErrorCode, refusalOf } from '../../contract/errors.ts';
import { wipe } from '../../crypto/common/bytes.ts';
import { type Rng, secureRng } from '../../crypto/common/random.ts';
import { readJson } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { dataOf } from './desk-data.ts';
import { DeskFile, deskFiles, deskOfRole } from './desk-folder.ts';
import type { ScannerKey } from './desk-rows.ts';
import { takesFingers } from './finger-scanners.ts';
import { readKioskFile } from './kiosk-file.ts';
import { pinStoreKey } from './pin-store-key.ts';
import type { KeptRows } from './sealed-rows.ts';
import { openDeskData } from './store-key.ts';
import { storePins } from './store-pin.ts';

/** What finds scanners: the HID bus, and the drivers of scanners that take no key. */
export interface ScannerPorts extends KeySessionPorts {
  readonly others: readonly CaptureDriver[];
  readonly clock: Clock;
  readonly rng?: Rng;
}

/** A desk, by its kiosk's configuration. */
export interface DeskAt {
  readonly configFile: string;
  /** File with the start-up PIN; without it the terminal asks. */
  readonly pinFile: string | undefined;
}

/** A scanner as a desk sees it. */
export interface ListedScanner {
  readonly driver: Scanner['driver'];
  /** 32 hex digits of the device, or the driver's own name of it; left out where it could not be asked. */
  readonly id?: string;
  readonly name: string;
  readonly plugged: boolean;
  /** As the device says. */
  readonly key?: KeySlot;
  /** Whether this desk has its key: `begun` where nobody knows yet whether the device took it. */
  readonly here: 'no' | 'begun' | 'enrolled';
  /** Why it could not be asked. */
  readonly refusal?: ErrorCode;
}

const NONCE_BYTES = 32;

const { signal } = new AbortController();

/** Works on a desk's keys. VALUE_INVALID for a desk that takes no fingers; FOLDER_NOT_FOUND, FOLDER_DAMAGED; rejects as openDeskData. */
async function withKeys<T>(
  { configFile, pinFile }: DeskAt,
  work: (keys: KeptRows<ScannerKey>) => Promise<T>,
): Promise<T> {
  const { file, at } = readKioskFile(configFile);
  const { desk } = readJson(deskFiles(at(file.folder)).desk, DeskFile);
  if (!takesFingers(deskOfRole(desk))) throw new BureauFolderError('VALUE_INVALID', `a ${desk} desk takes no fingers`);
  const { scannerKeys, close } = await openDeskData(dataOf(configFile), pinStoreKey(storePins(pinFile)), signal);
  try {
    return await work(scannerKeys);
  } finally {
    close();
  }
}

/** The row of a scanner; the other keys that were read are wiped. */
function rowOf(keys: KeptRows<ScannerKey>, deviceId: string): ScannerKey | undefined {
  const all = keys.all();
  const found = all.find((one) => one.deviceId === deviceId);
  wipe(...all.filter((one) => one !== found).map(({ key }) => key));
  return found;
}

const hereOf = (kept: Omit<ScannerKey, 'key'> | undefined): ListedScanner['here'] => {
  if (kept === undefined) return 'no';
  return kept.enrolledAt === null ? 'begun' : 'enrolled';
};

/** What the desk's drivers find, and what is enrolled and not plugged in. */
export const listScanners = (desk: DeskAt, ports: ScannerPorts): Promise<readonly ListedScanner[]> =>
  withKeys(desk, async (keys) => {
    const kept = keys.all().map(({ key, ...row }) => {
      wipe(key);
      return row;
    });
    const found: ListedScanner[] = [];
    for (const { path, product: name } of await ports.bus.list()) {
      try {
        const session = await openKeySession(ports, path, signal);
        await session.close();
        const { deviceId: id, keySlot: key } = session;
        const here = hereOf(kept.find(({ deviceId }) => deviceId === id));
        found.push({ driver: 'hid', id, name, plugged: true, key, here });
      } catch (cause) {
        found.push({ driver: 'hid', name, plugged: true, here: 'no', refusal: refusalOf(cause).code });
      }
    }
    for (const driver of ports.others) {
      const plugged = { driver: driver.kind, plugged: true, here: 'no' } as const;
      try {
        for (const { id, name } of await driver.list(signal)) found.push({ ...plugged, id, name, key: 'absent' });
      } catch (cause) {
        found.push({ ...plugged, plugged: false, name: driver.kind, refusal: refusalOf(cause).code });
      }
    }
    for (const row of kept)
      if (!found.some(({ id }) => id === row.deviceId))
        found.push({ driver: 'hid', id: row.deviceId, name: row.name, plugged: false, here: hereOf(row) });
    return found;
  });

/**
 * The plugged-in scanner with this id, opened. SCANNER_UNTRUSTED where two go by it; SCANNER_ABSENT, or why one could not be asked;
 * SCANNER_KEY_UNSUPPORTED for one of another driver.
 */
async function openScanner(
  ports: ScannerPorts,
  id: string,
): Promise<{ readonly session: KeySession; readonly name: string }> {
  let unanswered: Error | undefined;
  const found: { readonly session: KeySession; readonly name: string }[] = [];
  for (const { path, product: name } of await ports.bus.list()) {
    try {
      const session = await openKeySession(ports, path, signal);
      if (session.deviceId === id) found.push({ session, name });
      else await session.close();
    } catch (cause) {
      unanswered = cause instanceof Error ? cause : new Error(`${path} cannot be asked`, { cause });
    }
  }
  const [one, ...others] = found;
  if (others.length > 0) {
    for (const { session } of found) await session.close();
    throw new BiometricError('SCANNER_UNTRUSTED', `${found.length} scanners go by ${id}`);
  }
  if (one !== undefined) return one;
  if (unanswered !== undefined) throw unanswered;
  for (const driver of ports.others) {
    // A driver that is not installed finds none.
    const listed = await driver.list(signal).catch(() => []);
    if (listed.some((one) => one.id === id))
      throw new BiometricError('SCANNER_KEY_UNSUPPORTED', `${driver.kind} gives no keys`);
  }
  throw new BiometricError('SCANNER_ABSENT', `no scanner ${id}`);
}

/** Refuses what must not be given a key. SCANNER_KEY_UNSUPPORTED, SCANNER_KEY_FOREIGN, SCANNER_UNTRUSTED. */
function checkSlot({ keySlot }: KeySession, kept: ScannerKey | undefined): void {
  switch (keySlot) {
    case 'absent':
      throw new BiometricError('SCANNER_KEY_UNSUPPORTED', 'its firmware takes no key');
    case 'held':
      if (kept === undefined) throw new BiometricError('SCANNER_KEY_FOREIGN', 'it was enrolled elsewhere');
      return;
    case 'empty':
      // Whatever goes by the id of an enrolled scanner is not to be given a key without somebody's word.
      if (hereOf(kept) === 'enrolled')
        throw new BiometricError('SCANNER_UNTRUSTED', 'it is enrolled here and says that it holds no key');
  }
}

/**
 * Enrols a scanner at a desk; done before, it is done again without harm. Rejects as {@link openScanner}, {@link checkSlot}, KeySession.give and
 * KeySession.proves; SCANNER_FAILED when it has no key and takes none.
 */
export const enrolScanner = (desk: DeskAt, id: string, ports: ScannerPorts): Promise<void> =>
  withKeys(desk, async (keys) => {
    const { session, name } = await openScanner(ports, id);
    const { clock, rng = secureRng } = ports;
    // Looked for only now: between here and the first write nothing waits, so that two who enrol at once do not both make a key.
    const kept = rowOf(keys, id);
    const row: ScannerKey = kept ?? { version: 1, deviceId: id, name, key: rng(KEY_BYTES), enrolledAt: null };
    try {
      checkSlot(session, kept);
      // On the disk first: a device with a key that nobody has is of no use before its maker's reset.
      if (kept === undefined) keys.put([row]);
      // Whatever says that it holds a key proves which one: it may only go by the id of the one that does.
      const holds =
        session.keySlot === 'held'
          ? await session.proves(row.key, rng(NONCE_BYTES), signal)
          : await session.give(row.key, signal);
      if (holds) {
        keys.put([{ ...row, name, enrolledAt: new Date(clock.now()).toISOString() }]);
        return;
      }
      if (hereOf(row) === 'begun') keys.drop(id);
      throw session.keySlot === 'held'
        ? new BiometricError('SCANNER_KEY_FOREIGN', 'it holds another key than this desk has')
        : new BiometricError('SCANNER_FAILED', 'it says that it holds no key, and takes none');
    } finally {
      wipe(row.key);
      await session.close();
    }
  });

/** Takes away what a desk has of a scanner's key; the scanner keeps its own. SCANNER_ABSENT when nothing is there. */
export const forgetScanner = (desk: DeskAt, id: string): Promise<void> =>
  withKeys(desk, async (keys) => {
    const kept = rowOf(keys, id);
    if (kept === undefined) throw new BiometricError('SCANNER_ABSENT', `no scanner ${id} is enrolled here`);
    wipe(kept.key);
    keys.drop(id);
  });

/** The keys of a desk's scanners as a driver asks for them: by device id, none that was only begun. */
export const enrolledKeyOf =
  (keys: KeptRows<ScannerKey>) =>
  (deviceId: string): Uint8Array | undefined => {
    const kept = rowOf(keys, deviceId);
    return hereOf(kept) === 'enrolled' ? kept?.key : undefined;
  };
