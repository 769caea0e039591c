/**
 * The bureau over HTTPS with mutual TLS (Fastify). Routes, checks and the OpenAPI document all come from contract/bureau-api.ts.
 * @module
 */
import fastifySwagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { bureauApi, ErrorAnswer, type Route } from '../../contract/bureau-api.ts';
import { ERRORS, type ErrorCode, ImisError, refusalOf } from '../../contract/errors.ts';
import type { Bureau, Operator, RequestContext, Terminal } from '../domain/bureau.ts';
import { operatorOf } from '../domain/sign-on.ts';
import { createHandlers } from './handlers.ts';
import { identifyTerminal } from './identify-terminal.ts';

const MAX_BODY_BYTES = 1024 * 1024;

export interface ServeOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** PEM: the server's certificate and key; certificates of this authority are asked for. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Told of every refused request, with its cause. */
  readonly log: (route: string, cause: unknown) => void;
}

/** A running bureau. */
export interface BureauServer {
  /** https://host:port */
  readonly url: string;
  close(): Promise<void>;
}

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** Checks terminal role and operator against a route's row. */
async function authorise(
  bureau: Bureau,
  route: Route,
  request: FastifyRequest,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Operator | undefined> {
  if (!route.terminals.includes(terminal.role))
    throw new ImisError('TERMINAL_NOT_ALLOWED', `a ${terminal.role} terminal at ${route.path}`);
  const token = header(request, 'imis-operator');
  const operator = token === undefined ? undefined : await operatorOf(bureau, terminal, token, signal);
  switch (route.operator.kind) {
    case 'none':
    case 'presence':
      return operator;
    case 'staff': {
      if (operator === undefined) throw new ImisError('OPERATOR_REQUIRED', 'nobody is signed on at this terminal');
      if (!route.operator.roles.includes(operator.role))
        throw new ImisError('OPERATOR_NOT_ALLOWED', `a ${operator.role} at ${route.path}`);
      return operator;
    }
  }
}

const bodyOf = (route: Route, request: FastifyRequest): unknown =>
  (route.method === 'POST' ? request.body : request.query) ?? {};

function parsedInput(route: Route, request: FastifyRequest): { params: unknown; body: unknown } {
  const params = route.params.safeParse(request.params ?? {});
  const body = route.body.safeParse(bodyOf(route, request));
  if (!params.success || !body.success) {
    throw new ImisError('REQUEST_MALFORMED', `the request does not fit ${route.path}`, {
      cause: params.error ?? body.error,
    });
  }
  return { params: params.data, body: body.data };
}

/** Fastify's own refusals in the words of the table. */
function codeOf(cause: unknown): ErrorCode {
  const { code } = refusalOf(cause);
  if (code !== 'INTERNAL') return code;
  const fastifyCode = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (fastifyCode === 'FST_ERR_CTP_BODY_TOO_LARGE') return 'REQUEST_TOO_LARGE';
  const status = cause instanceof Error && 'statusCode' in cause ? cause.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? 'REQUEST_MALFORMED' : 'INTERNAL';
}

/** The body of a refusal. */
const refusalBody = (code: ErrorCode): z.input<typeof ErrorAnswer> => ({
  error: { code, ref: ERRORS[code].ref, retry: ERRORS[code].retry },
});

const schemaOf = (schema: z.ZodType) =>
  z.toJSONSchema(schema, { target: 'openapi-3.0', unrepresentable: 'any', io: 'input' });

function documentRoutes(app: FastifyInstance): Promise<void> {
  return app.register(fastifySwagger, {
    openapi: {
      openapi: '3.0.3',
      info: {
        title: 'IMIS bureau',
        version: '1',
        description: 'Mutual TLS; the client certificate names the terminal.',
      },
    },
  }) as unknown as Promise<void>;
}

/** Starts serving; resolves once it listens. */
export async function serveBureau(bureau: Bureau, options: ServeOptions): Promise<BureauServer> {
  const app: FastifyInstance = Fastify({
    // A foreign certificate gets a coded answer instead of a broken handshake: identifyTerminal decides.
    https: { ...options.tls, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.3' },
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    // A URL that cannot be read comes before every hook and before the terminal is known.
    frameworkErrors: (_error, _request, reply) => {
      reply.raw.writeHead(ERRORS.REQUEST_MALFORMED.http, { 'content-type': 'application/json' });
      reply.raw.end(JSON.stringify(refusalBody('REQUEST_MALFORMED')));
    },
  });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  await documentRoutes(app);
  const handlers = createHandlers(bureau);
  const signals = new WeakMap<FastifyRequest, AbortController>();
  const terminals = new WeakMap<FastifyRequest, Terminal>();

  app.addHook('onRequest', async (request) => {
    const controller = new AbortController();
    signals.set(request, controller);
    request.raw.on('close', () => {
      if (!request.raw.complete) controller.abort();
    });
    terminals.set(request, await identifyTerminal(bureau, request.socket, controller.signal));
  });
  app.setErrorHandler((cause, request, reply) => {
    const code = codeOf(cause);
    options.log(request.routeOptions.url ?? request.url, cause);
    return reply.status(ERRORS[code].http).send(refusalBody(code));
  });
  app.setNotFoundHandler(() => {
    throw new ImisError('NOT_FOUND', 'no such route');
  });

  for (const [name, route] of Object.entries(bureauApi) as [keyof typeof bureauApi, Route][]) {
    app.route({
      method: route.method,
      url: route.path,
      schema: {
        summary: route.summary,
        ...(route.method === 'POST' ? { body: schemaOf(route.body) } : { querystring: schemaOf(route.body) }),
        ...(route.path.includes(':') ? { params: schemaOf(route.params) } : {}),
        response: { 200: schemaOf(route.answer), '4xx': schemaOf(ErrorAnswer) },
      },
      handler: async (request) => {
        const terminal = terminals.get(request);
        const controller = signals.get(request);
        if (terminal === undefined || controller === undefined)
          throw new Error('a request past the door without terminal');
        const operator = await authorise(bureau, route, request, terminal, controller.signal);
        const context: RequestContext = {
          terminal,
          operator,
          presence: header(request, 'imis-presence'),
          signal: controller.signal,
        };
        // Each handler takes exactly what its own row's schemas produce, and parsedInput has just run them.
        const handle = handlers[name] as (
          context: RequestContext,
          input: { params: unknown; body: unknown },
        ) => Promise<unknown>;
        return route.answer.parse(await handle(context, parsedInput(route, request)));
      },
    });
  }
  app.get('/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger());

  const url = await app.listen({ host: options.host, port: options.port });
  return { url, close: () => app.close() };
}
