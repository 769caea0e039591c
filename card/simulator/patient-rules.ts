/**
 * What a patient card lets into its staged files, and which record gives way when one is full (card note 3.8): the oldest prescription that is
 * no longer open, and the sealed body that belongs to none that is.
 * @module
 */
import { equalBytes, readUint } from '../../crypto/common/bytes.ts';
import {
  decodePrescriptionRecord,
  encodePrescriptionRecord,
  type PrescriptionRecord,
} from '../../crypto/proxysig/prescription-record.ts';
import { SW } from '../apdu/status-word.ts';
import { PATIENT_FILES } from '../apps/card-profile.ts';
import type { CardMemory, CellChange } from './card-memory.ts';
import type { StagingRule } from './pending-set.ts';
import { appended, fileCell, recordsOf, type StoredRecord } from './record-store.ts';
import { demand, Refusal } from './refusal.ts';

/** A stored prescription record and where it stands. */
export interface StoredPrescription {
  readonly stored: StoredRecord;
  readonly record: PrescriptionRecord;
}

/** The record of a prescription; undefined when the card does not know it. */
export function prescriptionOf(memory: CardMemory, rxId: Uint8Array): StoredPrescription | undefined {
  for (const stored of recordsOf(memory, PATIENT_FILES.prescriptions)) {
    const record = decodePrescriptionRecord(stored.data);
    if (record !== undefined && equalBytes(record.rxId, rxId)) return { stored, record };
  }
  return undefined;
}

/** May the record of a prescription give way? */
const isOver = (record: PrescriptionRecord | undefined, now: number): boolean =>
  record === undefined || record.status !== 'open' || record.expires < now;

/** Where a prescription that the bureau issues again goes; undefined when the card has it already or has no place. */
export function placeForPrescription(
  memory: CardMemory,
  record: PrescriptionRecord,
): readonly CellChange[] | undefined {
  if (prescriptionOf(memory, record.rxId) !== undefined) return undefined;
  const now = newestTimeIn(memory);
  try {
    const mayGo = (old: Uint8Array): boolean => isOver(decodePrescriptionRecord(old), now);
    return [appended(memory, PATIENT_FILES.prescriptions, encodePrescriptionRecord(record), mayGo)];
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** The newest time the card has seen, seconds since 1970; 0 when none. */
export const newestTimeIn = (memory: CardMemory): number =>
  readUint((memory.get(fileCell(PATIENT_FILES.time)) ?? new Uint8Array(4)).subarray(0, 4));

/** The rule for APPEND RECORD; `now` is the newest time the card has seen, 0 when none. */
export const patientRule =
  (now: (memory: CardMemory) => number): StagingRule =>
  (memory, file, data) => {
    switch (file.fid) {
      case PATIENT_FILES.prescriptions.fid: {
        const record = decodePrescriptionRecord(data);
        demand(record !== undefined && record.used === 0 && record.status === 'open', SW.wrongData);
        demand(prescriptionOf(memory, record.rxId) === undefined, SW.alreadyExists);
        return appended(memory, file, data, (old) => isOver(decodePrescriptionRecord(old), now(memory)));
      }
      case PATIENT_FILES.bodies.fid: {
        demand(data.length > 16, SW.wrongLength);
        const rxId = data.slice(0, 16);
        demand(prescriptionOf(memory, rxId) !== undefined, SW.referenceNotFound);
        const again = recordsOf(memory, file).some((body) => equalBytes(body.data.slice(0, 16), rxId));
        demand(!again, SW.alreadyExists);
        return appended(memory, file, data, (old) =>
          isOver(prescriptionOf(memory, old.slice(0, 16))?.record, now(memory)),
        );
      }
      default:
        return appended(memory, file, data);
    }
  };
