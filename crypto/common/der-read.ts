/**
 * Reading DER strictly (ITU-T X.690 clauses 8 to 11): definite minimal lengths, nothing left over, one encoding for each
 * value. What this reader accepts, the writer gives back byte for byte.
 * @module
 */
import { hex, readUint, readUtf8 } from './bytes.ts';
import { decodeOid } from './der-oid.ts';
import { compareDer, TAG } from './der-write.ts';

/** What may go wrong here: the bytes are not the DER value asked for. */
export const DER_ERRORS = { DER_MALFORMED: { retry: false } } as const;

/** Thrown by every function of this file; the layer above translates it. */
export class DerError extends Error {
  override readonly name = 'DerError';
  readonly code: keyof typeof DER_ERRORS = 'DER_MALFORMED';
}

/** One value: identifier octet, contents, and the whole encoding; both are views into the input. */
export interface Der {
  readonly tag: number;
  readonly body: Uint8Array;
  readonly whole: Uint8Array;
}

function valueAt(bytes: Uint8Array, at: number): Der {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new DerError('value cut off');
  if ((tag & 0x1f) === 0x1f || tag === 0) throw new DerError(`identifier octet ${tag}`);
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const width = first & 0x7f;
    if (width === 0 || width > 4) throw new DerError('length form not allowed in DER');
    const digits = bytes.subarray(start, start + width);
    if (digits.length !== width) throw new DerError('value cut off');
    length = readUint(digits);
    if (length < 0x80 || digits[0] === 0) throw new DerError('length not minimal');
    start += width;
  }
  const end = start + length;
  if (end > bytes.length) throw new DerError('value cut off');
  return { tag, body: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
}

/** Reads values one after another. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Identifier octet of the next value; undefined at the end. */
  get tag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The next value, whatever it is. */
  any(): Der {
    const value = valueAt(this.#bytes, this.#at);
    this.#at += value.whole.length;
    return value;
  }

  /** The next value, which must have this identifier octet. */
  read(tag: number): Der {
    if (this.tag !== tag) throw new DerError(`identifier octet ${this.tag ?? 'none'} where ${tag} belongs`);
    return this.any();
  }

  /** The next value if it has this identifier octet. */
  optional(tag: number): Der | undefined {
    return this.tag === tag ? this.any() : undefined;
  }

  /** A reader over the contents of the next value, which must have this identifier octet. */
  enter(tag: number): DerReader {
    return new DerReader(this.read(tag).body);
  }

  /** All values that are left; each must have the identifier octet, where one is given. */
  rest(tag?: number): Der[] {
    const values: Der[] = [];
    while (this.tag !== undefined) values.push(tag === undefined ? this.any() : this.read(tag));
    return values;
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new DerError('something follows the last value');
  }
}

/** The one value that `bytes` consist of; it must have this identifier octet. */
export function readDer(bytes: Uint8Array, tag: number): Der {
  // A Buffer would hand its own kind of view to every caller below.
  const reader = new DerReader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const value = reader.read(tag);
  reader.end();
  return value;
}

/** Runs `parse` over the contents of a value and makes sure that it consumed them. */
export function within<T>(value: Der | Uint8Array, parse: (reader: DerReader) => T): T {
  const reader = new DerReader(value instanceof Uint8Array ? value : value.body);
  const result = parse(reader);
  reader.end();
  return result;
}

/** The members of a SET OF, each with this identifier octet; their encodings must ascend strictly, so none is repeated. */
export function readSetOf(value: Der, tag: number): Der[] {
  const members = new DerReader(value.body).rest(tag);
  members.forEach((member, i) => {
    const before = members[i - 1];
    if (before !== undefined && compareDer(before.whole, member.whole) >= 0) throw new DerError('SET OF out of order');
  });
  return members;
}

/** Dotted text of an OBJECT IDENTIFIER. */
export function readOid(value: Der): string {
  const dotted = value.tag === TAG.oid ? decodeOid(value.body) : undefined;
  if (dotted === undefined) throw new DerError('not an object identifier');
  return dotted;
}

/** Contents of an INTEGER >= 0 as written: minimal, at most one leading zero octet. */
export function readUnsigned(value: Der): Uint8Array {
  const [first, second = 0xff] = value.body;
  if (value.tag !== TAG.integer || first === undefined) throw new DerError('not an integer');
  if (first >= 0x80) throw new DerError('negative integer');
  if (first === 0 && value.body.length > 1 && second < 0x80) throw new DerError('integer not minimal');
  return value.body;
}

/** An INTEGER from 0 to 2^48 - 1. */
export function readInteger(value: Der): number {
  const bytes = readUnsigned(value);
  if (bytes.length > 6) throw new DerError('integer too large');
  return readUint(bytes);
}

/** A BOOLEAN. */
export function readBoolean(value: Der): boolean {
  const byte = value.body[0];
  if (value.tag !== TAG.boolean || value.body.length !== 1 || (byte !== 0 && byte !== 0xff)) {
    throw new DerError('not a boolean');
  }
  return byte === 0xff;
}

/** Octets of a BIT STRING without unused bits. */
export function readBits(value: Der): Uint8Array {
  if (value.tag !== TAG.bitString || value.body[0] !== 0) throw new DerError('not a bit string of whole octets');
  return value.body.subarray(1);
}

/** Text of a UTF8String, PrintableString or IA5String. */
export function readText(value: Der): string {
  const text = readUtf8(value.body);
  if (text === undefined) throw new DerError('not UTF-8');
  switch (value.tag) {
    case TAG.utf8String:
      return text;
    case TAG.printableString:
      if (/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)) return text;
      break;
    case TAG.ia5String:
      if (value.body.every((byte) => byte < 0x80)) return text;
      break;
  }
  throw new DerError(`not a text: ${value.tag}`);
}

/** Unix milliseconds of a time of RFC 5280 4.1.2.5: UTCTime until 2049, GeneralizedTime after, with seconds and Z. */
export function readTime(value: Der): number {
  const text = readUtf8(value.body) ?? '';
  let digits: string;
  if (value.tag === TAG.utcTime && /^[0-9]{12}Z$/.test(text)) {
    digits = `${text < '5' ? '20' : '19'}${text.slice(0, 12)}`;
  } else if (value.tag === TAG.generalizedTime && /^[0-9]{14}Z$/.test(text) && text >= '2050') {
    digits = text.slice(0, 14);
  } else {
    throw new DerError('not a time');
  }
  const iso = digits.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6.000Z');
  const milliseconds = Date.parse(iso);
  // A day that the calendar lacks is shifted by some parsers; only what prints the same is taken.
  if (!Number.isFinite(milliseconds) || new Date(milliseconds).toISOString() !== iso) {
    throw new DerError(`not a time: ${hex(value.body)}`);
  }
  return milliseconds;
}
