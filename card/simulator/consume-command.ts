/**
 * CONSUME RX, 80 D0 (card note 3.5; proxysig note, "Pickup"): the card builds the pickup object from its own record and signs it, once for each
 * part. In: R_X_ID(16) ‖ part(1) ‖ rxh(32) ‖ nonce(32) ‖ pharmacy(5) ‖ terminal(16). Out: parts left(1) ‖ newest time(4) ‖ r ‖ s(64) ‖ PU(198).
 * The record is flipped and the answer kept in one write before the signature leaves; the same PU gets the same bytes again.
 * @module
 */
import { digitsOf } from '../../crypto/common/bcd.ts';
import { concat, equalBytes, uint } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { signMessage } from '../../crypto/pki/p256-key.ts';
import { decodePickup, encodePickup, type PickupObject } from '../../crypto/proxysig/pickup-object.ts';
import { encodePrescriptionRecord, type PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { KEY, PATIENT_FILES, POLICY } from '../apps/card-profile.ts';
import type { CardMemory, CellChange } from './card-memory.ts';
import type { CardContext } from './card-os.ts';
import { prescriptionOf } from './patient-rules.ts';
import { privateKey } from './personalise-commands.ts';
import { requirePin, spendSignature } from './pin-commands.ts';
import { fileCell, rewritten } from './record-store.ts';
import { demand } from './refusal.ts';
import { counted, LOGGED, newestTime } from './sign-command.ts';

/** Bytes of the command's data. */
const CONSUME_LENGTH = 102;

const PU_AT = 69;
const NONE = new Uint8Array(32);

type Request = Pick<PickupObject, 'rxId' | 'part' | 'rxh' | 'nonce' | 'pharmacy' | 'terminal'>;

function readRequest({ p1, p2, data }: CommandApdu): Request {
  demand(p1 === 0 && p2 === 0, SW.wrongParameters);
  demand(data.length === CONSUME_LENGTH, SW.wrongLength);
  const pharmacy = data.slice(81, 86);
  demand(digitsOf(pharmacy) !== undefined, SW.wrongData);
  return {
    rxId: data.slice(0, 16),
    part: data[16] ?? 0,
    rxh: data.slice(17, 49),
    nonce: data.slice(49, 81),
    pharmacy,
    terminal: data.slice(86, 102),
  };
}

const answerCell = (request: Request): string =>
  `pickup/${Buffer.from(request.rxId).toString('hex')}/${request.part.toString(16).padStart(2, '0')}`;

/** The kept answer when the request leads to the same PU; refuses 6985 for another one. */
function keptAnswer(kept: Uint8Array | undefined, pickup: PickupObject): Uint8Array {
  demand(kept !== undefined, SW.conditions);
  const before = kept.slice(PU_AT);
  // The card's time may have moved on since; the object as signed is the one that counts.
  const again = encodePickup({ ...pickup, timeTokenHash: decodePickup(before).timeTokenHash });
  demand(equalBytes(h256(again), h256(before)), SW.conditions);
  return kept;
}

/** Does the holder's policy let the card collect without a PIN? */
const isFree = (card: CardContext): boolean => ((card.memory.get('policy')?.[0] ?? 0) & POLICY.pickup) !== 0;

function mayCollect(card: CardContext, request: Request, record: PrescriptionRecord): void {
  demand(record.status !== 'collected', SW.conditions);
  demand(record.status === 'open' && request.part === record.used + 1, SW.outsideWindow);
  demand(record.expires >= newestTime(card), SW.outsideWindow);
  const designated = record.pharmacy.some((byte) => byte !== 0);
  demand(!designated || equalBytes(record.pharmacy, request.pharmacy), SW.outsideWindow);
  if (!isFree(card) || record.controlled) spendSignature(card);
}

/** The command's handler. */
export function consume(card: CardContext, apdu: CommandApdu): Uint8Array {
  const request = readRequest(apdu);
  const key = privateKey(card, KEY.signature);
  const pid = card.memory.get('pid');
  demand(pid !== undefined, SW.conditions);
  const found = prescriptionOf(card.memory, request.rxId);
  demand(found !== undefined && equalBytes(found.record.hash16, request.rxh.slice(0, 16)), SW.recordNotFound);
  const { record, stored } = found;
  demand(request.part >= 1 && request.part <= record.parts, SW.outsideWindow);
  const token = card.memory.get(fileCell(PATIENT_FILES.time));
  const pickup: PickupObject = {
    ...request,
    mode: 'patient',
    total: record.parts,
    timeTokenHash: token === undefined ? NONE : h256(token),
    pid,
    warrant: NONE,
  };
  if (request.part <= record.used) {
    if (!isFree(card) || record.controlled) requirePin(card);
    return keptAnswer(card.memory.get(answerCell(request)), pickup);
  }
  mayCollect(card, request, record);
  const used = record.used + 1;
  const next: PrescriptionRecord = { ...record, used, status: used === record.parts ? 'collected' : 'open' };
  const pu = encodePickup(pickup);
  const { changes } = counted(card, LOGGED.pickup, request.rxId);
  const answer = concat(uint(record.parts - used, 1), uint(newestTime(card), 4), signMessage(key, pu), pu);
  card.memory.write([
    ...changes,
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
