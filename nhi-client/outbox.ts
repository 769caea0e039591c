/**
 * The outbox: what must reach the bureau is kept before the first attempt and sent until it is acknowledged. The sealed bytes are
 * stored, never made again, so a repetition is the same message (product.md 1, "Once").
 * @module
 */
import type { Ack } from '../contract/bureau-api.ts';
import type { Clock } from '../contract/clock.ts';
import { ERRORS, type ErrorCode, ImisError, refusalOf } from '../contract/errors.ts';
import type { BureauClient } from './bureau-client.ts';

/** Routes that carry messages which must not be lost. */
type OutboxRoute = 'record' | 'prescription' | 'pickup';

/** One message on its way. */
export interface OutboxItem {
  /** 32 hex digits, chosen by the desk. */
  readonly id: string;
  readonly version: 1;
  readonly route: OutboxRoute;
  /** The request body as it was first made: sealed messages, base64. */
  readonly body: Readonly<Record<string, string>>;
  readonly presence?: string;
  /** By what the desk asks for it later: the id of the message whose acceptance a card's set waits for, or what a pickup is about. */
  readonly reference?: string;
  /** Id of the item before it, without which it must not be accepted. */
  readonly needs?: string;
  readonly createdAt: number;
  /** Set when the bureau refused it for good: a person has to look at it. */
  readonly refusedWith?: ErrorCode;
}

/** Where the items lie; survives power loss. */
export interface OutboxStore {
  /** All of them or none. */
  put(items: readonly OutboxItem[], signal: AbortSignal): Promise<void>;
  remove(id: string, signal: AbortSignal): Promise<void>;
  /** Oldest first. */
  list(signal: AbortSignal): Promise<readonly OutboxItem[]>;
}

/** A message as a desk hands it over. */
export type NewItem = Omit<OutboxItem, 'version' | 'createdAt' | 'refusedWith'>;

export interface Outbox {
  /** Keeps messages that belong together, all or none, without trying to send them. */
  keep(items: readonly NewItem[], signal: AbortSignal): Promise<readonly OutboxItem[]>;
  /** Tries a kept message once, after the one it needs. Answers the acknowledgement, or undefined when it waits. Rejects when the bureau refuses it, or refused what it needs. */
  deliver(item: OutboxItem, operator: string | undefined, signal: AbortSignal): Promise<Ack | undefined>;
  /** {@link keep} and {@link deliver} of one message. */
  submit(item: NewItem, operator: string | undefined, signal: AbortSignal): Promise<Ack | undefined>;
  /** Where the message with a reference is: it waits, it was refused for good, or it is not here (sent, or never kept). */
  stateOf(reference: string, signal: AbortSignal): Promise<'waiting' | 'refused' | 'absent'>;
  /** Tries everything that waits, oldest first; stops at the first that finds no bureau. Answers how many still wait. */
  flush(operator: string | undefined, signal: AbortSignal): Promise<number>;
  /** How many wait. */
  waiting(signal: AbortSignal): Promise<number>;
  /** What the bureau refused for good, oldest first: a person has to look at each. */
  refused(signal: AbortSignal): Promise<readonly OutboxItem[]>;
  /** A person has: the item leaves. False when it is not one that was refused. */
  settle(id: string, signal: AbortSignal): Promise<boolean>;
}

/**
 * Codes after which the same bytes may be accepted later. PRESENCE_REQUIRED is worth another try for the doctor, who opens the visit
 * anew; a message that names the old opening stays refused.
 */
const mayRetry = (code: ErrorCode): boolean => ERRORS[code].retry && code !== 'PRESENCE_REQUIRED';

/** What came of one attempt. */
type Attempt =
  | { readonly outcome: 'sent'; readonly ack: Ack }
  | { readonly outcome: 'waits'; readonly code: ErrorCode }
  | { readonly outcome: 'refused'; readonly cause: unknown };

