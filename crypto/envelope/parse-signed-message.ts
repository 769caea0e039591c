/**
 * SignedData (RFC 5652 5) taken apart strictly: DER throughout, exactly one signer named by issuer and serial number,
 * signed attributes always, algorithms from the list. Parsing proves nothing; see verify-signed-message.ts.
 * @module
 */
import { equalBytes } from '../common/bytes.ts';
import {
  type Der,
  DerError,
  DerReader,
  readDer,
  readInteger,
  readOid,
  readSetOf,
  readUnsigned,
  within,
} from '../common/der-read.ts';
import { explicitTag, TAG } from '../common/der-write.ts';
import { IMIS_OID } from '../common/oids.ts';
import { OID } from '../common/standard-oids.ts';
import { readBareAlgorithm, readCertificateFields } from '../pki/certificate-fields.ts';
import { PkiError } from '../pki/pki-error.ts';
import { p256Point } from '../pki/public-key.ts';
import type { SignatureAlgorithm } from './attribute-signer.ts';
import { algorithmRefused, decoding, EnvelopeError } from './envelope-error.ts';
import { readSignedAttributes, type SignedAttributes } from './signed-attributes.ts';
import { retag, UNSIGNED_TYPES, type UnsignedAttribute } from './signed-message.ts';

/** A SignedData taken apart; byte strings are views into `der`. Nothing in it has been verified. */
export interface ParsedMessage {
  readonly der: Uint8Array;
  readonly contentType: string;
  readonly content: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  /** DER of the attributes as signed, tag SET. */
  readonly signedAttributes: Uint8Array;
  readonly attributes: SignedAttributes;
  readonly signature: Uint8Array;
  /** The certificate that the signer identifier names. */
  readonly signerCertificate: Uint8Array;
  /** SubjectPublicKeyInfo in it. */
  readonly signerSpki: Uint8Array;
  /** The whole bag, the signer's certificate included. */
  readonly certificates: readonly Uint8Array[];
  readonly unsigned: readonly UnsignedAttribute[];
}

/** The parts of a SignedData before its SignerInfos, and of its one SignerInfo, each as it stands in the message. */
export interface SignedDataParts {
  readonly head: readonly Der[];
  readonly signer: readonly Der[];
}

/** NHI-GSIG-V1 has 400; what is kept as evidence must have a bound before anything is verified. */
const MAX_SIGNATURE_BYTES = 512;

/** Cuts ContentInfo( SignedData ) into its parts. Throws EnvelopeError SIGNED_MALFORMED or SIGNER_COUNT. */
export const cutSignedData = (der: Uint8Array): SignedDataParts =>
  decoding('SIGNED_MALFORMED', () =>
    within(readDer(der, TAG.sequence), (info) => {
      if (readOid(info.read(TAG.oid)) !== OID.signedData) throw new DerError('not SignedData');
      const parts = within(info.read(explicitTag(0)), (inner) => within(inner.read(TAG.sequence), (all) => all.rest()));
      const signers = parts.at(-1);
      if (signers?.tag !== TAG.set) throw new DerError('no set of signers');
      const infos = readSetOf(signers, TAG.sequence);
      const [only] = infos;
      if (only === undefined || infos.length > 1) throw new EnvelopeError('SIGNER_COUNT', `${infos.length} signers`);
      return { head: parts.slice(0, -1), signer: within(only, (all) => all.rest()) };
    }),
  );

const readerOf = (parts: readonly Der[], at: number, tag: number): Der => {
  const part = parts[at];
  if (part?.tag !== tag) throw new DerError(`part ${at} is not what belongs there`);
  return part;
};

/** The identifier is asked before the parameters: what is refused may have any. */
function allowedAlgorithm<T extends string>(value: Der, allowed: readonly T[]): T {
  const id = readOid(new DerReader(value.body).read(TAG.oid));
  const found = allowed.find((one) => one === id);
  if (found === undefined) throw algorithmRefused(id);
  readBareAlgorithm(value);
  return found;
}

function readHead(head: readonly Der[]) {
  const version = readInteger(readerOf(head, 0, TAG.integer));
  const digests = readSetOf(readerOf(head, 1, TAG.set), TAG.sequence);
  digests.forEach((digest) => allowedAlgorithm(digest, [OID.sha256]));
  const { contentType, content } = within(readerOf(head, 2, TAG.sequence), (reader) => ({
    contentType: readOid(reader.read(TAG.oid)),
    content: within(reader.read(explicitTag(0)), (inner) => inner.read(TAG.octets).body),
  }));
  // A missing bag, and revocation lists after it, are refused alike.
  const bag = readSetOf(readerOf(head, 3, explicitTag(0)), TAG.sequence);
  if (version !== (contentType === OID.data ? 1 : 3) || digests.length !== 1 || head.length !== 4) {
    throw new DerError('not a SignedData of ours');
  }
  return { contentType, content, certificates: bag.map((one) => one.whole) };
}

