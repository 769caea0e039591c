/**
 * Keys of a secure channel from an ephemeral ECDH on P-256, in the manner of GlobalPlatform SCP11 (amendment F, 6.5): the X9.63 key derivation
 * with SHA-256 (BSI TR-03111, 4.3.3) over the shared x and a hash of all that was said. Then nobody has proved who they are; that follows
 * inside the channel, over the same hash.
 * @module
 */
import { aesCmac } from '../../crypto/common/aes.ts';
import { concat, lp1, uint, wipe } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';

/** AES-128 keys and the receipt, 16 bytes each. */
export interface ChannelKeys {
  readonly receipt: Uint8Array;
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
  readonly rmac: Uint8Array;
}

/** What both sides have seen: SHA-256 of lp1("IMIS-CARD-CHANNEL-V1") ‖ lp1(AID) ‖ ePK of the terminal (65) ‖ ePK of the card (65). */
export const channelTranscript = (aid: Uint8Array, terminalPoint: Uint8Array, cardPoint: Uint8Array): Uint8Array =>
  h256(lp1('IMIS-CARD-CHANNEL-V1'), lp1(aid), terminalPoint, cardPoint);

/** Keys from the shared x (32 bytes, wiped) and the transcript. The receipt proves the card's knowledge of them. */
export function deriveChannelKeys(sharedX: Uint8Array, transcript: Uint8Array): ChannelKeys {
  const block = (counter: number): Uint8Array => h256(sharedX, uint(counter, 4), transcript);
  const material = concat(block(1), block(2));
  wipe(sharedX);
  const [receiptKey, enc, mac, rmac] = [0, 16, 32, 48].map((at) => material.slice(at, at + 16));
  wipe(material);
  if (receiptKey === undefined || enc === undefined || mac === undefined || rmac === undefined)
    throw new Error('deriveChannelKeys: 64 bytes make four keys');
  const receipt = aesCmac(receiptKey, transcript);
  wipe(receiptKey);
  return { receipt, enc, mac, rmac };
}

/** What a terminal signs inside the channel. */
export const terminalStatement = (transcript: Uint8Array): Uint8Array =>
  concat(lp1('IMIS-CHANNEL-TERMINAL-V1'), transcript);

/** What a card signs once it knows the terminal; `terminalCertificate` is the encoded certificate it was shown. */
export const cardStatement = (transcript: Uint8Array, terminalCertificate: Uint8Array): Uint8Array =>
  concat(lp1('IMIS-CHANNEL-CARD-V1'), transcript, h256(terminalCertificate));

/** What a doctor card signs for another card's challenge (16 bytes) at the terminal (16 bytes) in which both are. */
export const roleStatement = (challenge: Uint8Array, terminal: Uint8Array): Uint8Array =>
  concat(lp1('IMIS-ROLE-PROOF-V1'), challenge, terminal);
