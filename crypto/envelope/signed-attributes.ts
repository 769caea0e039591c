/**
 * The signed attributes (RFC 5652 5.3, 11): what a signature is over. Two sets and no other: for P-256
 * {contentType, messageDigest, signingTime, imis-context}, for a group signature {contentType, messageDigest, nhi-ctx}
 * and no time. As DER SET OF, in canonical order, each attribute once with one value.
 * Pure: a card is handed this DER and reads it itself.
 * @module
 */
import { type Der, DerError, readDer, readOid, readSetOf, readTime, within } from '../common/der-read.ts';
import { type DerTree, encodeDer, octets, oid, sequence, setOf, TAG, time } from '../common/der-write.ts';
import { IMIS_OID } from '../common/oids.ts';
import { OID } from '../common/standard-oids.ts';
import { decoding } from './envelope-error.ts';
import { decodeImisContext, encodeImisContext, type ImisContext } from './imis-context.ts';
import { NHI_CONTEXT_BYTES } from './nhi-context.ts';

/** What the signer adds to type and digest of the content. */
export type SignerContext =
  /** `signingTime` in Unix milliseconds, cut to the second. */
  | { readonly kind: 'p256'; readonly signingTime: number; readonly context: ImisContext }
  /** `ctx` is the 74 bytes of NHI-GSIG-V1. */
  | { readonly kind: 'group'; readonly ctx: Uint8Array };

/** The attributes read back. `contentType` is dotted, `messageDigest` the SHA-256 of the content. */
export type SignedAttributes = SignerContext & { readonly contentType: string; readonly messageDigest: Uint8Array };

const attribute = (type: string, value: DerTree | Uint8Array): DerTree => sequence(oid(type), setOf([value]));

/** DER of the attributes, tag SET. Throws RangeError when a field has not its length. */
export function encodeSignedAttributes(attributes: SignedAttributes): Uint8Array {
  const { contentType, messageDigest } = attributes;
  if (messageDigest.length !== 32) throw new RangeError('messageDigest has 32 bytes');
  const common = [attribute(OID.contentType, oid(contentType)), attribute(OID.messageDigest, octets(messageDigest))];
  switch (attributes.kind) {
    case 'p256':
      return encodeDer(
        setOf([
          ...common,
          attribute(OID.signingTime, time(attributes.signingTime)),
          attribute(IMIS_OID.imisContext, encodeImisContext(attributes.context)),
        ]),
      );
    case 'group':
      if (attributes.ctx.length !== NHI_CONTEXT_BYTES) throw new RangeError('ctx has 74 bytes');
      return encodeDer(setOf([...common, attribute(IMIS_OID.nhiContext, octets(attributes.ctx))]));
  }
}

function readAttribute(value: Der): readonly [string, Der] {
  return within(value, (reader) => {
    const type = readOid(reader.read(TAG.oid));
    return [type, within(reader.read(TAG.set), (set) => set.any())] as const;
  });
}

function exactOctets(value: Der, length: number): Uint8Array {
  if (value.tag !== TAG.octets || value.body.length !== length) throw new DerError('octets of another length');
  return value.body;
}

function read(der: Uint8Array): SignedAttributes {
  const members = readSetOf(readDer(der, TAG.set), TAG.sequence).map(readAttribute);
  const values = new Map(members);
  if (values.size !== members.length) throw new DerError('attribute twice');
  const take = (type: string): Der => {
    const value = values.get(type);
    if (value === undefined) throw new DerError(`attribute ${type} missing`);
    values.delete(type);
    return value;
  };
  const contentType = readOid(take(OID.contentType));
  const messageDigest = exactOctets(take(OID.messageDigest), 32);
  const rest: SignerContext = values.has(IMIS_OID.nhiContext)
    ? { kind: 'group', ctx: exactOctets(take(IMIS_OID.nhiContext), NHI_CONTEXT_BYTES) }
    : {
        kind: 'p256',
        signingTime: readTime(take(OID.signingTime)),
        context: decodeImisContext(take(IMIS_OID.imisContext).whole),
      };
  const [extra] = values.keys();
  if (extra !== undefined) throw new DerError(`attribute ${extra} too many`);
  return { contentType, messageDigest, ...rest };
}

/** Inverse of {@link encodeSignedAttributes}. Throws EnvelopeError ATTRIBUTES_REFUSED, or CONTEXT_MALFORMED. */
export const readSignedAttributes = (der: Uint8Array): SignedAttributes =>
  decoding('ATTRIBUTES_REFUSED', () => read(der));
