/**
 * A bureau whose gallery is in two partitions of two replicas, all of them processes of the command, over TLS with certificates on both sides and
 * Debian's nats-server: filled, searched, erased from, robbed of replicas.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalGallery } from '../../biometric/index/local-gallery.ts';
import { partOf } from '../../biometric/index/partitioned-gallery.ts';
import type { Bureau } from '../../bureau/domain/bureau.ts';
import { probeFingers } from '../../bureau/domain/finger-records.ts';
import { createFingerSeals } from '../../bureau/domain/finger-seals.ts';
import { openSqliteStore } from '../../bureau/store/open-sqlite.ts';
import type { Store } from '../../bureau/store/store.ts';
import { fingerSet, PHOTO, probeOf } from '../../bureau/testing/soft-fingers.ts';
import { head, message, signal } from '../../bureau/testing/store-rows.ts';
import { fromHex } from '../../crypto/common/bytes.ts';
import { bureauFiles, IdentityFile, readJson } from '../../main/app/bureau-files.ts';
import { createBureauFolder } from '../../main/app/bureau-folder.ts';
import { readPartitions } from '../../main/app/gallery-service.ts';
import { loadBureau } from '../../main/app/load-bureau.ts';
import { connectNats, readNatsAddress } from '../../main/app/nats-address.ts';
import { systemClock } from '../../main/app/system-clock.ts';
import { makeTlsFiles, startNats, type TlsFiles } from '../harness/nats-server.ts';

const IMIS = join(import.meta.dirname, '..', '..', 'cli', 'imis.ts');
const PARTITIONS = ['east', 'west'] as const;
const LIST = 'east:2,west:2';
const PERSONS = 6;
const numberOf = (person: number): string => (person + 1).toString(16).padStart(32, '0');
const pidOf = (person: number): string => (person + 1).toString(16).padStart(32, 'a');
/** Persons of a partition. */
const personsOf = (part: number): readonly number[] =>
  Array.from({ length: PERSONS }, (_, person) => person).filter((person) => partOf(numberOf(person), 2) === part);
const EAST = personsOf(0)[0] ?? expect.fail();
const WEST = personsOf(1)[0] ?? expect.fail();

let dir: string;
let folder: string;
let nats: ChildProcess;
let url: string;
let tls: TlsFiles;
let bureau: Bureau;
const logged: string[] = [];
const replicas = new Map<string, ChildProcess>();
const replicaFolder = (name: string): string => join(dir, ...name.split('/'));
const tlsArguments = (): readonly string[] => ['--nats-ca', tls.ca, '--nats-cert', tls.cert, '--nats-key', tls.key];
const address = () => readNatsAddress({ url, caFile: tls.ca, certFile: tls.cert, keyFile: tls.key });

/** Starts the command and gives the line that it begins with. */
async function start(...args: readonly string[]): Promise<{ readonly child: ChildProcess; readonly line: unknown }> {
  const child = spawn(process.execPath, [IMIS, ...args, ...tlsArguments()], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, line: JSON.parse(String(line)) };
}
async function startReplica(name: string): Promise<unknown> {
  const [partition = '', replica = ''] = name.split('/');
  const part = ['--partition', partition, '--replica', replica];
  const { child, line } = await start('gallery', 'serve', '--dir', replicaFolder(name), '--nats', url, ...part);
  replicas.set(name, child);
  return line;
}
async function end(name: string, how: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  const child = replicas.get(name) ?? expect.fail();
  const gone = once(child, 'exit');
  child.kill(how);
  const [code] = await gone;
  return typeof code === 'number' ? code : null;
}
const serveArguments = (list: string): readonly string[] => {
  const gallery = ['--gallery-nats', url, '--gallery-partitions', list];
  return ['bureau', 'serve', '--dir', folder, '--port', '0', ...gallery];
};
/** Runs the command to its end: what it refuses. */
async function refused(...args: readonly string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(process.execPath, [IMIS, ...args], (_error, _out, err) => resolve(err.split('\n')[0] ?? ''));
  return promise;
}

