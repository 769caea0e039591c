/**
 * The built screens over a protocol of our own instead of file:// (Electron security checklist, items 7 and 18).
 * @module
 */
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

/** Scheme of the screens; registered as standard and secure before the application is ready. */
export const SCREENS_SCHEME = 'imis';
/** Origin of the screens. */
export const SCREENS_ORIGIN = `${SCREENS_SCHEME}://screens`;

// Calls go over IPC: the page itself has nobody to connect to.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const notFound = (): Response => new Response(null, { status: 404 });

/** The protocol's handler: answers a GET for a file below `folder`, 404 for everything else. */
export function serveScreens(folder: string): (request: Pick<Request, 'url' | 'method'>) => Promise<Response> {
  return async (request) => {
    const url = new URL(request.url);
    if (request.method !== 'GET' || url.host !== 'screens') return notFound();
    const name = url.pathname === '/' ? 'index.html' : decodeURIComponent(url.pathname).slice(1);
    const file = normalize(join(folder, name));
    const type = TYPES[extname(file)];
    if (!file.startsWith(folder + sep) || type === undefined) return notFound();
    try {
      return new Response(await readFile(file), {
        headers: { 'content-type': type, 'content-security-policy': POLICY, 'x-content-type-options': 'nosniff' },
      });
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return notFound();
      throw cause;
    }
  };
}
