/**
 * The bureau's public material, checked against the anchor in the desk's own folder before anything is believed, and kept for a while.
 * @module
 */
import type { PublicMaterial } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import { equalBytes } from '../../crypto/common/bytes.ts';
import type { CertificateKind } from '../../crypto/pki/certificate-kinds.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { groupKey as groupKeyOfSpki } from '../../crypto/pki/public-key.ts';
import { openRevocationList, type RevocationList } from '../../crypto/pki/revocation-list.ts';
import { validatePath } from '../../crypto/pki/validate-path.ts';
import type { DeskPorts } from './ports.ts';

/** Material that has been checked. */
export interface TrustedMaterial {
  readonly ca: Certificate;
  readonly signing: Certificate;
  readonly encryption: Certificate;
  readonly group: Certificate;
  /** Encoded group key, equal to the one in the group certificate. */
  readonly groupKey: Uint8Array;
  readonly revoked: RevocationList;
  readonly epoch: PublicMaterial['epoch'];
  readonly institutions: PublicMaterial['institutions'];
  /** ms since 1970 */
  readonly fetchedAt: number;
}

/** After this long the material is fetched again. */
const FRESH_MS = 5 * 60_000;

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

/** Most that the clocks of desk and bureau may differ, ms (product.md 1, "Time"). */
const MAX_SKEW_MS = 120_000;

/** What the keeping of material needs. */
export type MaterialPorts = Pick<DeskPorts, 'bureau' | 'bureauCa' | 'clock' | 'log'>;

function checkMaterial(ports: MaterialPorts, raw: PublicMaterial): TrustedMaterial {
  const now = ports.clock.now();
  // Before any date is judged: with a wrong clock every date looks wrong, and only this code says why.
  if (Math.abs(Date.parse(raw.serverTime) - now) > MAX_SKEW_MS)
    throw new ImisError('TIME_SKEW', `the bureau's clock says ${raw.serverTime}`);
  const ca = parseCertificate(ports.bureauCa);
  if (!equalBytes(bytesOf(raw.bureauCa), ca.der))
    throw new ImisError('CERT_UNKNOWN_ISSUER', 'another bureau than the one of this desk');
  const revoked = openRevocationList(bytesOf(raw.revocationList), ca);
  const trusted = (base64: string, kind: CertificateKind): Certificate => {
    const certificate = parseCertificate(bytesOf(base64));
    validatePath(certificate, { anchors: [ca], revoked: [revoked], now, kinds: [kind] });
    return certificate;
  };
  const group = trusted(raw.groupCertificate, 'group');
  const groupKey = bytesOf(raw.groupKey);
  const certified = groupKeyOfSpki(group.spki);
  if (certified === undefined || !equalBytes(certified, groupKey))
    throw new ImisError('GROUP_KEY_UNKNOWN', 'group key and group certificate differ');
  return {
    ca,
    signing: trusted(raw.signingCertificate, 'bureau-signing'),
    encryption: trusted(raw.encryptionCertificate, 'bureau-encryption'),
    group,
    groupKey,
    revoked,
    epoch: raw.epoch,
    institutions: raw.institutions,
    fetchedAt: now,
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

/** Fetches when there is none or it is old; when the bureau cannot be reached, what is there still serves. */
export function keepMaterial(ports: MaterialPorts): MaterialKeeper {
  let kept: TrustedMaterial | undefined;
  return async (signal) => {
    const age = kept === undefined ? 0 : ports.clock.now() - kept.fetchedAt;
    // A clock that was set back makes everything of before look as if it were of tomorrow.
    if (kept !== undefined && age >= 0 && age < FRESH_MS) return kept;
    try {
      kept = checkMaterial(ports, await ports.bureau.material({}, signal));
    } catch (cause) {
      if (kept === undefined || !(cause instanceof ImisError) || cause.code !== 'BUREAU_UNREACHABLE') throw cause;
      ports.log('material: the bureau cannot be reached, going on with what was fetched before', cause);
    }
    return kept;
  };
}
