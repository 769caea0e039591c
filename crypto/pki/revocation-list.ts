/**
 * Certificate revocation lists, version 2 (RFC 5280 5): issued by an authority over all its certificates, complete,
 * numbered. A list is parsed and its signature checked in one step, so a `RevocationList` is always one that holds.
 * @module
 */
import { equalBytes, fromHex, hex } from '../common/bytes.ts';
import {
  DerError,
  type DerReader,
  readBits,
  readDer,
  readInteger,
  readTime,
  readUnsigned,
  within,
} from '../common/der-read.ts';
import {
  bitString,
  encodeDer,
  explicit,
  explicitTag,
  implicitTag,
  integer,
  sequence,
  TAG,
  time,
  tlv,
  unsigned,
} from '../common/der-write.ts';
import { OID } from '../common/standard-oids.ts';
import { readBareAlgorithm, readExtensions } from './certificate-fields.ts';
import { type CertificateSigner, verifyP256 } from './certificate-signer.ts';
import { ecdsaWithSha256, extension } from './issue-certificate.ts';
import { type Certificate, parseCertificate } from './parse-certificate.ts';
import { PkiError } from './pki-error.ts';
import { keyIdentifier } from './public-key.ts';

/** A list whose issuer and signature hold; whether it is fresh is asked at each use. */
export interface RevocationList {
  /** SHA-256 of the issuer's SubjectPublicKeyInfo, lower-case hexadecimal. */
  readonly issuerKey: string;
  readonly number: number;
  /** Unix milliseconds. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** Serial numbers, lower-case hexadecimal, and when each was revoked, Unix milliseconds. */
  readonly revoked: ReadonlyMap<string, number>;
}

/** What a new list says. */
export interface RevocationListRequest {
  readonly number: number;
  /** Unix milliseconds, cut to the second. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  readonly revoked: readonly { readonly serial: string; readonly at: number }[];
}

/** Issues a list in the name of an authority; returns its DER. */
export async function issueRevocationList(
  request: RevocationListRequest,
  issuer: { readonly signer: CertificateSigner; readonly certificate: Uint8Array },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const authority = parseCertificate(issuer.certificate);
  const entries = request.revoked.map(({ serial, at }) => sequence(unsigned(fromHex(serial)), time(at)));
  const tbs = encodeDer(
    sequence(
      integer(1),
      ecdsaWithSha256(),
      authority.subjectDer,
      time(request.thisUpdate),
      time(request.nextUpdate),
      // An empty list of entries is left out, not written empty (RFC 5280 5.1.2.6).
      ...(entries.length === 0 ? [] : [sequence(...entries)]),
      explicit(
        0,
        sequence(
          extension(OID.authorityKeyIdentifier, sequence(tlv(implicitTag(0), keyIdentifier(authority.spki)))),
          extension(OID.crlNumber, integer(request.number)),
        ),
      ),
    ),
  );
  return encodeDer(sequence(tbs, ecdsaWithSha256(), bitString(await issuer.signer.sign(tbs, signal))));
}

function readEntries(reader: DerReader): Map<string, number> {
  const revoked = new Map<string, number>();
  for (const entry of reader.rest(TAG.sequence)) {
    within(entry, (inner) => {
      const serial = hex(readUnsigned(inner.read(TAG.integer)));
      revoked.set(serial, readTime(inner.any()));
    });
  }
  return revoked;
}

function readTbsList(reader: DerReader) {
  if (readInteger(reader.read(TAG.integer)) !== 1) throw new DerError('not version 2');
  if (readBareAlgorithm(reader.read(TAG.sequence)) !== OID.ecdsaWithSha256) throw new DerError('signature algorithm');
  const issuer = reader.read(TAG.sequence).whole;
  const thisUpdate = readTime(reader.any());
  const nextUpdate = readTime(reader.any());
  const entries = reader.optional(TAG.sequence);
  const revoked = entries === undefined ? new Map<string, number>() : within(entries, readEntries);
  const extensions = within(reader.read(explicitTag(0)), (inner) => within(inner.read(TAG.sequence), readExtensions));
  const number = extensions.get(OID.crlNumber);
  if (number === undefined) throw new DerError('no number');
  // A critical extension (a delta, a partial scope) would mean that absence from the list proves nothing.
  if ([...extensions.values()].some((one) => one.critical)) throw new DerError('critical extension');
  return { issuer, thisUpdate, nextUpdate, revoked, number: readInteger(readDer(number.value, TAG.integer)) };
}

/**
 * Parses a list and checks that `issuer` signed it. Throws PkiError CRL_MALFORMED, CRL_WRONG_ISSUER or
 * CRL_SIGNATURE_INVALID. The issuer's certificate is taken as already trusted.
 */
export function openRevocationList(der: Uint8Array, issuer: Certificate): RevocationList {
  try {
    return within(readDer(der, TAG.sequence), (reader) => {
      const tbs = reader.read(TAG.sequence);
      const list = within(tbs, readTbsList);
      if (readBareAlgorithm(reader.read(TAG.sequence)) !== OID.ecdsaWithSha256)
        throw new DerError('signature algorithm');
      const signature = readBits(reader.read(TAG.bitString));
      if (issuer.pathLength === undefined || !equalBytes(list.issuer, issuer.subjectDer)) {
        throw new PkiError('CRL_WRONG_ISSUER', `not a list by ${issuer.subject}`);
      }
      if (!verifyP256(issuer.spki, tbs.whole, signature)) {
        throw new PkiError('CRL_SIGNATURE_INVALID', `signature of ${issuer.subject} does not hold`);
      }
      const { number, thisUpdate, nextUpdate, revoked } = list;
      return { issuerKey: hex(keyIdentifier(issuer.spki)), number, thisUpdate, nextUpdate, revoked };
    });
  } catch (cause) {
    if (cause instanceof DerError) throw new PkiError('CRL_MALFORMED', cause.message, { cause });
    throw cause;
  }
}
