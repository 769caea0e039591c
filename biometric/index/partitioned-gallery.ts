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
  type PartChange,
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

/** How long replicas may take to write their files anew, ms: nobody waits for it, and those of a million persons are long. */
const REWRITE_MS = 600_000;

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

/** A gallery that can leave whom was removed out of the files of all replicas. */
export interface PartitionedGallery extends Gallery {
  /** GALLERY_UNREACHABLE unless every replica has done it: to be said again, as a change. */
  rewrite(): Promise<void>;
}

/** The gallery behind these parts. */
export function createPartitionedGallery({ connection, partitions, deadlineMs }: GalleryParts): PartitionedGallery {
  /** Persons of each partition, as far as is known. */
  const sizes = new Map<string, number>();
  const sizeOf = (name: string): number => sizes.get(name) ?? 0;

  /**
   * Asks and gives what is an answer to `take`, until that says that it is enough or the time is up. Whatever else comes (of strangers, of replicas
   * that failed) counts for nothing. Nobody there is no error: nobody answered.
   */
  const ask = async <T>(
    subject: string,
    payload: Uint8Array,
    schema: z.ZodType<T>,
    waitMs: number,
    take: (answer: T) => boolean,
  ): Promise<void> => {
    const messages = await connection.requestMany(subject, payload, { strategy: 'timer', maxWait: waitMs });
    try {
      for await (const message of messages) {
        const answer = read(schema, message);
        if (answer !== undefined && take(answer)) return;
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
    /** Answers of each partition, by replica: of two of one replica the later. */
    const answers = new Map(partitions.map(({ name }) => [name, new Map<string, PartAnswer>()]));
    const add = (answer: PartAnswer): void => {
      answers.get(answer.partition)?.set(answer.replica, answer);
    };
    const best = (name: string): PartAnswer | undefined =>
      [...(answers.get(name)?.values() ?? [])].sort((a, b) => b.searched - a.searched)[0];
    // One replica alone may have lost its files, or a thread: it is not believed that persons are gone.
    const isEnough = ({ name, replicas }: GalleryParts['partitions'][number]): boolean => {
      const one = best(name);
      const isWhole = one !== undefined && one.searched === one.enrolled && one.enrolled >= sizeOf(name);
      return isWhole || (answers.get(name)?.size ?? 0) >= replicas;
    };
    const first = Math.ceil(deadlineMs / 3);
    await ask(searchAll, payload, PartAnswer, first, (answer) => {
      add(answer);
      return partitions.every(({ name }) => (answers.get(name)?.size ?? 0) > 0);
    });
    signal.throwIfAborted();
    const again = partitions.filter((part) => !isEnough(part));
    await Promise.all(
      again.map((part) =>
        ask(searchOf(part.name), payload, PartAnswer, deadlineMs - first, (answer) => {
          if (answer.partition === part.name) add(answer);
          return isEnough(part);
        }),
      ),
    );
    signal.throwIfAborted();
    for (const { name, replicas } of partitions) {
      const said = [...(answers.get(name)?.values() ?? [])].map(({ enrolled }) => enrolled);
      const all = said.length >= replicas ? said : [sizeOf(name), ...said];
      sizes.set(name, Math.max(...all));
    }
    const candidates: Candidate[] = partitions.flatMap(({ name }) => best(name)?.candidates ?? []);
    return {
      candidates: candidates.sort((a, b) => b.score - a.score).slice(0, limit),
      searched: partitions.reduce((sum, { name }) => sum + (best(name)?.searched ?? 0), 0),
      enrolled: partitions.reduce((sum, { name }) => sum + sizeOf(name), 0),
      unreachable: partitions.filter(({ name }) => best(name) === undefined).map(({ name }) => name),
    } satisfies SearchAnswer;
  };

  /** All replicas of a partition, or GALLERY_UNREACHABLE: to be said again until all have it, which does no harm. */
  const tell = async (part: GalleryParts['partitions'][number], wanted: PartChange): Promise<boolean> => {
    const replicas = new Map<string, z.infer<typeof PartChanged>>();
    const waitMs = wanted.change === 'rewrite' ? REWRITE_MS : deadlineMs;
    await ask(changeOf(part.name), encodeChange(wanted), PartChanged, waitMs, (answer) => {
      if (answer.partition === part.name) replicas.set(answer.replica, answer);
      return replicas.size >= part.replicas;
    });
    if (replicas.size < part.replicas)
      throw new GalleryError(
        'GALLERY_UNREACHABLE',
        `${replicas.size} of ${part.replicas} replicas of ${part.name} have the change`,
      );
    sizes.set(part.name, Math.max(...[...replicas.values()].map(({ enrolled }) => enrolled)));
    return [...replicas.values()].some(({ found }) => found);
  };
  const change = async (wanted: GalleryChange, signal: AbortSignal): Promise<boolean> => {
    signal.throwIfAborted();
    const part = partitions[partOf(wanted.id, partitions.length)];
    if (part === undefined) throw new Error('a gallery without partitions');
    return tell(part, wanted);
  };

  return {
    search,
    add: async (persons, signal) => {
      for (const { id, fingers } of persons) await change({ change: 'put', id, fingers }, signal);
    },
    remove: (id, signal) => change({ change: 'remove', id }, signal),
    rewrite: async () => {
      await Promise.all(partitions.map((part) => tell(part, { change: 'rewrite' })));
    },
    size: async () => [...sizes.values()].reduce((sum, size) => sum + size, 0),
    close: async () => undefined,
  };
}
