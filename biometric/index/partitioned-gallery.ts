/**
 * A gallery on several hosts: persons are spread over partitions by their id, each partition has replicas, NATS brings the question to all and the
 * answers back. A fan-out, not a distributed database: the bureau's own store is what the partitions are filled from.
 * @module
 */
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { z } from 'zod';
import { fromHex, readUint } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import type { Candidate, Gallery, SearchAnswer } from './gallery.ts';
import { GalleryError } from './gallery-error.ts';
import type { GalleryChange } from './gallery-journal.ts';
import {
  changeOf,
  encodeChange,
  encodeProbe,
  PartAnswer,
  PartChanged,
  searchAll,
  searchOf,
} from './partition-protocol.ts';

/** The parts of a gallery. */
export interface GalleryParts {
  readonly connection: NatsConnection;
  /** Names in an order that must not change: it says who is where. With the number of replicas that must have a change. */
  readonly partitions: readonly { readonly name: string; readonly replicas: number }[];
  /** A search ends after so long at the latest, ms; a partition that is silent for a third of it is asked again, all replicas at once. */
  readonly deadlineMs: number;
}

/** Reads an answer; undefined for what is none. */
function read<T>(schema: z.ZodType<T>, message: Msg): T | undefined {
  try {
    return schema.safeParse(message.json()).data;
  } catch {
    // Not even JSON.
    return undefined;
  }
}

/** Which partition a person is in. */
export const partOf = (id: string, partitions: number): number =>
  readUint(h256(fromHex(id)).subarray(0, 6)) % partitions;

/** The gallery behind these parts. */
export function createPartitionedGallery({ connection, partitions, deadlineMs }: GalleryParts): Gallery {
  /** Persons of each partition, as it said last. */
  const sizes = new Map<string, number>();

  /** Asks and collects until `isEnough` or the time is up. Nobody there is no error: nobody answered. */
  const ask = async <T extends { readonly partition: string }>(
    subject: string,
    payload: Uint8Array,
    schema: z.ZodType<T>,
    most: number,
    waitMs: number,
    take: (answer: T) => void,
  ): Promise<void> => {
    const messages = await connection.requestMany(subject, payload, {
      strategy: 'count',
      maxMessages: most,
      maxWait: waitMs,
    });
    try {
      for await (const message of messages) {
        const answer = read(schema, message);
        if (answer !== undefined) take(answer);
      }
    } catch (cause) {
      // The only thing that is thrown while it waits: nobody listens to this subject.
      if (!(cause instanceof Error && /responders/iu.test(cause.name + cause.message))) throw cause;
    }
  };

  const search: Gallery['search'] = async ({ fingers }, limit, signal) => {
    if (fingers.length === 0) throw new RangeError('a probe without a finger');
    signal.throwIfAborted();
    const payload = encodeProbe(fingers, limit);
    const answers = new Map<string, PartAnswer>();
    const take = (answer: PartAnswer): void => {
      // A replica that compared everybody goes before one that did not.
      const former = answers.get(answer.partition);
      if (former === undefined || former.searched < answer.searched) answers.set(answer.partition, answer);
    };
    const first = Math.ceil(deadlineMs / 3);
    await ask(searchAll, payload, PartAnswer, partitions.length, first, take);
    signal.throwIfAborted();
    const silent = partitions.filter(({ name }) => !answers.has(name));
    await Promise.all(silent.map(({ name }) => ask(searchOf(name), payload, PartAnswer, 1, deadlineMs - first, take)));
    signal.throwIfAborted();
    const known = partitions.flatMap(({ name }) => answers.get(name) ?? []);
    for (const { partition, enrolled } of known) sizes.set(partition, enrolled);
    const sum = (of: (name: string) => number): number => partitions.reduce((total, { name }) => total + of(name), 0);
    const candidates: Candidate[] = known.flatMap((answer) => answer.candidates);
    return {
      candidates: candidates.sort((a, b) => b.score - a.score).slice(0, limit),
      searched: sum((name) => answers.get(name)?.searched ?? 0),
      enrolled: sum((name) => answers.get(name)?.enrolled ?? sizes.get(name) ?? 0),
      unreachable: partitions.filter(({ name }) => !answers.has(name)).map(({ name }) => name),
    } satisfies SearchAnswer;
  };

  /** All replicas of the person's partition, or GALLERY_UNREACHABLE: to be said again until all have it, which does no harm. */
  const change = async (wanted: GalleryChange, signal: AbortSignal): Promise<boolean> => {
    signal.throwIfAborted();
    const part = partitions[partOf(wanted.id, partitions.length)];
    if (part === undefined) throw new Error('a gallery without partitions');
    const replicas = new Map<string, z.infer<typeof PartChanged>>();
    await ask(changeOf(part.name), encodeChange(wanted), PartChanged, part.replicas, deadlineMs, (answer) => {
      replicas.set(answer.replica, answer);
      sizes.set(answer.partition, answer.enrolled);
    });
    if (replicas.size < part.replicas)
      throw new GalleryError(
        'GALLERY_UNREACHABLE',
        `${replicas.size} of ${part.replicas} replicas of ${part.name} have the change`,
      );
    return [...replicas.values()].some(({ found }) => found);
  };

  return {
    search,
    add: async (persons, signal) => {
      for (const { id, fingers } of persons) await change({ change: 'put', id, fingers }, signal);
    },
    remove: (id, signal) => change({ change: 'remove', id }, signal),
    size: async () => [...sizes.values()].reduce((sum, size) => sum + size, 0),
    close: async () => undefined,
  };
}
