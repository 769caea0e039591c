/**
 * What Electron tells the application about the machine, and what becomes of it.
 * @module
 */
import { expect, it, vi } from 'vitest';
import type { OsKeyStore } from '../../main/electron/os-key-store.ts';

const { handlers, power } = vi.hoisted(() => ({
  handlers: new Map<string, () => void>(),
  power: new Map<string, () => void>(),
}));
vi.mock('electron', () => ({
  app: {
    requestSingleInstanceLock: () => true,
    enableSandbox: () => undefined,
    whenReady: async () => undefined,
    on: (name: string, handler: () => void) => handlers.set(name, handler),
    quit: () => undefined,
  },
  BrowserWindow: class {},
  ipcMain: {},
  Menu: { setApplicationMenu: () => undefined },
  powerMonitor: { on: (name: string, handler: () => void) => power.set(name, handler) },
  protocol: { registerSchemesAsPrivileged: () => undefined },
  safeStorage: { isEncryptionAvailable: () => false },
  session: {},
}));
vi.mock('../../main/electron/open-station-window.ts', () => ({ openStationWindow: async () => ({ focus: vi.fn() }) }));

const QUIET = { out: '/', kiosk: false, log: () => undefined };

it('finds the readers anew when the machine wakes up', async () => {
  const { startElectron } = await import('../../main/electron/start-electron.ts');
  const { createFakeStation } = await import('./fake-station.ts');
  const rebuildReaders = vi.fn();
  const { station } = createFakeStation();
  await startElectron(async () => ({ station, rebuildReaders }), QUIET);
  expect(rebuildReaders).not.toHaveBeenCalled();
  power.get('resume')?.();
  expect(rebuildReaders).toHaveBeenCalledTimes(1);
});

it('hands the system’s key store to whoever makes the station, once the application is ready', async () => {
  const { startElectron } = await import('../../main/electron/start-electron.ts');
  const { createFakeStation } = await import('./fake-station.ts');
  const { station } = createFakeStation();
  const tried: unknown[] = [];
  const make = async (keys: OsKeyStore) => {
    try {
      keys.protect(Uint8Array.of(1));
    } catch (cause) {
      tried.push(cause);
    }
    return { station, rebuildReaders: () => undefined };
  };
  await startElectron(make, QUIET);
  expect(tried).toEqual([expect.objectContaining({ code: 'STORE_KEY_UNAVAILABLE' })]);
});
