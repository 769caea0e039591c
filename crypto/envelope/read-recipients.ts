/**
 * RecipientInfos (RFC 5652 6.2) of a sealed message. Every recipient's algorithm is on the list, or the message is refused,
 * whoever that recipient is.
 * @module
 */
import { equalBytes } from '../common/bytes.ts';
import {
  type Der,
  DerError,
  DerReader,
  readBits,
  readDer,
  readInteger,
  readOid,
  readUnsigned,
  within,
} from '../common/der-read.ts';
import { explicitTag, implicitTag, TAG } from '../common/der-write.ts';
import { OID } from '../common/standard-oids.ts';
import { type CertificateFields, readBareAlgorithm, readCertificateFields } from '../pki/certificate-fields.ts';
import { keyIdentifier } from '../pki/public-key.ts';
import { algorithmRefused, EnvelopeError } from './envelope-error.ts';
import type { RecipientKey } from './recipient-key.ts';

/** How a message names a recipient. */
export type RecipientName =
  | { readonly issuer: Uint8Array; readonly serial: Uint8Array }
  | { readonly keyId: Uint8Array };

/** One recipient's way to the content key. */
export type RecipientEntry =
  | { readonly way: 'rsa'; readonly name: RecipientName; readonly encryptedKey: Uint8Array }
  | {
      readonly way: 'ecdh';
      readonly name: RecipientName;
      readonly encryptedKey: Uint8Array;
      /** 65 bytes. */
      readonly ephemeralPoint: Uint8Array;
      /** AlgorithmIdentifier of the key wrap as it stands. */
      readonly keyInfo: Uint8Array;
    };

function refuse(algorithm: string): never {
  throw new EnvelopeError('ALGORITHM_REFUSED', `algorithm refused: ${algorithm}`, { algorithm });
}

function demand(value: Der, algorithm: string): void {
  const id = readOid(new DerReader(value.body).read(TAG.oid));
  if (id !== algorithm) throw algorithmRefused(id);
  readBareAlgorithm(value);
}

const readIssuerAndSerial = (value: Der): RecipientName =>
  within(value, (reader) => ({
    issuer: reader.read(TAG.sequence).whole,
    serial: readUnsigned(reader.read(TAG.integer)),
  }));

function readEphemeral(reader: DerReader): Uint8Array {
  within(reader.read(TAG.sequence), (algorithm) => {
    const id = readOid(algorithm.read(TAG.oid));
    if (id !== OID.ecPublicKey) throw algorithmRefused(id);
    // The curve is the recipient's; a writer may repeat it, write NULL, or leave it out (RFC 5753 3.1.1).
    const curve = algorithm.optional(TAG.oid);
    if (curve !== undefined && readOid(curve) !== OID.p256) throw algorithmRefused(readOid(curve));
    if ((algorithm.optional(TAG.nothing)?.body.length ?? 0) !== 0) throw new DerError('NULL with contents');
  });
  const point = readBits(reader.read(TAG.bitString));
  if (point.length !== 65 || point[0] !== 4) refuse('EC point not P-256 uncompressed');
  return point;
}

function readAgreement(info: Der): RecipientEntry[] {
  return within(info, (reader) => {
    if (readInteger(reader.read(TAG.integer)) !== 3) throw new DerError('version');
    const ephemeralPoint = within(reader.read(explicitTag(0)), (originator) =>
      within(originator.read(explicitTag(1)), readEphemeral),
    );
    const keyInfo = within(reader.read(TAG.sequence), (algorithm) => {
      const id = readOid(algorithm.read(TAG.oid));
      if (id !== OID.ecdhSha256Kdf) throw algorithmRefused(id);
      const wrap = algorithm.read(TAG.sequence);
      demand(wrap, OID.aes256Wrap);
      return wrap.whole;
    });
    const keys = within(reader.read(TAG.sequence), (all) => all.rest(TAG.sequence));
    return keys.map((key) =>
      within(key, (inner) => {
        const byId = inner.optional(explicitTag(0));
        const name =
          byId === undefined
            ? readIssuerAndSerial(inner.read(TAG.sequence))
            : { keyId: within(byId, (id) => id.read(TAG.octets).body) };
        return { way: 'ecdh', name, encryptedKey: inner.read(TAG.octets).body, ephemeralPoint, keyInfo } as const;
      }),
    );
  });
}

function demandOaepSha256(value: Der): void {
  within(value, (reader) => {
    const id = readOid(reader.read(TAG.oid));
    if (id !== OID.rsaesOaep) throw algorithmRefused(id);
    within(reader.read(TAG.sequence), (parameters) => {
      const hash = parameters.optional(explicitTag(0));
      const mask = parameters.optional(explicitTag(1));
      // Left out means SHA-1 (RFC 4055 4.1).
      if (hash === undefined || mask === undefined) return refuse('RSA-OAEP with SHA-1');
      within(hash, (inner) => {
        demand(inner.read(TAG.sequence), OID.sha256);
      });
      within(mask, (inner) =>
        within(inner.read(TAG.sequence), (mgf) => {
          const generator = readOid(mgf.read(TAG.oid));
          if (generator !== OID.mgf1) throw algorithmRefused(generator);
          demand(mgf.read(TAG.sequence), OID.sha256);
        }),
      );
    });
  });
}

function readTransport(info: Der): RecipientEntry {
  return within(info, (reader) => {
    const version = readInteger(reader.read(TAG.integer));
    const byId = reader.optional(implicitTag(0));
    const name = byId === undefined ? readIssuerAndSerial(reader.read(TAG.sequence)) : { keyId: byId.body };
    if (version !== (byId === undefined ? 0 : 2)) throw new DerError('version');
    const algorithm = reader.read(TAG.sequence);
    const id = readOid(new DerReader(algorithm.body).read(TAG.oid));
    if (id !== OID.rsaesOaep) throw algorithmRefused(id);
    demandOaepSha256(algorithm);
    return { way: 'rsa', name, encryptedKey: reader.read(TAG.octets).body };
  });
}

/** Reads a SET OF RecipientInfo. Throws DerError, or EnvelopeError ALGORITHM_REFUSED. */
export const readRecipients = (set: Der): RecipientEntry[] =>
  new DerReader(set.body).rest().flatMap((info) => {
    if (info.tag === TAG.sequence) return [readTransport(info)];
    if (info.tag === explicitTag(1)) return readAgreement(info);
    return refuse(`recipient of type [${info.tag & 0x1f}]`);
  });

function certifiedKeyId(fields: CertificateFields): Uint8Array | undefined {
  const extension = fields.extensions.get(OID.subjectKeyIdentifier);
  return extension === undefined ? undefined : readDer(extension.value, TAG.octets).body;
}

/** Whether an entry is for this key: its way fits, and it names the key's certificate or the key itself. */
export function isFor(entry: RecipientEntry, key: RecipientKey): boolean {
  if ((entry.way === 'ecdh') !== 'agree' in key) return false;
  const fields = key.certificate === undefined ? undefined : readCertificateFields(key.certificate);
  const { name } = entry;
  if ('keyId' in name) {
    const certified = fields === undefined ? undefined : certifiedKeyId(fields);
    return (
      equalBytes(name.keyId, keyIdentifier(key.spki)) || (certified !== undefined && equalBytes(name.keyId, certified))
    );
  }
  return fields !== undefined && equalBytes(name.issuer, fields.issuer) && equalBytes(name.serial, fields.serial);
}
