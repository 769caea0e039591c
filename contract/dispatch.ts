/**
 * One contract, one client, many shells (HOUSE section 3). A contract is a table of procedures and events; `dispatch` is the serving side,
 * `createClient` the asking side, a `Bridge` whatever carries calls and events between them (IPC, HTTP, a child process).
 * Errors travel as data: a shell that keeps only an exception's message loses nothing.
 * @module
 */
import { z } from 'zod';
import { ImisError, Refusal, refusalOf } from './errors.ts';

/** A table of procedures and events. */
export interface Contract {
  readonly procedures: Readonly<Record<string, { readonly input: z.ZodType; readonly output: z.ZodType }>>;
  readonly events: Readonly<Record<string, z.ZodType>>;
}

/** Undoes a subscription. */
export type Unsubscribe = () => void;

/** The object of functions that serves a contract. Every call may be cancelled. */
export type Api<C extends Contract> = {
  readonly [K in keyof C['procedures']]: (
    input: z.output<C['procedures'][K]['input']>,
    signal?: AbortSignal,
  ) => Promise<z.output<C['procedures'][K]['output']>>;
} & {
  readonly subscribe: {
    readonly [K in keyof C['events']]: (listener: (event: z.output<C['events'][K]>) => void) => Unsubscribe;
  };
};

/** What comes back over a bridge. */
export const Reply = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  z.strictObject({ ok: z.literal(false), refusal: Refusal }),
]);
export type Reply = z.infer<typeof Reply>;

/** What carries calls and events. `call` never rejects but for a broken bridge. */
export interface Bridge {
  call(name: string, input: unknown, signal?: AbortSignal): Promise<unknown>;
  on(listener: (name: string, event: unknown) => void): Unsubscribe;
}

/** Told of every failed call, with its cause; the place to log it. */
export type FailureLog = (name: string, cause: unknown) => void;

/**
 * Runs one call by name: validates input and output, folds a throw into `{ ok: false }`, never rejects.
 * An unknown name or an input that does not fit is REQUEST_MALFORMED; an output that does not fit is INTERNAL.
 */
export async function dispatch<C extends Contract>(
  contract: C,
  api: Api<C>,
  name: unknown,
  input: unknown,
  log: FailureLog,
  signal?: AbortSignal,
): Promise<Reply> {
  if (typeof name !== 'string' || !Object.hasOwn(contract.procedures, name)) {
    return { ok: false, refusal: { code: 'REQUEST_MALFORMED' } };
  }
  const procedure = contract.procedures[name];
  const parsed = procedure?.input.safeParse(input);
  if (procedure === undefined || parsed === undefined || !parsed.success) {
    return { ok: false, refusal: { code: 'REQUEST_MALFORMED' } };
  }
  try {
    // `name` is a key of the contract, checked above; Api<C> has a function for every key.
    const run = api[name as keyof Api<C>] as (value: unknown, signal?: AbortSignal) => Promise<unknown>;
    const value = await run(parsed.data, signal);
    return { ok: true, value: procedure.output.parse(value) };
  } catch (cause) {
    log(name, cause);
    return { ok: false, refusal: refusalOf(cause) };
  }
}

/** The asking side of a contract over a bridge. Calls reject with ImisError; events that do not fit the contract are dropped. */
export function createClient<C extends Contract>(contract: C, bridge: Bridge): Api<C> {
  const client: Record<string, unknown> = {};
  for (const name of Object.keys(contract.procedures)) {
    client[name] = async (input: unknown, signal?: AbortSignal): Promise<unknown> => {
      const reply = Reply.safeParse(await bridge.call(name, input, signal));
      if (!reply.success) throw new ImisError('INTERNAL', `${name}: the answer is not a reply`);
      if (reply.data.ok) return contract.procedures[name]?.output.parse(reply.data.value);
      const { code, triesLeft } = reply.data.refusal;
      throw new ImisError(code, `${name} was refused`, { triesLeft });
    };
  }
  const subscribe: Record<string, unknown> = {};
  for (const name of Object.keys(contract.events)) {
    subscribe[name] = (listener: (event: unknown) => void): Unsubscribe =>
      bridge.on((eventName, raw) => {
        if (eventName !== name) return;
        const event = contract.events[name]?.safeParse(raw);
        if (event?.success) listener(event.data);
      });
  }
  client['subscribe'] = subscribe;
  // Built key by key from the contract above, which is what Api<C> maps over.
  return client as Api<C>;
}

/** Publishing and subscribing by the names of a contract's events. */
export interface Topics<C extends Contract> {
  publish<K extends keyof C['events'] & string>(name: K, event: z.output<C['events'][K]>): void;
  readonly subscribe: Api<C>['subscribe'];
}

/** The serving side of a contract's events: publish once, every bridge hears it. */
export function createTopics<C extends Contract>(contract: C): Topics<C> {
  const listeners = new Map<string, Set<(event: unknown) => void>>();
  for (const name of Object.keys(contract.events)) listeners.set(name, new Set());
  const subscribe = (name: string) => (listener: (event: unknown) => void) => {
    listeners.get(name)?.add(listener);
    return () => {
      listeners.get(name)?.delete(listener);
    };
  };
  return {
    publish<K extends keyof C['events'] & string>(name: K, event: z.output<C['events'][K]>): void {
      for (const listener of listeners.get(name) ?? []) listener(event);
    },
    // One function for every event name, which is what the mapped type asks for.
    subscribe: Object.fromEntries(
      Object.keys(contract.events).map((name) => [name, subscribe(name)]),
    ) as Api<C>['subscribe'],
  };
}
