/**
 * A store's key under a start-up PIN: scrypt and AES-256-GCM (officers/sealed-secret.ts). Nothing counts wrong PINs, because whoever has the
 * file could set the counter back: each try costs what scrypt costs, and six digits are worth about a week of one core.
 * @module
 */
import { ImisError } from '../../contract/errors.ts';
import { utf8, wipe } from '../../crypto/common/bytes.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { CHOSEN_PASSPHRASE_COST, openSecret, sealSecret } from './officers/sealed-secret.ts';
import type { StoreKeyKeeper } from './store-key.ts';

const LABEL = utf8('IMIS-DESK-STORE-KEY-V1');

/** Where PINs come from, as bytes that are wiped after use. */
export interface StorePins {
  /** The PIN that was set. */
  present(signal: AbortSignal): Promise<Uint8Array>;
  /** One to be set. */
  fresh(signal: AbortSignal): Promise<Uint8Array>;
}

/** Keeps keys under PINs; `cost` is scrypt's N for new ones. */
export const pinStoreKey = (pins: StorePins, cost = CHOSEN_PASSPHRASE_COST): StoreKeyKeeper => ({
  unwrap: async (file, signal) => {
    if (file.keeper !== 'pin') throw new ImisError('STORE_LOCKED', 'the key is not kept under a PIN');
    const pin = await pins.present(signal);
    try {
      signal.throwIfAborted();
      return await openSecret(file.sealed, pin, LABEL);
    } catch (cause) {
      if (!(cause instanceof BureauFolderError) || cause.code !== 'PASSPHRASE_WRONG') throw cause;
      throw new ImisError('STORE_LOCKED', 'the PIN does not open the store’s key', { cause });
    } finally {
      wipe(pin);
    }
  },
  wrap: async (key, signal) => {
    const pin = await pins.fresh(signal);
    try {
      signal.throwIfAborted();
      return { version: 1, keeper: 'pin', sealed: await sealSecret(key, pin, LABEL, cost) };
    } finally {
      wipe(pin);
    }
  },
});
