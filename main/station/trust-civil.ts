/**
 * A citizen's certificate at a desk: checked against the authority that the bureau names in its material and against that authority's revocation
 * list where the bureau has one. Where it has none, nobody asks whether the certificate was revoked (docs/threat-model.md).
 * @module
 */

import type { PublicMaterial } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import { civilAuthorityStatement } from '../../crypto/pki/civil-authority.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { openRevocationList } from '../../crypto/pki/revocation-list.ts';
import { validatePath } from '../../crypto/pki/validate-path.ts';

/** The authority of citizens; `revocationList` is DER as it came, checked when it is asked. */
export interface CivilTrust {
  readonly authority: Certificate;
  readonly revocationList: Uint8Array | undefined;
}

/** What the material says of it; undefined when it says nothing. SIGNATURE_INVALID when the bureau did not sign it, and codes of certificates. */
export function readCivilTrust(raw: PublicMaterial['civil'], signing: Certificate): CivilTrust | undefined {
  if (raw === undefined) return undefined;
  const der = fromBase64(raw.authority);
  if (!verifyRawP256(signing.spki, civilAuthorityStatement(der), fromBase64(raw.signature)))
    throw new ImisError('SIGNATURE_INVALID', 'an authority of citizens that the bureau does not name');
  const list = raw.revocationList;
  return { authority: parseCertificate(der), revocationList: list === undefined ? undefined : fromBase64(list) };
}

/** The certificate of a citizen. CERT_UNKNOWN_ISSUER also where the bureau names no authority; else as {@link validatePath} and the list say. */
export function trustCivil(
  { civil }: { readonly civil: CivilTrust | undefined },
  der: Uint8Array,
  now: number,
): Certificate {
  if (civil === undefined) throw new ImisError('CERT_UNKNOWN_ISSUER', 'the bureau names no authority of citizens');
  const certificate = parseCertificate(der);
  const { authority, revocationList } = civil;
  const revoked = revocationList === undefined ? undefined : [openRevocationList(revocationList, authority)];
  validatePath(certificate, { anchors: [authority], revoked, now, kinds: ['civil'] });
  return certificate;
}
