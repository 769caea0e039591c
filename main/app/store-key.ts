/**
 * The key of a desk's store: 32 random bytes, in `store-key.json` wrapped by whoever keeps it. Whatever changes about the keeper, the key and
 * the rows under it stay.
 *
 * ```
 * {"version":1,"keeper":"pin","sealed":{"kdf":"scrypt-8-1","cost":131072,…}}     a start-up PIN (pin-store-key.ts)
 * {"version":1,"keeper":"os","wrapped":"djEw…"}                                  the system's key store (os-store-key.ts)
 * ```
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ImisError } from '../../contract/errors.ts';
import { Base64 } from '../../contract/formats.ts';
import { wipe } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { jsonText, readJson } from './bureau-files.ts';
import { type OpenDeskStore, openDeskStore } from './desk-store.ts';
import { keepNewFile, replaceFileDurably } from './new-folder.ts';
import { SealedSecret } from './officers/sealed-secret.ts';
import { STORE_KEY_BYTES } from './row-seal.ts';
import { isSealedStore } from './sealed-rows.ts';

/** A wrapped key. */
export const StoreKeyFile = z.discriminatedUnion('keeper', [
  z.strictObject({ version: z.literal(1), keeper: z.literal('pin'), sealed: SealedSecret }),
  z.strictObject({ version: z.literal(1), keeper: z.literal('os'), wrapped: Base64 }),
]);
export type StoreKeyFile = z.infer<typeof StoreKeyFile>;

/** Who keeps the keys of stores. What `unwrap` answers is the caller's to wipe; `wrap` only reads. */
export interface StoreKeyKeeper {
  /** Rejects with STORE_LOCKED for a wrong secret or another keeper's file, STORE_KEY_UNAVAILABLE, and what asking for a PIN rejects with. */
  unwrap(file: StoreKeyFile, signal: AbortSignal): Promise<Uint8Array>;
  /** Rejects with STORE_KEY_UNAVAILABLE, and what asking for a new PIN rejects with. */
  wrap(key: Uint8Array, signal: AbortSignal): Promise<StoreKeyFile>;
}

/** The files of a desk's data. */
export const deskDataFiles = (data: string) => ({
  store: join(data, 'desk.sqlite'),
  storeKey: join(data, 'store-key.json'),
});

async function unwrapped(data: string, keeper: StoreKeyKeeper, signal: AbortSignal): Promise<Uint8Array> {
  const key = await keeper.unwrap(readJson(deskDataFiles(data).storeKey, StoreKeyFile), signal);
  if (key.length === STORE_KEY_BYTES) return key;
  wipe(key);
  throw new ImisError('STORE_LOCKED', 'what was unwrapped is no store’s key');
}

/** The key, made where there is neither one nor rows under one. The file is on the disk before a row is sealed. */
async function keyOf(data: string, keeper: StoreKeyKeeper, signal: AbortSignal): Promise<Uint8Array> {
  const files = deskDataFiles(data);
  if (existsSync(files.storeKey)) return unwrapped(data, keeper, signal);
  if (isSealedStore(files.store)) throw new ImisError('STORE_KEY_LOST', `${files.storeKey} is missing`);
  const key = secureRng(STORE_KEY_BYTES);
  try {
    if (keepNewFile(files.storeKey, jsonText(await keeper.wrap(key, signal)))) return key;
  } catch (cause) {
    wipe(key);
    throw cause;
  }
  // Another process was faster.
  wipe(key);
  return unwrapped(data, keeper, signal);
}

/** Opens the store in a desk's data folder (mode 0700, made when missing). Rejects as {@link StoreKeyKeeper} and {@link openDeskStore}. */
export async function openDeskData(data: string, keeper: StoreKeyKeeper, signal: AbortSignal): Promise<OpenDeskStore> {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const key = await keyOf(data, keeper, signal);
  try {
    return openDeskStore(deskDataFiles(data).store, key);
  } finally {
    wipe(key);
  }
}

/** Wraps the key anew, e.g. under another PIN; the rows stay as they are. Rejects with FOLDER_NOT_FOUND where no key is. */
export async function rewrapStoreKey(
  data: string,
  from: StoreKeyKeeper,
  to: StoreKeyKeeper,
  signal: AbortSignal,
): Promise<void> {
  const key = await unwrapped(data, from, signal);
  try {
    replaceFileDurably(deskDataFiles(data).storeKey, jsonText(await to.wrap(key, signal)));
  } finally {
    wipe(key);
  }
}
