/**
 * Distinguished names (RFC 5280 4.1.2.4): one attribute in each relative name, from a short list of attribute types.
 * @module
 */
import { type DerReader, readOid, readText, within } from '../common/der-read.ts';
import { type DerTree, oid, printableString, sequence, setOf, TAG, utf8String } from '../common/der-write.ts';
import { OID } from '../common/standard-oids.ts';

/** Attributes of a name, in the order they are written. All texts. */
export interface DistinguishedName {
  readonly country?: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  readonly commonName?: string;
  /** An identifier of the subject, not of the certificate. Pseudonyms and terminal ids are 32 hexadecimal digits here. */
  readonly serialNumber?: string;
}

const ATTRIBUTES = [
  ['country', 'C', OID.country],
  ['organization', 'O', OID.organization],
  ['organizationalUnit', 'OU', OID.organizationalUnit],
  ['commonName', 'CN', OID.commonName],
  ['serialNumber', 'serialNumber', OID.serialNumber],
] as const;

/** Name in DER form. Throws RangeError on a country or serial number that is not printable ASCII. */
export function encodeName(name: DistinguishedName): DerTree {
  return sequence(
    ...ATTRIBUTES.flatMap(([key, , type]) => {
      const text = name[key];
      if (text === undefined) return [];
      const value = key === 'country' || key === 'serialNumber' ? printableString(text) : utf8String(text);
      return [setOf([sequence(oid(type), value)])];
    }),
  );
}

/** Reads the contents of a Name. Throws DerError on a shape or an attribute type that we do not write. */
export function readName(reader: DerReader): DistinguishedName {
  const name: { -readonly [K in keyof DistinguishedName]: DistinguishedName[K] } = {};
  for (const relative of reader.rest(TAG.set)) {
    within(relative, (set) =>
      within(set.read(TAG.sequence), (pair) => {
        const type = readOid(pair.read(TAG.oid));
        const text = readText(pair.any());
        const known = ATTRIBUTES.find((attribute) => attribute[2] === type);
        // An authority of others may use more attributes; they stay in the DER and out of this view.
        if (known !== undefined) name[known[0]] ??= text;
      }),
    );
  }
  return name;
}

/** The name as one line, `CN=..., serialNumber=...`, for people. */
export const nameText = (name: DistinguishedName): string =>
  ATTRIBUTES.flatMap(([key, label]) => (name[key] === undefined ? [] : [`${label}=${name[key]}`])).join(', ');
