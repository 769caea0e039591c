/**
 * `imis desk outbox`, `change-store-pin`: a desk's data beside the kiosk, by its configuration.
 * @module
 */
import { existsSync } from 'node:fs';
import type { OutboxItem } from '../../nhi-client/outbox.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { readKioskFile } from './kiosk-file.ts';
import { pinStoreKey } from './pin-store-key.ts';
import { deskDataFiles, openDeskData, rewrapStoreKey } from './store-key.ts';
import { storePins } from './store-pin.ts';

const { signal } = new AbortController();

/** The data folder of a desk's configuration. Throws FOLDER_NOT_FOUND where no store with a key was made yet. */
export function dataOf(configFile: string): string {
  const { file, at } = readKioskFile(configFile);
  const data = at(file.data);
  const { storeKey } = deskDataFiles(data);
  if (!existsSync(storeKey)) throw new BureauFolderError('FOLDER_NOT_FOUND', storeKey);
  return data;
}

/** What waits in the outbox or was refused for good, oldest first: nothing of what the messages say. Rejects as openDeskData. */
export async function listOutbox(
  configFile: string,
  pinFile: string | undefined,
): Promise<(Pick<OutboxItem, 'id' | 'route' | 'refusedWith'> & { readonly createdAt: string })[]> {
  const { outbox, close } = await openDeskData(dataOf(configFile), pinStoreKey(storePins(pinFile)), signal);
  try {
    return (await outbox.list(signal)).map(({ id, route, createdAt, refusedWith }) => ({
      id,
      route,
      createdAt: new Date(createdAt).toISOString(),
      ...(refusedWith === undefined ? {} : { refusedWith }),
    }));
  } finally {
    close();
  }
}

/** Puts the store's key under another PIN, also while the kiosk runs; `cost` is scrypt's N for it. Rejects as rewrapStoreKey. */
export const changeStorePin = (
  configFile: string,
  pinFile: string | undefined,
  newPinFile: string | undefined,
  cost?: number,
): Promise<void> =>
  rewrapStoreKey(dataOf(configFile), pinStoreKey(storePins(pinFile)), pinStoreKey(storePins(newPinFile), cost), signal);
