/**
 * The life of the Electron application: one instance, one window, the station made when the application is ready.
 * @module
 */
import { join } from 'node:path';
import { app, BrowserWindow, ipcMain, Menu, powerMonitor, protocol, safeStorage, session } from 'electron';
import type { Api, FailureLog } from '../../contract/dispatch.ts';
import type { stationContract } from '../../contract/station.ts';
import { openStationWindow } from './open-station-window.ts';
import { createOsKeyStore, type OsKeyStore } from './os-key-store.ts';
import { SCREENS_SCHEME } from './serve-screens.ts';

/** Where the built parts lie, and whether the window fills the screen. */
export interface ElectronOptions {
  /** Absolute path of the folder that holds `renderer/` and `preload/`. */
  readonly out: string;
  readonly kiosk: boolean;
  readonly log: FailureLog;
}

/** What the application is started around. */
export interface ElectronStation {
  readonly station: Api<typeof stationContract>;
  /** Called when the machine has slept: readers and their drivers are not the same after that (card.md 5.1). */
  readonly rebuildReaders: () => void;
}

/** Starts the application around a station. Rejects when the station cannot be made; the caller ends the process. */
export async function startElectron(
  createStation: (osKeyStore: OsKeyStore) => Promise<ElectronStation>,
  options: ElectronOptions,
): Promise<void> {
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  protocol.registerSchemesAsPrivileged([
    { scheme: SCREENS_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
  app.enableSandbox();
  app.on('window-all-closed', () => {
    app.quit();
  });
  await app.whenReady();
  Menu.setApplicationMenu(null);
  const { station, rebuildReaders } = await createStation(createOsKeyStore(safeStorage, process.platform));
  powerMonitor.on('resume', rebuildReaders);
  const window = await openStationWindow(
    { BrowserWindow, ipcMain, session: session.defaultSession },
    {
      station,
      screens: join(options.out, 'renderer'),
      preload: join(options.out, 'preload', 'preload.cjs'),
      kiosk: options.kiosk,
      log: options.log,
    },
  );
  app.on('second-instance', () => {
    window.focus();
  });
}
