/**
 * The terminal's end of a secure channel taken apart, so that a check can break one piece of it: key agreement without a proof, frames
 * that are kept, changed and sent in another order.
 * @module
 */
import { concat, equalBytes } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { agreedWith, newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { channelTranscript, deriveChannelKeys, terminalStatement } from '../apdu/channel-keys.ts';
import { type CommandApdu, command } from '../apdu/command.ts';
import { type Answer, decodeAnswer, encodeAnswer } from '../apdu/response.ts';
import { createSecureFrames, type SecureFrames } from '../apdu/secure-messaging.ts';
import { SW } from '../apdu/status-word.ts';
import type { TerminalCredential } from '../apps/secure-channel.ts';
import { type CardUnderTest, selectCommand } from './card-under-test.ts';
import { expectStatus, expectThat, NotApplicable } from './check.ts';

/** A channel in which nobody has proved anything yet. */
export interface ProbeChannel {
  readonly frames: SecureFrames;
  readonly transcript: Uint8Array;
  /** Ephemeral point of the card, 65 bytes. */
  readonly cardPoint: Uint8Array;
  /** A command inside; the answer inside. A frame that the card refuses, or an answer that does not hold, breaks the rule. */
  send(apdu: CommandApdu): Promise<Answer>;
  /** A frame as it is; the answer around. */
  transmit(secured: CommandApdu): Promise<Answer>;
}

/** KEY AGREE with this point. */
export const agreeCommand = (point: Uint8Array): CommandApdu => command([0x80, 0x88, 0x00, 0x00], point, 256);

/** EXTERNAL AUTHENTICATE of a terminal for a transcript. */
export async function proofOf(terminal: TerminalCredential, transcript: Uint8Array): Promise<CommandApdu> {
  const signature = await terminal.sign(terminalStatement(transcript));
  return command([0x00, 0x82, 0x00, 0x01], concat(terminal.certificate, signature));
}

/** Selects the application and agrees on keys. */
export async function agree({ session, profile }: CardUnderTest): Promise<ProbeChannel> {
  expectStatus('SELECT', (await session.send(selectCommand(profile))).sw, SW.ok);
  const ephemeral = newPrivateKey(secureRng);
  const point = publicPoint(ephemeral);
  const { data, sw } = await session.send(agreeCommand(point));
  expectStatus('KEY AGREE', sw, SW.ok);
  expectThat(data.length === 81, `KEY AGREE: ${data.length} bytes instead of 81`);
  const cardPoint = data.slice(0, 65);
  const shared = agreedWith(ephemeral, cardPoint);
  ephemeral.fill(0);
  expectThat(shared !== undefined, 'KEY AGREE: the answer is no point of P-256');
  const transcript = channelTranscript(profile.aid, point, cardPoint);
  const keys = deriveChannelKeys(shared, transcript);
  expectThat(equalBytes(keys.receipt, data.slice(65)), 'KEY AGREE: another receipt than the keys have');
  const frames = createSecureFrames(keys);
  const transmit = (secured: CommandApdu): Promise<Answer> => session.send(secured);
  return {
    frames,
    transcript,
    cardPoint,
    transmit,
    async send(apdu) {
      const outer = await transmit(frames.wrap(apdu));
      expectStatus('a good frame', outer.sw, SW.ok);
      const inner = frames.open(outer.data);
      expectThat(inner !== undefined, 'the answer is a frame that does not hold');
      return decodeAnswer(encodeAnswer(inner), 65_536);
    },
  };
}

/** The desk of the tester. Throws NotApplicable without one. */
export function deskOf({ desk }: CardUnderTest): TerminalCredential {
  if (desk === undefined) throw new NotApplicable('no desk');
  return desk;
}

/** A channel in which the terminal has proved itself. */
export async function agreeAs(card: CardUnderTest, terminal: TerminalCredential = deskOf(card)): Promise<ProbeChannel> {
  const channel = await agree(card);
  const { sw } = await channel.send(await proofOf(terminal, channel.transcript));
  expectStatus('EXTERNAL AUTHENTICATE', sw, SW.ok);
  return channel;
}
