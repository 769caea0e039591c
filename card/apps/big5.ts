/**
 * Names in Big5 as Taiwan's cards write them (code page 950; card note 1.1). Characters that an authority defined for itself become the
 * private-use characters that code page 950 assigns, whatever the platform's decoder makes of them: some read Hong Kong's characters there.
 * @module
 */

/** Stands for a character that cannot be told. */
export const UNKNOWN_CHARACTER = '\ufffd';

const TRAILS_PER_LEAD = 157;

const CODE_PAGE = new TextDecoder('big5');

/** User-defined areas and the private-use character with which each begins. */
const USER_DEFINED = [
  { from: 0xfa40, to: 0xfefe, base: 0xe000 },
  { from: 0x8e40, to: 0xa0fe, base: 0xe311 },
  { from: 0x8140, to: 0x8dfe, base: 0xeeb8 },
  { from: 0xc6a1, to: 0xc8fe, base: 0xf6b1 },
] as const;

/** Place of a two-byte code among all, lead byte after lead byte. */
const placeOf = (code: number): number => {
  const trail = code & 0xff;
  return (code >> 8) * TRAILS_PER_LEAD + (trail < 0x7f ? trail - 0x40 : trail - 0x62);
};

const isLead = (byte: number): boolean => byte >= 0x81 && byte <= 0xfe;
const isTrail = (byte: number): boolean => (byte >= 0x40 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xfe);

/** The character of a well-formed two-byte code; {@link UNKNOWN_CHARACTER} for one that code page 950 leaves empty. */
export function characterOf(code: number): string {
  const area = USER_DEFINED.find(({ from, to }) => code >= from && code <= to);
  if (area !== undefined) return String.fromCodePoint(area.base + placeOf(code) - placeOf(area.from));
  const text = CODE_PAGE.decode(Uint8Array.of(code >> 8, code & 0xff));
  return Array.from(text).length === 1 ? text : UNKNOWN_CHARACTER;
}

/**
 * Text of Big5 bytes. Undefined for a lead byte without its second byte, for control characters and for bytes that Big5 does not use: what
 * follows them cannot be believed. Only where the bytes are a field that is `full` may its last byte be a lone lead byte: a character the
 * field had no room for, {@link UNKNOWN_CHARACTER}. Somebody with a long name must not be turned away.
 */
export function decodeBig5(bytes: Uint8Array, full = false): string | undefined {
  let text = '';
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x20 && byte <= 0x7e) {
      text += String.fromCharCode(byte);
      continue;
    }
    if (!isLead(byte)) return undefined;
    const trail = bytes[++at];
    if (trail === undefined) return full ? text + UNKNOWN_CHARACTER : undefined;
    if (!isTrail(trail)) return undefined;
    text += characterOf((byte << 8) | trail);
  }
  return text;
}
