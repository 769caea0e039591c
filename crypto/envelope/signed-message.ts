/**
 * SignedData (RFC 5652 5) with one signer, signed attributes, and the content inside: building.
 * @module
 */
import { hash } from 'node:crypto';
import { equalBytes } from '../common/bytes.ts';
import {
  type DerPart,
  type DerTree,
  encodeDer,
  explicit,
  explicitTag,
  integer,
  octets,
  oid,
  sequence,
  setOf,
  TAG,
  tlv,
  unsigned,
} from '../common/der-write.ts';
import { IMIS_OID } from '../common/oids.ts';
import { OID } from '../common/standard-oids.ts';
import { readCertificateFields } from '../pki/certificate-fields.ts';
import { type AttributeSigner, signatureOid } from './attribute-signer.ts';
import { encodeSignedAttributes, type SignerContext } from './signed-attributes.ts';

/** An attribute outside the signature: dotted type and the DER of its one value. */
export interface UnsignedAttribute {
  readonly type: string;
  readonly value: Uint8Array;
}

/** Types that may stand outside the signature. */
export const UNSIGNED_TYPES: readonly string[] = [IMIS_OID.prescriptionBody];

/** A message to be signed. */
export interface OutgoingMessage {
  /** Dotted content type. */
  readonly contentType: string;
  /** The payload, signed and carried as these very bytes. */
  readonly content: Uint8Array;
  readonly attributes: SignerContext;
  /** Certificates to travel beside the signer's, DER: PCert_P, authorities between. */
  readonly certificates: readonly Uint8Array[];
  readonly unsigned?: readonly UnsignedAttribute[];
}

const sha256Algorithm = (): DerTree => sequence(oid(OID.sha256));

/** [1] of a SignerInfo as a list of none or one. Throws RangeError on a type that has no place there, or one twice. */
export function unsignedSet(attributes: readonly UnsignedAttribute[]): DerTree[] {
  const foreign = attributes.find(({ type }) => !UNSIGNED_TYPES.includes(type));
  if (foreign !== undefined) throw new RangeError(`unsigned attribute ${foreign.type} has no place here`);
  if (new Set(attributes.map(({ type }) => type)).size !== attributes.length)
    throw new RangeError('unsigned attribute twice');
  if (attributes.length === 0) return [];
  return [
    setOf(
      attributes.map(({ type, value }) => sequence(oid(type), setOf([value]))),
      explicitTag(1),
    ),
  ];
}

/** ContentInfo around the parts of a SignedData and of its one SignerInfo. */
export const assembleSignedData = (head: readonly DerPart[], signer: readonly DerPart[]): Uint8Array =>
  encodeDer(sequence(oid(OID.signedData), explicit(0, sequence(...head, tlv(TAG.set, sequence(...signer))))));

/**
 * Signs a message; returns the DER of ContentInfo( SignedData ). Throws RangeError when algorithm and attributes do not
 * belong together or a field has not its length; what the signer throws passes through.
 */
export async function signMessage(
  message: OutgoingMessage,
  signer: AttributeSigner,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { contentType, content, attributes } = message;
  if ((attributes.kind === 'group') !== (signer.algorithm === 'nhi-gsig-v1')) {
    throw new RangeError('these attributes are not for this algorithm');
  }
  const messageDigest = new Uint8Array(hash('sha256', content, 'buffer'));
  const signed = encodeSignedAttributes({ contentType, messageDigest, ...attributes });
  const outside = unsignedSet(message.unsigned ?? []);
  const signature = await signer.sign(signed, signal);
  const { issuer, serial } = readCertificateFields(signer.certificate);
  const others = message.certificates.filter((one) => !equalBytes(one, signer.certificate));
  return assembleSignedData(
    [
      // Version 1 is for content of type id-data alone (RFC 5652 5.1).
      integer(contentType === OID.data ? 1 : 3),
      setOf([sha256Algorithm()]),
      sequence(oid(contentType), explicit(0, octets(content))),
      setOf([signer.certificate, ...others], explicitTag(0)),
    ],
    [
      integer(1),
      sequence(issuer, unsigned(serial)),
      sha256Algorithm(),
      retag(signed, explicitTag(0)),
      sequence(oid(signatureOid(signer.algorithm))),
      octets(signature),
      ...outside,
    ],
  );
}

/** The same value under another identifier octet: attributes are signed as SET and carried as [0] (RFC 5652 5.4). */
export function retag(der: Uint8Array, tag: number): Uint8Array {
  const copy = der.slice();
  copy[0] = tag;
  return copy;
}
