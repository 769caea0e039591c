/**
 * Bytes into a file, all of them. A disk that becomes full takes a part of what it is given and says so by a number that is easily overlooked.
 * @module
 */
import type { FileHandle } from 'node:fs/promises';

/** Writes all bytes at a place; where that is behind them. Rejects with the system's code (ENOSPC, EFBIG, EIO) when only a part could be written. */
export async function writeWhole(file: FileHandle, bytes: Uint8Array, at: number): Promise<number> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    if (bytesWritten === 0) throw new Error('a file that takes nothing');
    done += bytesWritten;
  }
  return at + bytes.length;
}
