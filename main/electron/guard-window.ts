/**
 * Closes what a page could use to reach out. Electron security checklist: items 5 (permissions), 13 (navigation), 14 (new windows);
 * 15 holds because nothing here opens anything externally.
 * @module
 */
import type { Session, WebContents } from 'electron';

/** Denies every permission and device, and refuses every request that is not for our own screens. */
export function guardSession(
  session: Pick<
    Session,
    'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'webRequest'
  >,
  origin: string,
): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => {
    answer(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, answer) => {
    answer({ cancel: !details.url.startsWith(`${origin}/`) });
  });
}

/** Keeps the window on our own screens; no second window, no webview. */
export function guardContents(contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>, origin: string): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', (event) => {
    if (!event.url.startsWith(`${origin}/`)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => {
    event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
}
