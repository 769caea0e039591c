/**
 * Agents on a patient card (eq 5; proxysig note, "Delegation"): the key SK_Ap is formed here out of the holder's half, which never leaves, and
 * the agent's, which comes sealed with the agent's own PIN. Four slots, 11 to 14. Under a warrant V2 no card holds it: this one keeps its half,
 * the agent's own card the other, and that card's word comes in its place.
 * PROXY OFFER 80 28 slot 00: PK_A(65) ‖ omega -> R_P(33) ‖ X(33) ‖ r ‖ s(64), with the holder's PIN. PROXY ACCEPT 80 29 slot 00: R_A(33) ‖
 * sealed(97) -> PK_Ap(33); 80 29 slot 01, V2: R_A(33) ‖ r ‖ s(64) ‖ PIN block(8) -> PK_Ap(33). PROXY ERASE 80 2C slot 00, with the holder's PIN.
 * PROXY SIGN is in consume-command.ts, what two cards do in joint-pickup.ts and joint-shares.ts.
 * An open offer is gone with the supply. The holder's PIN and the PUK can erase a slot, and neither use it nor give it another PIN.
 * @module
 */
import { concat, equalBytes, uint, wipe } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { isSignedBy, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import {
  acceptStatement,
  type Delegation,
  delegate,
  deriveProxyKeys,
  formProxyKey,
  offerStatement,
} from '../../crypto/proxysig/delegation.ts';
import {
  baseTimes,
  compressPoint,
  freshScalar,
  pointBytes,
  readScalar,
  scalarBytes,
} from '../../crypto/proxysig/p256-group.ts';
import { openContribution, SEALED_LENGTH } from '../../crypto/proxysig/sealed-contribution.ts';
import { isTwoParty, type Warrant } from '../../crypto/proxysig/warrant.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { isPinBlock } from '../apdu/pin-block.ts';
import { SW } from '../apdu/status-word.ts';
import { KEY } from '../apps/card-profile.ts';
import { agentIn, demandApproved, erased, readWarrant, recordCell, usedCell } from './agent-on-card.ts';
import { type CardApplication, type CardContext, isBlank, NOTHING } from './card-os.ts';
import { terminalWith } from './channel-state.ts';
import { agentPin, isAgentSlot, requirePin } from './pin-commands.ts';
import { keyCell, privateKey } from './private-key.ts';
import { demand } from './refusal.ts';

interface Offer {
  readonly omega: Uint8Array;
  /** PK_A, compressed and as it came. */
  readonly agentKey: Uint8Array;
  readonly agentPoint: Uint8Array;
  readonly rP: Uint8Array;
  readonly sP: Uint8Array;
  readonly x: Uint8Array;
  readonly X: Uint8Array;
}

const POINT = 33;
const SIGNATURE = 64;
const PIN_BLOCK = 8;
/** P2 of PROXY ACCEPT. */
const TWO_CARDS = 1;

/** Refuses what the bureau did not approve, what is about somebody else, and what is over. */
function demandGood(card: CardContext, warrant: Warrant, agentSpki: Uint8Array): void {
  const own = p256Spki(publicPoint(privateKey(card, KEY.signature)));
  demand(equalBytes(warrant.pid, card.memory.get('pid') ?? NOTHING), SW.conditions);
  demand(equalBytes(warrant.patientKeyHash, h256(own)), SW.conditions);
  demand(equalBytes(warrant.agentKeyHash, h256(agentSpki)), SW.conditions);
  demandApproved(card, warrant);
}

const ownKey = (card: CardContext): Uint8Array =>
  compressPoint(publicPoint(privateKey(card, KEY.signature))) ?? NOTHING;

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
  function slotOf(card: CardContext, { p1, p2 }: CommandApdu, mostP2 = 0): number {
    demand(isAgentSlot(p1) && p2 <= mostP2, SW.wrongParameters);
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
    const { rP, sP } = delegate({ patientKey: ownKey(card), agentKey, omega }, secret, card.rng);
    const x = scalarBytes(freshScalar(card.rng));
    const X = pointBytes(baseTimes(readScalar(x) ?? 1n));
    offers.set(slot, { omega, agentKey, agentPoint: point, rP, sP, x, X });
    return concat(rP, X, signMessage(secret, offerStatement(omega, rP, X)));
  }

  /** The slot is whole with this write: record, key or half of it, count, PIN. */
  function fill(
    card: CardContext,
    slot: number,
    { agentKey, omega, rP, rA }: Delegation,
    secret: Uint8Array,
    block: Uint8Array,
  ): void {
    demand(isPinBlock(block, card.profile.pin), SW.wrongData);
    card.memory.write([
      [recordCell(slot), concat(uint(slot, 4), uint(slot, 1), rP, rA, agentKey, omega)],
      [keyCell(slot), secret],
      usedCell(slot, 0),
      agentPin(slot, { tries: card.profile.pin.tries, block }),
    ]);
  }

  /** SK_Ap is formed here: R_A ‖ sealed. Answers it times G. */
  function acceptOne(card: CardContext, slot: number, open: Offer, data: Uint8Array): Uint8Array {
    const { omega, agentKey, rP, sP, x, X } = open;
    const rA = data.slice(0, POINT);
    const contribution = openContribution(data.slice(POINT), x, { omega, rP, rA, x: X });
    demand(contribution !== undefined, SW.wrongData);
    const { sA, pinBlock } = contribution;
    let key: Uint8Array | undefined;
    try {
      const delegation = { patientKey: ownKey(card), agentKey, omega, rP, rA };
      key = formProxyKey(delegation, sP, sA);
      demand(key !== undefined, SW.wrongData);
      fill(card, slot, delegation, key, pinBlock);
      return pointBytes(baseTimes(readScalar(key) ?? 1n));
    } finally {
      wipe(sA, pinBlock, key ?? NOTHING);
    }
  }

  /** s_P stays as it is, and the agent's card keeps the other half: R_A ‖ its signed word ‖ PIN block. Answers what anybody derives. */
  function acceptTwo(card: CardContext, slot: number, open: Offer, data: Uint8Array): Uint8Array {
    const { omega, agentKey, agentPoint, rP, sP } = open;
    const rA = data.slice(0, POINT);
    const word = data.slice(POINT, POINT + SIGNATURE);
    const block = data.slice(POINT + SIGNATURE);
    try {
      demand(isSignedBy(agentPoint, acceptStatement(omega, rP, rA), word), SW.wrongData);
      const delegation = { patientKey: ownKey(card), agentKey, omega, rP, rA };
      const keys = deriveProxyKeys(delegation);
      demand(keys !== undefined, SW.wrongData);
      fill(card, slot, delegation, sP, block);
      return pointBytes(keys.proxy);
    } finally {
      wipe(block);
    }
  }

  function accept(card: CardContext, apdu: CommandApdu): Uint8Array {
    const slot = slotOf(card, apdu, TWO_CARDS);
    const isTwo = apdu.p2 === TWO_CARDS;
    demand(apdu.data.length === POINT + (isTwo ? SIGNATURE + PIN_BLOCK : SEALED_LENGTH), SW.wrongLength);
    const open = offers.get(slot);
    demand(open !== undefined, SW.conditions);
    // Right or wrong, an answer spends the offer.
    try {
      demand(isTwoParty(open.omega) === isTwo, SW.wrongData);
      return (isTwo ? acceptTwo : acceptOne)(card, slot, open, apdu.data);
    } finally {
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
