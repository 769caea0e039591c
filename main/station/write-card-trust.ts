/**
 * What every card is given at issuing besides its holder's certificates: its own certificate, the authority behind it, and the key under
 * which it takes the bureau's orders and tokens (docs/card.md, "Certificates that cards check").
 * @module
 */
import { AUTHENTICATION_FILE } from '../../card/apps/card-profile.ts';
import type { IssuingApp } from '../../card/apps/issuing-app.ts';
import type { CardTrust } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';

/** Point and name of a certificate that must be of a kind; CERT_WRONG_KIND otherwise. */
function readTrusted(der: Uint8Array, kind: 'card-authority' | 'bureau-signing') {
  const certificate = parseCertificate(der);
  const point = p256Point(certificate.spki);
  if (certificate.kind !== kind || point === undefined)
    throw new ImisError('CERT_WRONG_KIND', `not a ${kind} certificate`);
  return { point, name: certificate.name.commonName ?? '' };
}

/** Writes it. Rejects as the issuing commands do, and with CERT_ codes for certificates of other kinds. */
export async function writeCardTrust(
  app: IssuingApp,
  trust: CardTrust,
  signal: AbortSignal | undefined,
): Promise<void> {
  const authority = readTrusted(trust.cardAuthority, 'card-authority');
  const bureau = readTrusted(trust.bureauSigning, 'bureau-signing');
  await app.setCardAuthority(authority.point, authority.name, signal);
  await app.setBureauKey(bureau.point, signal);
  await app.writeFile(AUTHENTICATION_FILE, trust.authentication, signal);
}
