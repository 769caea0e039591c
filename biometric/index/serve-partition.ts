/**
 * A replica of one partition: a local gallery that answers over NATS. Requests that are none are not answered.
 * @module
 */
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { LocalGallery } from './local-gallery.ts';
import {
  changeOf,
  decodeAfter,
  decodeChange,
  decodeProbe,
  IDS_AT_ONCE,
  idsOf,
  type PartAnswer,
  type PartChange,
  type PartIds,
  searchAll,
  searchOf,
} from './partition-protocol.ts';

/** Who it is. */
export interface PartIdentity {
  readonly partition: string;
  readonly replica: string;
}

/** Place of the first of sorted ids that comes after one. */
function firstAfter(sorted: readonly string[], id: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') > id) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A replica that answers. */
export interface ServedPartition {
  /** Whether the server lets it hear everything; known after a flush of the connection. */
  isHeard(): boolean;
  /** What is under way is answered first. */
  stop(): Promise<void>;
}

/** Serves until it is stopped; `log` is told what it could not do, or not answer. */
export function servePartition(
  connection: NatsConnection,
  gallery: LocalGallery,
  { partition, replica }: PartIdentity,
  log: (cause: unknown) => void,
): ServedPartition {
  const signal = new AbortController().signal;
  const underWay = new Set<Promise<void>>();

  const answer = (message: Msg, work: () => Promise<object | undefined>): void => {
    const done = work()
      .catch((cause: unknown) => {
        log(cause);
        return { failed: cause instanceof Error && 'code' in cause ? String(cause.code) : 'GALLERY_DAMAGED' };
      })
      .then((body) => {
        if (body !== undefined) message.respond(JSON.stringify({ partition, replica, ...body }));
      })
      // Whoever asked has gone, or the server: nobody waits for it any more.
      .catch(log)
      .finally(() => underWay.delete(done));
    underWay.add(done);
  };
  const search = (message: Msg) => async (): Promise<Omit<PartAnswer, 'partition' | 'replica'> | undefined> => {
    const probe = decodeProbe(message.data);
    if (probe === undefined) return undefined;
    const { candidates, searched, enrolled } = await gallery.search(probe, probe.limit, signal);
    return { candidates: candidates.map(({ id, score }) => ({ id, score })), searched, enrolled };
  };
  /** Whether it found somebody. */
  const carryOut = async (wanted: PartChange): Promise<boolean> => {
    switch (wanted.change) {
      case 'remove':
        return gallery.remove(wanted.id, signal);
      case 'put':
        await gallery.add([wanted], signal);
        return true;
      case 'rewrite':
        await gallery.rewrite(wanted.without);
        return true;
      case 'nothing':
        return false;
    }
  };
  const change = (message: Msg) => async () => {
    const wanted = decodeChange(message.data);
    if (wanted === undefined) return undefined;
    return { found: await carryOut(wanted), enrolled: await gallery.size(signal) };
  };
  /** Whom it has, in order, from the first portion that is asked for to the last. */
  let listed: readonly string[] = [];
  const list = (message: Msg) => async (): Promise<Omit<PartIds, 'partition' | 'replica'> | undefined> => {
    const after = decodeAfter(message.data);
    if (after === null) return undefined;
    if (after === undefined || listed.length === 0) listed = [...(await gallery.ids(signal)).anywhere].sort();
    const from = after === undefined ? 0 : firstAfter(listed, after);
    const ids = listed.slice(from, from + IDS_AT_ONCE);
    const isLast = from + ids.length === listed.length;
    if (isLast) listed = [];
    return { ids, isLast };
  };
  const listen = (
    subject: string,
    work: (message: Msg) => () => Promise<object | undefined>,
    queue?: string,
  ): Subscription =>
    connection.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error === null) answer(message, work(message));
      },
    });
  const subscriptions = [
    listen(searchAll, search, partition),
    listen(searchOf(partition), search),
    listen(changeOf(partition), change),
    listen(idsOf(partition), list),
  ];
  return {
    isHeard: () => subscriptions.every((one) => !one.isClosed()),
    stop: async () => {
      // One that the server refused is closed; and where there is no server, nothing more comes.
      await Promise.allSettled(subscriptions.filter((one) => !one.isClosed()).map((one) => one.drain()));
      await Promise.all(underWay);
    },
  };
}
