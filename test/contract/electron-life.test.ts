/**
 * What Electron tells the application about the machine, and what becomes of it.
 * @module
 */
import { expect, it, vi } from 'vitest';

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
  session: {},
}));
vi.mock('../../main/electron/open-station-window.ts', () => ({ openStationWindow: async () => ({ focus: vi.fn() }) }));

it('finds the readers anew when the machine wakes up', async () => {
  const { startElectron } = await import('../../main/electron/start-electron.ts');
  const { createFakeStation } = await import('./fake-station.ts');
  const rebuildReaders = vi.fn();
  const { station } = createFakeStation();
  await startElectron(async () => ({ station, rebuildReaders }), { out: '/', kiosk: false, log: () => undefined });
  expect(rebuildReaders).not.toHaveBeenCalled();
  power.get('resume')?.();
  expect(rebuildReaders).toHaveBeenCalledTimes(1);
});
