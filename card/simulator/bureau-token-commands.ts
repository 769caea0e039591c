/**
 * TIME TOKEN 80 D6 and STANDING 80 D8 (card note 3.8): the bureau's signed time and the holder's signed standing. Each is taken only when its
 * signature holds under the bureau's key on the card, and when it is newer than the one stored. CHALLENGE TOKEN 80 DA: the bureau's challenge
 * for the terminal of this channel and the challenge that this card just gave; it allows one signature without PIN in this channel.
 * @module
 */
import { equalBytes, readUint } from '../../crypto/common/bytes.ts';
import { isSignedBy } from '../../crypto/pki/p256-key.ts';
import {
  challengeBody,
  decodeChallengeToken,
  decodeStandingToken,
  decodeTimeToken,
  type StandingToken,
  standingBody,
  timeBody,
} from '../../crypto/proxysig/bureau-token.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { PATIENT_FILES } from '../apps/card-profile.ts';
import { type CardContext, type Handlers, NOTHING } from './card-os.ts';
import { channelOf, terminalOf } from './channel-state.ts';
import { fileCell } from './record-store.ts';
import { demand } from './refusal.ts';
import { newestTime } from './sign-command.ts';

function demandSigned(card: CardContext, body: Uint8Array, signature: Uint8Array): void {
  terminalOf(card);
  const bureau = card.memory.get('bureau');
  demand(bureau !== undefined, SW.referenceNotFound);
  demand(isSignedBy(bureau, body, signature), SW.wrongData);
}

function putTime(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  demand(p1 === 0 && p2 === 0, SW.wrongParameters);
  demand(data.length === 68, SW.wrongLength);
  const token = decodeTimeToken(data);
  demandSigned(card, timeBody(token.time), token.signature);
  demand(token.time > newestTime(card), SW.conditions);
  card.memory.write([[fileCell(PATIENT_FILES.time), data]]);
  return NOTHING;
}

/** Is it about the card's holder, and newer than the one stored? */
export function isStandingNewer({ memory }: CardContext, { pid, issued }: StandingToken): boolean {
  const stored = memory.get(fileCell(PATIENT_FILES.standing));
  const isNewer = stored === undefined || issued > readUint(stored.subarray(20, 24));
  return isNewer && equalBytes(pid, memory.get('pid') ?? NOTHING);
}

function putStanding(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  demand(p1 === 0 && p2 === 0, SW.wrongParameters);
  demand(data.length === 88, SW.wrongLength);
  const token = decodeStandingToken(data);
  demandSigned(card, standingBody(token), token.signature);
  demand(isStandingNewer(card, token), SW.conditions);
  card.memory.write([[fileCell(PATIENT_FILES.standing), data]]);
  return NOTHING;
}

function putChallenge(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  demand(p1 === 0 && p2 === 0, SW.wrongParameters);
  demand(data.length === 96, SW.wrongLength);
  const token = decodeChallengeToken(data);
  const terminal = terminalOf(card);
  const channel = channelOf(card);
  const own = channel.challenge;
  channel.challenge = undefined;
  demand(own !== undefined, SW.conditions);
  demandSigned(card, challengeBody(token.challenge, terminal.id, own), token.signature);
  channel.bureauChallenge = true;
  return NOTHING;
}

/** All three. */
export const BUREAU_TOKEN_COMMANDS: Handlers = new Map([
  [0x80d6, putTime],
  [0x80d8, putStanding],
  [0x80da, putChallenge],
]);
