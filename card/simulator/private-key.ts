/**
 * Where a software card keeps its P-256 keys.
 * @module
 */
import { SW } from '../apdu/status-word.ts';
import type { CardContext } from './card-os.ts';
import { demand } from './refusal.ts';

/** Cell of a key by its reference. */
export const keyCell = (reference: number): string => `key/${reference.toString(16).padStart(2, '0')}`;

/** A private key, 32 bytes; refuses 6A88 when it was not generated. */
export function privateKey({ memory }: CardContext, reference: number): Uint8Array {
  const key = memory.get(keyCell(reference));
  demand(key !== undefined, SW.referenceNotFound);
  return key;
}
