/**
 * The scanner of a station: in a kiosk whatever is plugged in, found when a finger is first wanted; one for all desks of a demonstration. Only where
 * fingers are taken is anything of it loaded.
 * @module
 */
import { statSync } from 'node:fs';
import type { CaptureDriver } from '../../biometric/device/capture-driver.ts';
import { createFolderDriver } from '../../biometric/device/folder-driver.ts';
import { createHidDriver, type HidDriverPorts } from '../../biometric/device/hid-driver.ts';
import { createLibfprintDriver, type LibfprintOptions } from '../../biometric/device/libfprint-driver.ts';
import { createNodeHidBus } from '../../biometric/device/node-hid-bus.ts';
import { createExtractor } from '../../biometric/extract/create-extractor.ts';
import type { Desk } from '../../contract/station.ts';
import { createFingerScanner, type FingerScanner } from '../station/finger-scanner.ts';
import type { Later } from '../station/ports.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import type { ScannerPorts } from './scanner-keys.ts';
import { systemClock } from './system-clock.ts';

/** Desks that take fingers. */
const TAKERS: ReadonlySet<Desk | undefined> = new Set<Desk>(['emergency', 'card-office']);
/** Whether a desk takes fingers. */
export const takesFingers = (desk: Desk | undefined): boolean => TAKERS.has(desk);

/** Resolution of pictures in a folder, pixels an inch. */
const FOLDER_DPI = 500;

/** What a kiosk is to take fingers with. */
export interface KioskScanners {
  /** In a demonstration virtual scanners count as scanners. */
  readonly mode: LibfprintOptions['mode'];
  /** In a demonstration: a folder of pictures instead of the scanners of the machine. */
  readonly folder?: string | undefined;
  readonly keyOf: HidDriverPorts['keyOf'];
}

/** The drivers of a kiosk. A folder in production is refused by its driver; FOLDER_NOT_FOUND in a demonstration where there is none. */
export function kioskDrivers(later: Later, { mode, folder, keyOf }: KioskScanners): readonly CaptureDriver[] {
  if (folder === undefined)
    return [createHidDriver({ bus: createNodeHidBus(), later, keyOf }), createLibfprintDriver({ mode })];
  if (mode === 'demonstration' && statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new BureauFolderError('FOLDER_NOT_FOUND', folder);
  return [createFolderDriver({ folder, dpi: FOLDER_DPI, mode, later })];
}

/** What finds the scanners of this machine to give them keys. Its timers keep the process, as a command wants it. */
export const machineScanners = (): ScannerPorts => ({
  bus: createNodeHidBus(),
  later: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  others: [createLibfprintDriver({ mode: 'production' })],
  clock: systemClock,
});

/** The scanner, where any of these desks takes fingers. */
export async function openFingerScanner(
  desks: readonly (Desk | undefined)[],
  drivers: () => readonly CaptureDriver[],
): Promise<FingerScanner | undefined> {
  if (!desks.some(takesFingers)) return undefined;
  return createFingerScanner(drivers(), await createExtractor(), systemClock);
}
