/**
 * What a desk keeps on its disk: the outbox, its evidence, the newest public material, sets that wait for their card, what was issued, pickups that were begun, locks, the
 * inbox, conflicts that somebody dealt with, what was printed, the keys of scanners.
 * Every row is sealed (sealed-rows.ts); the form of the rows is desk-rows.ts.
 * @module
 */
import type { OutboxStore } from '../../nhi-client/outbox.ts';
import type { DeskStore } from '../station/ports.ts';
import { DESK_ROWS, type ScannerKey } from './desk-rows.ts';
import { type KeptRows, openSealedRows } from './sealed-rows.ts';

/** An open store. */
export interface OpenDeskStore {
  readonly store: DeskStore;
  readonly outbox: OutboxStore;
  /** By device id; the caller wipes what it reads. */
  readonly scannerKeys: KeptRows<ScannerKey>;
  close(): void;
}

/** Opens or makes the file under the store's key (32 bytes, only read here). Throws STORE_KEY_LOST; what it answers rejects with STORE_DAMAGED. */
export function openDeskStore(file: string, storeKey: Uint8Array): OpenDeskStore {
  const rows = openSealedRows(file, storeKey);
  const outbox = rows.of(DESK_ROWS.outbox);
  const evidence = rows.of(DESK_ROWS.evidence);
  const material = rows.of(DESK_ROWS.material);
  const sets = rows.of(DESK_ROWS.keptSet);
  const issues = rows.of(DESK_ROWS.issue);
  const pickups = rows.of(DESK_ROWS.begunPickup);
  const locks = rows.of(DESK_ROWS.heldLock);
  const inbox = rows.of(DESK_ROWS.inbox);
  const settled = rows.of(DESK_ROWS.settled);
  const printed = rows.of(DESK_ROWS.printedSheet);
  return {
    outbox: {
      put: async (items, signal) => {
        signal.throwIfAborted();
        outbox.put(items);
      },
      remove: async (id) => outbox.drop(id),
      list: async () => outbox.all(),
    },
    store: {
      appendEvidence: async (lines) => evidence.put(lines),
      evidence: async () => evidence.all(),
      material: async () => material.all()[0],
      saveMaterial: async (newest) => material.put([newest]),
      keepSet: async (set) => sets.put([set]),
      keptSets: async () => sets.all(),
      dropSet: async (reference) => sets.drop(reference),
      keepIssue: async (issue) => issues.put([issue]),
      issues: async () => issues.all(),
      dropIssue: async (rxId) => issues.drop(rxId),
      keepPickup: async (pickup) => pickups.put([pickup]),
      begunPickups: async () => pickups.all(),
      dropPickup: async (rxId) => pickups.drop(rxId),
      keepLock: async (lock) => locks.put([lock]),
      heldLocks: async () => locks.all(),
      dropLock: async (rxId) => locks.drop(rxId),
      keepInbox: async (items) => inbox.put(items),
      inbox: async () => inbox.all(),
      dropInbox: async (rxId) => inbox.drop(rxId),
      keepSettled: async (conflict) => settled.put([conflict]),
      settled: async () => settled.all(),
      keepPrinted: async (sheets) => printed.put(sheets),
      printedSheets: async () => printed.all(),
      dropPrinted: async (before) => {
        for (const sheet of printed.all()) if (sheet.day < before) printed.drop(DESK_ROWS.printedSheet.keyOf(sheet));
      },
    },
    scannerKeys: rows.of(DESK_ROWS.scannerKey),
    close: () => rows.close(),
  };
}
