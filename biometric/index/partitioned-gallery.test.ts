/**
 * What partitions answer, and what strangers do, replicas that fail, that lost their files, that are somebody else's. The network is scripted here;
 * test/e2e/gallery-partitions.real.test.ts has a real one.
 */
import type { Msg, NatsConnection, RequestManyOptions } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { impressTemplate, syntheticFinger } from '../testing/synthetic-template.ts';
import { changeOf, decodeChange, encodeChange, idsOf, searchAll, searchOf } from './partition-protocol.ts';
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
  const told: Uint8Array[] = [];
  const requestMany = async (subject: string, payload: Uint8Array, options?: Partial<RequestManyOptions>) => {
    asked.push(subject);
    told.push(payload);
    const bodies = left.get(subject)?.shift() ?? [];
    const heard = options?.strategy === 'count' ? bodies.slice(0, options.maxMessages) : bodies;
    return (async function* messages() {
      // As much of a message as is looked at.
      for (const body of heard) yield { json: () => (typeof body === 'string' ? JSON.parse(body) : body) } as Msg;
    })();
  };
  // As much of a connection as is used.
  const connection = { requestMany } as unknown as NatsConnection;
  return { asked, told, gallery: createPartitionedGallery({ connection, partitions: PARTITIONS, deadlineMs: 300 }) };
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

  it('says which replica could not and why, and that two go by one name', async () => {
    const [mine] = partOf(idOf(1), 2) === 0 ? ['north'] : ['south'];
    const change = async (...answers: readonly unknown[]): Promise<unknown> => {
      const { gallery } = createNetwork({ [changeOf(mine)]: [answers] });
      return gallery.remove(idOf(1), signal).catch((cause: unknown) => cause instanceof Error && cause.message);
    };
    const full = { partition: mine, replica: 'b', failed: 'ENOSPC' };
    const one = `1 of 2 replicas of ${mine} have answered`;
    expect(await change(changed(mine, 'a'))).toBe(one);
    expect(await change(changed(mine, 'a'), full)).toBe(`${one}; b says ENOSPC`);
    expect(await change(changed(mine, 'a'), { ...full, failed: 'not a code\nat all' })).toBe(one);
    expect(await change(changed(mine, 'a'), changed(mine, 'a'))).toBe(`${one}; two go by the name a`);
  });

  it('leaves erased persons out of the files of all replicas', async () => {
    const both = (partition: string) => [changed(partition, 'a'), changed(partition, 'b')];
    const twice = (partition: string) => [both(partition), both(partition)];
    const whole = createNetwork({ [changeOf('north')]: twice('north'), [changeOf('south')]: twice('south') });
    const there = [changeOf('north'), changeOf('south')];
    await whole.gallery.rewrite([idOf(1)]);
    // First whether all are there, which takes no ten minutes.
    expect(whole.asked).toEqual([...there, ...there]);
    const without = whole.told.map((bytes) => decodeChange(bytes));
    expect(without.slice(0, 2)).toEqual([{ change: 'nothing' }, { change: 'nothing' }]);
    const ids = PARTITIONS.map((_, part) => (partOf(idOf(1), 2) === part ? [idOf(1)] : []));
    expect(without.slice(2)).toEqual(ids.map((one) => ({ change: 'rewrite', without: one })));
    for (const answers of [[[changed('south', 'b')]], [both('south'), [changed('south', 'b')]]]) {
      const half = createNetwork({ [changeOf('north')]: twice('north'), [changeOf('south')]: answers });
      await expect(half.gallery.rewrite()).rejects.toMatchObject({ code: 'GALLERY_UNREACHABLE' });
      expect(half.asked).toHaveLength(answers.length * 2);
    }
  });

  describe('whom it has', () => {
    const has = (partition: string, replica: string, ids: readonly string[], isLast = true) => ({
      partition,
      replica,
      ids,
      isLast,
    });
    /** Ids of persons of a partition, in order. */
    const inPart = (part: number): readonly string[] =>
      Array.from({ length: 40 }, (_, i) => idOf(i)).filter((id) => partOf(id, 2) === part);
    const [n1 = '', n2 = '', n3 = '', n4 = ''] = inPart(0);
    const [s1 = ''] = inPart(1);
    const south = { [idsOf('south')]: [[has('south', 'a', [s1]), has('south', 'b', [s1])]] };

    it('is everybody whom any replica has, and whom one of them lacks, also where portions end in different places', async () => {
      const { gallery, told } = createNetwork({
        ...south,
        [idsOf('north')]: [
          [has('north', 'a', [n1, n2], false), 'nonsense', has('north', 'b', [n1, n3, n4])],
          [has('north', 'b', [n3, n4]), has('north', 'a', [n3])],
        ],
      });
      const { anywhere, incomplete } = await gallery.ids(signal);
      expect([...anywhere].sort()).toEqual([n1, n2, n3, n4, s1].sort());
      expect([...incomplete].sort()).toEqual([n2, n4]);
      expect(told.map((bytes) => Buffer.from(bytes).toString('hex')).sort()).toEqual(['', '', n2]);
    });

    it('is not known while a replica is silent', async () => {
      const { gallery } = createNetwork({ ...south, [idsOf('north')]: [[has('north', 'a', [n1])]] });
      await expect(gallery.ids(signal)).rejects.toMatchObject({ code: 'GALLERY_UNREACHABLE' });
    });

    it('is refused where a replica never ends, or serves the folder of another partition', async () => {
      const both = (ids: readonly string[], isLast: boolean) => [
        has('north', 'a', ids, isLast),
        has('north', 'b', ids, isLast),
      ];
      for (const north of [[both([n1], false), both([n1], false)], [both([], false)], [both([s1], true)]]) {
        const { gallery } = createNetwork({ ...south, [idsOf('north')]: north });
        await expect(gallery.ids(signal)).rejects.toMatchObject({ code: 'GALLERY_DAMAGED' });
      }
    });

    it('is a number that every replica has', async () => {
      const holds = (sizes: readonly [number, number, number, number]) =>
        createNetwork({
          [changeOf('north')]: [[changed('north', 'a', sizes[0]), changed('north', 'b', sizes[1])]],
          [changeOf('south')]: [[changed('south', 'a', sizes[2]), changed('south', 'b', sizes[3])]],
        }).gallery.holds(9, signal);
      expect(await holds([5, 5, 4, 4])).toBe(true);
      expect(await holds([5, 5, 3, 3])).toBe(false);
      expect(await holds([5, 4, 4, 5])).toBe(false);
      await expect(createNetwork({}).gallery.holds(0, signal)).rejects.toMatchObject({ code: 'GALLERY_UNREACHABLE' });
    });
  });
});

describe('a change on its way', () => {
  it('arrives as it was sent, and anything else is none', () => {
    const ids = [idOf(1), idOf(2)];
    for (const change of [
      { change: 'rewrite', without: [] },
      { change: 'rewrite', without: ids },
      { change: 'nothing' },
      { change: 'remove', id: idOf(3) },
      { change: 'put', id: idOf(3), fingers },
    ] as const) {
      const bytes = encodeChange(change);
      expect(decodeChange(bytes)).toMatchObject({ change: change.change });
      expect(decodeChange(bytes)).toEqual(change.change === 'put' ? expect.anything() : change);
      expect(decodeChange(Uint8Array.of(...bytes, 0))).toBeUndefined();
    }
    expect(decodeChange(Uint8Array.of(4))).toBeUndefined();
  });
});
