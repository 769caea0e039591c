/**
 * What all messages of a ceremony begin with, 36 bytes: ver(1)=01 ‖ type(1) ‖ H256 of the plan (32) ‖ sender's index(2).
 * The plan's hash stands for ceremony id, kind, n, t, participants and the opener set built on.
 * @module
 */
import { concat, equalBytes, readUint, uint } from '../../common/bytes.ts';
import { GroupSigError } from '../groupsig-error.ts';
import type { CeremonyPlan } from './plan.ts';

const VERSION = 1;
const HEADER_BYTES = 36;

const TYPES = { commitment: 1, deal: 2, share: 3, confirmation: 4, complaint: 5 } as const;

/** Kinds of message. */
export type MessageType = keyof typeof TYPES;

/** A message of which the caller has found that participant `from` signed it. */
export interface Signed {
  readonly from: number;
  readonly message: Uint8Array;
}

/** Header and body. */
export const encodeMessage = (plan: CeremonyPlan, type: MessageType, from: number, ...body: Uint8Array[]): Uint8Array =>
  concat(Uint8Array.of(VERSION, TYPES[type]), plan.hash, uint(from, 2), ...body);

/** Is this a message of that type? Says nothing else about it. */
export const isOfType = (message: Uint8Array, type: MessageType): boolean => message[1] === TYPES[type];

/** What follows the header. Throws CEREMONY_MESSAGE_INVALID or CEREMONY_FOREIGN with the sender's index. */
export function bodyOf(plan: CeremonyPlan, type: MessageType, { from, message }: Signed): Uint8Array {
  const refuse = (why: string): GroupSigError => new GroupSigError('CEREMONY_MESSAGE_INVALID', why, { index: from });
  if (message.length < HEADER_BYTES || message[0] !== VERSION) throw refuse('message is short or of another version');
  if (!isOfType(message, type)) throw refuse(`message is no ${type}`);
  if (!equalBytes(message.subarray(2, 34), plan.hash)) {
    throw new GroupSigError('CEREMONY_FOREIGN', 'message of another ceremony', { index: from });
  }
  if (readUint(message.subarray(34, 36)) !== from) throw refuse('sender under the index of another');
  return message.slice(HEADER_BYTES);
}

/**
 * The messages in the order of `senders`, one from each. Throws CEREMONY_MESSAGE_INVALID for a sender who has no part in the round,
 * CEREMONY_REPEATED, and CEREMONY_INCOMPLETE for one who is missing.
 */
export function oneFromEach(senders: readonly number[], messages: readonly Signed[]): Signed[] {
  const found = new Map<number, Signed>();
  for (const signed of messages) {
    const { from: index } = signed;
    if (!senders.includes(index)) throw new GroupSigError('CEREMONY_MESSAGE_INVALID', 'has no part here', { index });
    if (found.has(index)) throw new GroupSigError('CEREMONY_REPEATED', `${index} twice in a round`, { index });
    found.set(index, signed);
  }
  return senders.map((index) => {
    const signed = found.get(index);
    if (signed === undefined) throw new GroupSigError('CEREMONY_INCOMPLETE', `${index} is missing`, { index });
    return signed;
  });
}
