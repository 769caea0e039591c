/**
 * Answer to reset (ISO/IEC 7816-3 8.2) and what we read from it: protocols offered, check byte, and the card capabilities among the
 * historical bytes (7816-4 8.1.1.2.7).
 * @module
 */
import { concat } from '../../crypto/common/bytes.ts';

/** A T=1 answer to reset: 3B, one interface byte, the historical bytes (at most 15), check byte. */
export function encodeAtr(historical: Uint8Array): Uint8Array {
  if (historical.length > 15) throw new RangeError('encodeAtr: more than 15 historical bytes');
  const checked = concat(Uint8Array.of(0x80 | historical.length, 0x01), historical);
  return concat(Uint8Array.of(0x3b), checked, Uint8Array.of(checked.reduce((sum, byte) => sum ^ byte, 0)));
}

/** What an answer to reset says before its historical bytes. */
export interface AtrFacts {
  /** Protocols offered, in order: 0 for T=0, 1 for T=1. Without an interface byte that names one it is T=0. */
  readonly protocols: readonly number[];
  readonly historical: Uint8Array;
  /** The check byte is right; an answer that offers T=0 alone has none. */
  readonly checked: boolean;
}

/** Reads an answer to reset; undefined when it is cut short. */
export function readAtr(atr: Uint8Array): AtrFacts | undefined {
  const format = atr[1];
  if (format === undefined) return undefined;
  let at = 2;
  let announced = format >> 4;
  const named: number[] = [];
  while (announced !== 0) {
    const next = announced & 8 ? atr[at + [1, 2, 4].filter((bit) => announced & bit).length] : 0;
    at += [1, 2, 4, 8].filter((bit) => announced & bit).length;
    if (next === undefined) return undefined;
    if (announced & 8) named.push(next & 0xf);
    announced = next >> 4;
  }
  const length = format & 0xf;
  const historical = atr.slice(at, at + length);
  if (historical.length !== length) return undefined;
  // T=15 says something about the card as a whole and is no protocol.
  const protocols = [...new Set(named)].filter((protocol) => protocol !== 15);
  const check = atr.subarray(1).reduce((sum, byte) => sum ^ byte, 0) === 0;
  return {
    protocols: protocols.length === 0 ? [0] : protocols,
    historical,
    checked: named.every((protocol) => protocol === 0)
      ? atr.length === at + length
      : check && atr.length === at + length + 1,
  };
}

/** The historical bytes; undefined when the answer to reset is cut short. */
export const historicalBytes = (atr: Uint8Array): Uint8Array | undefined => readAtr(atr)?.historical;

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
