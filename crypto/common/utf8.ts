/**
 * Strict UTF-8 decoding (RFC 3629): overlong forms, surrogates and truncated sequences are refused.
 * @module
 */

/** Text of UTF-8 bytes. Throws a plain Error when the bytes are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  const escaped = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  // decodeURIComponent is the one strict UTF-8 decoder that is part of the language itself (ECMA-262, Decode).
  return decodeURIComponent(escaped);
}
