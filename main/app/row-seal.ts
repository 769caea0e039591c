/**
 * One row of a desk's disk, sealed: AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits, under a key that HKDF (RFC 5869) derives from
 * the store's key; a second one finds rows by HMAC-SHA-256 of their key. What is authenticated besides the text is the row's place, so that
 * no row passes for another. Random nonces are safe for 2^32 rows of a key: a hundred thousand a day for a century.
 * @module
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { ImisError } from '../../contract/errors.ts';
import { concat, lp1, uint, utf8, wipe } from '../../crypto/common/bytes.ts';
import { hkdfExpand, hmac256 } from '../../crypto/common/hash.ts';
import { type Rng, secureRng } from '../../crypto/common/random.ts';

/** Bytes of a store's key. */
export const STORE_KEY_BYTES = 32;

const CIPHER = 'aes-256-gcm';
const TAG = { rows: 'IMIS-DESK-STORE-V1-rows', lookup: 'IMIS-DESK-STORE-V1-lookup', row: 'IMIS-DESK-ROW-V1' } as const;
/** First byte of a sealed row. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;
/** Texts are filled up with spaces to a multiple of it: the length tells little of what is in a row. */
const BLOCK_BYTES = 256;

/** Where a row stands. */
export interface RowPlace {
  readonly kind: string;
  /** What {@link RowSeal.lookup} answered. */
  readonly key: Uint8Array;
  /** By what rows are put in order, ms; 0 where nothing is. */
  readonly at: number;
}

/** Seals the rows of one store. */
export interface RowSeal {
  /** What stands on the disk for a row's key: 32 bytes, the same for the same key of the same kind. */
  lookup(kind: string, key: string): Uint8Array;
  /** version(1) ‖ nonce(12) ‖ ciphertext ‖ tag(16) of a JSON text. */
  seal(place: RowPlace, text: string): Uint8Array;
  /** The text, with spaces at its end. Throws STORE_DAMAGED for a row that was altered, is of another place, or of another key. */
  open(place: RowPlace, sealed: Uint8Array): string;
  /** Wipes its keys. */
  forget(): void;
}

const placeBytes = ({ kind, key, at }: RowPlace): Uint8Array =>
  concat(lp1(TAG.row), uint(VERSION, 1), lp1(kind), lp1(key), uint(at, 6));

const filledUp = (text: string): Uint8Array => {
  const bytes = utf8(text);
  const filled = new Uint8Array(Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES).fill(0x20);
  filled.set(bytes);
  return filled;
};

/** A seal under a store's key of 32 bytes, which is only read here: the caller wipes it. */
export function createRowSeal(storeKey: Uint8Array, rng: Rng = secureRng): RowSeal {
  if (storeKey.length !== STORE_KEY_BYTES) throw new RangeError('createRowSeal: a store’s key has 32 bytes');
  const rowKey = hkdfExpand(storeKey, utf8(TAG.rows), 32);
  const lookupKey = hkdfExpand(storeKey, utf8(TAG.lookup), 32);

  const opened = (place: RowPlace, sealed: Uint8Array): string | undefined => {
    if (sealed[0] !== VERSION || sealed.length < HEAD_BYTES + TAG_BYTES) return undefined;
    const nonce = sealed.subarray(1, HEAD_BYTES);
    const decipher = createDecipheriv(CIPHER, rowKey, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(placeBytes(place));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const text = decipher.update(sealed.subarray(HEAD_BYTES, -TAG_BYTES));
    try {
      decipher.final();
      return text.toString('utf8');
    } finally {
      wipe(text);
    }
  };

  return {
    lookup: (kind, key) => hmac256(lookupKey, concat(lp1(kind), utf8(key))),
    seal: (place, text) => {
      const nonce = rng(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, rowKey, nonce);
      cipher.setAAD(placeBytes(place));
      const plain = filledUp(text);
      try {
        return concat(uint(VERSION, 1), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag());
      } finally {
        wipe(plain);
      }
    },
    open: (place, sealed) => {
      let text: string | undefined;
      try {
        text = opened(place, sealed);
      } catch (cause) {
        throw new ImisError('STORE_DAMAGED', `a row of ${place.kind} does not open`, { cause });
      }
      if (text === undefined) throw new ImisError('STORE_DAMAGED', `a row of ${place.kind} is no sealed row`);
      return text;
    },
    forget: () => wipe(rowKey, lookupKey),
  };
}
