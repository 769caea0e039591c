/**
 * A gallery on several hosts: persons are spread over partitions by their id, each partition has replicas, NATS brings the question to all and the
 * answers back. A fan-out, not a distributed database: the bureau's own store is what the partitions are filled from.
 * @module
 */
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import { fromHex, readUint } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import type { Candidate, ErasingGallery, Gallery, GalleryIds, SearchAnswer } from './gallery.ts';
import { GalleryError } from './gallery-error.ts';
import {
  changeOf,
  ERASED_AT_ONCE,
  encodeAfter,
  encodeChange,
  encodeProbe,
  idsOf,
  PartAnswer,
  type PartChange,
  PartChanged,
  PartFailed,
  PartIds,
  searchAll,
  searchOf,
} from './partition-protocol.ts';

/** The parts of a gallery. */
export interface GalleryParts {
  readonly connection: NatsConnection;
  /** Names in an order that must not change: it says who is where. With the number of replicas that must have a change. */
  readonly partitions: readonly { readonly name: string; readonly replicas: number }[];
  /**
   * A search ends after so long at the latest, ms; a partition that is silent for a third of it is asked again, all replicas at once. What compares no
   * fingers has that third.
   */
  readonly deadlineMs: number;
}

type Part = GalleryParts['partitions'][number];

/** How long replicas may take to write their files anew, ms: nobody waits for it, and those of a million persons are long. */
const REWRITE_MS = 600_000;
/** Persons that are put at once: each of them is on the disk of every replica before it counts. */
const PUT_AT_ONCE = 32;

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

/**
 * The gallery behind these parts. Whatever is not a search is GALLERY_UNREACHABLE unless every replica has answered: to be said again until all have,
 * which does no harm. `close` leaves the connection to whoever made it.
 */
export function createPartitionedGallery({ connection, partitions, deadlineMs }: GalleryParts): ErasingGallery {
  const first = Math.ceil(deadlineMs / 3);
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
    const isEnough = ({ name, replicas }: Part): boolean => {
      const one = best(name);
      const isWhole = one !== undefined && one.searched === one.enrolled && one.enrolled >= sizeOf(name);
      return isWhole || (answers.get(name)?.size ?? 0) >= replicas;
    };
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

  /** What each replica of a partition answers. */
  const askAll = async <T extends { readonly partition: string; readonly replica: string }>(
    part: Part,
    subject: string,
    payload: Uint8Array,
    schema: z.ZodType<T>,
    waitMs: number,
  ): Promise<readonly T[]> => {
    const replicas = new Map<string, T>();
    /** What whoever runs it is to look at. */
    const remarks = new Set<string>();
    const isFailure = (answer: T | PartFailed): answer is PartFailed => 'failed' in answer;
    await ask<T | PartFailed>(subject, payload, z.union([schema, PartFailed]), waitMs, (answer) => {
      const { replica } = answer;
      if (answer.partition !== part.name) return false;
      if (isFailure(answer)) remarks.add(`; ${replica} says ${answer.failed}`);
      else {
        // Of one question a replica makes one answer.
        if (replicas.has(replica)) remarks.add(`; two go by the name ${replica}`);
        replicas.set(replica, answer);
      }
      return replicas.size >= part.replicas;
    });
    if (replicas.size < part.replicas)
      throw new GalleryError(
        'GALLERY_UNREACHABLE',
        `${replicas.size} of ${part.replicas} replicas of ${part.name} have answered${[...remarks].join('')}`,
      );
    return [...replicas.values()];
  };
  const tell = async (part: Part, wanted: PartChange): Promise<readonly z.infer<typeof PartChanged>[]> => {
    const waitMs = wanted.change === 'rewrite' ? REWRITE_MS : first;
    const said = await askAll(part, changeOf(part.name), encodeChange(wanted), PartChanged, waitMs);
    sizes.set(part.name, Math.max(...said.map(({ enrolled }) => enrolled)));
    return said;
  };
  const partWith = (id: string): Part => {
    const part = partitions[partOf(id, partitions.length)];
    if (part === undefined) throw new Error('a gallery without partitions');
    return part;
  };

  /** Whom the replicas of a partition have: one portion after another, as far as the portions of all of them reach. */
  const idsIn = async (part: Part, signal: AbortSignal, anywhere: string[], incomplete: Set<string>): Promise<void> => {
    for (let after: string | undefined; ; ) {
      signal.throwIfAborted();
      const said = await askAll(part, idsOf(part.name), encodeAfter(after), PartIds, first);
      const ends = said.flatMap(({ ids, isLast }) => (isLast ? [] : [ids.at(-1) ?? '']));
      const end = ends.sort()[0];
      if (end !== undefined && end <= (after ?? ''))
        throw new GalleryError('GALLERY_DAMAGED', `a replica of ${part.name} does not go on`);
      const counts = new Map<string, number>();
      for (const { ids } of said)
        for (const id of new Set(ids)) if (end === undefined || id <= end) counts.set(id, (counts.get(id) ?? 0) + 1);
      for (const [id, count] of counts) {
        if (partWith(id) !== part)
          throw new GalleryError(
            'GALLERY_DAMAGED',
            `${part.name} has persons of another partition: its folder is another’s`,
          );
        anywhere.push(id);
        if (count < said.length) incomplete.add(id);
      }
      if (end === undefined) return;
      after = end;
    }
  };

  return {
    search,
    add: async (persons, signal) => {
      for (let i = 0; i < persons.length; i += PUT_AT_ONCE) {
        signal.throwIfAborted();
        await Promise.all(
          persons
            .slice(i, i + PUT_AT_ONCE)
            .map(({ id, fingers }) => tell(partWith(id), { change: 'put', id, fingers })),
        );
      }
    },
    remove: async (id, signal) => {
      signal.throwIfAborted();
      const said = await tell(partWith(id), { change: 'remove', id });
      return said.some(({ found }) => found);
    },
    rewrite: async (without = []) => {
      const erased = Map.groupBy(without, partWith);
      // Who is not there would be waited for as long as rewriting may take.
      await Promise.all(partitions.map((part) => tell(part, { change: 'nothing' })));
      await Promise.all(
        partitions.map(async (part) => {
          const ids = erased.get(part) ?? [];
          for (let i = 0; i === 0 || i < ids.length; i += ERASED_AT_ONCE)
            await tell(part, { change: 'rewrite', without: ids.slice(i, i + ERASED_AT_ONCE) });
        }),
      );
    },
    ids: async (signal): Promise<GalleryIds> => {
      const anywhere: string[] = [];
      const incomplete = new Set<string>();
      await Promise.all(partitions.map((part) => idsIn(part, signal, anywhere, incomplete)));
      return { anywhere, incomplete };
    },
    holds: async (count, signal) => {
      signal.throwIfAborted();
      const said = await Promise.all(partitions.map((part) => tell(part, { change: 'nothing' })));
      const numbers = said.map((answers) => answers.map(({ enrolled }) => enrolled));
      const isEven = numbers.every((ofPart) => new Set(ofPart).size === 1);
      return isEven && numbers.reduce((sum, [size = 0]) => sum + size, 0) === count;
    },
    size: async () => [...sizes.values()].reduce((sum, size) => sum + size, 0),
    close: async () => undefined,
  };
}
