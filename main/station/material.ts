/**
 * The bureau's public material, checked against the anchor in the desk's own folder before anything is believed, and kept for a while.
 * @module
 */

import type { PublicMaterial } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import { equalBytes, fromHex, hex } from '../../crypto/common/bytes.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import {
  decodeEpochHead,
  type EpochHead,
  epochHeadStatement,
  linkEpochHeads,
  revokedHash,
} from '../../crypto/groupsig/epoch-head.ts';
import { headInForce, presentOf } from '../../crypto/groupsig/epoch-window.ts';
import type { CertificateKind } from '../../crypto/pki/certificate-kinds.ts';
import { verifyP256 } from '../../crypto/pki/certificate-signer.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { groupKey as groupKeyOfSpki, p256Point } from '../../crypto/pki/public-key.ts';
import { openRevocationList, type RevocationList } from '../../crypto/pki/revocation-list.ts';
import { validatePath } from '../../crypto/pki/validate-path.ts';
import { decodeTimeToken, type TimeToken, timeBody } from '../../crypto/proxysig/bureau-token.ts';
import { type ErasedWarrants, erasedWarrantsHash, readErasedWarrants } from '../../crypto/proxysig/erased-warrants.ts';
import type { DeskPorts } from './ports.ts';
import { type CivilTrust, readCivilTrust } from './trust-civil.ts';

/** Material that has been checked. */
export interface TrustedMaterial {
  readonly ca: Certificate;
  readonly signing: Certificate;
  readonly encryption: Certificate;
  readonly group: Certificate;
  /** Signs card-verifiable certificates: its reference, and its point (65 bytes, uncompressed). */
  readonly cardAuthority: {
    readonly certificate: Certificate;
    readonly reference: string;
    readonly point: Uint8Array;
  };
  /** Encoded group key, equal to the one in the group certificate. */
  readonly groupKey: Uint8Array;
  readonly revoked: RevocationList;
  /** Whose certificates citizens have; undefined where the bureau does not say. */
  readonly civil: CivilTrust | undefined;
  /** Warrants that were taken back. */
  readonly erased: ErasedWarrants;
  /** The bureau's time when it was asked, signed for cards. */
  readonly timeToken: TimeToken;
  /** Epoch heads, oldest first, of the group whose pkh they carry; the bureau signed the newest. */
  readonly epochs: readonly [EpochHead, ...EpochHead[]];
  readonly institutions: PublicMaterial['institutions'];
  /** ms since 1970 */
  readonly fetchedAt: number;
}

/** After this long the material is fetched again. */
const FRESH_MS = 5 * 60_000;

/** Most that the clocks of desk and bureau may differ, ms (product.md 1, "Time"). */
export const MAX_SKEW_MS = 120_000;

/** What the keeping of material needs. */
export type MaterialPorts = Pick<DeskPorts, 'bureau' | 'bureauCa' | 'clock' | 'log'> & {
  /** Where the newest outlasts the desk; without it a desk that is started without a line knows nothing. */
  readonly store?: Pick<DeskPorts['store'], 'material' | 'saveMaterial'>;
};

/** Seconds, as a revocation list has them. */
const secondOf = (ms: number): number => Math.floor(ms / 1000);

/** The chain of heads under the bureau's signature; EPOCH_HEAD_INVALID also when the revocation list leaves out what the newest head counted. */
function trustEpochs(raw: PublicMaterial, signing: Certificate, list: RevocationList): TrustedMaterial['epochs'] {
  const encoded = raw.epochs.map(fromBase64);
  const chain = linkEpochHeads(encoded, decodeEpochHead(encoded[0] ?? new Uint8Array(0)).pkh);
  const newest = chain.at(-1) ?? chain[0];
  if (!verifyP256(signing.spki, epochHeadStatement(newest.encoded), fromBase64(raw.epochSignature)))
    throw new ImisError('EPOCH_HEAD_INVALID', 'the bureau did not sign the newest epoch head');
  const counted = [...list.revoked].filter(([, at]) => secondOf(at) < secondOf(newest.issuedAt));
  if (!equalBytes(revokedHash(counted.map(([serial]) => fromHex(serial))), newest.revokedCards))
    throw new ImisError('EPOCH_HEAD_INVALID', 'the revocation list is not the one the epoch began with');
  return chain;
}

