/**
 * A person's own health card as an agent's (crypto/proxysig/two-party.ts): it keeps mu*s_A of each warrant V2 that names it, and signs the object that
 * the patient's card built, never without its own PIN.
 * PROXY JOIN 80 2F 00 00: PK_P(65) ‖ R_P(33) ‖ X(33) ‖ r ‖ s(64) ‖ omega -> R_A(33) ‖ r ‖ s(64), at the desk that delegates.
 * PROXY COMMIT 80 30 00 00: W(32) -> D_A(33) ‖ E_A(33). PROXY SHARE 80 31 00 00: PU(198) ‖ D_P(33) ‖ E_P(33) -> z_A(32). Both in the channel of
 * the pharmacy that PU names. One pair of nonces at a time, in RAM: a new COMMIT, a SHARE right or wrong, and the end of the channel spend it.
 * Eight places; the share of a warrant that is over gives way, and the bureau's order takes one away.
 * @module
 */
import { bcdOf } from '../../crypto/common/bcd.ts';
import { concat, equalBytes, wipe } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { isSignedBy, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import { scopeRefusal } from '../../crypto/proxysig/check-agent.ts';
import {
  acceptShare,
  acceptStatement,
  type Delegation,
  deriveProxyKeys,
  offerStatement,
} from '../../crypto/proxysig/delegation.ts';
import { compressPoint } from '../../crypto/proxysig/p256-group.ts';
import { decodePickup, PICKUP_LENGTH } from '../../crypto/proxysig/pickup-object.ts';
import { commitNonces, type HeldNonces, signShare } from '../../crypto/proxysig/two-party.ts';
import { decodeWarrant, delegationHash, type Warrant } from '../../crypto/proxysig/warrant.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { KEY } from '../apps/card-profile.ts';
import { demandApproved, readWarrant } from './agent-on-card.ts';
import type { CellChange } from './card-memory.ts';
import { type CardApplication, type CardContext, isBlank, NOTHING } from './card-os.ts';
import { terminalWith } from './channel-state.ts';
import { algebra, COMMITMENT_BYTES, counterOf, readCommitment } from './joint-pickup.ts';
import { requirePin, spendSignature } from './pin-commands.ts';
import { privateKey } from './private-key.ts';
import { demand } from './refusal.ts';
import { counted, LOGGED, newestTime } from './sign-command.ts';

/** How many patients one person may fetch controlled drugs for. */
const PLACES = 8;
const POINT = 33;
/** PK_P ‖ R_P ‖ X ‖ r ‖ s. */
const OFFER_BYTES = 65 + 2 * POINT + 64;

const cellAt = (place: number): string => `share/${place.toString(16).padStart(2, '0')}`;

/** What a place holds. */
interface HeldShare {
  readonly cell: string;
  readonly warrant: Warrant;
  /** W. */
  readonly delegation: Uint8Array;
  readonly papers: Delegation;
  /** mu*s_A, 32 bytes. */
  readonly share: Uint8Array;
}

/** A cell is R_P(33) ‖ R_A(33) ‖ PK_P(33) ‖ share(32) ‖ omega. */
function heldShares(card: CardContext): readonly HeldShare[] {
  const { memory } = card;
  const own = compressPoint(publicPoint(privateKey(card, KEY.signature))) ?? NOTHING;
  return memory.names('share/').map((cell) => {
    const bytes = memory.get(cell) ?? NOTHING;
    const at = (from: number, to?: number): Uint8Array => bytes.slice(from, to);
    const papers = {
      rP: at(0, POINT),
      rA: at(POINT, 2 * POINT),
      patientKey: at(2 * POINT, 3 * POINT),
      agentKey: own,
      omega: at(3 * POINT + 32),
    };
    const { omega, rP, rA } = papers;
    const share = at(3 * POINT, 3 * POINT + 32);
    return { cell, warrant: decodeWarrant(omega), delegation: delegationHash(omega, rP, rA), papers, share };
  });
}

/** What takes the share of a warrant (serial, 16 bytes) away; undefined when the card has none. */
export function erasedShare(card: CardContext, serial: Uint8Array): readonly CellChange[] | undefined {
  if (card.memory.names('share/').length === 0) return undefined;
  const held = heldShares(card).find(({ warrant }) => equalBytes(warrant.serial, serial));
  return held === undefined ? undefined : [[held.cell, undefined]];
}

/** Where the share of a warrant goes: in the place of the same, a free one, or of one that is over; refuses 6A84. */
function placeFor(card: CardContext, { serial }: Warrant): string {
  const held = heldShares(card);
  const same = held.find(({ warrant }) => equalBytes(warrant.serial, serial));
  const free = Array.from({ length: PLACES }, (_, place) => cellAt(place)).find((cell) =>
    held.every((one) => one.cell !== cell),
  );
  const over = held.find(({ warrant }) => warrant.notAfter < newestTime(card));
  const cell = same?.cell ?? free ?? over?.cell;
  demand(cell !== undefined, SW.full);
  return cell;
}

function join(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  demand(p1 === 0 && p2 === 0, SW.wrongParameters);
  demand(!isBlank(card), SW.conditions);
  terminalWith(card, 'registration', 'bureau');
  requirePin(card);
  demand(data.length > OFFER_BYTES, SW.wrongLength);
  const point = data.slice(0, 65);
  const [rP, x] = [data.slice(65, 65 + POINT), data.slice(65 + POINT, 65 + 2 * POINT)];
  const [signature, omega] = [data.slice(65 + 2 * POINT, OFFER_BYTES), data.slice(OFFER_BYTES)];
  const patientKey = compressPoint(point);
  demand(patientKey !== undefined, SW.wrongData);
  const warrant = readWarrant(omega);
  demand(warrant.twoParty === true, SW.warrantRefused);
  const secret = privateKey(card, KEY.signature);
  const own = publicPoint(secret);
  demand(equalBytes(warrant.patientKeyHash, h256(p256Spki(point))), SW.conditions);
  demand(equalBytes(warrant.agentKeyHash, h256(p256Spki(own))), SW.conditions);
  demandApproved(card, warrant);
  demand(isSignedBy(point, offerStatement(omega, rP, x), signature), SW.wrongData);
  const agentKey = compressPoint(own) ?? NOTHING;
  const { rA, share } = acceptShare({ patientKey, agentKey, omega, rP }, secret, card.rng);
  try {
    // Also where the patient chose R_P so that a key would be none.
    demand(deriveProxyKeys({ patientKey, agentKey, omega, rP, rA }) !== undefined, SW.wrongData);
    const cell = placeFor(card, warrant);
    spendSignature(card);
    const { changes } = counted(card, LOGGED.join, warrant.serial);
    card.memory.write([...changes, [cell, concat(rP, rA, patientKey, share, omega)]]);
  } finally {
    wipe(share);
  }
  return concat(rA, signMessage(secret, acceptStatement(omega, rP, rA)));
}

/** JOIN, COMMIT and SHARE, with the pair of nonces between the last two. */
export function jointShareCommands(): CardApplication {
  let open: { readonly delegation: Uint8Array; readonly nonces: HeldNonces } | undefined;
  const drop = (): void => {
    if (open !== undefined) wipe(open.nonces.hiding, open.nonces.binding);
    open = undefined;
  };

  function shareOf(card: CardContext, delegation: Uint8Array): HeldShare {
    const held = heldShares(card).find((one) => equalBytes(one.delegation, delegation));
    demand(held !== undefined, SW.referenceNotFound);
    return held;
  }

  function commit(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
    drop();
    demand(p1 === 0 && p2 === 0, SW.wrongParameters);
    demand(!isBlank(card), SW.conditions);
    terminalWith(card, 'pharmacy');
    requirePin(card);
    demand(data.length === 32, SW.wrongLength);
    const { share, delegation } = shareOf(card, data);
    const nonces = commitNonces(share, delegation, counterOf(card), card.rng);
    open = { delegation, nonces };
    return concat(nonces.commitment.hiding, nonces.commitment.binding);
  }

  function share(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
    const committed = open;
    open = undefined;
    try {
      demand(p1 === 0 && p2 === 0, SW.wrongParameters);
      const { institution, id } = terminalWith(card, 'pharmacy');
      demand(data.length === PICKUP_LENGTH + COMMITMENT_BYTES, SW.wrongLength);
      demand(committed !== undefined, SW.conditions);
      const { delegation, nonces } = committed;
      const held = shareOf(card, delegation);
      const [pickup, theirs] = [data.slice(0, PICKUP_LENGTH), readCommitment(data.slice(PICKUP_LENGTH))];
      const { pharmacy, terminal, rxId, pid } = algebra(() => decodePickup(pickup));
      // What is signed names where the two cards are: relayed to another pharmacy, it is not.
      demand(equalBytes(pharmacy, bcdOf(institution)) && equalBytes(terminal, id), SW.conditions);
      demand(equalBytes(pid, held.warrant.pid), SW.warrantRefused);
      // Whether it is a controlled drug, this card need not know: both cards are here.
      const outside = scopeRefusal(held.warrant, { rxId, pharmacy, controlled: true }, newestTime(card));
      demand(outside === undefined, SW.warrantRefused);
      const keys = deriveProxyKeys(held.papers);
      demand(keys !== undefined, SW.wrongData);
      spendSignature(card);
      const z = algebra(() => signShare({ keys, delegation, pickup }, 'agent', held.share, nonces, theirs));
      // Before it leaves: the counter is what keeps a generator that has stuck from the same nonces again.
      card.memory.write(counted(card, LOGGED.share, rxId).changes);
      return z;
    } finally {
      if (committed !== undefined) wipe(committed.nonces.hiding, committed.nonces.binding);
    }
  }

  return {
    handlers: new Map([
      [0x802f, join],
      [0x8030, commit],
      [0x8031, share],
    ]),
    forget: drop,
  };
}
