/**
 * Answer to reset (ISO/IEC 7816-3 8.2) and the one thing we read from it: the card capabilities among the historical bytes (7816-4 8.1.1.2.7).
 * @module
 */
import { concat } from '../../crypto/common/bytes.ts';

/** A T=1 answer to reset: 3B, one interface byte, the historical bytes (at most 15), check byte. */
export function encodeAtr(historical: Uint8Array): Uint8Array {
  if (historical.length > 15) throw new RangeError('encodeAtr: more than 15 historical bytes');
  const checked = concat(Uint8Array.of(0x80 | historical.length, 0x01), historical);
  return concat(Uint8Array.of(0x3b), checked, Uint8Array.of(checked.reduce((sum, byte) => sum ^ byte, 0)));
}

/** The historical bytes; undefined when the answer to reset is cut short. */
export function historicalBytes(atr: Uint8Array): Uint8Array | undefined {
  const format = atr[1];
  if (format === undefined) return undefined;
  let at = 2;
  let announced = format >> 4;
  while (announced !== 0) {
    const next = announced & 8 ? atr[at + [1, 2, 4].filter((bit) => announced & bit).length] : 0;
    at += [1, 2, 4, 8].filter((bit) => announced & bit).length;
    if (next === undefined) return undefined;
    announced = next >> 4;
  }
  const bytes = atr.slice(at, at + (format & 0xf));
  return bytes.length === (format & 0xf) ? bytes : undefined;
}

/** True when the card says in its capabilities (compact-TLV 73) that it takes extended commands. */
export function supportsExtended(atr: Uint8Array): boolean {
  const bytes = historicalBytes(atr);
  if (bytes?.[0] !== 0x80) return false;
  for (let at = 1; at < bytes.length; ) {
    const head = bytes[at] ?? 0;
    const length = head & 0xf;
    if (head === 0x73) return ((bytes[at + 3] ?? 0) & 0x40) !== 0;
    at += 1 + length;
  }
  return false;
}
