/**
 * Writing DER (ITU-T X.690 clauses 8 to 11). Values are trees whose length is known before a byte is copied, so a large
 * content is copied once whatever its depth.
 * @module
 */
import { concat, utf8 } from './bytes.ts';
import { encodeOid } from './der-oid.ts';

/** A DER value not yet flattened: header and contents in order. */
export interface DerTree {
  /** Bytes of the whole value, header included. */
  readonly length: number;
  readonly parts: readonly DerPart[];
}

/** Finished DER bytes, or a tree that will become some. */
export type DerPart = Uint8Array | DerTree;

/** Identifier octets used here, X.680 clause 8. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octets: 0x04,
  nothing: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Identifier octet of a constructed context-specific tag, 0 to 30. */
export const explicitTag = (number: number): number => 0xa0 | number;

/** Identifier octet of a primitive context-specific tag, 0 to 30. */
export const implicitTag = (number: number): number => 0x80 | number;

function header(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length);
  if (length < 0x100) return Uint8Array.of(tag, 0x81, length);
  if (length < 0x10000) return Uint8Array.of(tag, 0x82, length >> 8, length & 0xff);
  if (length < 0x1000000) return Uint8Array.of(tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
  if (length >= 0x80000000) throw new RangeError(`DER value of ${length} bytes`);
  return Uint8Array.of(tag, 0x84, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
}

/** One value with the identifier octet given; the parts become its contents. */
export function tlv(tag: number, ...parts: readonly DerPart[]): DerTree {
  let length = 0;
  for (const part of parts) length += part.length;
  const head = header(tag, length);
  return { length: head.length + length, parts: [head, ...parts] };
}

function fill(out: Uint8Array, at: number, part: DerPart): number {
  if (part instanceof Uint8Array) {
    out.set(part, at);
    return at + part.length;
  }
  let next = at;
  for (const child of part.parts) next = fill(out, next, child);
  return next;
}

/** Flattens a tree to its bytes, in one copy. */
export function encodeDer(part: DerPart): Uint8Array {
  if (part instanceof Uint8Array) return part;
  const out = new Uint8Array(part.length);
  fill(out, 0, part);
  return out;
}

/** SEQUENCE. */
export const sequence = (...parts: readonly DerPart[]): DerTree => tlv(TAG.sequence, ...parts);

/** Order of the encodings in a DER SET OF (X.690 11.6): as octet strings, a shorter one padded with zeros. */
export function compareDer(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** SET OF in DER order; `tag` replaces the identifier octet for an implicitly tagged one. */
export const setOf = (parts: readonly DerPart[], tag: number = TAG.set): DerTree =>
  tlv(tag, ...parts.map(encodeDer).sort(compareDer));

/** [number] EXPLICIT. */
export const explicit = (number: number, ...parts: readonly DerPart[]): DerTree => tlv(explicitTag(number), ...parts);

/** OCTET STRING. */
export const octets = (...bytes: readonly Uint8Array[]): DerTree => tlv(TAG.octets, ...bytes);

/** OBJECT IDENTIFIER from dotted text. */
export const oid = (dotted: string): DerTree => tlv(TAG.oid, encodeOid(dotted));

/** INTEGER >= 0 from big-endian bytes; leading zeros are dropped and a sign octet is added where needed. */
export function unsigned(bytes: Uint8Array): DerTree {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const magnitude = bytes.length === 0 ? Uint8Array.of(0) : bytes.subarray(start);
  return tlv(TAG.integer, (magnitude[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), magnitude) : magnitude);
}

/** INTEGER from a safe integer >= 0. */
export function integer(value: number): DerTree {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`integer: ${value}`);
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return unsigned(Uint8Array.from(bytes));
}

/** BOOLEAN. */
export const boolean = (value: boolean): DerTree => tlv(TAG.boolean, Uint8Array.of(value ? 0xff : 0));

/** NULL. */
export const nothing = (): DerTree => tlv(TAG.nothing);

/** BIT STRING of whole octets. */
export const bitString = (bytes: DerPart): DerTree => tlv(TAG.bitString, Uint8Array.of(0), bytes);

/** UTF8String. */
export const utf8String = (text: string): DerTree => tlv(TAG.utf8String, utf8(text));

/** PrintableString; throws RangeError on a character outside its alphabet. */
export function printableString(text: string): DerTree {
  if (!/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)) throw new RangeError('printableString: foreign character');
  return tlv(TAG.printableString, utf8(text));
}

/** Time of RFC 5280 4.1.2.5 from Unix milliseconds, cut to the second: UTCTime until 2049, GeneralizedTime after. */
export function time(milliseconds: number): DerTree {
  const text = new Date(milliseconds).toISOString();
  const digits = text.slice(0, 19).replaceAll(/[-:T]/g, '');
  if (digits.length !== 14 || digits < '1950') throw new RangeError(`time: ${milliseconds}`);
  return digits < '2050' ? tlv(TAG.utcTime, utf8(`${digits.slice(2)}Z`)) : tlv(TAG.generalizedTime, utf8(`${digits}Z`));
}
