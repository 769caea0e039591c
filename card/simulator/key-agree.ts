/**
 * KEY AGREE, 80 88 00 00: point(65) -> point(65) ‖ receipt(16). Ephemeral keys on both sides; nobody has proved anything yet.
 * @module
 */
import { concat, wipe } from '../../crypto/common/bytes.ts';
import { agreedWith, newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { channelTranscript, deriveChannelKeys } from '../apdu/channel-keys.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { createSecureFrames } from '../apdu/secure-messaging.ts';
import { SW } from '../apdu/status-word.ts';
import type { CardContext } from './card-os.ts';
import type { CardChannel } from './channel-state.ts';
import { demand } from './refusal.ts';

/** Answers KEY AGREE, and the channel that begins with it. */
export function keyAgree(
  card: CardContext,
  { p1, p2, data }: CommandApdu,
): { answer: Uint8Array; channel: CardChannel } {
  demand(p1 === 0 && p2 === 0, SW.wrongParameters);
  demand(data.length === 65, SW.wrongLength);
  const ephemeral = newPrivateKey(card.rng);
  try {
    const shared = agreedWith(ephemeral, data);
    demand(shared !== undefined, SW.wrongData);
    const point = publicPoint(ephemeral);
    const transcript = channelTranscript(card.profile.aid, data, point);
    const keys = deriveChannelKeys(shared, transcript);
    const answer = concat(point, keys.receipt);
    const proven = { terminal: undefined, doctor: false, challenge: undefined, bureauChallenge: false };
    return { answer, channel: { frames: createSecureFrames(keys), transcript, ...proven } };
  } finally {
    wipe(ephemeral);
  }
}
