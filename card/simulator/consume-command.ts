/**
 * CONSUME RX, 80 D0 (card note 3.5; proxysig note, "Pickup"): the card builds the pickup object from its own record and signs it, once for each
 * part. In: R_X_ID(16) ‖ part(1) ‖ rxh(32) ‖ nonce(32); pharmacy and terminal are those of the channel. Out: parts left(1) ‖ newest time(4) ‖ r ‖ s(64) ‖ PU(198).
 * PROXY SIGN, 80 2A, is the same for an agent: signature T ‖ s of 65 bytes. Under a warrant of two cards it only says again what PROXY FINISH said.
 * The record is flipped and the answer kept in one write before the signature leaves; the same PU gets the same bytes again.
 * @module
 */
import { signMessage } from '../../crypto/pki/p256-key.ts';
import { encodePickup, type PickupObject } from '../../crypto/proxysig/pickup-object.ts';
import type { PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { signAsProxy } from '../../crypto/proxysig/proxy-signature.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { KEY, POLICY } from '../apps/card-profile.ts';
import { demandCovered, identifiedAgent, pickupMode, usedCell } from './agent-on-card.ts';
import type { CellChange } from './card-memory.ts';
import type { CardContext } from './card-os.ts';
import { demandOpen, keptAnswer, matterOf, type PickupRequest, readRequest, settlePickup } from './pickup-matter.ts';
import { requirePin, spendSignature } from './pin-commands.ts';
import { privateKey } from './private-key.ts';
import { demand } from './refusal.ts';

const NONE = new Uint8Array(32);

/** Does the holder's policy let the card collect without a PIN? */
const isFree = (card: CardContext): boolean => ((card.memory.get('policy')?.[0] ?? 0) & POLICY.pickup) !== 0;

/** Who collects: what goes into the object, who may, and whose signature stands under it. */
interface Collector {
  readonly mode: PickupObject['mode'];
  /** W of the warrant, 32 bytes; zeros for the holder. */
  readonly warrant: Uint8Array;
  /** Refuses unless this may be collected; also for the same object once more. */
  mayRepeat(record: PrescriptionRecord): void;
  /** Refuses unless this may be collected for the first time. */
  mayBegin(record: PrescriptionRecord): void;
  sign(pu: Uint8Array): Uint8Array;
  /** What else becomes true with the pickup. */
  readonly changes: readonly CellChange[];
}

function collect(card: CardContext, request: PickupRequest, collector: Collector): Uint8Array {
  const matter = matterOf(card, request, collector);
  const { record, pickup } = matter;
  if (request.part <= record.used) {
    collector.mayRepeat(record);
    return keptAnswer(card, matter);
  }
  demandOpen(card, matter);
  collector.mayBegin(record);
  const pu = encodePickup(pickup);
  return settlePickup(card, matter, { pu, signature: collector.sign(pu) }, collector.changes);
}

/** CONSUME RX: the holder collects. */
export function consume(card: CardContext, apdu: CommandApdu): Uint8Array {
  demand(apdu.p1 === 0, SW.wrongParameters);
  const request = readRequest(card, apdu);
  const key = privateKey(card, KEY.signature);
  const needsPin = ({ controlled }: PrescriptionRecord): boolean => !isFree(card) || controlled;
  return collect(card, request, {
    mode: 'patient',
    warrant: NONE,
    mayRepeat: (record) => {
      if (needsPin(record)) requirePin(card);
    },
    mayBegin: (record) => {
      if (needsPin(record)) spendSignature(card);
    },
    sign: (pu) => signMessage(key, pu),
    changes: [],
  });
}

/** PROXY SIGN, 80 2A slot 00, the same data: an agent collects with the key of the slot, behind the agent's own PIN, within the warrant. */
export function consumeAsAgent(card: CardContext, apdu: CommandApdu): Uint8Array {
  const request = readRequest(card, apdu);
  const agent = identifiedAgent(card, apdu.p1);
  const { warrant, delegation, secret, used } = agent;
  return collect(card, request, {
    mode: pickupMode(warrant),
    warrant: delegation,
    mayRepeat: (record) => demandCovered(card, agent, request, record),
    mayBegin: (record) => {
      // Half a key signs nothing: PROXY BEGIN and PROXY FINISH do, with the agent's own card.
      demand(warrant.twoParty !== true && used < warrant.uses, SW.warrantRefused);
      demandCovered(card, agent, request, record);
    },
    sign: (pu) => signAsProxy(secret, delegation, pu, card.rng),
    changes: [usedCell(apdu.p1, used + 1)],
  });
}
