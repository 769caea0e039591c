import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS, ImisError } from '../contract/errors.ts';
import { readBytes } from '../main/app/bureau-files.ts';
import { BureauFolderError } from '../main/app/bureau-folder-error.ts';
import { refusalText } from './report-refusal.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'imis-refusal-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** What `read` throws. */
function refusalOfReading(path: string): unknown {
  try {
    return readBytes(path);
  } catch (cause) {
    return cause;
  }
}

describe('a refusal', () => {
  it('of the folder has its own sentences', () => {
    expect(refusalText(new BureauFolderError('FOLDER_EXISTS', 'bureau'))).toBe(
      'FOLDER_EXISTS (B-101)\n資料夾已存在，不會覆寫。\nThe folder exists; nothing was overwritten.\nbureau\n',
    );
  });

  it('with a code of the one table says what happened and what to do now, in both languages', () => {
    expect(refusalText(new ImisError('CASE_NOT_READY', 'two of three'))).toBe(
      [
        'CASE_NOT_READY (D-104)',
        '份額還不夠，無法合併。請等足夠的開啟者交出份額後再試。',
        'There are not enough shares yet. Try again when enough openers have given theirs.',
        'two of three\n',
      ].join('\n'),
    );
  });

  it.each(Object.entries(ERRORS))('%s has sentences of its own', (code, { ref }) => {
    const lines = refusalText(Object.assign(new Error('detail'), { code })).split('\n');
    expect(lines[0]).toBe(`${code} (${ref})`);
    expect(lines.slice(3)).toEqual(['detail', '']);
    expect(lines[1]).toMatch(/\p{Script=Han}.*。$/u);
    expect(lines[2]).toMatch(/^[A-Z].*\.$/u);
    expect(lines[2] === 'The operation was refused.').toBe(code === 'INTERNAL');
  });

  it('without a code is the general one, and the system’s own have theirs', () => {
    expect(refusalText(new Error('out of order'))).toBe(
      'INTERNAL (R-199)\n作業未完成。\nThe operation was refused.\nout of order\n',
    );
    expect(refusalText(Object.assign(new Error('a is a directory'), { code: 'EISDIR' }))).toBe(
      'EISDIR (R-199)\n這是資料夾，不是檔案。\nThis is a folder, not a file.\na is a directory\n',
    );
    expect(refusalText(Object.assign(new Error('a is a file'), { code: 'ENOTDIR' }))).toBe(
      'ENOTDIR (R-199)\n這不是資料夾。\nThis is not a folder.\na is a file\n',
    );
  });
});

describe('reading a file', () => {
  it('tells what is missing from what cannot be read', async () => {
    const file = join(dir, 'file');
    await writeFile(file, 'x');
    expect(readBytes(file)).toEqual(new Uint8Array([0x78]));
    expect(refusalOfReading(join(dir, 'nowhere'))).toMatchObject({ code: 'FOLDER_NOT_FOUND' });
    expect(refusalOfReading(join(file, 'below'))).toMatchObject({ code: 'FOLDER_NOT_FOUND' });
    expect(refusalOfReading(dir)).toMatchObject({ code: 'FOLDER_DAMAGED', message: dir });
  });
});
