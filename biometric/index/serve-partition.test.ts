/** What a replica answers, over a scripted connection: portions of ids, nothing to what is no request, and where the server does not let it listen. */
import type { Msg, NatsConnection, SubscriptionOptions } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import type { LocalGallery } from './local-gallery.ts';
import { encodeAfter, IDS_AT_ONCE, idsOf, PartIds } from './partition-protocol.ts';
import { servePartition } from './serve-partition.ts';

const idOf = (number: number): string => number.toString(16).padStart(32, '0');

/** A replica with these persons; subjects of `refused` the server closes. */
function createReplica(
  ids: readonly string[],
  refused: readonly string[] = [],
  fault?: Error,
  log: (cause: unknown) => void = () => undefined,
) {
  const heard = new Map<string, NonNullable<SubscriptionOptions['callback']>>();
  const subscribe = (subject: string, { callback }: SubscriptionOptions) => {
    if (callback !== undefined) heard.set(subject, callback);
    const isClosed = (): boolean => refused.includes(subject);
    const drain = async (): Promise<void> => {
      if (isClosed()) throw new Error('subscription is already closed');
    };
    return { isClosed, drain };
  };
  // As much of a connection and of a gallery as is used.
  const connection = { subscribe } as unknown as NatsConnection;
  const gallery = {
    ids: async () => {
      if (fault !== undefined) throw fault;
      return { anywhere: ids, incomplete: new Set() };
    },
  } as unknown as LocalGallery;
  const served = servePartition(connection, gallery, { partition: 'east', replica: 'a' }, log);
  const answers: unknown[] = [];
  const ask = async (data: Uint8Array): Promise<unknown> => {
    answers.length = 0;
    const respond = (body: string): boolean => answers.push(JSON.parse(body)) > 0;
    await heard.get(idsOf('east'))?.(null, { data, respond } as unknown as Msg);
    await served.stop();
    return answers[0];
  };
  /** Asks over a connection that takes no answer. */
  const unheard = async (why: Error): Promise<void> => {
    const respond = (): never => {
      throw why;
    };
    await heard.get(idsOf('east'))?.(null, { data: encodeAfter(undefined), respond } as unknown as Msg);
    await served.stop();
  };
  return { served, ask, unheard };
}

describe('a replica', () => {
  it('says whom it has in order, portion after portion, from wherever it is asked', async () => {
    const ids = Array.from({ length: IDS_AT_ONCE + 2 }, (_, number) => idOf(number + 1));
    const { ask } = createReplica(ids.toReversed());
    const portion = async (after: string | undefined) => PartIds.parse(await ask(encodeAfter(after)));
    expect(await portion(undefined)).toEqual({
      partition: 'east',
      replica: 'a',
      ids: ids.slice(0, IDS_AT_ONCE),
      isLast: false,
    });
    expect(await portion(idOf(IDS_AT_ONCE))).toMatchObject({ ids: ids.slice(IDS_AT_ONCE), isLast: true });
    // Also one that was started since, and after somebody whom it has not.
    expect(await portion(idOf(IDS_AT_ONCE + 1))).toMatchObject({ ids: ids.slice(-1), isLast: true });
    expect(await portion('ff'.repeat(16))).toMatchObject({ ids: [], isLast: true });
    expect((await portion(idOf(0))).ids).toEqual(ids.slice(0, IDS_AT_ONCE));
    expect(await ask(new Uint8Array(15))).toBeUndefined();
  });

  it('tells of what it could not do, to whoever asked and to its own log, and outlives an answer that cannot be sent', async () => {
    const logged: unknown[] = [];
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const { ask, unheard } = createReplica([], [], full, (cause) => logged.push(cause));
    expect(await ask(encodeAfter(undefined))).toEqual({ partition: 'east', replica: 'a', failed: 'ENOSPC' });
    expect(logged).toEqual([full]);
    const closed = new Error('closed');
    await unheard(closed);
    expect(logged).toEqual([full, full, closed]);
  });

  it('knows that the server does not let it listen, and stops nevertheless', async () => {
    expect(createReplica([]).served.isHeard()).toBe(true);
    const { served } = createReplica([], [idsOf('east')]);
    expect(served.isHeard()).toBe(false);
    await served.stop();
  });
});
