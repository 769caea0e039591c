/**
 * Agents on a patient card (eq 5; proxysig note, "Delegation"): the key SK_Ap is formed here out of the holder's half, which never leaves, and
 * the agent's, which comes sealed with the agent's own PIN. Four slots, 11 to 14.
 * PROXY OFFER 80 28 slot 00: PK_A(65) ‖ omega -> R_P(33) ‖ X(33) ‖ r ‖ s(64), with the holder's PIN. PROXY ACCEPT 80 29 slot 00: R_A(33) ‖
 * sealed(97) -> PK_Ap(33). PROXY ERASE 80 2C slot 00, with the holder's PIN. PROXY SIGN is in consume-command.ts.
 * An open offer is gone with the supply. The holder's PIN and the PUK can erase a slot, and neither use it nor give it another PIN.
 * @module
 */
import { concat, equalBytes, uint, wipe } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { isSignedBy, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import { delegate, formProxyKey, offerStatement } from '../../crypto/proxysig/delegation.ts';
import {
  baseTimes,
  compressPoint,
  freshScalar,
  pointBytes,
  readScalar,
  scalarBytes,
} from '../../crypto/proxysig/p256-group.ts';
import { ProxysigError } from '../../crypto/proxysig/proxysig-error.ts';
import { openContribution, SEALED_LENGTH } from '../../crypto/proxysig/sealed-contribution.ts';
import { approvalBody, decodeWarrant, delegationHash, type Warrant } from '../../crypto/proxysig/warrant.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { isPinBlock } from '../apdu/pin-block.ts';
import { SW } from '../apdu/status-word.ts';
import { KEY, PATIENT_FILES } from '../apps/card-profile.ts';
import type { CellChange } from './card-memory.ts';
import { type CardApplication, type CardContext, isBlank, NOTHING } from './card-os.ts';
import { terminalWith } from './channel-state.ts';
import { agentPin, isAgentSlot, requirePin } from './pin-commands.ts';
import { keyCell, privateKey } from './private-key.ts';
import { fileCell } from './record-store.ts';
import { demand, Refusal } from './refusal.ts';
import { newestTime } from './sign-command.ts';

/** A delegation that a slot holds. */
export interface AgentOnCard {
  readonly warrant: Warrant;
  /** W, 32 bytes. */
  readonly delegation: Uint8Array;
  /** SK_Ap, 32 bytes. */
  readonly secret: Uint8Array;
  /** Pickups made so far. */
  readonly used: number;
}

interface Offer {
  readonly omega: Uint8Array;
  /** PK_A, compressed. */
  readonly agentKey: Uint8Array;
  readonly rP: Uint8Array;
  readonly sP: Uint8Array;
  readonly x: Uint8Array;
  readonly X: Uint8Array;
}

const POINT = 33;
const countCell = (slot: number): string => `agent/${slot.toString(16)}`;
const recordCell = (slot: number): string =>
  `${fileCell(PATIENT_FILES.warrants)}/${(slot - 0x11).toString(16).padStart(2, '0')}`;

/** The change that counts a pickup of a slot. */
export const usedCell = (slot: number, used: number): CellChange => [countCell(slot), uint(used, 1)];

/** What a slot holds; undefined when it is empty or no slot at all. The record is order(4) ‖ slot(1) ‖ R_P ‖ R_A ‖ PK_A(33) ‖ omega. */
export function agentIn({ memory }: CardContext, slot: number): AgentOnCard | undefined {
  if (!isAgentSlot(slot)) return undefined;
  const [record, secret] = [memory.get(recordCell(slot))?.slice(5), memory.get(keyCell(slot))];
  if (record === undefined || secret === undefined) return undefined;
  const omega = record.slice(3 * POINT);
  const delegation = delegationHash(omega, record.slice(0, POINT), record.slice(POINT, 2 * POINT));
  return { warrant: decodeWarrant(omega), delegation, secret, used: memory.get(countCell(slot))?.[0] ?? 0 };
}

/** Everything that makes a slot empty. */
export const erased = (slot: number): readonly CellChange[] => [
  [recordCell(slot), undefined],
  [keyCell(slot), undefined],
  [countCell(slot), undefined],
  agentPin(slot, undefined),
];

/** The slot whose warrant has this serial number (16 bytes); undefined when none has. */
export const slotOfWarrant = (card: CardContext, serial: Uint8Array): number | undefined =>
  [0x11, 0x12, 0x13, 0x14].find((slot) => {
    const held = agentIn(card, slot);
    return held !== undefined && equalBytes(held.warrant.serial, serial);
  });

function readWarrant(omega: Uint8Array): Warrant {
  try {
    return decodeWarrant(omega);
  } catch (error) {
    if (error instanceof ProxysigError) throw new Refusal(SW.wrongData);
    throw error;
  }
}

/** Refuses what the bureau did not approve, what is about somebody else, and what is over. */
function demandGood(card: CardContext, warrant: Warrant, agentSpki: Uint8Array): void {
  const bureau = card.memory.get('bureau');
  demand(bureau !== undefined, SW.referenceNotFound);
  const own = p256Spki(publicPoint(privateKey(card, KEY.signature)));
  demand(equalBytes(warrant.pid, card.memory.get('pid') ?? NOTHING), SW.conditions);
  demand(equalBytes(warrant.patientKeyHash, h256(own)), SW.conditions);
  demand(equalBytes(warrant.agentKeyHash, h256(agentSpki)), SW.conditions);
  const { approval } = warrant;
  const body = approvalBody({ ...warrant, notAfter: approval.notAfter });
  demand(isSignedBy(bureau, body, approval.signature), SW.warrantRefused);
  demand(warrant.notAfter <= approval.notAfter && warrant.notAfter >= newestTime(card), SW.warrantRefused);
}

/** The delegation commands with the offers they keep. */
export function agentCommands(): CardApplication {
  const offers = new Map<number, Offer>();

  function drop(slot: number): void {
    const offer = offers.get(slot);
    if (offer !== undefined) wipe(offer.sP, offer.x);
    offers.delete(slot);
  }
  function forget(): void {
    for (const slot of offers.keys()) drop(slot);
  }
  /** The slot of a command from a desk that delegates. */
  function slotOf(card: CardContext, { p1, p2 }: CommandApdu): number {
    demand(isAgentSlot(p1) && p2 === 0, SW.wrongParameters);
    demand(!isBlank(card), SW.conditions);
    terminalWith(card, 'registration', 'bureau');
    return p1;
  }

  function offer(card: CardContext, apdu: CommandApdu): Uint8Array {
    const slot = slotOf(card, apdu);
    requirePin(card);
    demand(apdu.data.length > 65, SW.wrongLength);
    const point = apdu.data.slice(0, 65);
    const omega = apdu.data.slice(65);
    const agentKey = compressPoint(point);
    demand(agentKey !== undefined, SW.wrongData);
    demandGood(card, readWarrant(omega), p256Spki(point));
    demand(agentIn(card, slot) === undefined, SW.alreadyExists);
    drop(slot);
    const secret = privateKey(card, KEY.signature);
    const patientKey = compressPoint(publicPoint(secret)) ?? NOTHING;
    const { rP, sP } = delegate({ patientKey, agentKey, omega }, secret, card.rng);
    const x = scalarBytes(freshScalar(card.rng));
    const X = pointBytes(baseTimes(readScalar(x) ?? 1n));
    offers.set(slot, { omega, agentKey, rP, sP, x, X });
    return concat(rP, X, signMessage(secret, offerStatement(omega, rP, X)));
  }

  function accept(card: CardContext, apdu: CommandApdu): Uint8Array {
    const slot = slotOf(card, apdu);
    demand(apdu.data.length === POINT + SEALED_LENGTH, SW.wrongLength);
    const open = offers.get(slot);
    demand(open !== undefined, SW.conditions);
    const { omega, agentKey, rP, sP, x, X } = open;
    const rA = apdu.data.slice(0, POINT);
    const context = { omega, rP, rA, x: X };
    const contribution = openContribution(apdu.data.slice(POINT), x, context);
    const { sA, pinBlock } = contribution ?? { sA: NOTHING, pinBlock: NOTHING };
    // Right or wrong, an answer spends the offer.
    try {
      demand(isPinBlock(pinBlock, card.profile.pin), SW.wrongData);
      const patientKey = compressPoint(publicPoint(privateKey(card, KEY.signature))) ?? NOTHING;
      const key = formProxyKey({ patientKey, agentKey, omega, rP, rA }, sP, sA);
      demand(key !== undefined, SW.wrongData);
      const record = concat(uint(slot, 4), uint(slot, 1), rP, rA, agentKey, omega);
      card.memory.write([
        [recordCell(slot), record],
        [keyCell(slot), key],
        usedCell(slot, 0),
        agentPin(slot, { tries: card.profile.pin.tries, block: pinBlock }),
      ]);
      const publicKey = pointBytes(baseTimes(readScalar(key) ?? 1n));
      wipe(key);
      return publicKey;
    } finally {
      wipe(sA, pinBlock);
      drop(slot);
    }
  }

  function erase(card: CardContext, apdu: CommandApdu): Uint8Array {
    const slot = slotOf(card, apdu);
    requirePin(card);
    demand(apdu.data.length === 0, SW.wrongLength);
    demand(agentIn(card, slot) !== undefined, SW.referenceNotFound);
    card.memory.write(erased(slot));
    return NOTHING;
  }

  return {
    handlers: new Map([
      [0x8028, offer],
      [0x8029, accept],
      [0x802c, erase],
    ]),
    forget,
  };
}
