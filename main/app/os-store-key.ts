/**
 * A store's key in the care of the system's key store, as Electron reaches it: it opens for this user of this machine, without asking.
 * @module
 */
import { ImisError } from '../../contract/errors.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import type { OsKeyStore } from '../electron/os-key-store.ts';
import type { StoreKeyKeeper } from './store-key.ts';

/** Keeps keys by the system's key store. */
export const osStoreKey = (os: OsKeyStore): StoreKeyKeeper => ({
  unwrap: async (file, signal) => {
    signal.throwIfAborted();
    if (file.keeper !== 'os') throw new ImisError('STORE_LOCKED', 'the key is kept under a PIN');
    return os.unprotect(fromBase64(file.wrapped));
  },
  wrap: async (key, signal) => {
    signal.throwIfAborted();
    return { version: 1, keeper: 'os', wrapped: toBase64(os.protect(key)) };
  },
});
