/**
 * How terminal and card, and a doctor card, prove themselves in the secure channel (card note 3.2, 3.8): ephemeral keys first, then the terminal's certificate and signature inside, then the
 * card's own. Nothing that tells cards apart leaves before the terminal has proved itself.
 * KEY AGREE is key-agree.ts. EXTERNAL AUTHENTICATE 00 82 00 01: certificate ‖ signature(64), of the terminal;
 * 00 82 00 02 the same of a doctor card over GET CHALLENGE. INTERNAL AUTHENTICATE 00 88 00 01 -> signature(64) of the card for the terminal;
 * 00 88 00 02: challenge(16) of another card -> signature(64).
 * @module
 */
import { equalBytes, readUint, uint } from '../../crypto/common/bytes.ts';
import { type CardCertificate, isCertifiedBy, parseCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { isSignedBy, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { PkiError } from '../../crypto/pki/pki-error.ts';
import { cardStatement, roleStatement, terminalStatement } from '../apdu/channel-keys.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { AUTHENTICATION_FILE, KEY } from '../apps/card-profile.ts';
import type { CellChange } from './card-memory.ts';
import { type CardContext, type Handlers, NOTHING } from './card-os.ts';
import { channelOf, SEEN_DAY, terminalOf, terminalWith } from './channel-state.ts';
import { requirePin } from './pin-commands.ts';
import { privateKey } from './private-key.ts';
import { fileCell } from './record-store.ts';
import { demand, Refusal } from './refusal.ts';
import { newestTime } from './sign-command.ts';

/** The authority's point(65) ‖ reference. */
const AUTHORITY = 'authority';
const SIGNATURE = 64;

const demandWays = ({ p1, p2 }: CommandApdu): 'terminal' | 'role' => {
  demand(p1 === 0 && (p2 === 1 || p2 === 2), SW.wrongParameters);
  return p2 === 1 ? 'terminal' : 'role';
};

/** Decodes what the card's authority certified and has not expired by what the card has seen: refuses 6A80, 6A88, 6300, 6985. */
function certified(card: CardContext, encoded: Uint8Array): CardCertificate {
  const authority = card.memory.get(AUTHORITY);
  demand(authority !== undefined, SW.referenceNotFound);
  let certificate: CardCertificate;
  try {
    certificate = parseCardCertificate(encoded);
  } catch (error) {
    if (error instanceof PkiError) throw new Refusal(SW.wrongData);
    throw error;
  }
  demand(certificate.authority === Buffer.from(authority.subarray(65)).toString('latin1'), SW.referenceNotFound);
  demand(isCertifiedBy(certificate, authority.slice(0, 65)), SW.authenticationFailed);
  demand(certificate.notAfter >= newestTime(card) * 1000, SW.conditions);
  return certificate;
}

/** The card's own certificate under its authority; refuses as {@link certified}, and 6985 unless it is for the key on this card and for its application. */
export function demandOwnCertificate(card: CardContext): CardCertificate {
  const certificate = certified(card, card.memory.get(fileCell(AUTHENTICATION_FILE)) ?? NOTHING);
  const own = publicPoint(privateKey(card, KEY.authentication));
  demand(equalBytes(certificate.point, own), SW.conditions);
  demand(certificate.role.kind === 'card' && certificate.role.card === card.profile.kind, SW.conditions);
  return certificate;
}

/** A certificate's first day moves the card's idea of the time on (TR-03110-3, 2.5: the card keeps the newest day a certificate names). */
function seen(card: CardContext, { notBefore }: CardCertificate): readonly CellChange[] {
  const at = Math.floor(notBefore / 1000);
  return at > readUint(card.memory.get(SEEN_DAY) ?? new Uint8Array(4)) ? [[SEEN_DAY, uint(at, 4)]] : [];
}

function externalAuthenticate(card: CardContext, apdu: CommandApdu): Uint8Array {
  const way = demandWays(apdu);
  const channel = channelOf(card);
  demand(apdu.data.length > SIGNATURE, SW.wrongLength);
  const encoded = apdu.data.slice(0, -SIGNATURE);
  const signature = apdu.data.slice(-SIGNATURE);
  const certificate = certified(card, encoded);
  const { role, holder, point } = certificate;
  if (way === 'terminal') {
    demand(role.kind === 'terminal' && channel.terminal === undefined, SW.conditions);
    demand(isSignedBy(point, terminalStatement(channel.transcript), signature), SW.authenticationFailed);
    channel.terminal = { id: holder, role: role.role, institution: role.institution, certificate: encoded };
  } else {
    const { challenge } = channel;
    channel.challenge = undefined;
    const terminal = terminalWith(card, 'clinic', 'emergency');
    demand(role.kind === 'card' && role.card === 'doctor' && challenge !== undefined, SW.conditions);
    demand(isSignedBy(point, roleStatement(challenge, terminal.id), signature), SW.authenticationFailed);
    // Which doctor it was is not kept: the patient's card must not become a list of doctors.
    channel.doctor = true;
  }
  const changes = seen(card, certificate);
  if (changes.length > 0) card.memory.write(changes);
  return NOTHING;
}

function internalAuthenticate(card: CardContext, apdu: CommandApdu): Uint8Array {
  const way = demandWays(apdu);
  const terminal = terminalOf(card);
  const key = privateKey(card, KEY.authentication);
  if (way === 'terminal') {
    demand(apdu.data.length === 0, SW.wrongLength);
    return signMessage(key, cardStatement(channelOf(card).transcript, terminal.certificate));
  }
  demand(card.profile.kind === 'doctor', SW.conditions);
  demand(apdu.data.length === 16, SW.wrongLength);
  requirePin(card);
  return signMessage(key, roleStatement(apdu.data, terminal.id));
}

/** GET CHALLENGE: 16 fresh bytes; inside a channel the ones that EXTERNAL AUTHENTICATE for a role is about. */
function challenge(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  demand(p1 === 0 && p2 === 0 && data.length === 0, SW.wrongParameters);
  const fresh = card.rng(16);
  const { secured, channel } = card.session;
  if (secured && channel !== undefined) channel.challenge = fresh.slice();
  return fresh;
}

/** The commands of the channel besides KEY AGREE, which the operating system answers. */
export const CHANNEL_COMMANDS: Handlers = new Map([
  [0x0082, externalAuthenticate],
  [0x0088, internalAuthenticate],
  [0x0084, challenge],
]);
