/**
 * Indefinite lengths (X.690 8.1.3.6) to definite ones: foreign tools that stream, such as `openssl cms -stream`, write the
 * outer layers that way. Only the envelope goes through here; what is signed must be DER as it came.
 * @module
 */
import { readUint } from '../common/bytes.ts';
import { DerError } from '../common/der-read.ts';
import { type DerTree, encodeDer, tlv } from '../common/der-write.ts';

const MAX_DEPTH = 16;
// A streaming writer makes chunks of kilobytes; values of two bytes by the million are an attack on memory.
const MAX_VALUES = 65_536;

/** Whether the outermost value has an indefinite length. */
export const isIndefinite = (bytes: Uint8Array): boolean => bytes[1] === 0x80;

/** The same value with definite lengths. Throws DerError when the lengths do not add up. */
export function berToDer(bytes: Uint8Array): Uint8Array {
  let at = 0;
  let values = 0;

  function readLength(): number | undefined {
    const first = bytes[at++];
    if (first === undefined) throw new DerError('value cut off');
    if (first < 0x80) return first;
    const width = first & 0x7f;
    if (width === 0) return undefined;
    if (width > 4 || at + width > bytes.length) throw new DerError('length out of range');
    at += width;
    return readUint(bytes.subarray(at - width, at));
  }

  function readValue(depth: number): DerTree {
    const tag = bytes[at++];
    if (tag === undefined || tag === 0 || (tag & 0x1f) === 0x1f) throw new DerError('identifier octet');
    if (depth > MAX_DEPTH || ++values > MAX_VALUES) throw new DerError('too deep or too many');
    const length = readLength();
    const end = length === undefined ? undefined : at + length;
    if (end !== undefined && end > bytes.length) throw new DerError('value cut off');
    const constructed = (tag & 0x20) !== 0;
    if (!constructed) {
      if (end === undefined) throw new DerError('primitive value without a length');
      const body = bytes.subarray(at, end);
      at = end;
      return tlv(tag, body);
    }
    const children: DerTree[] = [];
    while (end === undefined ? bytes[at] !== 0 : at < end) children.push(readValue(depth + 1));
    if (end === undefined) {
      if (bytes[at + 1] !== 0) throw new DerError('end of contents');
      at += 2;
    } else if (at !== end) throw new DerError('contents overrun their value');
    return tlv(tag, ...children);
  }

  const value = readValue(0);
  if (at !== bytes.length) throw new DerError('something follows the value');
  return encodeDer(value);
}
