/**
 * PSO COMPUTE SIGNATURE (ISO/IEC 7816-8 11.8): the card is handed the signed attributes themselves, reads them, judges by the type in their
 * context, hashes and signs. Answer: counter(4) ‖ r(32) ‖ s(32). The counter is written before the signature exists.
 * @module
 */
import { concat, equalBytes, readUint, uint, utf8 } from '../../crypto/common/bytes.ts';
import type { ImisContext } from '../../crypto/envelope/imis-context.ts';
import { signMessage } from '../../crypto/pki/p256-key.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { KEY } from '../apps/card-profile.ts';
import type { CellChange } from './card-memory.ts';
import { type CardContext, isBlank } from './card-os.ts';
import { SEEN_DAY, terminalOf } from './channel-state.ts';
import { spendSignature } from './pin-commands.ts';
import { privateKey } from './private-key.ts';
import { appended, fileCell } from './record-store.ts';
import { demand } from './refusal.ts';
import { contextToSign } from './signed-attributes.ts';

/** What a log record is about. */
export const LOGGED = { signature: 1, pickup: 2, group: 3, join: 4, share: 5 } as const;

/** The newest time the card has seen in a time token or a certificate, seconds since 1970; 0 when none. */
export function newestTime({ memory, profile }: CardContext): number {
  const { time } = profile.files;
  const token = time === undefined ? undefined : memory.get(fileCell(time));
  const day = readUint(memory.get(SEEN_DAY) ?? new Uint8Array(4));
  return token === undefined ? day : Math.max(day, readUint(token.subarray(0, 4)));
}

/** Raises the signature counter and writes a log record counter(4) ‖ kind(1) ‖ time(4) ‖ detail(31): the changes, and the new counter. */
export function counted(
  card: CardContext,
  kind: number,
  detail: Uint8Array,
): { counter: Uint8Array; changes: readonly CellChange[] } {
  const { log } = card.profile.files;
  const counter = uint(readUint(card.memory.get('counter') ?? new Uint8Array(4)) + 1, 4);
  const entry = new Uint8Array(log.size);
  entry.set(concat(counter, uint(kind, 1), uint(newestTime(card), 4), detail.slice(0, 31)));
  return { counter, changes: [['counter', counter], appended(card.memory, log, entry)] };
}

/** The signing command; `withoutPin` says for which contexts no PIN is asked. */
export const signCommand =
  (withoutPin: (card: CardContext, context: ImisContext) => boolean) =>
  (card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array => {
    demand(p1 === 0x9e && p2 === 0x9a, SW.wrongParameters);
    const key = privateKey(card, KEY.signature);
    const context = contextToSign(data);
    demand(context !== undefined, SW.wrongData);
    demand(!isBlank(card), SW.conditions);
    // What is signed names the terminal it is signed at: relayed to another, it is not.
    demand(equalBytes(context.senderTerminal, terminalOf(card).id), SW.conditions);
    if (!withoutPin(card, context)) spendSignature(card);
    const { counter, changes } = counted(card, LOGGED.signature, concat(context.messageId, utf8(context.type)));
    card.memory.write(changes);
    return concat(counter, signMessage(key, data));
  };
