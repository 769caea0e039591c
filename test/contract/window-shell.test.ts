/**
 * The window that nobody can open here is proved by its parts: options, permissions, navigation, and the protocol that serves the screens.
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardContents, guardSession } from '../../main/electron/guard-window.ts';
import { SCREENS_ORIGIN, serveScreens } from '../../main/electron/serve-screens.ts';
import { windowOptions } from '../../main/electron/window-options.ts';
import { makeScreens } from './bridges.ts';

/** Keeps every handler that was registered, by name; stands for Electron's objects, of which only the registering is used. */
function recorder(): { handlers: Map<string, (...args: never[]) => unknown>; target: object } {
  const handlers = new Map<string, (...args: never[]) => unknown>();
  const keep =
    (name: string) =>
    (first: unknown, second?: unknown): void => {
      const handler = typeof first === 'function' ? first : second;
      handlers.set(typeof first === 'string' ? first : name, handler as (...args: never[]) => unknown);
    };
  const target = new Proxy(
    {},
    {
      get: (_target, name) =>
        name === 'webRequest' ? { onBeforeRequest: keep('onBeforeRequest') } : keep(String(name)),
    },
  );
  return { handlers, target };
}

describe('window', () => {
  it('is sandboxed, isolated and without Node', () => {
    expect(windowOptions('/preload.cjs', true)).toMatchObject({
      kiosk: true,
      webPreferences: {
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        experimentalFeatures: false,
        webviewTag: false,
        devTools: false,
      },
    });
  });

  it('allows the picture of a camera for its own screens, and no other permission or device', () => {
    const { handlers, target } = recorder();
    guardSession(target as Parameters<typeof guardSession>[0], SCREENS_ORIGIN);
    const ask = (name: string, ...args: unknown[]): unknown => handlers.get(name)?.(...(args as never[]));
    const own = { isMainFrame: true, requestingUrl: `${SCREENS_ORIGIN}/` };
    const granted = (permission: string, details: object): unknown => {
      let answer: unknown;
      const keep = (given: unknown): void => {
        answer = given;
      };
      ask('setPermissionRequestHandler', {}, permission, keep, details);
      return answer;
    };
    const picture = { ...own, mediaTypes: ['video'] };
    expect(granted('media', picture)).toBe(true);
    for (const details of [
      { ...own, mediaTypes: ['video', 'audio'] },
      { ...own, mediaTypes: ['audio'] },
      { ...own, mediaTypes: [] },
      own,
      { ...picture, isMainFrame: false },
      { ...picture, requestingUrl: 'https://evil.example/' },
      { ...picture, requestingUrl: 'imis://screens.evil.example/' },
      { ...picture, requestingUrl: undefined },
    ])
      expect(granted('media', details)).toBe(false);
    for (const permission of ['display-capture', 'geolocation', 'hid', 'notifications', 'unknown'])
      expect(granted(permission, picture)).toBe(false);

    const checked = (permission: string, requester: string, details: object): unknown =>
      ask('setPermissionCheckHandler', null, permission, requester, { isMainFrame: true, ...details });
    expect(checked('media', `${SCREENS_ORIGIN}/`, { mediaType: 'video' })).toBe(true);
    expect(checked('media', SCREENS_ORIGIN, { mediaType: 'video' })).toBe(true);
    expect(checked('media', `${SCREENS_ORIGIN}/`, { mediaType: 'audio' })).toBe(false);
    expect(checked('media', `${SCREENS_ORIGIN}/`, { mediaType: 'unknown' })).toBe(false);
    expect(checked('media', `${SCREENS_ORIGIN}/`, { mediaType: 'video', isMainFrame: false })).toBe(false);
    expect(checked('media', 'https://evil.example/', { mediaType: 'video' })).toBe(false);
    expect(checked('media', '', { mediaType: 'video' })).toBe(false);
    expect(checked('hid', `${SCREENS_ORIGIN}/`, { mediaType: 'video' })).toBe(false);
    expect(ask('setDevicePermissionHandler', {})).toBe(false);
  });

  it('refuses every foreign request', () => {
    const { handlers, target } = recorder();
    guardSession(target as Parameters<typeof guardSession>[0], SCREENS_ORIGIN);
    const ask = (name: string, ...args: unknown[]): unknown => handlers.get(name)?.(...(args as never[]));
    const cancelled = (url: string): unknown => {
      let answer: unknown;
      ask('onBeforeRequest', { url }, (given: unknown) => {
        answer = given;
      });
      return answer;
    };
    expect(cancelled(`${SCREENS_ORIGIN}/index.html`)).toEqual({ cancel: false });
    for (const url of [
      'https://evil.example/',
      'file:///etc/passwd',
      'imis://screens.evil.example/',
      'http://127.0.0.1/',
    ]) {
      expect(cancelled(url)).toEqual({ cancel: true });
    }
  });

  it('stays on its own screens and opens no second window', () => {
    const { handlers, target } = recorder();
    guardContents(target as Parameters<typeof guardContents>[0], SCREENS_ORIGIN);
    const prevented = (name: string, url: string): boolean => {
      let stopped = false;
      const event = { url, preventDefault: () => (stopped = true) };
      handlers.get(name)?.(...([event] as never[]));
      return stopped;
    };
    expect(handlers.get('setWindowOpenHandler')?.()).toEqual({ action: 'deny' });
    expect(prevented('will-navigate', `${SCREENS_ORIGIN}/#main`)).toBe(false);
    expect(prevented('will-navigate', 'https://evil.example/')).toBe(true);
    expect(prevented('will-redirect', `${SCREENS_ORIGIN}/`)).toBe(true);
    expect(prevented('will-attach-webview', '')).toBe(true);
  });
});

describe('protocol of the screens', () => {
  let screens: Awaited<ReturnType<typeof makeScreens>>;
  beforeEach(async () => {
    screens = await makeScreens();
  });
  afterEach(() => screens.remove());
  const get = (path: string, method = 'GET') =>
    serveScreens(screens.folder)({ url: `${SCREENS_ORIGIN}${path}`, method });

  it('serves a file with a strict policy', async () => {
    const page = await get('/');
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<title>screens</title>');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(page.headers.get('content-security-policy')).toContain("connect-src 'none'");
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it.each(['/missing.js', '/..%2f..%2fetc%2fpasswd.html', '/%2e%2e/secret.html', '/index.exe', '/'.padEnd(20, '/')])(
    'answers 404 for %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  it('answers nothing but GET, and nothing for another host', async () => {
    expect((await get('/', 'POST')).status).toBe(404);
    expect((await serveScreens(screens.folder)({ url: 'imis://other/', method: 'GET' })).status).toBe(404);
  });
});
