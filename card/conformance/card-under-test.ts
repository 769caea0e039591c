/**
 * A card as the conformance suite sees it: what it claims to be, and the ways to speak to it.
 * @module
 */

import { supportsExtended } from '../apdu/atr.ts';
import { type CardSession, type CardWire, createCardSession } from '../apdu/card-session.ts';
import { type CommandApdu, command } from '../apdu/command.ts';
import { type PinBlock, pinBlock } from '../apdu/pin-block.ts';
import type { Answer } from '../apdu/response.ts';
import { readClaim } from '../apps/card-claim.ts';
import type { CardLife } from '../apps/card-life.ts';
import { APPLICATIONS, type ApplicationProfile, type FileProfile } from '../apps/card-profile.ts';
import type { TerminalCredential } from '../apps/secure-channel.ts';
import { CardError } from '../card-error.ts';

/** What the suite needs of a reader with a card in it. */
export interface TestBench {
  readonly wire: CardWire;
  /** Answer to reset. */
  readonly atr: Uint8Array;
  /** Warm reset: what was selected and verified is gone. */
  reset(): Promise<void>;
}

/** Who the suite is towards the card; without a desk only what needs no channel of a terminal is looked at. */
export interface Tester {
  readonly desk?: TerminalCredential;
  /** The holder's PIN as ASCII digits. */
  readonly pin?: Uint8Array;
}

/** A card that claims one of our applications, which is selected. */
export interface CardUnderTest extends TestBench {
  readonly profile: ApplicationProfile;
  readonly life: CardLife;
  /** Commands in the clear. */
  readonly session: CardSession;
  readonly desk: TerminalCredential | undefined;
  /** A fresh block each time, because whoever sends one wipes it. */
  readonly pin: (() => PinBlock) | undefined;
}

/** SELECT of the application. */
export const selectCommand = ({ aid }: ApplicationProfile): CommandApdu => command([0x00, 0xa4, 0x04, 0x00], aid, 256);

/** Reads the first bytes, or the first record, of a file. */
export const readCommand = ({ structure, sfi }: FileProfile): CommandApdu =>
  structure === 'transparent'
    ? command([0x00, 0xb0, 0x80 | sfi, 0x00], undefined, 65_536)
    : command([0x00, 0xb2, 0x01, (sfi << 3) | 4], undefined, 65_536);

/** VERIFY without data: how many tries are left, without trying. */
export const pinQuery = (): CommandApdu => command([0x00, 0x20, 0x00, 0x01]);

/** Status word of a command in the clear. */
export const statusOf = async ({ session }: CardUnderTest, apdu: CommandApdu): Promise<number> =>
  (await session.send(apdu)).sw;

/** The answer to a command as its bytes were made by hand, without 6Cxx and 61xx being followed. */
export async function transmitRaw({ wire }: TestBench, bytes: Uint8Array): Promise<Answer> {
  const answer = await wire.transmit(bytes);
  if (answer.length < 2) throw new CardError('CARD_LOST', `the card answered ${answer.length} bytes`);
  return { data: answer.slice(0, -2), sw: (answer.at(-2) ?? 0) * 256 + (answer.at(-1) ?? 0) };
}

/** Looks what the card claims to be. Rejects with CARD_WRONG_KIND when it is none of our applications, and as the wire does. */
export async function openCardUnderTest(bench: TestBench, { desk, pin }: Tester = {}): Promise<CardUnderTest> {
  const session = createCardSession(bench.wire, { extended: supportsExtended(bench.atr) });
  const claim = await readClaim(session);
  if (!('life' in claim)) throw new CardError('CARD_WRONG_KIND', 'the card claims none of our applications');
  const profile = APPLICATIONS[claim.kind];
  const digits = pin?.slice();
  return {
    ...bench,
    session,
    profile,
    life: claim.life,
    desk,
    pin: digits === undefined ? undefined : () => pinBlock(digits, profile.pin),
  };
}
