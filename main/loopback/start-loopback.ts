/**
 * The station over HTTP on 127.0.0.1 (HOUSE section 3): POST for calls, server-sent events for pushes, static files for the screens.
 * It holds no rule of the domain and logs no body.
 * @module
 */
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyRequest } from 'fastify';
import { type Api, dispatch, type FailureLog, type Reply, type Unsubscribe } from '../../contract/dispatch.ts';
import { ERRORS, type ErrorCode } from '../../contract/errors.ts';
import { stationContract } from '../../contract/station.ts';
import { wipeDigits } from '../../contract/wipe-digits.ts';
import { isOwnRequest } from './check-origin.ts';
import { createLaunchPass } from './launch-pass.ts';
import { pushEvents } from './push-events.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Largest body of a call, in bytes. */
export const MAX_BODY = 64 * 1024;

/** What a loopback shell is made of. */
export interface LoopbackOptions {
  readonly station: Api<typeof stationContract>;
  /** Absolute path of the folder of the built screens. */
  readonly screens: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Told of every failed call and its cause; never of a body. */
  readonly log: FailureLog;
  /** The launch token; drawn at random when absent. */
  readonly token?: string;
}

/** A running loopback shell. */
export interface Loopback {
  /** Opens the screens once: `http://127.0.0.1:PORT/launch?token=...`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Starts listening on 127.0.0.1; rejects when the port is taken. */
export async function startLoopback(options: LoopbackOptions): Promise<Loopback> {
  const { station, log } = options;
  const pass = createLaunchPass(options.token);
  const streams = new Set<Unsubscribe>();
  let port = 0;
  const app = Fastify({
    bodyLimit: MAX_BODY,
    forceCloseConnections: true,
    // A HEAD of the launch address would use up its token.
    exposeHeadRoutes: false,
    // A URL that cannot be read comes before every hook.
    frameworkErrors: (_error, _request, reply) => {
      reply.raw.writeHead(400, { ...SECURITY_HEADERS, 'content-type': 'application/json' });
      reply.raw.end(JSON.stringify({ ok: false, refusal: { code: 'REQUEST_MALFORMED' } } satisfies Reply));
    },
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const { host, origin } = request.headers;
    const fetchSite = request.headers['sec-fetch-site'];
    const own = isOwnRequest(
      { method: request.method, host, origin, fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined },
      port,
    );
    const launching = request.routeOptions.url === '/launch';
    if (own && (launching || pass.admits(request.headers.cookie))) return;
    await reply.code(403).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send('403\n');
  });

  // Parsed here and not by the framework, so that a body that is no JSON is answered as a Reply and the bytes can be wiped.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => {
      try {
        const input: unknown = JSON.parse(body.toString('utf8'));
        return input;
      } catch {
        // The parser's own words quote the body, and a body may hold a PIN.
        throw Object.assign(new Error('the body is not JSON'), { statusCode: 400 });
      } finally {
        body.fill(0);
      }
    },
  );

  app.setErrorHandler(async (error, request, reply) => {
    const tooLarge = error instanceof Error && 'statusCode' in error && error.statusCode === 413;
    const code: ErrorCode = tooLarge ? 'REQUEST_TOO_LARGE' : 'REQUEST_MALFORMED';
    const answer: Reply = { ok: false, refusal: { code } };
    log(request.routeOptions.url ?? 'no route', error);
    return reply.code(ERRORS[code].http).header('cache-control', 'no-store').send(answer);
  });

  app.get<{ Querystring: { token?: unknown } }>('/launch', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const cookie = pass.redeem(request.query.token);
    if (cookie !== undefined) return reply.header('set-cookie', cookie).redirect('/', 303);
    // Whoever holds the session already, e.g. after "back", simply goes on.
    if (pass.admits(request.headers.cookie)) return reply.redirect('/', 303);
    return reply
      .code(403)
      .type('text/plain; charset=utf-8')
      .send('此連結只能使用一次。請重新啟動工作站。\nThis link works once. Restart the station.\n');
  });

  app.post<{ Params: { name: string } }>('/call/:name', async (request, reply) => {
    const gone = new AbortController();
    reply.raw.on('close', () => {
      if (!reply.raw.writableFinished) gone.abort();
    });
    const input: unknown = request.body;
    try {
      const answer = await dispatch(stationContract, station, request.params.name, input, log, gone.signal);
      // A refusal is data for the screen, not a failure of HTTP, which browsers would write to their console.
      return await reply.header('cache-control', 'no-store').send(answer);
    } finally {
      wipeDigits(input);
    }
  });

  app.get('/events', (_request, reply) => {
    reply.hijack();
    const stop = pushEvents(station, reply.raw, SECURITY_HEADERS);
    streams.add(stop);
    reply.raw.on('close', () => streams.delete(stop));
  });

  await app.register(fastifyStatic, { root: options.screens, index: 'index.html', dotfiles: 'deny' });
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('startLoopback: no address after listening');
  port = address.port;

  return {
    url: `http://127.0.0.1:${port}/launch?token=${pass.token}`,
    port,
    async close() {
      for (const stop of streams) stop();
      await app.close();
    },
  };
}
