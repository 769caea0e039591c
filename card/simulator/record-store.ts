/**
 * Records of linear and cyclic files in the cells of a card. A cell is order(4) ‖ data; the order says which record is older.
 * @module
 */
import { concat, readUint, uint } from '../../crypto/common/bytes.ts';
import { SW } from '../apdu/status-word.ts';
import type { FileProfile } from '../apps/card-profile.ts';
import type { CardMemory, CellChange } from './card-memory.ts';
import { demand } from './refusal.ts';

/** One record; `order` grows with each one written to the file. */
export interface StoredRecord {
  readonly cell: string;
  readonly order: number;
  readonly data: Uint8Array;
}

/** Cell of a transparent file. */
export const fileCell = ({ fid }: FileProfile): string => `ef/${fid.toString(16).padStart(4, '0')}`;

const recordCell = (file: FileProfile, slot: number): string =>
  `${fileCell(file)}/${slot.toString(16).padStart(2, '0')}`;

/** The records as a host counts them: newest first in a cyclic file, by place in a linear one. */
export function recordsOf(memory: CardMemory, file: FileProfile): readonly StoredRecord[] {
  const found = memory.names(`${fileCell(file)}/`).map((cell): StoredRecord => {
    const value = memory.get(cell) ?? new Uint8Array(4);
    return { cell, order: readUint(value.subarray(0, 4)), data: value.slice(4) };
  });
  return file.structure === 'cyclic' ? found.sort((a, b) => b.order - a.order) : found;
}

/** The same record with other data. */
export const rewritten = (record: StoredRecord, data: Uint8Array): CellChange => [
  record.cell,
  concat(uint(record.order, 4), data),
];

/**
 * What appending changes: a free place is taken, else the oldest record that `mayReplace` gives up (any of a cyclic file).
 * Refuses 6700 on a wrong length, 6A84 when nothing may go.
 */
export function appended(
  memory: CardMemory,
  file: FileProfile,
  data: Uint8Array,
  mayReplace: (data: Uint8Array) => boolean = () => false,
): CellChange {
  const variable = file.structure === 'linear-variable';
  demand(data.length > 0 && (variable ? data.length <= file.size : data.length === file.size), SW.wrongLength);
  const existing = recordsOf(memory, file);
  const order = 1 + existing.reduce((newest, record) => Math.max(newest, record.order), 0);
  const value = concat(uint(order, 4), data);
  const taken = new Set(existing.map((record) => record.cell));
  for (let slot = 0; slot < file.records; slot++) {
    const cell = recordCell(file, slot);
    if (!taken.has(cell)) return [cell, value];
  }
  const [oldest] = existing
    .filter((record) => file.structure === 'cyclic' || mayReplace(record.data))
    .sort((a, b) => a.order - b.order);
  demand(oldest !== undefined, SW.full);
  return [oldest.cell, value];
}
