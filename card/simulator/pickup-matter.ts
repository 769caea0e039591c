/**
 * What every way of collecting has in common on a patient card (card note 3.5; proxysig note, "Pickup"): the request, the record it is about, the
 * pickup object, and the one write that flips the record and keeps the answer.
 * @module
 */
import { bcdOf } from '../../crypto/common/bcd.ts';
import { concat, equalBytes, uint } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { decodePickup, encodePickup, PICKUP_LENGTH, type PickupObject } from '../../crypto/proxysig/pickup-object.ts';
import { encodePrescriptionRecord, type PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { PATIENT_FILES } from '../apps/card-profile.ts';
import type { CardMemory, CellChange } from './card-memory.ts';
import type { CardContext } from './card-os.ts';
import { terminalWith } from './channel-state.ts';
import { prescriptionOf, type StoredPrescription } from './patient-rules.ts';
import { fileCell, rewritten } from './record-store.ts';
import { demand } from './refusal.ts';
import { counted, LOGGED, newestTime } from './sign-command.ts';

/** Bytes of R_X_ID(16) ‖ part(1) ‖ rxh(32) ‖ nonce(32). */
export const CONSUME_LENGTH = 81;

const NONE = new Uint8Array(32);

/** What is asked, and where: pharmacy and terminal are those of the channel. */
export type PickupRequest = Pick<PickupObject, 'rxId' | 'part' | 'rxh' | 'nonce' | 'pharmacy' | 'terminal'>;

/** A request with what the card has about it. */
export interface PickupMatter extends StoredPrescription {
  readonly request: PickupRequest;
  readonly pickup: PickupObject;
}

/** Reads a request in the channel of a pharmacy; refuses 6A86, 6700, 6982, 6600. */
export function readRequest(card: CardContext, { p2, data }: Pick<CommandApdu, 'p2' | 'data'>): PickupRequest {
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

/** The record and the object to sign; refuses 6A83 for what the card does not know, 6986 for a part that there is not. */
export function matterOf(
  card: CardContext,
  request: PickupRequest,
  { mode, warrant }: Pick<PickupObject, 'mode' | 'warrant'>,
): PickupMatter {
  const pid = card.memory.get('pid');
  demand(pid !== undefined, SW.conditions);
  const found = prescriptionOf(card.memory, request.rxId);
  demand(found !== undefined && equalBytes(found.record.hash16, request.rxh.slice(0, 16)), SW.recordNotFound);
  const { record } = found;
  demand(request.part >= 1 && request.part <= record.parts, SW.outsideWindow);
  const token = card.memory.get(fileCell(PATIENT_FILES.time));
  const timeTokenHash = token === undefined ? NONE : h256(token);
  return { ...found, request, pickup: { ...request, mode, total: record.parts, timeTokenHash, pid, warrant } };
}

const answerCell = ({ rxId, part }: PickupRequest): string =>
  `pickup/${Buffer.from(rxId).toString('hex')}/${part.toString(16).padStart(2, '0')}`;

/** The kept answer when the request leads to the same PU; refuses 6985 for another one. */
export function keptAnswer({ memory }: CardContext, { request, pickup }: PickupMatter): Uint8Array {
  const kept = memory.get(answerCell(request));
  demand(kept !== undefined, SW.conditions);
  const before = kept.slice(-PICKUP_LENGTH);
  // The card's time may have moved on since; the object as signed is the one that counts.
  const again = encodePickup({ ...pickup, timeTokenHash: decodePickup(before).timeTokenHash });
  demand(equalBytes(h256(again), h256(before)), SW.conditions);
  return kept;
}

/** Refuses unless the part is the next, and to be collected now and here: 6985, 6986. */
export function demandOpen(card: CardContext, { request, record }: PickupMatter): void {
  demand(record.status !== 'collected', SW.conditions);
  demand(record.status === 'open' && request.part === record.used + 1, SW.outsideWindow);
  demand(record.expires >= newestTime(card), SW.outsideWindow);
  const designated = record.pharmacy.some((byte) => byte !== 0);
  demand(!designated || equalBytes(record.pharmacy, request.pharmacy), SW.outsideWindow);
}

/** Flips the record, counts, logs and keeps the answer in one write; the answer. `more`: what else becomes true with the pickup. */
export function settlePickup(
  card: CardContext,
  { request, record, stored }: PickupMatter,
  signed: { readonly pu: Uint8Array; readonly signature: Uint8Array },
  more: readonly CellChange[],
): Uint8Array {
  const used = record.used + 1;
  const next: PrescriptionRecord = { ...record, used, status: used === record.parts ? 'collected' : 'open' };
  const { changes } = counted(card, LOGGED.pickup, request.rxId);
  const answer = concat(uint(record.parts - used, 1), uint(newestTime(card), 4), signed.signature, signed.pu);
  card.memory.write([
    ...changes,
    ...more,
    rewritten(stored, encodePrescriptionRecord(next)),
    [answerCell(request), answer],
    ...forgotten(card),
  ]);
  return answer;
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
