/**
 * The desk's key towards cards and its card-verifiable certificate, which is good for few days and renewed while there is time
 * (docs/card.md, "Certificates that cards check"). Without a line the desk goes on with what it has until the last day.
 * @module
 */
import { ImisError } from '../../contract/errors.ts';
import { equalBytes, fromHex } from '../../crypto/common/bytes.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { isCertifiedBy, parseCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import type { DeskPorts } from './ports.ts';

/** What a desk keeps for its channel to cards. */
export interface CardChannelFile {
  /** SubjectPublicKeyInfo of the desk's key. */
  readonly spki: Uint8Array;
  /** Point of the authority (65 bytes) that certifies it. */
  readonly authority: Uint8Array;
  /** The certificate as it lies on the disk. Throws PkiError for one that is none. */
  read(): Uint8Array;
  /** Replaces it in one step. */
  replace(certificate: Uint8Array): void;
}

/** What renewing needs. */
export type CardChannelPorts = Pick<DeskPorts, 'bureau' | 'terminal' | 'clock'> & {
  readonly channel: CardChannelFile;
};

/** How often a desk that stays on looks whether it is time, ms. */
const LOOK_MS = 3_600_000;

/** Is less than half of its life left? */
function isDue(certificate: Uint8Array, now: number): boolean {
  const { notBefore, notAfter } = parseCardCertificate(certificate);
  return now > notBefore + (notAfter - notBefore) / 2;
}

/** BUREAU_ANSWER_INVALID unless it is for this terminal and key, good now, and by the authority. */
function check({ channel, terminal, clock }: CardChannelPorts, encoded: Uint8Array): void {
  const certificate = parseCardCertificate(encoded);
  const { holder, point, role, notBefore, notAfter } = certificate;
  const own = equalBytes(holder, fromHex(terminal.id)) && equalBytes(point, p256Point(channel.spki) ?? holder);
  const here = role.kind === 'terminal' && role.institution === terminal.institution;
  const now = clock.now();
  const good = notBefore <= now && now <= notAfter && isCertifiedBy(certificate, channel.authority);
  if (!own || !here || !good)
    throw new ImisError('BUREAU_ANSWER_INVALID', 'the certificate for cards is not the one asked for');
}

/** Fetches a new certificate when less than half of the life is left; true when it did. Rejects with codes of the bureau and its client. */
export async function renewCardChannel(ports: CardChannelPorts, signal: AbortSignal): Promise<boolean> {
  const { bureau, channel, clock } = ports;
  if (!isDue(channel.read(), clock.now())) return false;
  const { certificate } = await bureau.terminalCardCertificate({ body: { key: toBase64(channel.spki) } }, signal);
  const fresh = fromBase64(certificate);
  check(ports, fresh);
  channel.replace(fresh);
  return true;
}

/** Renews at once if it is time, and looks again every hour; the answer ends it. What goes wrong is logged and tried again. */
export function keepCardChannel(ports: CardChannelPorts & Pick<DeskPorts, 'later' | 'log'>): () => void {
  const end = new AbortController();
  let stopLater: (() => void) | undefined;
  const look = async (): Promise<void> => {
    try {
      await renewCardChannel(ports, end.signal);
    } catch (cause) {
      if (!end.signal.aborted) ports.log('certificate for cards', cause);
    }
    if (!end.signal.aborted) stopLater = ports.later(LOOK_MS, () => void look());
  };
  void look();
  return () => {
    end.abort();
    stopLater?.();
  };
}
