/**
 * The scanner of a station: in a kiosk whatever is plugged in, found when a finger is first wanted; one for all desks of a demonstration. Only where
 * fingers are taken is anything of it loaded.
 * @module
 */
import type { CaptureDriver } from '../../biometric/device/capture-driver.ts';
import { createHidDriver } from '../../biometric/device/hid-driver.ts';
import { createLibfprintDriver } from '../../biometric/device/libfprint-driver.ts';
import { createNodeHidBus } from '../../biometric/device/node-hid-bus.ts';
import { createExtractor } from '../../biometric/extract/create-extractor.ts';
import type { Desk } from '../../contract/station.ts';
import { createFingerScanner, type FingerScanner } from '../station/finger-scanner.ts';
import type { Later } from '../station/ports.ts';
import { systemClock } from './system-clock.ts';

/** Desks that take fingers. */
const TAKERS: ReadonlySet<Desk | undefined> = new Set<Desk>(['emergency', 'card-office']);

/** The drivers of a kiosk. No scanner's key is enrolled yet, so none proves what it took. */
export const kioskDrivers = (later: Later): readonly CaptureDriver[] => [
  createHidDriver({ bus: createNodeHidBus(), later, keyOf: () => undefined }),
  createLibfprintDriver({ mode: 'production' }),
];

/** The scanner, where any of these desks takes fingers. */
export async function openFingerScanner(
  desks: readonly (Desk | undefined)[],
  drivers: () => readonly CaptureDriver[],
): Promise<FingerScanner | undefined> {
  if (!desks.some((desk) => TAKERS.has(desk))) return undefined;
  return createFingerScanner(drivers(), await createExtractor(), systemClock);
}
