/**
 * A pickup of two cards on the patient's card (crypto/proxysig/two-party.ts; proxysig note, "To be said in docs"): under a warrant V2 the slot
 * holds s_P, half a key, and this card puts the signature together.
 * PROXY BEGIN 80 2D slot 00: as CONSUME RX ‖ D_A(33) ‖ E_A(33) -> PU(198) ‖ D_P(33) ‖ E_P(33); nothing is flipped.
 * PROXY FINISH 80 2E slot 00: z_A(32) -> as PROXY SIGN. Both behind the agent's PIN of the slot, in one channel of a pharmacy.
 * One pair of nonces at a time, in RAM: a new BEGIN, a FINISH right or wrong, and the end of the channel spend it. This card's half leaves only
 * inside the whole signature, after the record was flipped in the same write that keeps the answer.
 * @module
 */
import { concat, equalBytes, readUint, wipe } from '../../crypto/common/bytes.ts';
import { deriveProxyKeys } from '../../crypto/proxysig/delegation.ts';
import { readPoint } from '../../crypto/proxysig/p256-group.ts';
import { encodePickup } from '../../crypto/proxysig/pickup-object.ts';
import { ProxysigError } from '../../crypto/proxysig/proxysig-error.ts';
import {
  commitNonces,
  completeSignature,
  type HeldNonces,
  type NonceCommitment,
} from '../../crypto/proxysig/two-party.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { delegationIn, demandCovered, identifiedAgent, usedCell } from './agent-on-card.ts';
import type { CardApplication, CardContext } from './card-os.ts';
import {
  CONSUME_LENGTH,
  demandOpen,
  matterOf,
  type PickupRequest,
  readRequest,
  settlePickup,
} from './pickup-matter.ts';
import { demand, Refusal } from './refusal.ts';

/** D ‖ E. */
export const COMMITMENT_BYTES = 66;
const SHARE_BYTES = 32;

/** A commitment as it came; refuses 6A80 for what is no two points. */
export function readCommitment(bytes: Uint8Array): NonceCommitment {
  const commitment = { hiding: bytes.slice(0, 33), binding: bytes.slice(33) };
  demand(readPoint(commitment.hiding) !== undefined && readPoint(commitment.binding) !== undefined, SW.wrongData);
  return commitment;
}

/** The counter that goes into the nonces: it has moved on before a share leaves. */
export const counterOf = ({ memory }: CardContext): number => readUint(memory.get('counter') ?? new Uint8Array(4));

/** Runs a piece of the algebra; what it refuses is 6A80. */
export function algebra<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProxysigError) throw new Refusal(SW.wrongData);
    throw error;
  }
}

interface Begun {
  readonly slot: number;
  readonly request: PickupRequest;
  /** W. */
  readonly delegation: Uint8Array;
  readonly pu: Uint8Array;
  readonly nonces: HeldNonces;
  readonly agent: NonceCommitment;
}

/** Refuses what is not to be collected now under this warrant of two cards. */
function openMatter(card: CardContext, slot: number, request: PickupRequest) {
  const agent = identifiedAgent(card, slot);
  demand(agent.warrant.twoParty === true, SW.warrantRefused);
  const matter = matterOf(card, request, { mode: 'two-party', warrant: agent.delegation });
  demand(request.part > matter.record.used, SW.conditions);
  demandOpen(card, matter);
  demand(agent.used < agent.warrant.uses, SW.warrantRefused);
  demandCovered(card, agent, request, matter.record);
  return { agent, matter };
}

/** The two commands with the pair of nonces between them. */
export function jointPickupCommands(): CardApplication {
  let open: Begun | undefined;
  const drop = (): void => {
    if (open !== undefined) wipe(open.nonces.hiding, open.nonces.binding);
    open = undefined;
  };

  function begin(card: CardContext, { p1: slot, p2, data }: CommandApdu): Uint8Array {
    drop();
    demand(data.length === CONSUME_LENGTH + COMMITMENT_BYTES, SW.wrongLength);
    const request = readRequest(card, { p2, data: data.slice(0, CONSUME_LENGTH) });
    const theirs = readCommitment(data.slice(CONSUME_LENGTH));
    const { agent, matter } = openMatter(card, slot, request);
    const { delegation } = agent;
    const nonces = commitNonces(agent.secret, delegation, counterOf(card), card.rng);
    const pu = encodePickup(matter.pickup);
    open = { slot, request, delegation, pu, nonces, agent: theirs };
    return concat(pu, nonces.commitment.hiding, nonces.commitment.binding);
  }

  function finish(card: CardContext, { p1: slot, p2, data }: CommandApdu): Uint8Array {
    const begun = open;
    open = undefined;
    try {
      demand(p2 === 0, SW.wrongParameters);
      demand(data.length === SHARE_BYTES, SW.wrongLength);
      demand(begun?.slot === slot, SW.conditions);
      const { request, delegation, pu, nonces } = begun;
      // The bureau may have said something to this card in between.
      const { agent, matter } = openMatter(card, slot, request);
      demand(equalBytes(agent.delegation, delegation), SW.conditions);
      const keys = deriveProxyKeys(delegationIn(card, agent));
      demand(keys !== undefined, SW.wrongData);
      const theirs = { commitment: begun.agent, share: data };
      const statement = { keys, delegation, pickup: pu };
      const signature = algebra(() => completeSignature(statement, agent.secret, nonces, theirs));
      return settlePickup(card, matter, { pu, signature }, [usedCell(slot, agent.used + 1)]);
    } finally {
      if (begun !== undefined) wipe(begun.nonces.hiding, begun.nonces.binding);
    }
  }

  return {
    handlers: new Map([
      [0x802d, begin],
      [0x802e, finish],
    ]),
    forget: drop,
  };
}