/** What the bureau has decided about somebody's fingers. */
async function decide(store: Store, person: number, isEnrolled: boolean): Promise<void> {
  const seals = createFingerSeals(fromHex(readJson(bureauFiles(folder).identity, IdentityFile).sealingKey));
  const [pid, number] = [pidOf(person), numberOf(person)];
  const id = `${person} ${isEnrolled}`;
  const set = {
    ...head,
    number,
    sealed_face: seals.face(number, { pid, photo: PHOTO }),
    sealed_fingers: seals.records(number, fingerSet(person)),
  };
  const standing = {
    ...head,
    pid,
    state: isEnrolled ? 'enrolled' : 'withdrawn',
    sealed_number: isEnrolled ? seals.number(pid, number) : null,
    fingers: '[]',
    message_id: id,
    decided_at: 1,
  };
  const after = isEnrolled ? null : `${person} true`;
  const fingers = { standing, after, set: isEnrolled ? set : null, erased: isEnrolled ? null : number, events: [] };
  await store.accept({ message: message(id, id), evidence: [], fingers }, signal);
}
const search = (person: number) => bureau.fingers.search(probeFingers(probeOf(person)), 5, signal);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'imis-service-'));
  folder = join(dir, 'bureau');
  const files = makeTlsFiles(dir);
  tls = files.client;
  const [server] = await Promise.all([startNats(files.server), createBureauFolder(folder, { clock: systemClock })]);
  nats = server.process;
  url = `tls://localhost:${server.port}`;
  await Promise.all(PARTITIONS.flatMap((name) => [startReplica(`${name}/a`), startReplica(`${name}/b`)]));
});
afterAll(async () => {
  await bureau.close();
  for (const child of [...replicas.values(), nats]) child.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

describe('a bureau whose gallery is in partitions', () => {
  it('fills them when it starts, and refuses another list from then on', async () => {
    const store = await openSqliteStore(bureauFiles(folder).database);
    for (let person = 0; person < PERSONS; person++) await decide(store, person, true);
    await store.close();
    const { child } = await start(...serveArguments(LIST));
    const gone = once(child, 'exit');
    // It ends when it has told the gallery.
    child.kill('SIGTERM');
    expect((await gone)[0]).toBe(0);
    expect(await refused(...serveArguments('west:2,east:2'), ...tlsArguments())).toBe(
      'GALLERY_PARTITIONS_OTHER (B-130)',
    );
    const partitions = readPartitions(LIST);
    const log = (_what: string, cause: unknown) => logged.push(String(cause));
    const gallery = { nats: address(), partitions, deadlineMs: 4_500 };
    bureau = await loadBureau(folder, systemClock, { gallery, log });
    expect(await search(EAST)).toMatchObject({ searched: PERSONS, enrolled: PERSONS, unreachable: [] });
  });

  it('talks to no server of another authority', async () => {
    const stranger = readNatsAddress({ url, certFile: tls.cert, keyFile: tls.key });
    await expect(connectNats(stranger, 'bureau')).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' });
  });

  it('finds whoever is enrolled, and erases who withdraws from the files of every replica', async () => {
    for (const person of [EAST, WEST]) expect((await search(person)).candidates[0]?.id).toBe(numberOf(person));
    const journals = () =>
      Promise.all(['a', 'b'].map((one) => stat(join(replicaFolder(`east/${one}`), 'gallery', 'gallery.journal'))));
    const before = await journals();
    await decide(bureau.store, EAST, false);
    expect(await bureau.fingers.settle(signal)).toBe(true);
    for (const [i, { size }] of (await journals()).entries()) expect(size).toBeLessThan(before[i]?.size ?? 0);
    const answer = await search(EAST);
    expect(answer).toMatchObject({ searched: PERSONS - 1, enrolled: PERSONS - 1 });
    expect(answer.candidates.some(({ id }) => id === numberOf(EAST))).toBe(false);
  });

  it('goes on with one replica, and fills it when it comes back without its files', async () => {
    expect(await end('east/a', 'SIGKILL')).toBeNull();
    const others = personsOf(0).filter((person) => person !== EAST);
    const [person = expect.fail()] = others;
    expect((await search(person)).candidates[0]?.id).toBe(numberOf(person));
    expect(await search(person)).toMatchObject({ searched: PERSONS - 1, unreachable: [] });
    await rm(replicaFolder('east/a'), { recursive: true });
    expect(await startReplica('east/a')).toMatchObject({ serving: 'east/a', enrolled: 0 });
    await bureau.fingers.recount(signal);
    await bureau.fingers.engines(signal);
    expect(logged).toEqual([]);
    // It ends when it is told to, and its files are those of a gallery of everybody in the partition.
    expect(await end('east/a', 'SIGTERM')).toBe(0);
    const keyFile = join(replicaFolder('east/a'), 'gallery.key');
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    const key = new Uint8Array(await readFile(keyFile));
    const gallery = await openLocalGallery({ folder: join(replicaFolder('east/a'), 'gallery'), key, threads: 1 });
    expect([...(await gallery.ids(signal)).anywhere].sort()).toEqual(others.map(numberOf).sort());
    await gallery.close();
  });

  it('says how many were not compared where a partition is gone', async () => {
    await Promise.all([end('west/a', 'SIGKILL'), end('west/b', 'SIGKILL')]);
    const answer = await search(WEST);
    expect(answer).toMatchObject({ enrolled: PERSONS - 1, searched: personsOf(0).length - 1, unreachable: ['west'] });
  });

  it('ends a replica that is told to, also where the server has gone', async () => {
    const gone = once(nats, 'exit');
    nats.kill('SIGKILL');
    await gone;
    expect(await end('east/b', 'SIGTERM')).toBe(0);
  }, 15_000);
});
