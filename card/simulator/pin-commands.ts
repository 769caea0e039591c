/**
 * VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER (ISO/IEC 7816-4 11.5). The counter goes down before the comparison, so cutting the
 * supply in between gains no try (card note 3.6). Only inside the channel of a terminal that has proved itself. A cell is tries left(1) ‖ transport(1) ‖ block(8).
 * @module
 */
import { concat, equalBytes } from '../../crypto/common/bytes.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { isPinBlock } from '../apdu/pin-block.ts';
import { SW, triesLeft } from '../apdu/status-word.ts';
import { AGENT_SLOTS, PIN, type PinProfile, SESSION_LIMIT } from '../apps/card-profile.ts';
import { demandIssuing } from './access.ts';
import type { CellChange } from './card-memory.ts';
import { type CardContext, type Handlers, NOTHING } from './card-os.ts';
import { terminalOf } from './channel-state.ts';
import { demand, Refusal } from './refusal.ts';

const cellOf = (reference: number): string => `pin/${reference.toString(16).padStart(2, '0')}`;

/** The cell of an agent's PIN with a new value; undefined erases it. */
export const agentPin = (
  slot: number,
  pin: { readonly tries: number; readonly block: Uint8Array } | undefined,
): CellChange => [cellOf(slot), pin === undefined ? undefined : concat(Uint8Array.of(pin.tries, 0), pin.block)];

/** Is it the reference of an agent's slot? Only patient cards have such, and only after a delegation. */
export const isAgentSlot = (reference: number): boolean => AGENT_SLOTS.some((slot) => slot === reference);

function lengthOf(card: CardContext, reference: number): PinProfile {
  demand(reference === PIN.holder || reference === PIN.unblock || isAgentSlot(reference), SW.referenceNotFound);
  return reference === PIN.unblock ? card.profile.puk : card.profile.pin;
}

function stored(card: CardContext, reference: number): { tries: number; transport: boolean; block: Uint8Array } {
  const cell = card.memory.get(cellOf(reference));
  demand(cell !== undefined, SW.referenceNotFound);
  return { tries: cell[0] ?? 0, transport: cell[1] === 1, block: cell.slice(2) };
}

function store(card: CardContext, reference: number, tries: number, transport: boolean, block: Uint8Array): void {
  card.memory.write([[cellOf(reference), concat(Uint8Array.of(tries, transport ? 1 : 0), block)]]);
}

/** Takes the holder's PIN state away: what it allowed is over. */
export function endPin({ session }: CardContext): void {
  Object.assign(session, {
    pinVerified: false,
    signaturesLeft: 0,
    groupLeft: 0,
    pinJustVerified: false,
    group: undefined,
  });
}

/** Spends a try, compares, refuses 63Cx or 6983. A PUK's use is not given back. */
function compare(card: CardContext, reference: number, offered: Uint8Array): { transport: boolean } {
  const length = lengthOf(card, reference);
  const { tries, transport, block } = stored(card, reference);
  demand(isPinBlock(offered, length), SW.wrongData);
  demand(tries > 0, SW.pinBlocked);
  store(card, reference, tries - 1, transport, block);
  if (!equalBytes(offered, block)) {
    if (isAgentSlot(reference)) card.session.agentVerified = undefined;
    else endPin(card);
    throw new Refusal(triesLeft(tries - 1));
  }
  if (reference !== PIN.unblock) store(card, reference, length.tries, transport, block);
  return { transport };
}

function verify(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  demand(p1 === 0 && (p2 === PIN.holder || isAgentSlot(p2)), SW.wrongParameters);
  terminalOf(card);
  if (data.length === 0) {
    const { tries } = stored(card, p2);
    demand(tries > 0, SW.pinBlocked);
    const { pinVerified, agentVerified } = card.session;
    demand(p2 === PIN.holder ? pinVerified : agentVerified === p2, triesLeft(tries));
    return NOTHING;
  }
  const { transport } = compare(card, p2, data);
  if (transport) endPin(card);
  demand(!transport, SW.transportPin);
  if (isAgentSlot(p2)) {
    card.session.agentVerified = p2;
    return NOTHING;
  }
  Object.assign(card.session, {
    pinVerified: true,
    signaturesLeft: SESSION_LIMIT,
    groupLeft: SESSION_LIMIT,
    pinJustVerified: true,
  });
  return NOTHING;
}

function change(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  const length = lengthOf(card, p2);
  if (p1 === 1) {
    demandIssuing(card);
    demand(!isAgentSlot(p2), SW.referenceNotFound);
    const transport = data.length === 9 && data[8] === 1 && p2 === PIN.holder;
    demand(data.length === 8 || transport, SW.wrongLength);
    demand(isPinBlock(data.slice(0, 8), length), SW.wrongData);
    store(card, p2, length.tries, transport, data.slice(0, 8));
    // What an earlier one had opened is over: a transport PIN opens nothing.
    if (p2 === PIN.holder) endPin(card);
    return NOTHING;
  }
  demand(p1 === 0 && p2 !== PIN.unblock, SW.wrongParameters);
  terminalOf(card);
  demand(data.length === 16, SW.wrongLength);
  demand(isPinBlock(data.slice(8), length), SW.wrongData);
  compare(card, p2, data.slice(0, 8));
  store(card, p2, length.tries, false, data.slice(8));
  return NOTHING;
}

function unblock(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  demand(p1 === 0 && p2 === PIN.holder, SW.wrongParameters);
  terminalOf(card);
  demand(data.length === 16, SW.wrongLength);
  demand(isPinBlock(data.slice(8), card.profile.pin), SW.wrongData);
  compare(card, PIN.unblock, data.slice(0, 8));
  store(card, PIN.holder, card.profile.pin.tries, false, data.slice(8));
  endPin(card);
  return NOTHING;
}

/** Are PIN and PUK there? */
export const hasPins = ({ memory }: CardContext): boolean =>
  memory.get(cellOf(PIN.holder)) !== undefined && memory.get(cellOf(PIN.unblock)) !== undefined;

/** Refuses 6982 without a verified PIN, and in the clear: what was verified in a channel holds in it. */
export const requirePin = ({ session }: CardContext): void => {
  demand(session.secured && session.pinVerified, SW.pinRequired);
};

/** Takes one of the signatures a VERIFY allows; refuses 6982. */
export function spendSignature(card: CardContext): void {
  requirePin(card);
  demand(card.session.signaturesLeft > 0, SW.pinRequired);
  card.session.signaturesLeft -= 1;
}

/** The PIN commands of every card. */
export const PIN_COMMANDS: Handlers = new Map([
  [0x0020, verify],
  [0x0024, change],
  [0x002c, unblock],
]);