function findSigner(identifier: Der, certificates: readonly Uint8Array[]) {
  const [issuer, serial] = within(identifier, (reader) => [
    reader.read(TAG.sequence).whole,
    readUnsigned(reader.read(TAG.integer)),
  ]);
  const named = certificates
    .map((der) => ({ der, fields: fieldsOf(der) }))
    .filter(({ fields }) => equalBytes(fields.issuer, issuer) && equalBytes(fields.serial, serial));
  const [only] = named;
  if (only === undefined || named.length > 1) {
    throw new EnvelopeError('SIGNER_CERTIFICATE', `${named.length} certificates with the signer's identifier`);
  }
  return { signerCertificate: only.der, signerSpki: only.fields.spki };
}

function fieldsOf(der: Uint8Array) {
  try {
    return readCertificateFields(der);
  } catch (cause) {
    if (cause instanceof PkiError) throw new EnvelopeError('SIGNED_MALFORMED', 'certificate in the bag', { cause });
    throw cause;
  }
}

function readUnsignedAttributes(set: Der): UnsignedAttribute[] {
  const attributes = readSetOf(set, TAG.sequence).map((member) =>
    within(member, (reader) => ({
      type: readOid(reader.read(TAG.oid)),
      value: within(reader.read(TAG.set), (values) => values.any().whole),
    })),
  );
  const types = new Set(attributes.map(({ type }) => type));
  const foreign = attributes.find(({ type }) => !UNSIGNED_TYPES.includes(type));
  if (foreign !== undefined || types.size !== attributes.length || attributes.length === 0) {
    throw new EnvelopeError('UNSIGNED_ATTRIBUTE_REFUSED', `unsigned attribute ${foreign?.type ?? 'twice, or none'}`);
  }
  return attributes;
}

function readSigner(signer: readonly Der[], certificates: readonly Uint8Array[]) {
  if (readInteger(readerOf(signer, 0, TAG.integer)) !== 1) throw new DerError('signer not named by issuer and serial');
  const identified = findSigner(readerOf(signer, 1, TAG.sequence), certificates);
  allowedAlgorithm(readerOf(signer, 2, TAG.sequence), [OID.sha256]);
  if (signer[3]?.tag !== explicitTag(0)) throw new EnvelopeError('ATTRIBUTES_MISSING', 'no signed attributes');
  const signedAttributes = retag(signer[3].whole, TAG.set);
  const signatureAlgorithm = allowedAlgorithm(readerOf(signer, 4, TAG.sequence), [
    OID.ecdsaWithSha256,
    IMIS_OID.groupSignature,
  ]);
  const signature = readerOf(signer, 5, TAG.octets).body;
  if (signature.length === 0 || signature.length > MAX_SIGNATURE_BYTES)
    throw new DerError('signature of another length');
  const unsigned = signer.length > 6 ? readUnsignedAttributes(readerOf(signer, 6, explicitTag(1))) : [];
  if (signer.length > 7) throw new DerError('something follows the unsigned attributes');
  const algorithm: SignatureAlgorithm =
    signatureAlgorithm === OID.ecdsaWithSha256 ? 'ecdsa-p256-sha256' : 'nhi-gsig-v1';
  return { ...identified, signedAttributes, algorithm, signature, unsigned };
}

/** The key's sort and the attributes' set must be those of the algorithm. */
function checkAgreement(algorithm: SignatureAlgorithm, spki: Uint8Array, attributes: SignedAttributes): void {
  const p256 = algorithm === 'ecdsa-p256-sha256';
  // The group key's own form is the verifier port's matter; it must only not be a P-256 key.
  if ((p256Point(spki) !== undefined) !== p256) {
    throw new EnvelopeError('SIGNER_CERTIFICATE', `key not for ${algorithm}`);
  }
  if ((attributes.kind === 'p256') !== p256) {
    throw new EnvelopeError('ATTRIBUTES_REFUSED', `attributes of another algorithm than ${algorithm}`);
  }
}

/**
 * Parses ContentInfo( SignedData ). Throws EnvelopeError SIGNED_MALFORMED, SIGNER_COUNT, SIGNER_CERTIFICATE,
 * ATTRIBUTES_MISSING, ATTRIBUTES_REFUSED, UNSIGNED_ATTRIBUTE_REFUSED, CONTEXT_MALFORMED, CONTENT_TYPE_MISMATCH,
 * ALGORITHM_REFUSED.
 */
export function parseSignedMessage(der: Uint8Array): ParsedMessage {
  const { head, signer } = cutSignedData(der);
  return decoding('SIGNED_MALFORMED', () => {
    const { contentType, content, certificates } = readHead(head);
    const info = readSigner(signer, certificates);
    const attributes = readSignedAttributes(info.signedAttributes);
    if (attributes.contentType !== contentType) {
      throw new EnvelopeError('CONTENT_TYPE_MISMATCH', 'the content type is not the one signed');
    }
    checkAgreement(info.algorithm, info.signerSpki, attributes);
    return { der, contentType, content, certificates, attributes, ...info };
  });
}
