/**
 * How the window is made. Electron security checklist: items 2 (no Node in the window), 3 (context isolation), 4 (sandbox),
 * 6 (web security stays on), 8 and 9 (no insecure content, no experimental features), 12 (no webview).
 * @module
 */
import type { BrowserWindowConstructorOptions } from 'electron';

/** Options of the one window; `preload` is the absolute path of the bundled preload script. */
export function windowOptions(preload: string, kiosk: boolean): BrowserWindowConstructorOptions {
  return {
    width: 1280,
    height: 800,
    show: false,
    kiosk,
    autoHideMenuBar: true,
    backgroundColor: '#eef2f2',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: false,
    },
  };
}
