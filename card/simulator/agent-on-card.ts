/**
 * What an agent's slot of a patient card holds, and what it is good for (eq 5; proxysig note, "Delegation"): the warrant, SK_Ap or, under a warrant of
 * two cards, this card's half s_P of it, the agent's PIN, how often it was used.
 * @module
 */
import { equalBytes, uint } from '../../crypto/common/bytes.ts';
import { isSignedBy, publicPoint } from '../../crypto/pki/p256-key.ts';
import { scopeRefusal } from '../../crypto/proxysig/check-agent.ts';
import type { Delegation } from '../../crypto/proxysig/delegation.ts';
import { compressPoint } from '../../crypto/proxysig/p256-group.ts';
import type { PickupObject } from '../../crypto/proxysig/pickup-object.ts';
import type { PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { ProxysigError } from '../../crypto/proxysig/proxysig-error.ts';
import { approvalBody, decodeWarrant, delegationHash, type Warrant } from '../../crypto/proxysig/warrant.ts';
import { SW } from '../apdu/status-word.ts';
import { AGENT_SLOTS, KEY, PATIENT_FILES } from '../apps/card-profile.ts';
import type { CellChange } from './card-memory.ts';
import { type CardContext, NOTHING } from './card-os.ts';
import { agentPin, isAgentSlot } from './pin-commands.ts';
import { keyCell, privateKey } from './private-key.ts';
import { fileCell } from './record-store.ts';
import { demand, Refusal } from './refusal.ts';
import { newestTime } from './sign-command.ts';

/** A delegation that a slot holds. */
export interface AgentOnCard {
  readonly warrant: Warrant;
  /** W, 32 bytes. */
  readonly delegation: Uint8Array;
  /** SK_Ap, 32 bytes; s_P where the warrant wants two cards. */
  readonly secret: Uint8Array;
  /** Pickups made so far. */
  readonly used: number;
  /** What stands in the record, points of 33 bytes. */
  readonly papers: Omit<Delegation, 'patientKey'>;
}

const POINT = 33;
const countCell = (slot: number): string => `agent/${slot.toString(16)}`;

/** Cell of a slot's record in EF WARRANT: order(4) ‖ slot(1) ‖ R_P ‖ R_A ‖ PK_A(33 each) ‖ omega. */
export const recordCell = (slot: number): string =>
  `${fileCell(PATIENT_FILES.warrants)}/${(slot - 0x11).toString(16).padStart(2, '0')}`;

/** The change that counts a pickup of a slot. */
export const usedCell = (slot: number, used: number): CellChange => [countCell(slot), uint(used, 1)];

/** What a slot holds; undefined when it is empty or no slot at all. */
export function agentIn({ memory }: CardContext, slot: number): AgentOnCard | undefined {
  if (!isAgentSlot(slot)) return undefined;
  const [record, secret] = [memory.get(recordCell(slot))?.slice(5), memory.get(keyCell(slot))];
  if (record === undefined || secret === undefined) return undefined;
  const [rP, rA] = [record.slice(0, POINT), record.slice(POINT, 2 * POINT)];
  const [agentKey, omega] = [record.slice(2 * POINT, 3 * POINT), record.slice(3 * POINT)];
  const delegation = delegationHash(omega, rP, rA);
  const used = memory.get(countCell(slot))?.[0] ?? 0;
  return { warrant: decodeWarrant(omega), delegation, secret, used, papers: { rP, rA, agentKey, omega } };
}

/** The slot's delegation with PK_P, which is this card's own. */
export const delegationIn = (card: CardContext, { papers }: AgentOnCard): Delegation => ({
  ...papers,
  patientKey: compressPoint(publicPoint(privateKey(card, KEY.signature))) ?? NOTHING,
});

/** Whoever gave the PIN of a slot in this channel; refuses 6A88 for an empty one, 6982. */
export function identifiedAgent(card: CardContext, slot: number): AgentOnCard {
  const agent = agentIn(card, slot);
  demand(agent !== undefined, SW.referenceNotFound);
  demand(card.session.agentVerified === slot, SW.pinRequired);
  return agent;
}

/** Which mode a pickup object under this warrant has. */
export const pickupMode = ({ twoParty }: Warrant): PickupObject['mode'] => (twoParty === true ? 'two-party' : 'agent');

/** Refuses 6A81 what the warrant does not cover here and at the newest time that the card has seen. */
export function demandCovered(
  card: CardContext,
  { warrant }: AgentOnCard,
  { rxId, pharmacy }: Pick<PickupObject, 'rxId' | 'pharmacy'>,
  { controlled }: PrescriptionRecord,
): void {
  demand(scopeRefusal(warrant, { rxId, pharmacy, controlled }, newestTime(card)) === undefined, SW.warrantRefused);
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
  AGENT_SLOTS.find((slot) => {
    const held = agentIn(card, slot);
    return held !== undefined && equalBytes(held.warrant.serial, serial);
  });

/** A warrant as a host gave it; refuses 6A80. */
export function readWarrant(omega: Uint8Array): Warrant {
  try {
    return decodeWarrant(omega);
  } catch (error) {
    if (error instanceof ProxysigError) throw new Refusal(SW.wrongData);
    throw error;
  }
}

/** Refuses 6A81 what the bureau did not approve, or not so long, and what is over; 6A88 on a card that knows no bureau. */
export function demandApproved(card: CardContext, warrant: Warrant): void {
  const bureau = card.memory.get('bureau');
  demand(bureau !== undefined, SW.referenceNotFound);
  const { approval } = warrant;
  const body = approvalBody({ ...warrant, notAfter: approval.notAfter });
  demand(isSignedBy(bureau, body, approval.signature), SW.warrantRefused);
  demand(warrant.notAfter <= approval.notAfter && warrant.notAfter >= newestTime(card), SW.warrantRefused);
}
