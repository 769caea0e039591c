/**
 * Who and what the loopback shell refuses.
 * @module
 */
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Loopback, MAX_BODY, startLoopback } from '../../main/loopback/start-loopback.ts';
import { launch, makeScreens } from './bridges.ts';
import { createFakeStation } from './fake-station.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

describe('loopback refusals', () => {
  let loopback: Loopback;
  let cookie: string;
  let origin: string;
  let removeScreens: () => Promise<void>;
  const logged: unknown[] = [];

  beforeEach(async () => {
    const screens = await makeScreens();
    removeScreens = () => screens.remove();
    logged.length = 0;
    loopback = await startLoopback({
      station: createFakeStation().station,
      screens: screens.folder,
      log: (...entry) => logged.push(entry),
      token: 'once',
    });
    cookie = await launch(loopback.url);
    origin = `http://127.0.0.1:${loopback.port}`;
  });
  afterEach(async () => {
    await loopback.close();
    await removeScreens();
  });

  /** Node's own client, because fetch does not let a test choose Host. */
  const send = (method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port: loopback.port, method, path, headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const json = { 'content-type': 'application/json' };

  it('serves its own page, with a strict policy', async () => {
    const page = await send('GET', '/', { cookie });
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    // A photo is taken at the card office; nothing else of the machine is reached, and from no other page.
    expect(page.headers['permissions-policy']).toBe(
      'camera=(self), microphone=(), geolocation=(), hid=(), usb=(), serial=()',
    );
    expect(page.headers['x-content-type-options']).toBe('nosniff');
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(['evil.example', 'localhost', '127.0.0.1', '127.0.0.1:1'])('refuses the host %s', async (host) => {
    expect((await send('GET', '/', { cookie, host })).status).toBe(403);
    expect((await send('GET', '/launch?token=once', { host })).status).toBe(403);
  });

  it('refuses a foreign origin, no origin, and a cross-site fetch', async () => {
    const call = (headers: Record<string, string>) =>
      send('POST', '/call/describe', { ...json, cookie, ...headers }, '{}');
    expect((await call({ origin })).status).toBe(200);
    expect((await call({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await call({ origin: 'null' })).status).toBe(403);
    expect((await call({})).status).toBe(403);
    expect((await call({ origin, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await send('GET', '/events', { cookie, 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await send('OPTIONS', '/call/describe', { cookie, origin: 'https://evil.example' })).status).toBe(403);
  });

  it.each(['', 'imis_desk=', 'imis_desk=AAAA', 'other=1'])('refuses the cookie "%s"', async (wrong) => {
    const headers: Record<string, string> = wrong === '' ? {} : { cookie: wrong };
    expect((await send('GET', '/', headers)).status).toBe(403);
    expect((await send('GET', '/events', headers)).status).toBe(403);
    expect((await send('POST', '/call/describe', { ...json, origin, ...headers }, '{}')).status).toBe(403);
  });

  it('takes the launch token once', async () => {
    expect(cookie).toMatch(/^imis_desk=.{43}$/u);
    const again = await send('GET', '/launch?token=once', {});
    expect(again.status).toBe(403);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect((await send('GET', '/launch?token=guess', {})).status).toBe(403);
    expect((await send('GET', '/launch', {})).status).toBe(403);
    expect((await send('GET', '/launch?token=a&token=b', {})).status).toBe(403);
  });

  it('sets a cookie that scripts and other sites cannot use', async () => {
    const screens = await makeScreens();
    const other = await startLoopback({
      station: createFakeStation().station,
      screens: screens.folder,
      log: () => undefined,
    });
    const answer = await fetch(other.url, { redirect: 'manual' });
    expect(answer.headers.get('set-cookie')).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/u);
    expect(answer.headers.get('location')).toBe('/');
    await other.close();
    await screens.remove();
  });

  it('answers a body that is too large, or no JSON, as a refusal', async () => {
    const post = (body: string, headers: Record<string, string> = json) =>
      send('POST', '/call/state', { ...headers, cookie, origin }, body);
    const large = await post(JSON.stringify({ desk: 'x'.repeat(MAX_BODY) }));
    expect(large.status).toBe(413);
    expect(JSON.parse(large.body)).toEqual({ ok: false, refusal: { code: 'REQUEST_TOO_LARGE' } });
    for (const answer of [await post('{'), await post('{}', { 'content-type': 'text/plain' }), await post('')]) {
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toEqual({ ok: false, refusal: { code: 'REQUEST_MALFORMED' } });
    }
  });

  it('never lets a call be cached, and logs no body', async () => {
    const headers = { ...json, cookie, origin };
    const answer = await send('POST', '/call/signOn', headers, '{"desk":"registration","pin":[9,1,9,2,9,3]}');
    expect(JSON.parse(answer.body)).toEqual({ ok: false, refusal: { code: 'STAFF_CARD_ABSENT' } });
    expect(answer.headers['cache-control']).toBe('no-store');
    await send('POST', '/call/signOn', headers, '{"desk":"registration","pin":[9,1,9,2,9,3');
    const text = logged.flat().map((entry) => (entry instanceof Error ? entry.message : String(entry)));
    expect(text.join('\n')).not.toMatch(/9,1,9,2/u);
  });

  it('does not leave its folder', async () => {
    for (const path of ['/../package.json', '/..%2fpackage.json', '/%2e%2e/package.json']) {
      expect((await send('GET', path, { cookie })).status).toBeGreaterThanOrEqual(400);
    }
  });
});
