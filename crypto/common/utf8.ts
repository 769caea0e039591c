/**
 * Strict UTF-8 (RFC 3629) where anything else is a fault of the sender.
 * @module
 */
import { readUtf8 } from './bytes.ts';

/** Text of UTF-8 bytes. Throws a plain Error when they are not: overlong forms, surrogates, truncated sequences. */
export function decodeUtf8(bytes: Uint8Array): string {
  const text = readUtf8(bytes);
  if (text === undefined) throw new Error('not UTF-8');
  return text;
}
