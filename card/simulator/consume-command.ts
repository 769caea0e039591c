/**
 * CONSUME RX, 80 D0 (card note 3.5; proxysig note, "Pickup"): the card builds the pickup object from its own record and signs it, once for each
 * part. In: R_X_ID(16) ‖ part(1) ‖ rxh(32) ‖ nonce(32); pharmacy and terminal are those of the channel. Out: parts left(1) ‖ newest time(4) ‖ r ‖ s(64) ‖ PU(198).
 * PROXY SIGN, 80 2A, is the same for an agent: signature T ‖ s of 65 bytes.
 * The record is flipped and the answer kept in one write before the signature leaves; the same PU gets the same bytes again.
 * @module
 */
import { bcdOf } from '../../crypto/common/bcd.ts';
import { concat, equalBytes, uint } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { signMessage } from '../../crypto/pki/p256-key.ts';
import { decodePickup, encodePickup, PICKUP_LENGTH, type PickupObject } from '../../crypto/proxysig/pickup-object.ts';
import { encodePrescriptionRecord, type PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { signAsProxy } from '../../crypto/proxysig/proxy-signature.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { KEY, PATIENT_FILES, POLICY } from '../apps/card-profile.ts';
import { agentIn, usedCell } from './agent-slots.ts';
import type { CardMemory, CellChange } from './card-memory.ts';
import type { CardContext } from './card-os.ts';
import { terminalWith } from './channel-state.ts';
import { prescriptionOf } from './patient-rules.ts';
import { requirePin, spendSignature } from './pin-commands.ts';
import { privateKey } from './private-key.ts';
import { fileCell, rewritten } from './record-store.ts';
import { demand } from './refusal.ts';
import { counted, LOGGED, newestTime } from './sign-command.ts';

/** Bytes of the command's data. */
const CONSUME_LENGTH = 81;

const NONE = new Uint8Array(32);

type Request = Pick<PickupObject, 'rxId' | 'part' | 'rxh' | 'nonce' | 'pharmacy' | 'terminal'>;

function readRequest(card: CardContext, { p2, data }: CommandApdu): Request {
  demand(p2 === 0, SW.wrongParameters);
  demand(data.length === CONSUME_LENGTH, SW.wrongLength);
  const { institution, id } = terminalWith(card, 'pharmacy');
  return {
    rxId: data.slice(0, 16),
    part: data[16] ?? 0,
    rxh: data.slice(17, 49),
    nonce: data.slice(49, 81),
    pharmacy: bcdOf(institution),
    terminal: id,
  };
}

const answerCell = (request: Request): string =>
  `pickup/${Buffer.from(request.rxId).toString('hex')}/${request.part.toString(16).padStart(2, '0')}`;

/** The kept answer when the request leads to the same PU; refuses 6985 for another one. */
function keptAnswer(kept: Uint8Array | undefined, pickup: PickupObject): Uint8Array {
  demand(kept !== undefined, SW.conditions);
  const before = kept.slice(-PICKUP_LENGTH);
  // The card's time may have moved on since; the object as signed is the one that counts.
  const again = encodePickup({ ...pickup, timeTokenHash: decodePickup(before).timeTokenHash });
  demand(equalBytes(h256(again), h256(before)), SW.conditions);
  return kept;
}

/** Does the holder's policy let the card collect without a PIN? */
const isFree = (card: CardContext): boolean => ((card.memory.get('policy')?.[0] ?? 0) & POLICY.pickup) !== 0;

function demandOpen(card: CardContext, request: Request, record: PrescriptionRecord): void {
  demand(record.status !== 'collected', SW.conditions);
  demand(record.status === 'open' && request.part === record.used + 1, SW.outsideWindow);
  demand(record.expires >= newestTime(card), SW.outsideWindow);
  const designated = record.pharmacy.some((byte) => byte !== 0);
  demand(!designated || equalBytes(record.pharmacy, request.pharmacy), SW.outsideWindow);
}

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

function collect(card: CardContext, request: Request, collector: Collector): Uint8Array {
  const pid = card.memory.get('pid');
  demand(pid !== undefined, SW.conditions);
  const found = prescriptionOf(card.memory, request.rxId);
  demand(found !== undefined && equalBytes(found.record.hash16, request.rxh.slice(0, 16)), SW.recordNotFound);
  const { record, stored } = found;
  demand(request.part >= 1 && request.part <= record.parts, SW.outsideWindow);
  const token = card.memory.get(fileCell(PATIENT_FILES.time));
  const { mode, warrant } = collector;
  const pickup: PickupObject = {
    ...request,
    mode,
    total: record.parts,
    timeTokenHash: token === undefined ? NONE : h256(token),
    pid,
    warrant,
  };
  if (request.part <= record.used) {
    collector.mayRepeat(record);
    return keptAnswer(card.memory.get(answerCell(request)), pickup);
  }
  demandOpen(card, request, record);
  collector.mayBegin(record);
  const used = record.used + 1;
  const next: PrescriptionRecord = { ...record, used, status: used === record.parts ? 'collected' : 'open' };
  const pu = encodePickup(pickup);
  const { changes } = counted(card, LOGGED.pickup, request.rxId);
  const answer = concat(uint(record.parts - used, 1), uint(newestTime(card), 4), collector.sign(pu), pu);
  card.memory.write([
    ...changes,
    ...collector.changes,
    rewritten(stored, encodePrescriptionRecord(next)),
    [answerCell(request), answer],
    ...forgotten(card),
  ]);
  return answer;
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
  const agent = agentIn(card, apdu.p1);
  demand(agent !== undefined, SW.referenceNotFound);
  demand(card.session.agentVerified === apdu.p1, SW.pinRequired);
  const { warrant, delegation, secret, used } = agent;
  const covers = ({ controlled }: PrescriptionRecord): boolean => {
    const { pharmacies, prescriptions } = warrant;
    const here = pharmacies.length === 0 || pharmacies.some((one) => equalBytes(one, request.pharmacy));
    const named = prescriptions.length === 0 || prescriptions.some((one) => equalBytes(one, request.rxId));
    const now = newestTime(card);
    // A controlled drug needs the agent's own card beside the patient's (proxysig note, "To be said in docs"), which is not here yet.
    return here && named && !controlled && now >= warrant.notBefore && now <= warrant.notAfter;
  };
  return collect(card, request, {
    mode: 'agent',
    warrant: delegation,
    mayRepeat: (record) => demand(covers(record), SW.warrantRefused),
    mayBegin: (record) => demand(covers(record) && used < warrant.uses, SW.warrantRefused),
    sign: (pu) => signAsProxy(secret, delegation, pu, card.rng),
    changes: [usedCell(apdu.p1, used + 1)],
  });
}

/** Erases the answers kept for a prescription from a part on: those parts are to be collected again. */
export function keptAnswersFrom(memory: CardMemory, rxId: Uint8Array, part: number): readonly CellChange[] {
  const prefix = `pickup/${Buffer.from(rxId).toString('hex')}/`;
  return memory
    .names(prefix)
    .filter((cell) => Number.parseInt(cell.slice(prefix.length), 16) >= part)
    .map((cell): CellChange => [cell, undefined]);
}

// Answers are kept as long as the card knows the prescription.
function forgotten({ memory }: CardContext): readonly CellChange[] {
  return memory
    .names('pickup/')
    .filter((cell) => prescriptionOf(memory, Buffer.from(cell.slice(7, 39), 'hex')) === undefined)
    .map((cell): CellChange => [cell, undefined]);
}
