/**
 * The system's key store through Electron's safeStorage: Keychain, DPAPI, kwallet, libsecret. Where Linux has none of these, Electron would
 * take a password that stands in its sources (`basic_text`): that is refused.
 * @module
 */
import type { SafeStorage } from 'electron';
import { ImisError } from '../../contract/errors.ts';

/** Binds a secret to this user of this machine. Both throw STORE_KEY_UNAVAILABLE, `unprotect` STORE_LOCKED for what another user or machine protected. */
export interface OsKeyStore {
  protect(secret: Uint8Array): Uint8Array;
  unprotect(wrapped: Uint8Array): Uint8Array;
}

/** The part of Electron's safeStorage that is used. */
export type SafeStoragePart = Pick<
  SafeStorage,
  'isEncryptionAvailable' | 'getSelectedStorageBackend' | 'encryptString' | 'decryptString'
>;

/** To be made once the application is ready: before, Linux has no backend. */
export function createOsKeyStore(safeStorage: SafeStoragePart, platform: NodeJS.Platform): OsKeyStore {
  const demand = (): void => {
    if (!safeStorage.isEncryptionAvailable())
      throw new ImisError('STORE_KEY_UNAVAILABLE', 'the system has no key store for this user');
    // The other systems have one backend, and this function is not there.
    const backend = platform === 'linux' ? safeStorage.getSelectedStorageBackend() : undefined;
    if (backend === 'basic_text' || backend === 'unknown')
      throw new ImisError('STORE_KEY_UNAVAILABLE', `the backend ${backend} protects nothing`);
  };
  return {
    protect: (secret) => {
      demand();
      // safeStorage takes text only: this copy of the secret cannot be wiped.
      return new Uint8Array(safeStorage.encryptString(Buffer.from(secret).toString('base64')));
    },
    unprotect: (wrapped) => {
      demand();
      try {
        return new Uint8Array(Buffer.from(safeStorage.decryptString(Buffer.from(wrapped)), 'base64'));
      } catch (cause) {
        throw new ImisError('STORE_LOCKED', 'the system’s key store does not open the key', { cause });
      }
    },
  };
}
