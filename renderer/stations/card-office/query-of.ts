/**
 * What a clerk typed or scanned into the one search field, by its form.
 * @module
 */

import type { CardQuery } from '../../../contract/card-office-desk.ts';
import { Id16, NationalId } from '../../../contract/formats.ts';

/** A national number or a serial number, with or without spaces and in either case; undefined for anything else. */
export function queryOf(text: string): CardQuery | undefined {
  // Full-width letters and digits, as a Chinese input method leaves them, become plain ones.
  const plain = text.normalize('NFKC').replaceAll(/[\s-]/gu, '');
  const nationalId = NationalId.safeParse(plain.toUpperCase());
  if (nationalId.success) return { by: 'national-id', nationalId: nationalId.data };
  const serial = Id16.safeParse(plain.toLowerCase());
  return serial.success ? { by: 'serial', serial: serial.data } : undefined;
}
