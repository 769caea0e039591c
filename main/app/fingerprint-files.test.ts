/** Folders that somebody hands in: what is no file, what is far too long, names that are more than names. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readArguments } from '../../cli/command.ts';
import { fingerprintCompareFolder } from '../../cli/fingerprint-compare-folder.ts';
import { openFingerprintFiles } from './fingerprint-files.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'imis-handed-in-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A file of so many bytes of which none was ever written. */
async function sparse(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w');
  await file.truncate(bytes);
  await file.close();
}

describe('a folder of images', () => {
  it('is read to its end: what is no file or too long is refused, and not read', async () => {
    await promisify(execFile)('mkfifo', [join(dir, '1_1.png')]);
    await mkdir(join(dir, '1_2.png'));
    await sparse(join(dir, '1_3.png'), 3 * 1024 ** 3);
    await sparse(join(dir, '1_4.png'), 1024 ** 3);
    const files = await openFingerprintFiles(500);
    const before = process.memoryUsage().rss;
    expect((await files.readFolder(dir)).map(({ name, refused }) => [name, refused])).toEqual([
      ['1_1', 'IMAGE_MALFORMED'],
      ['1_2', 'IMAGE_MALFORMED'],
      ['1_3', 'IMAGE_TOO_LARGE'],
      ['1_4', 'IMAGE_TOO_LARGE'],
    ]);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    await expect(files.readTemplates(join(dir, '1_3.png'))).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    await expect(files.extractImage(join(dir, '1_4.png'))).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  }, 10_000);

  it('tells two files apart that differ in their ending alone', async () => {
    const folder = join(dir, 'endings');
    await mkdir(folder);
    for (const name of ['1_1.png', '1_1.tif', '1_2.png']) await writeFile(join(folder, name), 'no image');
    const files = await openFingerprintFiles(500);
    expect((await files.readFolder(folder)).map(({ name }) => name)).toEqual(['1_1.png', '1_1.tif', '1_2']);
  });

  it('keeps what cannot be opened: a link to nowhere, and one to itself', async () => {
    const folder = join(dir, 'links');
    await mkdir(folder);
    await symlink('nowhere', join(folder, '1_1.png'));
    await symlink('1_2.png', join(folder, '1_2.png'));
    const files = await openFingerprintFiles(500);
    expect((await files.readFolder(folder)).map(({ name, refused }) => [name, refused])).toEqual([
      ['1_1', 'IMAGE_MALFORMED'],
      ['1_2', 'IMAGE_MALFORMED'],
    ]);
    await expect(files.readFinger(join(folder, '1_1.png'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(files.readFolder(join(dir, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is not read without end: what never ends is too large, and a pipe is read like a file', async () => {
    const files = await openFingerprintFiles(500);
    await expect(files.readTemplates('/dev/zero')).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    const pipe = join(dir, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const [, read] = await Promise.allSettled([writeFile(pipe, 'no image'), files.readTemplates(pipe)]);
    expect(read).toMatchObject({ status: 'rejected', reason: { code: 'IMAGE_MALFORMED' } });
    await expect(files.readTemplates(dir)).rejects.toMatchObject({ code: 'EISDIR' });
  }, 10_000);

  it('is not begun with where its table cannot be written, and what was there stays until there is another', async () => {
    const run = (folder: string, out: string) =>
      fingerprintCompareFolder.run(readArguments(fingerprintCompareFolder, [folder, '--out', out]));
    const nowhere = join(dir, 'no folder');
    // Neither is there: the one that is missed first is told of.
    await expect(run(join(dir, 'none'), join(nowhere, 'scores.csv'))).rejects.toMatchObject({
      code: 'ENOENT',
      path: nowhere,
    });
    const out = join(dir, 'former.csv');
    await writeFile(out, 'former');
    await expect(run(join(dir, 'none'), out)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile(out, 'utf8')).toBe('former');
  });

  it('makes a table whose rows are rows, whatever the files are called', async () => {
    const folder = join(dir, 'names');
    await mkdir(folder);
    for (const name of ['1_1', 'a,b', 'c"d', 'e\nf']) await writeFile(join(folder, `${name}.png`), 'no image');
    const out = join(dir, 'scores.csv');
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      await fingerprintCompareFolder.run(readArguments(fingerprintCompareFolder, [folder, '--out', out]));
    } finally {
      write.mockRestore();
    }
    expect(await readFile(out, 'utf8')).toBe(
      `probe,gallery,score\n${['1_1,"a,b"', '1_1,"c""d"', '1_1,"e\nf"', '"a,b","c""d"', '"a,b","e\nf"', '"c""d","e\nf"']
        .map((pair) => `${pair},0.0000\n`)
        .join('')}`,
    );
  });
});
