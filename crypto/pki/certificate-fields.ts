/**
 * The outer fields of any X.509 v3 certificate (RFC 5280 4.1), ours or not: enough to name it, and to seal to its key.
 * Proves nothing: no signature is checked here.
 * @module
 */
import { hex } from '../common/bytes.ts';
import {
  type Der,
  DerError,
  type DerReader,
  readBits,
  readBoolean,
  readDer,
  readOid,
  readTime,
  readUnsigned,
  within,
} from '../common/der-read.ts';
import { explicitTag, implicitTag, TAG } from '../common/der-write.ts';
import { PkiError } from './pki-error.ts';

/** One extension; `value` is the DER inside its OCTET STRING. */
export interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Fields of a certificate; byte strings are views into its DER. */
export interface CertificateFields {
  /** The signed part, TBSCertificate. */
  readonly tbs: Uint8Array;
  /** Contents of the serial number INTEGER. */
  readonly serial: Uint8Array;
  /** Name of the issuer, DER. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Unix milliseconds; the last instant included. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly spki: Uint8Array;
  /** By dotted identifier. */
  readonly extensions: ReadonlyMap<string, Extension>;
  /** Dotted identifier of the signature algorithm, the same inside and outside. */
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
}

/** Identifier of an AlgorithmIdentifier whose parameters are absent or NULL. Throws DerError otherwise. */
export const readBareAlgorithm = (value: Der): string =>
  within(value, (reader) => {
    const algorithm = readOid(reader.read(TAG.oid));
    if ((reader.optional(TAG.nothing)?.body.length ?? 0) > 0) throw new DerError('NULL with contents');
    return algorithm;
  });

/** Extensions by identifier; a repeated one is refused. */
export function readExtensions(reader: DerReader): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  for (const value of reader.rest(TAG.sequence)) {
    within(value, (inner) => {
      const id = readOid(inner.read(TAG.oid));
      const flag = inner.optional(TAG.boolean);
      const critical = flag !== undefined && readBoolean(flag);
      if (flag !== undefined && !critical) throw new DerError('default value written out');
      if (extensions.has(id)) throw new DerError(`extension ${id} twice`);
      extensions.set(id, { critical, value: inner.read(TAG.octets).body });
    });
  }
  return extensions;
}

const time = (reader: DerReader): number => readTime(reader.any());

function readTbs(tbs: Der): Omit<CertificateFields, 'tbs' | 'signature'> {
  return within(tbs, (reader) => {
    const version = within(reader.read(explicitTag(0)), (inner) => inner.read(TAG.integer).body);
    if (hex(version) !== '02') throw new DerError('not version 3');
    const serial = readUnsigned(reader.read(TAG.integer));
    const signatureAlgorithm = readBareAlgorithm(reader.read(TAG.sequence));
    const issuer = reader.read(TAG.sequence).whole;
    const [notBefore, notAfter] = within(reader.read(TAG.sequence), (inner) => [time(inner), time(inner)]);
    const subject = reader.read(TAG.sequence).whole;
    const spki = reader.read(TAG.sequence).whole;
    // Unique identifiers [1] and [2] are of the past; whoever has them has no certificate of ours.
    if (reader.tag === implicitTag(1) || reader.tag === implicitTag(2)) throw new DerError('unique identifier');
    const wrapped = reader.optional(explicitTag(3));
    const extensions =
      wrapped === undefined
        ? new Map<string, Extension>()
        : within(wrapped, (inner) => within(inner.read(TAG.sequence), readExtensions));
    return { serial, issuer, subject, notBefore, notAfter, spki, extensions, signatureAlgorithm };
  });
}

/** Reads a certificate's fields. Throws PkiError CERT_MALFORMED. */
export function readCertificateFields(der: Uint8Array): CertificateFields {
  try {
    return within(readDer(der, TAG.sequence), (reader) => {
      const tbs = reader.read(TAG.sequence);
      const fields = readTbs(tbs);
      if (readBareAlgorithm(reader.read(TAG.sequence)) !== fields.signatureAlgorithm) {
        throw new DerError('two signature algorithms');
      }
      return { ...fields, tbs: tbs.whole, signature: readBits(reader.read(TAG.bitString)) };
    });
  } catch (cause) {
    if (cause instanceof DerError) throw new PkiError('CERT_MALFORMED', cause.message, { cause });
    throw cause;
  }
}
