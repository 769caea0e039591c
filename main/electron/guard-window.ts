/**
 * Closes what a page could use to reach out. Electron security checklist: items 5 (permissions), 13 (navigation), 14 (new windows);
 * 15 holds because nothing here opens anything externally.
 * @module
 */
import type { Session, WebContents } from 'electron';

/** Denies every device and every permission but a camera's picture, without sound, for our own screens; refuses every request that is not for them. */
export function guardSession(
  session: Pick<
    Session,
    'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'webRequest'
  >,
  origin: string,
): void {
  const isOurs = (url: string | undefined): boolean => url === origin || url?.startsWith(`${origin}/`) === true;
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const types = 'mediaTypes' in details ? (details.mediaTypes ?? []) : [];
    const isPicture = permission === 'media' && types.length > 0 && types.every((type) => type === 'video');
    answer(isPicture && details.isMainFrame && isOurs(details.requestingUrl));
  });
  session.setPermissionCheckHandler(
    (_contents, permission, requester, details) =>
      permission === 'media' && details.mediaType === 'video' && details.isMainFrame && isOurs(requester),
  );
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