/**
 * The list of erased warrants under the bureau's signature. Throws ProxysigError; EPOCH_HEAD_INVALID when it leaves out what the newest head
 * counted: without what was erased since it must be the very list that the head names.
 */
function trustErased(raw: PublicMaterial, signing: Certificate, newest: EpochHead): ErasedWarrants {
  const point = p256Point(signing.spki);
  if (point === undefined)
    throw new ImisError('CERT_ALGORITHM_REFUSED', 'the bureau signs with another key than P-256');
  const list = readErasedWarrants(fromBase64(raw.erasedWarrants.list), point);
  const since = new Set(raw.erasedWarrants.sinceHead);
  const counted = list.serials.filter((serial) => !since.has(hex(serial)));
  if (!equalBytes(erasedWarrantsHash({ ...list, serials: counted }), newest.revokedWarrants))
    throw new ImisError('EPOCH_HEAD_INVALID', 'the erased warrants are not those the epoch began with');
  return list;
}

/** The bureau's time for cards; SIGNATURE_INVALID, ProxysigError. */
function trustTime(raw: PublicMaterial, signing: Certificate): TimeToken {
  const token = decodeTimeToken(fromBase64(raw.timeToken));
  if (!verifyRawP256(signing.spki, timeBody(token.time), token.signature))
    throw new ImisError('SIGNATURE_INVALID', 'a time that the bureau did not sign');
  return token;
}

/** The head in force at an instant. EPOCH_NOT_IN_FORCE when there is none, as far as this desk knows. */
export function epochAt(material: TrustedMaterial, now: number): EpochHead {
  const head = headInForce(material.epochs, presentOf(material.epochs, now));
  if (head === undefined) throw new ImisError('EPOCH_NOT_IN_FORCE', 'this desk knows of no epoch in force');
  return head;
}

/**
 * Somebody plays back an older state: EPOCH_HEAD_INVALID when newer material forgets a head that this desk has seen, ERASED_LIST_STALE when its
 * list of erased warrants has an earlier number.
 */
function refuseRollback(before: TrustedMaterial | undefined, after: TrustedMaterial): void {
  const seen = before?.epochs.at(-1);
  if (seen !== undefined && !after.epochs.some(({ hash }) => equalBytes(hash, seen.hash)))
    throw new ImisError('EPOCH_HEAD_INVALID', 'the newest epoch head of before is gone');
  if (before !== undefined && after.erased.number < before.erased.number)
    throw new ImisError('ERASED_LIST_STALE', 'an earlier list of erased warrants than before');
}

/** Reference and point of a card authority. Throws a plain Error for a certificate of another kind. */
function cardAuthorityOf(certificate: Certificate): TrustedMaterial['cardAuthority'] {
  const point = p256Point(certificate.spki);
  const reference = certificate.name.commonName;
  if (point === undefined || reference === undefined) throw new Error('a card authority without point or reference');
  return { certificate, reference, point };
}

