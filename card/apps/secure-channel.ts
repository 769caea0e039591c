/**
 * The terminal's end of the secure channel (card note 3.2, 3.8): ephemeral keys, then the terminal's certificate and signature, then the card's.
 * A card is believed when the bureau's card authority certified its key and it signs for this very channel; whether it was revoked since is
 * for whoever holds the bureau's list.
 * @module
 */
import { concat, equalBytes } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { type CardCertificate, isCertifiedBy, parseCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { agreedWith, isSignedBy, newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { PkiError } from '../../crypto/pki/pki-error.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { cardStatement, channelTranscript, deriveChannelKeys, terminalStatement } from '../apdu/channel-keys.ts';
import { createSecureFrames } from '../apdu/secure-messaging.ts';
import { createSecuredSession } from '../apdu/secured-session.ts';
import { CardError } from '../card-error.ts';
import { exchange, readFile, type Signal } from './card-commands.ts';
import type { ApplicationProfile } from './card-profile.ts';

/** What a terminal shows a card, and whom it believes. The private key stays behind `sign`. */
export interface TerminalCredential {
  /** Its card-verifiable certificate, encoded. */
  readonly certificate: Uint8Array;
  /** r ‖ s, 64 bytes, ECDSA P-256 with SHA-256 over the statement. */
  sign(statement: Uint8Array): Promise<Uint8Array>;
  /** The bureau's card authority: its name in certificates, its point (65 bytes). */
  readonly authority: { readonly reference: string; readonly point: Uint8Array };
}

/** A session inside the channel. */
export interface Channel {
  readonly session: CardSession;
  readonly transcript: Uint8Array;
}

const notGenuine = (what: string, cause?: unknown): CardError => new CardError('CARD_NOT_GENUINE', what, { cause });

/** The application is selected. Agrees on keys and proves the terminal; the card has not proved anything. */
export async function openTerminalChannel(
  session: CardSession,
  profile: ApplicationProfile,
  terminal: TerminalCredential,
  signal: Signal,
): Promise<Channel> {
  const ephemeral = newPrivateKey(secureRng);
  const point = publicPoint(ephemeral);
  const answer = await exchange(
    session,
    { what: 'KEY AGREE', header: [0x80, 0x88, 0x00, 0x00], data: point, answer: 81 },
    signal,
  );
  const cardPoint = answer.slice(0, 65);
  const shared = agreedWith(ephemeral, cardPoint);
  ephemeral.fill(0);
  if (shared === undefined) throw new CardError('CARD_ANSWER_INVALID', 'KEY AGREE: no point of the curve');
  const transcript = channelTranscript(profile.aid, point, cardPoint);
  const keys = deriveChannelKeys(shared, transcript);
  if (!equalBytes(keys.receipt, answer.slice(65))) throw notGenuine('KEY AGREE: another receipt');
  const inside = createSecuredSession(session, createSecureFrames(keys));
  const data = concat(terminal.certificate, await terminal.sign(terminalStatement(transcript)));
  const header = [0x00, 0x82, 0x00, 0x01] as const;
  try {
    await exchange(inside, { what: 'EXTERNAL AUTHENTICATE', header, data }, signal);
  } catch (cause) {
    if (!(cause instanceof CardError) || cause.statusWord === undefined || cause.code === 'CARD_CHANNEL_BROKEN')
      throw cause;
    const { statusWord } = cause;
    throw new CardError('CARD_TERMINAL_REFUSED', 'the card refuses this terminal', { cause, statusWord });
  }
  return { session: inside, transcript };
}

function believe(encoded: Uint8Array, profile: ApplicationProfile, terminal: TerminalCredential): CardCertificate {
  const { reference, point } = terminal.authority;
  let certificate: CardCertificate;
  try {
    certificate = parseCardCertificate(encoded);
  } catch (cause) {
    if (cause instanceof PkiError) throw notGenuine('a certificate of another form', cause);
    throw cause;
  }
  const { role, authority } = certificate;
  if (authority !== reference || !isCertifiedBy(certificate, point)) throw notGenuine('certified by somebody else');
  if (role.kind !== 'card' || role.card !== profile.kind) throw notGenuine('certified for another application');
  return certificate;
}

/**
 * The application is selected. Both sides prove themselves. Rejects with CARD_TERMINAL_REFUSED, CARD_NOT_GENUINE, CARD_CHANNEL_BROKEN, and
 * as the session does.
 */
export async function openChannel(
  session: CardSession,
  profile: ApplicationProfile,
  terminal: TerminalCredential,
  signal: Signal,
): Promise<Channel & { readonly card: CardCertificate }> {
  const channel = await openTerminalChannel(session, profile, terminal, signal);
  const card = believe(await readFile(channel.session, profile.files.authentication, signal), profile, terminal);
  const header = [0x00, 0x88, 0x00, 0x01] as const;
  const proof = await exchange(
    channel.session,
    { what: 'INTERNAL AUTHENTICATE', header, data: new Uint8Array(0), answer: 64 },
    signal,
  );
  if (!isSignedBy(card.point, cardStatement(channel.transcript, terminal.certificate), proof))
    throw notGenuine('not the key of its certificate');
  return { ...channel, card };
}
