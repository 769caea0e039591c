/**
 * Keeps other web sites out: a page elsewhere can make the browser send requests to 127.0.0.1, and a name it controls can be
 * rebound to 127.0.0.1. Both show in `Host`, `Origin` or `Sec-Fetch-Site` (Fetch standard, section 3).
 * @module
 */

/** The headers that tell where a request comes from. */
export interface Provenance {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
}

/** True when the request was addressed to us by number and comes from our own page or from the person's own address bar. */
export function isOwnRequest(request: Provenance, port: number): boolean {
  if (request.host !== `127.0.0.1:${port}`) return false;
  const own = `http://127.0.0.1:${port}`;
  const reads = request.method === 'GET' || request.method === 'HEAD';
  // Browsers send Origin with every POST; one without it is no page of ours.
  if (request.origin === undefined ? !reads : request.origin !== own) return false;
  return (
    request.fetchSite === undefined || request.fetchSite === 'same-origin' || (reads && request.fetchSite === 'none')
  );
}
