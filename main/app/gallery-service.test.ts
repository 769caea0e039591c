import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bureauFiles, jsonText } from './bureau-files.ts';
import { readPartitions, settlePartitions } from './gallery-service.ts';
import { readNatsAddress } from './nats-address.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'imis-gallery-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('a list of partitions', () => {
  it('is names, in order, with how many replicas each has', () => {
    expect(readPartitions('east:2,west-2:1')).toEqual([
      { name: 'east', replicas: 2 },
      { name: 'west-2', replicas: 1 },
    ]);
    for (const text of [
      '',
      'east',
      'east:',
      'east:0',
      'east:10',
      'east:2:2',
      'East:2',
      'ea.st:2',
      'east:2,east:2',
      'east:2,',
    ])
      expect(() => readPartitions(text), text).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
  });

  describe('of a bureau', () => {
    const OTHER = expect.objectContaining({ code: 'GALLERY_PARTITIONS_OTHER' });
    const settle = (text: string | undefined) => () =>
      settlePartitions(dir, text === undefined ? undefined : readPartitions(text));
    beforeEach(async () => {
      const file = { version: 1, institution: '9900000001', name: '健保署' };
      await writeFile(bureauFiles(dir).bureau, jsonText(file));
      await mkdir(bureauFiles(dir).gallery);
    });

    it('stays as it was at first, but for the number of replicas; nothing is left on this machine', async () => {
      const files = bureauFiles(dir);
      settle(undefined)();
      expect((await stat(files.gallery)).isDirectory()).toBe(true);
      settle('east:2,west:2')();
      await expect(stat(files.gallery)).rejects.toMatchObject({ code: 'ENOENT' });
      expect((await stat(files.galleryPartitions)).mode & 0o777).toBe(0o600);
      const kept = await readFile(files.galleryPartitions, 'utf8');
      settle('east:3,west:1')();
      for (const other of ['west:2,east:2', 'east:2', 'east:2,west:2,north:2', undefined])
        expect(settle(other)).toThrow(OTHER);
      expect(await readFile(files.galleryPartitions, 'utf8')).toBe(kept);
      await rm(files.galleryPartitions);
      settle('west:2,east:2')();
    });

    it('is refused where it was damaged, and where there is no bureau', async () => {
      await writeFile(bureauFiles(dir).galleryPartitions, '{}');
      expect(settle('east:2')).toThrow(expect.objectContaining({ code: 'FOLDER_DAMAGED' }));
      await rm(bureauFiles(dir).galleryPartitions);
      await rm(bureauFiles(dir).bureau);
      expect(settle('east:2')).toThrow(expect.objectContaining({ code: 'FOLDER_NOT_FOUND' }));
      await expect(stat(bureauFiles(dir).galleryPartitions)).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });
});

describe('the address of NATS', () => {
  it('is on this machine, or it is TLS', async () => {
    expect(readNatsAddress({ url: 'nats://127.0.0.1' })).toEqual({ server: '127.0.0.1:4222' });
    expect(readNatsAddress({ url: 'nats://[::1]:4300' })).toEqual({ server: '[::1]:4300' });
    expect(readNatsAddress({ url: 'tls://nats.bureau:4300' })).toEqual({ server: 'nats.bureau:4300', tls: {} });
    const caFile = join(dir, 'ca.pem');
    await writeFile(caFile, 'PEM');
    const far = { url: 'nats://nats.bureau:4300' };
    expect(readNatsAddress({ ...far, caFile })).toEqual({ server: 'nats.bureau:4300', tls: { ca: 'PEM' } });
    for (const url of ['nats://nats.bureau', 'nats://127.0.0.1.nats.bureau', 'nats://localhost.bureau:4222'])
      expect(() => readNatsAddress({ url }), url).toThrow(expect.objectContaining({ code: 'NATS_UNPROTECTED' }));
  });

  it('is refused when it is none, with files that are not there, and with half a pair', () => {
    for (const url of [
      '',
      'localhost',
      'http://localhost',
      'nats://localhost:1:2',
      'nats://a@localhost',
      'tls://127.0.0.1',
      'tls://[::1]',
      'nats://localhost/x',
    ])
      expect(() => readNatsAddress({ url }), url).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
    const url = 'tls://localhost';
    const caFile = join(dir, 'none');
    expect(() => readNatsAddress({ url, caFile })).toThrow(expect.objectContaining({ code: 'FOLDER_NOT_FOUND' }));
    expect(() => readNatsAddress({ url, certFile: caFile })).toThrow(
      expect.objectContaining({ code: 'VALUE_INVALID' }),
    );
  });
});
