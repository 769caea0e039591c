/**
 * What counts as a scanner: in production neither a folder nor a virtual device, in a demonstration both.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CaptureDriver } from '../../biometric/device/capture-driver.ts';
import { codeOf } from '../../biometric/device/capture-suite.fixture.ts';
import { kioskDrivers, takesFingers } from './finger-scanners.ts';

const signal = new AbortController().signal;
const never = () => () => undefined;
const keyOf = () => undefined;
const driverOf = (drivers: readonly CaptureDriver[], kind: CaptureDriver['kind']): CaptureDriver =>
  drivers.find((driver) => driver.kind === kind) ?? expect.fail(`no ${kind} driver`);

describe('the scanners of a kiosk', () => {
  it('are those of the machine, and no virtual ones in production', async () => {
    const drivers = kioskDrivers(never, { mode: 'production', keyOf });
    expect(drivers.map(({ kind }) => kind)).toEqual(['hid', 'libfprint']);
    const virtual = driverOf(drivers, 'libfprint').open('virtual_image/0', signal);
    expect(await codeOf(virtual)).toBe('SCANNER_REFUSED');
  });

  it('are a folder in a demonstration, and refused where patients are served', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'imis-fingers-'));
    try {
      mkdirSync(join(folder, 'desk'));
      const demonstration = kioskDrivers(never, { mode: 'demonstration', folder, keyOf });
      expect(demonstration.map(({ kind }) => kind)).toEqual(['folder']);
      expect(await driverOf(demonstration, 'folder').list(signal)).toMatchObject([{ id: 'desk', driver: 'folder' }]);
      const production = driverOf(kioskDrivers(never, { mode: 'production', folder, keyOf }), 'folder');
      expect(await production.list(signal)).toEqual([]);
      expect(await codeOf(production.open('desk', signal))).toBe('SCANNER_REFUSED');
      writeFileSync(join(folder, 'file'), '');
      for (const none of [join(folder, 'none'), join(folder, 'file'), ''])
        expect(() => kioskDrivers(never, { mode: 'demonstration', folder: none, keyOf })).toThrow(
          expect.objectContaining({ code: 'FOLDER_NOT_FOUND', message: none }),
        );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are at the desks that take fingers', () => {
    const desks = ['emergency', 'card-office', 'registration', 'clinic', 'pharmacy', undefined] as const;
    expect(desks.filter(takesFingers)).toEqual(['emergency', 'card-office']);
  });
});
