/**
 * What two health cards do together under a warrant V2, from the host's side (crypto/proxysig/two-party.ts): the patient's card accepts, begins
 * and finishes, the agent's joins, commits and shares. The host carries; it learns no secret and makes no signature.
 *
 * ```ts
 * const commitment = await agent.proxyCommit(W);
 * const begun = await patient.proxyBegin(slot, request, commitment);
 * const pickup = await patient.proxyFinish(slot, await agent.proxyShare(begun.pu, begun.commitment));
 * ```
 * @module
 */
import { concat, wipe } from '../../crypto/common/bytes.ts';
import { PICKUP_LENGTH } from '../../crypto/proxysig/pickup-object.ts';
import type { NonceCommitment } from '../../crypto/proxysig/two-party.ts';
import type { CardSession } from '../apdu/card-session.ts';
import type { PinBlock } from '../apdu/pin-block.ts';
import { exchange, type Signal } from './card-commands.ts';
import { AGENT_ANSWER, type ConsumeRequest, type Pickup, readPickup, requestBytes } from './collect-command.ts';

/** The card's half of a delegation: R_P and X (33 bytes each), and r ‖ s of the holder's key over the offer. */
export interface ProxyOffer {
  readonly rP: Uint8Array;
  readonly x: Uint8Array;
  readonly signature: Uint8Array;
}

/** An agent's card's answer to an offer: R_A (33 bytes), and r ‖ s of its key over `acceptStatement`. */
export interface JoinAnswer {
  readonly rA: Uint8Array;
  readonly word: Uint8Array;
}

/** What the patient's card opens a pickup with: PU (198 bytes) and its commitment. */
export interface BegunJointPickup {
  readonly pu: Uint8Array;
  readonly commitment: NonceCommitment;
}

/** The commands of both roles: a health card can be the patient's today and an agent's tomorrow. Points have 33 bytes where nothing else is said. */
export interface JointOperations {
  /** Eq 5, second half, under a warrant V2: the agent's card's answer, and the PIN that the agent chose for this slot, wiped here. Answers PK_Ap. */
  proxyAcceptJoint(slot: number, answer: JoinAnswer, pin: PinBlock, signal?: Signal): Promise<Uint8Array>;
  /** After the agent's PIN of the slot; flips nothing. Rejects as `proxySign`, CARD_ALREADY_USED for a part that was collected. */
  proxyBegin(slot: number, request: ConsumeRequest, agent: NonceCommitment, signal?: Signal): Promise<BegunJointPickup>;
  /** z of the agent's card, 32 bytes. Rejects with CARD_REFUSED for one that does not hold, or when nothing is begun. */
  proxyFinish(slot: number, share: Uint8Array, signal?: Signal): Promise<Pickup>;
  /** The agent's card, after its own PIN: PK_P uncompressed, its offer, the warrant. Rejects with CARD_WARRANT_REFUSED, CARD_FULL, CARD_REFUSED. */
  proxyJoin(patientPoint: Uint8Array, offer: ProxyOffer, omega: Uint8Array, signal?: Signal): Promise<JoinAnswer>;
  /** The agent's card, after its own PIN: W (32 bytes). CARD_WARRANT_REFUSED when it holds no share of that delegation. */
  proxyCommit(delegation: Uint8Array, signal?: Signal): Promise<NonceCommitment>;
  /** The agent's card: its share, 32 bytes, once for each {@link JointOperations.proxyCommit}. Rejects with CARD_WARRANT_REFUSED, CARD_REFUSED. */
  proxyShare(pu: Uint8Array, patient: NonceCommitment, signal?: Signal): Promise<Uint8Array>;
}

const bytesOf = ({ hiding, binding }: NonceCommitment): Uint8Array => concat(hiding, binding);
const readCommitment = (bytes: Uint8Array): NonceCommitment => ({
  hiding: bytes.slice(0, 33),
  binding: bytes.slice(33),
});

/** Inside a channel. */
export const jointOperations = (session: CardSession): JointOperations => ({
  async proxyAcceptJoint(slot, { rA, word }, pin, signal) {
    const data = concat(rA, word, pin);
    const header = [0x80, 0x29, slot, 1] as const;
    try {
      return await exchange(session, { what: 'PROXY ACCEPT', header, data, answer: 33, secret: true }, signal);
    } finally {
      wipe(data, pin);
    }
  },
  async proxyBegin(slot, request, agent, signal) {
    const data = concat(requestBytes(request), bytesOf(agent));
    const header = [0x80, 0x2d, slot, 0] as const;
    const answer = PICKUP_LENGTH + 66;
    const begun = await exchange(session, { what: 'PROXY BEGIN', header, data, answer, kind: 'agent' }, signal);
    return { pu: begun.slice(0, PICKUP_LENGTH), commitment: readCommitment(begun.slice(PICKUP_LENGTH)) };
  },
  async proxyFinish(slot, share, signal) {
    const header = [0x80, 0x2e, slot, 0] as const;
    return readPickup(
      await exchange(session, { what: 'PROXY FINISH', header, data: share, answer: AGENT_ANSWER }, signal),
    );
  },
  async proxyJoin(patientPoint, { rP, x, signature }, omega, signal) {
    const data = concat(patientPoint, rP, x, signature, omega);
    const answer = await exchange(
      session,
      { what: 'PROXY JOIN', header: [0x80, 0x2f, 0, 0], data, answer: 97 },
      signal,
    );
    return { rA: answer.slice(0, 33), word: answer.slice(33) };
  },
  async proxyCommit(delegation, signal) {
    const header = [0x80, 0x30, 0, 0] as const;
    return readCommitment(
      await exchange(session, { what: 'PROXY COMMIT', header, data: delegation, answer: 66, kind: 'agent' }, signal),
    );
  },
  proxyShare: (pu, patient, signal) =>
    exchange(
      session,
      { what: 'PROXY SHARE', header: [0x80, 0x31, 0, 0], data: concat(pu, bytesOf(patient)), answer: 32 },
      signal,
    ),
});
