/**
 * The card-verifiable certificate a terminal shows to cards: role, institution, and few days, because a card has neither clock nor
 * revocation list. It is renewed over mutual TLS, which a revoked terminal does not get through.
 * @module
 */
import type { TerminalRole } from '../../contract/formats.ts';
import { fromHex } from '../../crypto/common/bytes.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { issueCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { readCardKey } from './enrolment.ts';

const DAY = 86_400_000;
/** Days a terminal's certificate is good for. */
const TERMINAL_DAYS = 30;

/** Certifies a terminal's key for cards; `spki` is a P-256 key. Throws RangeError for another key. */
export async function certifyTerminal(
  { keys, clock }: Pick<Bureau, 'keys' | 'clock'>,
  terminal: { readonly id: string; readonly institution: string; readonly role: TerminalRole },
  spki: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { cardAuthority } = keys;
  const now = clock.now();
  const { id, institution, role } = terminal;
  return issueCardCertificate(
    {
      authority: cardAuthority.reference,
      holder: fromHex(id),
      point: p256Point(spki) ?? new Uint8Array(0),
      role: { kind: 'terminal', role, institution },
      notBefore: now,
      notAfter: Math.min(now + TERMINAL_DAYS * DAY, cardAuthority.certificate.notAfter),
    },
    cardAuthority.signer,
    signal,
  );
}

/** A new certificate for the terminal that asks, whoever it is by its TLS certificate. REQUEST_MALFORMED for a key that is not P-256. */
export async function renewTerminalCardCertificate(
  bureau: Bureau,
  request: RequestContext,
  key: string,
): Promise<{ certificate: string }> {
  return { certificate: toBase64(await certifyTerminal(bureau, request.terminal, readCardKey(key), request.signal)) };
}
