/**
 * What a patient card lets into its staged files, and which record gives way when one is full (card note 3.8): the oldest prescription that is
 * no longer open, and the sealed body that belongs to none that is.
 * @module
 */
import { equalBytes } from '../../crypto/common/bytes.ts';
import { decodePrescriptionRecord, type PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { SW } from '../apdu/status-word.ts';
import { PATIENT_FILES } from '../apps/card-profile.ts';
import type { CardMemory } from './card-memory.ts';
import type { StagingRule } from './pending-set.ts';
import { appended, recordsOf, type StoredRecord } from './record-store.ts';
import { demand } from './refusal.ts';

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

/** The rule for APPEND RECORD; `now` is the newest time the card has seen, 0 when none. */
export const patientRule =
  (now: (memory: CardMemory) => number): StagingRule =>
  (memory, file, data) => {
    const isOver = (record: PrescriptionRecord | undefined): boolean =>
      record === undefined || record.status !== 'open' || record.expires < now(memory);
    switch (file.fid) {
      case PATIENT_FILES.prescriptions.fid: {
        const record = decodePrescriptionRecord(data);
        demand(record !== undefined && record.used === 0 && record.status === 'open', SW.wrongData);
        demand(prescriptionOf(memory, record.rxId) === undefined, SW.alreadyExists);
        return appended(memory, file, data, (old) => isOver(decodePrescriptionRecord(old)));
      }
      case PATIENT_FILES.bodies.fid: {
        demand(data.length > 16, SW.wrongLength);
        const rxId = data.slice(0, 16);
        demand(prescriptionOf(memory, rxId) !== undefined, SW.referenceNotFound);
        const again = recordsOf(memory, file).some((body) => equalBytes(body.data.slice(0, 16), rxId));
        demand(!again, SW.alreadyExists);
        return appended(memory, file, data, (old) => isOver(prescriptionOf(memory, old.slice(0, 16))?.record));
      }
      default:
        return appended(memory, file, data);
    }
  };
