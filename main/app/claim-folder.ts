/**
 * A folder that one process at a time may work in. The claim is a lock of the system on a file of SQLite: it ends with the process, however that ends,
 * so that nothing has to be cleared away after a crash.
 *
 *     const release = claimFolder('east-a');
 * @module
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { BureauFolderError } from './bureau-folder-error.ts';

/** Claims a folder that is there; the answer lets it go, and is to be kept until then. FOLDER_IN_USE while another has it. */
export function claimFolder(dir: string): () => void {
  const path = join(dir, 'in-use.lock');
  const lock = new Database(path, { timeout: 0 });
  try {
    chmodSync(path, 0o600);
    lock.exec('begin exclusive');
  } catch (cause) {
    lock.close();
    const isBusy = cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_BUSY';
    throw isBusy ? new BureauFolderError('FOLDER_IN_USE', dir, { cause }) : cause;
  }
  return () => {
    lock.close();
  };
}
