/**
 * Folders and files that are there whole or not at all, and belong to their owner alone.
 * @module
 */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { lstat, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BureauFolderError } from './bureau-folder-error.ts';

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined);

async function refuseExisting(dir: string): Promise<void> {
  try {
    await lstat(dir);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return;
    throw cause;
  }
  throw new BureauFolderError('FOLDER_EXISTS', dir);
}

/**
 * Fills a folder (mode 0700) beside its final place and moves it there. Throws FOLDER_EXISTS when something is there
 * already. Whatever fails before the move leaves nothing behind.
 */
export async function makeFolder(dir: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const target = resolve(dir);
  await refuseExisting(target);
  await mkdir(dirname(target), { recursive: true });
  // mkdtemp makes it with mode 0700.
  const fresh = await mkdtemp(join(dirname(target), `.${basename(target)}.new-`));
  try {
    await fill(fresh);
    await refuseExisting(target);
    await rename(fresh, target);
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true });
    if (codeOf(cause) === 'ENOTEMPTY' || codeOf(cause) === 'EEXIST')
      throw new BureauFolderError('FOLDER_EXISTS', target, { cause });
    throw cause;
  }
}

/** Writes or replaces a file, mode 0600, in one step. Synchronous: the bureau begins an epoch between two instructions of a request. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, content, { mode: 0o600 });
  // The mode above is ignored for a file left over from a crash.
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
}

/** Has what was written to a file or folder on the disk. */
function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes a file (mode 0600) beside its place, on the disk, and has `put` move it there. */
function writeDurably(path: string, content: string | Uint8Array, put: (fresh: string) => void): void {
  // Of its own, so that two processes never write one file.
  const beside = mkdtempSync(`${path}.new-`);
  try {
    const fresh = join(beside, basename(path));
    writeFileSync(fresh, content, { mode: 0o600, flush: true });
    put(fresh);
    sync(dirname(path));
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** {@link replaceFile} that is on the disk when it returns. */
export function replaceFileDurably(path: string, content: string | Uint8Array): void {
  writeDurably(path, content, (fresh) => renameSync(fresh, path));
}

/** Writes a file that must not be there yet, as {@link replaceFileDurably}; false where another is. */
export function keepNewFile(path: string, content: string | Uint8Array): boolean {
  try {
    writeDurably(path, content, (fresh) => linkSync(fresh, path));
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
}
