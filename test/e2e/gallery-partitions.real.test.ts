/**
 * A gallery of two partitions with two replicas each: four processes and Debian's nats-server. Replicas are killed and frozen in the middle of a
 * search; whatever could not be compared is said.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GalleryFinger, GalleryPerson } from '../../biometric/index/gallery.ts';
import { createPartitionedGallery, partOf } from '../../biometric/index/partitioned-gallery.ts';
import { impressTemplate, syntheticFinger } from '../../biometric/testing/synthetic-template.ts';
import { connectNats, readNatsAddress } from '../../main/app/nats-address.ts';
import { startNats } from '../harness/nats-server.ts';

const PARTITIONS = [
  { name: 'north', replicas: 2 },
  { name: 'south', replicas: 2 },
] as const;
const PERSONS = 24;
const signal = new AbortController().signal;
const idOf = (number: number): string => (number + 1).toString(16).padStart(32, '0');
const fingersOf = (number: number, impression: number): readonly GalleryFinger[] =>
  [2, 7].map((finger) => ({
    finger,
    templates: [0, 1].map((view) => impressTemplate(syntheticFinger(number, finger), impression * 2 + view)),
  }));
const person = (number: number): GalleryPerson => ({ id: idOf(number), fingers: fingersOf(number, 0) });
/** Somebody of a partition. */
const ofPart = (part: number): number =>
  Array.from({ length: PERSONS }, (_, number) => number).find((number) => partOf(idOf(number), 2) === part) ?? -1;

let folder: string;
let nats: ChildProcess;
let url: string;
let connection: NatsConnection;
const replicas = new Map<string, ChildProcess>();

async function startReplica(partition: string, replica: string): Promise<void> {
  const entry = join(import.meta.dirname, '..', 'harness', 'gallery-replica-process.ts');
  const child = spawn(process.execPath, [entry, join(folder, partition, replica), url, partition, replica], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  replicas.set(`${partition}/${replica}`, child);
  await once(child.stdout, 'data');
}
const replicaOf = (name: string): ChildProcess => {
  const child = replicas.get(name);
  if (child === undefined) throw new Error(`no replica ${name}`);
  return child;
};
async function kill(name: string): Promise<void> {
  const child = replicaOf(name);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
const gallery = () => createPartitionedGallery({ connection, partitions: PARTITIONS, deadlineMs: 3_000 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imis-parts-'));
  const server = await startNats();
  nats = server.process;
  url = `nats://127.0.0.1:${server.port}`;
  connection = await connect({ servers: url, reconnect: false });
  await Promise.all(PARTITIONS.flatMap(({ name }) => ['a', 'b'].map((replica) => startReplica(name, replica))));
  await gallery().add(
    Array.from({ length: PERSONS }, (_, number) => person(number)),
    signal,
  );
});
afterAll(async () => {
  await connection.close();
  for (const child of [...replicas.values(), nats]) {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  }
  await rm(folder, { recursive: true, force: true });
});

describe('a gallery in partitions, on a real nats-server', () => {
  it('finds whoever is in either, and says that it compared everybody', async () => {
    const whole = gallery();
    for (const number of [ofPart(0), ofPart(1)]) {
      const answer = await whole.search({ fingers: fingersOf(number, 3) }, 5, signal);
      expect(answer.candidates[0]?.id).toBe(idOf(number));
      expect(answer).toMatchObject({ searched: PERSONS, enrolled: PERSONS, unreachable: [] });
    }
    expect(await whole.size(signal)).toBe(PERSONS);
  });

  it('is not spoken to where TLS is wanted and the server has none', async () => {
    const wanted = readNatsAddress({ url: url.replace('nats://127.0.0.1', 'tls://localhost') });
    await expect(connectNats(wanted, 'bureau')).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' });
  });

  it('asks the other replica where one has frozen', async () => {
    replicaOf('north/a').kill('SIGSTOP');
    for (let i = 0; i < 6; i++) {
      const answer = await gallery().search({ fingers: fingersOf(ofPart(0), 3) }, 5, signal);
      expect(answer.candidates[0]?.id).toBe(idOf(ofPart(0)));
      expect(answer.unreachable).toEqual([]);
    }
    replicaOf('north/a').kill('SIGCONT');
  });

  it('goes on with the other replica where one is killed in the middle of a search', async () => {
    const number = ofPart(1);
    const searches = Array.from({ length: 6 }, () => gallery().search({ fingers: fingersOf(number, 3) }, 5, signal));
    await kill('south/a');
    for (const answer of await Promise.all(searches)) {
      expect(answer.candidates[0]?.id).toBe(idOf(number));
      expect(answer).toMatchObject({ searched: PERSONS, unreachable: [] });
    }
  });

  it('refuses a change that not all replicas have, and takes it when it is said again', async () => {
    const number = Array.from({ length: 99 }, (_, i) => PERSONS + i).find((one) => partOf(idOf(one), 2) === 1) ?? -1;
    await expect(gallery().add([person(number)], signal)).rejects.toMatchObject({ code: 'GALLERY_UNREACHABLE' });
    await startReplica('south', 'a');
    await gallery().add([person(number)], signal);
    const answer = await gallery().search({ fingers: fingersOf(number, 3) }, 5, signal);
    expect(answer.candidates[0]?.id).toBe(idOf(number));
    expect(answer.searched).toBe(PERSONS + 1);
    expect(await gallery().remove(idOf(number), signal)).toBe(true);
    expect(await gallery().remove(idOf(number), signal)).toBe(false);
  });

  it('leaves out of every file whom it was told to forget', async () => {
    const number = Array.from({ length: 99 }, (_, i) => PERSONS + i).find((one) => partOf(idOf(one), 2) === 0) ?? -1;
    const lengths = () =>
      Promise.all(['a', 'b'].map(async (one) => (await stat(join(folder, 'north', one, 'gallery.journal'))).size));
    await gallery().rewrite();
    const before = await lengths();
    await gallery().add([person(number)], signal);
    await gallery().remove(idOf(number), signal);
    for (const [i, length] of (await lengths()).entries()) expect(length).toBeGreaterThan(before[i] ?? 0);
    await gallery().rewrite();
    expect(await lengths()).toEqual(before);
  });

  it('says how many were not compared where a whole partition is gone', async () => {
    const whole = gallery();
    expect((await whole.search({ fingers: fingersOf(1, 3) }, 5, signal)).searched).toBe(PERSONS);
    const lost = ofPart(1);
    const search = whole.search({ fingers: fingersOf(lost, 3) }, 5, signal);
    await Promise.all([kill('south/a'), kill('south/b')]);
    await search;
    const answer = await whole.search({ fingers: fingersOf(lost, 3) }, 5, signal);
    expect(answer.unreachable).toEqual(['south']);
    expect(answer.enrolled).toBe(PERSONS);
    expect(answer.searched).toBeLessThan(PERSONS);
    expect(answer.searched).toBeGreaterThan(0);
    expect(answer.candidates.some(({ id }) => id === idOf(lost))).toBe(false);
    const stays = await whole.search({ fingers: fingersOf(ofPart(0), 3) }, 5, signal);
    expect(stays.candidates[0]?.id).toBe(idOf(ofPart(0)));
  });
});
