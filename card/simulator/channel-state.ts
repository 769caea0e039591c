/**
 * What a software card knows of the secure channel that is open: its frames, the terminal behind it, who else has proved what.
 * @module
 */
import type { SecureFrames } from '../apdu/secure-messaging.ts';
import { SW } from '../apdu/status-word.ts';
import type { TerminalRole } from '../apps/card-profile.ts';
import type { CardContext } from './card-os.ts';
import { demand } from './refusal.ts';

/** The terminal behind a channel, once it has proved itself. */
export interface ProvenTerminal {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly role: TerminalRole;
  /** 10 digits. */
  readonly institution: string;
  /** Its certificate as it came. */
  readonly certificate: Uint8Array;
}

/** A channel of one card and one terminal. */
export interface CardChannel {
  readonly frames: SecureFrames;
  readonly transcript: Uint8Array;
  terminal: ProvenTerminal | undefined;
  /** A doctor card in the same terminal has proved itself to this card. */
  doctor: boolean;
  /** Given out by GET CHALLENGE, good for one proof of a doctor card or one challenge of the bureau. */
  challenge: Uint8Array | undefined;
  /** The bureau's challenge of this channel, good for one signature without PIN. */
  bureauChallenge: boolean;
}

/** The cell of the newest day that a certificate of the authority has named, seconds since 1970. */
export const SEEN_DAY = 'seen-day';
/** The channel that the command in hand came through; refuses 6982 in the clear. */
export function channelOf({ session }: CardContext): CardChannel {
  demand(session.secured && session.channel !== undefined, SW.pinRequired);
  return session.channel;
}

/** The terminal that has proved itself in it; refuses 6982. */
export function terminalOf(card: CardContext): ProvenTerminal {
  const { terminal } = channelOf(card);
  demand(terminal !== undefined, SW.pinRequired);
  return terminal;
}

/** The same, of one of the roles; refuses 6600. */
export function terminalWith(card: CardContext, ...roles: readonly TerminalRole[]): ProvenTerminal {
  const terminal = terminalOf(card);
  demand(roles.includes(terminal.role), SW.roleRefused);
  return terminal;
}
