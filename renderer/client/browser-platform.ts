/**
 * What the HTTP bridge needs, from a browser.
 * @module
 */
import type { HttpPlatform } from './http-bridge.ts';

/** fetch with the session's cookie, and EventSource, which connects again by itself. */
export const browserPlatform: HttpPlatform = {
  fetch: (url, init) => fetch(url, { ...init, credentials: 'same-origin', cache: 'no-store' }),
  openEvents: (url, to) => {
    const source = new EventSource(url);
    source.addEventListener('open', () => to.link('up'));
    source.addEventListener('error', () => to.link('down'));
    source.addEventListener('message', (event: MessageEvent<string>) => to.data(event.data));
    return () => {
      source.close();
    };
  },
};
