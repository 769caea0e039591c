/**
 * What the QR code of a pickup slip says: `IMIS-RX:` and R_X_ID as 32 hex digits in capitals, 40 characters of the alphanumeric mode of
 * ISO/IEC 18004 (7.4.4). R_X_ID is 16 random bytes: the code names a prescription and nobody, and opens nothing without the patient's card.
 * @module
 */
import { ImisError } from './errors.ts';

// Spelled out: folding by Unicode's rules would let letters of other alphabets pass for ours.
const FORM = /^[Ii][Mm][Ii][Ss]-[Rr][Xx]:([0-9A-Fa-f]{32})$/u;

/** The text of the code for a prescription, R_X_ID as 32 lower-case hex digits. */
export const pickupCode = (rxId: string): string => `IMIS-RX:${rxId.toUpperCase()}`;

/**
 * R_X_ID of what a scanner read; RX_CODE_INVALID for anything else. Capitals and small letters are alike, for a scanner is a keyboard and Caps
 * Lock may be on; blanks around it are the scanner's.
 */
export function readPickupCode(text: string): string {
  const digits = FORM.exec(text.trim())?.[1];
  if (digits === undefined) throw new ImisError('RX_CODE_INVALID', 'no code of a pickup slip');
  return digits.toLowerCase();
}
