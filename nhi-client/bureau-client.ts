/**
 * Typed client of the bureau's REST interface over mutual TLS. One function for every route of contract/bureau-api.ts.
 * A refusal arrives as ImisError with the bureau's code; no answer is BUREAU_UNREACHABLE; an answer that does not fit the table
 * is BUREAU_ANSWER_INVALID.
 * @module
 */
import { Agent, request } from 'undici';
import type { z } from 'zod';
import { type BureauApi, bureauApi, ErrorAnswer, type Route, type RouteName } from '../contract/bureau-api.ts';
import { ImisError, isErrorCode } from '../contract/errors.ts';

/** What accompanies one request. */
interface BureauRequest<R extends Route> {
  readonly params?: z.input<R['params']>;
  readonly body?: z.input<R['body']>;
  /** Token of a sign-on. */
  readonly operator?: string | undefined;
  /** Token of an opening. */
  readonly presence?: string | undefined;
}

/** The client. */
export type BureauClient = {
  readonly [K in RouteName]: (
    input: BureauRequest<BureauApi[K]>,
    signal: AbortSignal,
  ) => Promise<z.output<BureauApi[K]['answer']>>;
} & {
  /** Calls `listener` whenever the bureau is found reachable or not. */
  onReach(listener: (online: boolean) => void): () => void;
  close(): Promise<void>;
};

export interface BureauClientOptions {
  /** https://host:port, no path. */
  readonly url: string;
  /** PEM: the terminal's certificate and key, and the bureau's authority. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Milliseconds to wait for an answer; 10 s when left out. */
  readonly timeout?: number;
  /**
   * Milliseconds after which a line that rests is given up, 30 s when left out. Much shorter than the bureau keeps it (72 s): a request must
   * not go out while the bureau closes.
   */
  readonly idle?: number;
}

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

function pathOf(route: Route, params: unknown): string {
  const parsed = route.params.safeParse(params);
  if (!parsed.success) throw new ImisError('REQUEST_MALFORMED', `parameters of ${route.path}`, { cause: parsed.error });
  // Every parameter of the table is a text.
  return Object.entries(parsed.data as Record<string, string>).reduce(
    (path, [name, value]) => path.replace(`:${name}`, encodeURIComponent(value)),
    route.path,
  );
}

/** Creates a client; nothing is sent before the first call. */
export function createBureauClient(options: BureauClientOptions): BureauClient {
  const { timeout = 10_000, idle = 30_000 } = options;
  const agent = new Agent({
    connect: { ...options.tls, timeout: Math.min(timeout, 5_000) },
    headersTimeout: timeout,
    bodyTimeout: timeout,
    keepAliveTimeout: idle,
    // The bureau names its own time in every answer, and undici would take that.
    keepAliveMaxTimeout: idle,
    maxResponseSize: MAX_ANSWER_BYTES,
  });
  const listeners = new Set<(online: boolean) => void>();
  const reached = (online: boolean): void => {
    for (const listener of listeners) listener(online);
  };

  const send = async (
    route: Route,
    input: BureauRequest<Route>,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string }> => {
    const url = new URL(pathOf(route, input.params ?? {}), options.url);
    // What a GET asks for travels as its query; every such field of the table is a text.
    if (route.method === 'GET')
      url.search = new URLSearchParams((input.body ?? {}) as Record<string, string>).toString();
    const headers: Record<string, string> = {};
    if (input.operator !== undefined) headers['imis-operator'] = input.operator;
    if (input.presence !== undefined) headers['imis-presence'] = input.presence;
    if (route.method === 'POST') headers['content-type'] = 'application/json';
    try {
      const answer = await request(url, {
        method: route.method,
        headers,
        body: route.method === 'POST' ? JSON.stringify(input.body ?? {}) : null,
        dispatcher: agent,
        signal,
      });
      const text = await answer.body.text();
      reached(true);
      return { status: answer.statusCode, text };
    } catch (cause) {
      if (signal.aborted) throw new ImisError('CANCELLED', 'the request was cancelled', { cause });
      reached(false);
      throw new ImisError('BUREAU_UNREACHABLE', `no answer from the bureau to ${route.method} ${route.path}`, {
        cause,
      });
    }
  };

  const jsonOf = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new ImisError('BUREAU_ANSWER_INVALID', 'the answer is not JSON', { cause });
    }
  };

  const call = async (route: Route, input: BureauRequest<Route>, signal: AbortSignal): Promise<unknown> => {
    const { status, text } = await send(route, input, signal);
    const json = jsonOf(text);
    if (status === 200) {
      const answer = route.answer.safeParse(json);
      if (!answer.success)
        throw new ImisError('BUREAU_ANSWER_INVALID', `${route.path} answered another shape`, { cause: answer.error });
      return answer.data;
    }
    const refusal = ErrorAnswer.safeParse(json);
    if (!refusal.success || !isErrorCode(refusal.data.error.code)) {
      throw new ImisError('BUREAU_ANSWER_INVALID', `${route.path} answered ${status} without a code`);
    }
    throw new ImisError(refusal.data.error.code, `the bureau refused ${route.path}`);
  };

  const client: Record<string, unknown> = {
    onReach: (listener: (online: boolean) => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close: () => agent.close(),
  };
  for (const [name, route] of Object.entries(bureauApi)) {
    client[name] = (input: BureauRequest<Route>, signal: AbortSignal) => call(route, input, signal);
  }
  // One function was put in for every key of bureauApi, which is what BureauClient maps over.
  return client as BureauClient;
}
