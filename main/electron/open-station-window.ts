/**
 * One guarded window with the station bound to it.
 * @module
 */
import type { BrowserWindow, IpcMain, Session } from 'electron';
import type { Api, FailureLog } from '../../contract/dispatch.ts';
import type { stationContract } from '../../contract/station.ts';
import { bindIpc } from './bind-ipc.ts';
import { guardContents, guardSession } from './guard-window.ts';
import { SCREENS_ORIGIN, SCREENS_SCHEME, serveScreens } from './serve-screens.ts';
import { windowOptions } from './window-options.ts';

/** What the window needs of Electron, passed in so that this file never imports it. */
export interface WindowPlatform {
  readonly BrowserWindow: typeof BrowserWindow;
  readonly ipcMain: Pick<IpcMain, 'handle' | 'removeHandler'>;
  readonly session: Session;
}

/** What is shown in it. */
export interface StationWindow {
  readonly station: Api<typeof stationContract>;
  /** Absolute path of the folder of the built screens. */
  readonly screens: string;
  /** Absolute path of the bundled preload script. */
  readonly preload: string;
  readonly kiosk: boolean;
  readonly log: FailureLog;
}

/** Opens the window and shows it when it has painted; resolves when the screens are loaded. */
export async function openStationWindow(platform: WindowPlatform, options: StationWindow): Promise<BrowserWindow> {
  guardSession(platform.session, SCREENS_ORIGIN);
  platform.session.protocol.handle(SCREENS_SCHEME, serveScreens(options.screens));
  const window = new platform.BrowserWindow(windowOptions(options.preload, options.kiosk));
  guardContents(window.webContents, SCREENS_ORIGIN);
  const unbind = bindIpc(platform.ipcMain, window.webContents, options.station, options.log);
  window.once('closed', unbind);
  window.once('ready-to-show', () => {
    window.show();
  });
  await window.loadURL(`${SCREENS_ORIGIN}/`);
  return window;
}
