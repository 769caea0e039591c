/** A disk that is full in the middle of an entry: a limit of the kernel on how long a file of the process may become. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { impressTemplate, syntheticFinger } from '../testing/synthetic-template.ts';
import { type GalleryChange, openJournal, writeJournal } from './gallery-journal.ts';

const KEY = new Uint8Array(32).fill(9);
let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imis-full-'));
  path = join(folder, 'gallery.journal');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const idOf = (number: number): string => number.toString(16).padStart(32, '0');
const put = (number: number): GalleryChange => {
  const templates = [0, 1].map((view) => impressTemplate(syntheticFinger(number, 2), view));
  return { change: 'put', id: idOf(number), fingers: [{ finger: 2, templates }] };
};
const replayed = async (): Promise<readonly GalleryChange[]> => {
  const changes: GalleryChange[] = [];
  await (await openJournal(path, KEY, 0, (more) => changes.push(...more))).close();
  return changes;
};

/** Runs a body in a process none of whose files becomes longer than so many KiB; what it says. */
async function limited(kib: number, body: string): Promise<unknown> {
  const source = `
    import { openJournal, writeJournal } from ${JSON.stringify(join(import.meta.dirname, 'gallery-journal.ts'))};
    const key = new Uint8Array(32).fill(9);
    const [path, change] = [${JSON.stringify(path)}, ${JSON.stringify(put(1))}];
    const idOf = (number) => number.toString(16).padStart(32, '0');
    const code = (work) => work.then(() => 'done', ({ code }) => code);
    ${body}`;
  const shell = `ulimit -f ${kib}; exec "$0" --input-type=module -e "$1"`;
  const { stdout } = await promisify(execFile)('/bin/bash', ['-c', shell, process.execPath, source]);
  return JSON.parse(stdout);
}

describe('on a full disk', () => {
  it('an entry counts whole or not at all, and what comes after a failed one is read again', async () => {
    await (await writeJournal(path, KEY, [[put(1)]])).close();
    const size = (await stat(path)).size;
    const said = await limited(
      Math.ceil((2.5 * size) / 1024),
      `const journal = await openJournal(path, key, 0, () => undefined);
       const said = [];
       for (const number of [2, 3, 4]) said.push(await code(journal.append([{ ...change, id: idOf(number) }])));
       // There is room for a short one where the long one had none.
       said.push(await code(journal.append([{ change: 'remove', id: idOf(1) }])));
       await journal.close();
       console.log(JSON.stringify(said));`,
    );
    expect(said).toEqual(['done', 'EFBIG', 'EFBIG', 'done']);
    expect((await replayed()).map(({ change, id }) => [change, id])).toEqual([
      ['put', idOf(1)],
      ['put', idOf(2)],
      ['remove', idOf(1)],
    ]);
  });

  it('the former journal stands where there is no room for a new one', async () => {
    await (await writeJournal(path, KEY, [[put(1)], [put(2)]])).close();
    const before = await readFile(path);
    const said = await limited(
      1,
      `console.log(JSON.stringify(await code(writeJournal(path, key, [[change], [change]]))));`,
    );
    expect(said).toBe('EFBIG');
    expect(await readFile(path)).toEqual(before);
  });
});
