/**
 * What lies between a desk and the bureau, in the hands of a test: every call can be looked at, altered, held up or lost. Arguments and
 * answers are cloned on the way, as they would be between processes.
 * @module
 */
import { bureauApi, type RouteName } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import type { BureauClient } from '../../nhi-client/bureau-client.ts';
import type { Border } from './border.ts';

/** One call as it went through. */
export interface SeenCall {
  readonly route: RouteName;
  readonly input: {
    readonly params?: unknown;
    readonly body?: unknown;
    readonly operator?: string | undefined;
    readonly presence?: string;
  };
  /** undefined when it was refused. */
  readonly answer: unknown;
}

type Input<K extends RouteName> = Parameters<BureauClient[K]>[0];
type Answer<K extends RouteName> = Awaited<ReturnType<BureauClient[K]>>;

/** Stands in for one route: gets the call and a way to the bureau. */
export type Meddler<K extends RouteName> = (
  input: Input<K>,
  pass: (input: Input<K>) => Promise<Answer<K>>,
  signal: AbortSignal,
) => Promise<Answer<K>>;

export interface TamperedBureau {
  readonly client: BureauClient;
  /** Every call that reached the real client, oldest first. */
  readonly seen: readonly SeenCall[];
  /** Puts a meddler on a route until it is called off. */
  meddle<K extends RouteName>(route: K, meddler: Meddler<K>): () => void;
  /** Cuts this desk's line: nothing gets through until it is mended. */
  cut(): () => void;
}

type AnyCall = (input: unknown, signal: AbortSignal) => Promise<unknown>;
type AnyMeddler = (input: unknown, pass: (input: unknown) => Promise<unknown>, signal: AbortSignal) => Promise<unknown>;

/** Wraps a client. */
export function tamperWith(inner: BureauClient, border: Border): TamperedBureau {
  const meddlers = new Map<RouteName, AnyMeddler>();
  const seen: SeenCall[] = [];
  const listeners = new Set<(online: boolean) => void>();
  let isCut = false;
  inner.onReach((online) => {
    for (const listener of listeners) listener(online);
  });
  const client: Record<string, unknown> = {
    onReach: (listener: (online: boolean) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: inner.close,
  };
  for (const route of Object.keys(bureauApi) as RouteName[]) {
    const call: AnyCall = async (input, signal) => {
      if (isCut) {
        for (const listener of listeners) listener(false);
        throw new ImisError('BUREAU_UNREACHABLE', 'the test cut the line');
      }
      const pass = async (changed: unknown): Promise<unknown> => {
        // The client has one function for every route; its input is what the desk built for that route.
        const real = inner[route] as AnyCall;
        const sent = border.cross(`bureau.${route}`, changed) as SeenCall['input'];
        const at = seen.push({ route, input: sent, answer: undefined }) - 1;
        const answer = border.cross(`bureau.${route} answered`, await real(sent, signal));
        seen[at] = { route, input: sent, answer };
        return answer;
      };
      const meddler = meddlers.get(route);
      return meddler === undefined ? pass(input) : meddler(input, pass, signal);
    };
    client[route] = call;
  }
  return {
    // One function was put in for every key of bureauApi, which is what BureauClient maps over.
    client: client as BureauClient,
    seen,
    cut: () => {
      isCut = true;
      return () => {
        isCut = false;
      };
    },
    meddle: (route, meddler) => {
      // Stored and called under the same route name only.
      meddlers.set(route, meddler as unknown as AnyMeddler);
      return () => {
        meddlers.delete(route);
      };
    },
  };
}