function checkMaterial(ports: MaterialPorts, raw: PublicMaterial, fetched: boolean): TrustedMaterial {
  const now = ports.clock.now();
  // Before any date is judged: with a wrong clock every date looks wrong, and only this code says why.
  if (fetched && Math.abs(Date.parse(raw.serverTime) - now) > MAX_SKEW_MS)
    throw new ImisError('TIME_SKEW', `the bureau's clock says ${raw.serverTime}`);
  const ca = parseCertificate(ports.bureauCa);
  if (!equalBytes(fromBase64(raw.bureauCa), ca.der))
    throw new ImisError('CERT_UNKNOWN_ISSUER', 'another bureau than the one of this desk');
  const revoked = openRevocationList(fromBase64(raw.revocationList), ca);
  const trusted = (base64: string, kind: CertificateKind): Certificate => {
    const certificate = parseCertificate(fromBase64(base64));
    validatePath(certificate, { anchors: [ca], revoked: [revoked], now, kinds: [kind] });
    return certificate;
  };
  const group = trusted(raw.groupCertificate, 'group');
  const groupKey = fromBase64(raw.groupKey);
  const certified = groupKeyOfSpki(group.spki);
  if (certified === undefined || !equalBytes(certified, groupKey))
    throw new ImisError('GROUP_KEY_UNKNOWN', 'group key and group certificate differ');
  const signing = trusted(raw.signingCertificate, 'bureau-signing');
  const epochs = trustEpochs(raw, signing, revoked);
  return {
    ca,
    signing,
    encryption: trusted(raw.encryptionCertificate, 'bureau-encryption'),
    group,
    cardAuthority: cardAuthorityOf(trusted(raw.cardAuthorityCertificate, 'card-authority')),
    groupKey,
    revoked,
    civil: readCivilTrust(raw.civil, signing),
    epochs,
    timeToken: trustTime(raw, signing),
    erased: trustErased(raw, signing, epochs.at(-1) ?? epochs[0]),
    institutions: raw.institutions,
    fetchedAt: fetched ? now : Date.parse(raw.serverTime),
  };
}

/** The certificate of a patient, checked against the bureau's authority and newest list. Throws PkiError. */
export function trustPatient(
  material: TrustedMaterial,
  der: Uint8Array,
  now: number,
  kind: 'patient-signing' | 'patient-decryption',
): Certificate {
  const certificate = parseCertificate(der);
  validatePath(certificate, { anchors: [material.ca], revoked: [material.revoked], now, kinds: [kind] });
  return certificate;
}

export type MaterialKeeper = (signal: AbortSignal) => Promise<TrustedMaterial>;

/**
 * Fetches when there is none or it is old; when the bureau cannot be reached, what is there still serves, also what was fetched before the
 * desk was last started. What was stored is checked like what comes over the line.
 */
export function keepMaterial(ports: MaterialPorts): MaterialKeeper {
  let kept: TrustedMaterial | undefined;
  let remembered = false;

  const remember = async (signal: AbortSignal): Promise<void> => {
    if (remembered) return;
    remembered = true;
    const stored = await ports.store?.material(signal);
    if (stored === undefined) return;
    try {
      kept = checkMaterial(ports, stored, false);
    } catch (cause) {
      ports.log('material: what was stored does not hold any more', cause);
    }
  };

  return async (signal) => {
    await remember(signal);
    const age = kept === undefined ? 0 : ports.clock.now() - kept.fetchedAt;
    // A clock that was set back makes everything of before look as if it were of tomorrow.
    if (kept !== undefined && age >= 0 && age < FRESH_MS) return kept;
    try {
      const raw = await ports.bureau.material({}, signal);
      const fresh = checkMaterial(ports, raw, true);
      refuseRollback(kept, fresh);
      kept = fresh;
      await ports.store?.saveMaterial(raw, signal);
    } catch (cause) {
      if (kept === undefined || !(cause instanceof ImisError) || cause.code !== 'BUREAU_UNREACHABLE') throw cause;
      ports.log('material: the bureau cannot be reached, going on with what was fetched before', cause);
    }
    return kept;
  };
}

/** The pharmacy's decryption certificate. NOT_FOUND when the bureau knows none. */
export function pharmacyCertificate(material: TrustedMaterial, code: string): Uint8Array {
  const pharmacy = material.institutions.find(
    (institution) => institution.code === code && institution.kind === 'pharmacy',
  );
  if (pharmacy?.decryptionCertificate === undefined) throw new ImisError('NOT_FOUND', `no pharmacy ${code}`);
  return fromBase64(pharmacy.decryptionCertificate);
}

/** Name of an institution the bureau knows, else its code. */
export const institutionName = ({ institutions }: Pick<TrustedMaterial, 'institutions'>, code: string): string =>
  institutions.find((institution) => institution.code === code)?.name ?? code;
