/**
 * What partitions answer, and what strangers do, replicas that fail, that lost their files, that are somebody else's. The network is scripted here;
 * test/e2e/gallery-partitions.real.test.ts has a real one.
 */
import type { Msg, NatsConnection, RequestManyOptions } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { impressTemplate, syntheticFinger } from '../testing/synthetic-template.ts';
import { changeOf, searchAll, searchOf } from './partition-protocol.ts';
import { createPartitionedGallery, partOf } from './partitioned-gallery.ts';

const signal = new AbortController().signal;
const idOf = (number: number): string => number.toString(16).padStart(32, '0');
const fingers = [{ finger: 2, templates: [impressTemplate(syntheticFinger(1, 2), 0)] }];
const PARTITIONS = [
  { name: 'north', replicas: 2 },
  { name: 'south', replicas: 2 },
];

/** Answers of a replica. */
const found = (partition: string, replica: string, searched: number, enrolled = searched, id = 1) => ({
  partition,
  replica,
  candidates: searched === 0 ? [] : [{ id: idOf(id), score: id }],
  searched,
  enrolled,
});
const failed = (partition: string, replica: string) => ({ partition, replica, failed: 'GALLERY_DAMAGED' });
const changed = (partition: string, replica: string, enrolled = 5) => ({ partition, replica, enrolled, found: true });

/** A network on which each request to a subject is answered by the next of its scripts, message after message; then there is silence. */
function createNetwork(scripts: Record<string, readonly (readonly unknown[])[]>) {
  const left = new Map(Object.entries(scripts).map(([subject, turns]) => [subject, [...turns]]));
  const asked: string[] = [];
  const requestMany = async (subject: string, _payload?: unknown, options?: Partial<RequestManyOptions>) => {
    asked.push(subject);
    const bodies = left.get(subject)?.shift() ?? [];
    const heard = options?.strategy === 'count' ? bodies.slice(0, options.maxMessages) : bodies;
    return (async function* messages() {
      // As much of a message as is looked at.
      for (const body of heard) yield { json: () => (typeof body === 'string' ? JSON.parse(body) : body) } as Msg;
    })();
  };
  // As much of a connection as is used.
  const connection = { requestMany } as unknown as NatsConnection;
  return { asked, gallery: createPartitionedGallery({ connection, partitions: PARTITIONS, deadlineMs: 300 }) };
}
const search = (scripts: Record<string, readonly (readonly unknown[])[]>) =>
  createNetwork(scripts).gallery.search({ fingers }, 5, signal);

describe('a gallery in partitions', () => {
  it('counts what is an answer: not the messages of strangers, not those of replicas that failed', async () => {
    const answer = await search({
      [searchAll]: [
        [
          'nonsense',
          '{}',
          { partition: 'north' },
          found('west', 'a', 9),
          found('north', 'a', 5),
          found('south', 'a', 4),
        ],
      ],
    });
    expect(answer).toMatchObject({ searched: 9, enrolled: 9, unreachable: [] });
    const other = await search({
      [searchAll]: [[found('north', 'a', 5), failed('south', 'a')]],
      [searchOf('south')]: [[failed('south', 'a'), found('south', 'b', 4)]],
    });
    expect(other).toMatchObject({ searched: 9, enrolled: 9, unreachable: [] });
  });

  it('asks the other replicas where one compared only a part, and takes the most', async () => {
    const answer = await search({
      [searchAll]: [[found('north', 'a', 5), found('south', 'a', 1, 4, 3)]],
      [searchOf('south')]: [[found('south', 'a', 1, 4, 3), found('south', 'b', 4, 4, 7)]],
    });
    expect(answer).toMatchObject({ searched: 9, enrolled: 9 });
    expect(answer.candidates[0]?.id).toBe(idOf(7));
    const both = await search({
      [searchAll]: [[found('north', 'a', 5), found('south', 'a', 1, 4)]],
      [searchOf('south')]: [[found('south', 'a', 1, 4)]],
    });
    expect(both).toMatchObject({ searched: 6, enrolled: 9 });
  });

  it('does not believe one replica alone that persons are gone', async () => {
    const { gallery } = createNetwork({
      [searchAll]: [
        [found('north', 'a', 5), found('south', 'a', 4)],
        [found('north', 'a', 5), found('south', 'b', 0)],
        [found('north', 'a', 5), found('south', 'b', 0)],
        [found('north', 'a', 5), found('south', 'b', 3)],
      ],
      [searchOf('south')]: [
        [found('south', 'b', 0), found('south', 'a', 4)],
        // The other is not there.
        [found('south', 'b', 0)],
        // Both say so: somebody has been removed.
        [found('south', 'b', 3), found('south', 'a', 3)],
      ],
    });
    const searched = [];
    for (let i = 0; i < 4; i++) {
      const answer = await gallery.search({ fingers }, 5, signal);
      searched.push([answer.searched, answer.enrolled]);
    }
    expect(searched).toEqual([
      [9, 9],
      [9, 9],
      [5, 9],
      [8, 8],
    ]);
  });

  it('believes a change that every replica of the partition has, each once', async () => {
    const [mine, theirs] = partOf(idOf(1), 2) === 0 ? ['north', 'south'] : ['south', 'north'];
    const change = async (answers: readonly unknown[]) => {
      const { gallery } = createNetwork({ [changeOf(mine)]: [answers] });
      return gallery.remove(idOf(1), signal).catch((cause: unknown) => cause);
    };
    expect(await change(['nonsense', failed(mine, 'b'), changed(mine, 'a'), changed(mine, 'b')])).toBe(true);
    for (const answers of [
      [changed(mine, 'a'), changed(mine, 'a')],
      [changed(mine, 'a'), changed(theirs, 'b')],
      [changed(mine, 'a'), failed(mine, 'b')],
    ])
      expect(await change(answers)).toMatchObject({ code: 'GALLERY_UNREACHABLE' });
  });

  it('leaves erased persons out of the files of all replicas', async () => {
    const all = { [changeOf('north')]: [[changed('north', 'a'), changed('north', 'b')]] };
    const whole = createNetwork({ ...all, [changeOf('south')]: [[changed('south', 'b'), changed('south', 'a')]] });
    await whole.gallery.rewrite();
    expect(whole.asked.sort()).toEqual([changeOf('north'), changeOf('south')]);
    const half = createNetwork({ ...all, [changeOf('south')]: [[changed('south', 'b')]] });
    await expect(half.gallery.rewrite()).rejects.toMatchObject({ code: 'GALLERY_UNREACHABLE' });
  });
});