export function createOutbox(deps: {
  readonly store: OutboxStore;
  readonly client: BureauClient;
  readonly clock: Clock;
}): Outbox {
  const { store, client, clock } = deps;
  const STOPPING: ReadonlySet<ErrorCode> = new Set(['BUREAU_UNREACHABLE', 'CANCELLED']);

  const send = (item: OutboxItem, operator: string | undefined, signal: AbortSignal): Promise<Ack> => {
    const head = { operator, presence: item.presence };
    switch (item.route) {
      case 'record':
        return client.record({ ...head, body: { message: item.body['message'] ?? '' } }, signal);
      case 'pickup':
        return client.pickup({ ...head, body: { message: item.body['message'] ?? '' } }, signal);
      case 'prescription':
        return client.prescription(
          {
            ...head,
            body: {
              manifest: item.body['manifest'] ?? '',
              designation: item.body['designation'] ?? '',
              ciphertext: item.body['ciphertext'] ?? '',
            },
          },
          signal,
        );
    }
  };

  const sent = async (item: OutboxItem, operator: string | undefined, signal: AbortSignal): Promise<Attempt> => {
    try {
      return { outcome: 'sent', ack: await send(item, operator, signal) };
    } catch (cause) {
      const { code } = refusalOf(cause);
      return mayRetry(code) ? { outcome: 'waits', code } : { outcome: 'refused', cause };
    }
  };

  /** One attempt; the store says afterwards what came of it. With a message goes whatever needs it. */
  const attempt = async (item: OutboxItem, operator: string | undefined, signal: AbortSignal): Promise<Attempt> => {
    const result = await sent(item, operator, signal);
    if (result.outcome === 'sent') await store.remove(item.id, signal);
    if (result.outcome === 'refused') {
      const refusedWith = refusalOf(result.cause).code;
      // Another try may have been refused before, and a person have dealt with it: what is here no more does not come back.
      const concerned = (await store.list(signal)).filter(({ id, needs }) => id === item.id || needs === item.id);
      await store.put(
        concerned.map((one) => ({ ...one, refusedWith })),
        signal,
      );
    }
    return result;
  };

  const waitingItems = async (signal: AbortSignal): Promise<readonly OutboxItem[]> =>
    (await store.list(signal)).filter((item) => item.refusedWith === undefined);

  const keep: Outbox['keep'] = async (items, signal) => {
    const kept = items.map((item): OutboxItem => ({ ...item, version: 1, createdAt: clock.now() }));
    await store.put(kept, signal);
    return kept;
  };

  const deliver: Outbox['deliver'] = async (item, operator, signal) => {
    const before = (await store.list(signal)).find(({ id }) => id === item.needs);
    if (before?.refusedWith !== undefined)
      throw new ImisError(before.refusedWith, 'what this message needs was refused');
    if (before !== undefined) {
      const first = await attempt(before, operator, signal);
      if (first.outcome === 'refused') throw first.cause;
      if (first.outcome === 'waits') return undefined;
    }
    const result = await attempt(item, operator, signal);
    if (result.outcome === 'refused') throw result.cause;
    return result.outcome === 'sent' ? result.ack : undefined;
  };

  return {
    keep,
    deliver,
    submit: async (input, operator, signal) => {
      const [item] = await keep([input], signal);
      if (item === undefined) throw new Error('keep answered nothing for one item');
      return deliver(item, operator, signal);
    },
    stateOf: async (reference, signal) => {
      const found = (await store.list(signal)).find((item) => item.reference === reference);
      if (found === undefined) return 'absent';
      return found.refusedWith === undefined ? 'waiting' : 'refused';
    },
    flush: async (operator, signal) => {
      for (const { id } of await waitingItems(signal)) {
        // The one before it may have taken it along.
        const waiting = await waitingItems(signal);
        const item = waiting.find((one) => one.id === id);
        if (item === undefined || waiting.some((one) => one.id === item.needs)) continue;
        const result = await attempt(item, operator, signal);
        // Without a bureau, or a caller, the rest need not be tried. What was refused is marked for a person, and the next may still go.
        if (result.outcome === 'waits' && STOPPING.has(result.code)) break;
      }
      return (await waitingItems(signal)).length;
    },
    waiting: async (signal) => (await waitingItems(signal)).length,
    refused: async (signal) => (await store.list(signal)).filter(({ refusedWith }) => refusedWith !== undefined),
    settle: async (id, signal) => {
      const found = (await store.list(signal)).find((item) => item.id === id);
      if (found?.refusedWith === undefined) return false;
      await store.remove(id, signal);
      return true;
    },
  };
}
