/**
 * What every card is given at issuing besides its holder's certificates: its own certificate, and the key under which it takes the bureau's
 * orders and tokens. The authority behind certificates it has from the issuing terminal, before there was a channel.
 * @module
 */
import { AUTHENTICATION_FILE } from '../../card/apps/card-profile.ts';
import type { IssuingApp } from '../../card/apps/issuing-app.ts';
import type { CardTrust } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';

/** Writes it. Rejects as the issuing commands do, and with CERT_WRONG_KIND for a certificate of another kind. */
export async function writeCardTrust(
  app: IssuingApp,
  { authentication, bureauSigning }: CardTrust,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { kind, spki } = parseCertificate(bureauSigning);
  const point = p256Point(spki);
  if (kind !== 'bureau-signing' || point === undefined)
    throw new ImisError('CERT_WRONG_KIND', 'not a bureau-signing certificate');
  await app.setBureauKey(point, signal);
  await app.writeFile(AUTHENTICATION_FILE, authentication, signal);
}
