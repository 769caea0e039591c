/**
 * Several byte ranges changed as one: a redo journal. A write puts the record length(4) ‖ (address(4) ‖ length(4) ‖ bytes)* ‖ CRC-32(4) into
 * the journal, flips the commit byte before it to A5, applies the ranges, and clears the commit byte. At power-up a record behind another
 * commit byte is dropped and one behind A5 applied, from its beginning, as often as the supply goes during that.
 * @module
 */
import { concat, equalBytes, readUint, uint } from '../../crypto/common/bytes.ts';
import { crc32 } from '../apdu/crc32.ts';
import type { ByteMemory } from './byte-memory.ts';

/** Bytes to stand at an address. */
export interface RangeChange {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Most bytes of a record: what a card's transaction buffer would have to hold. */
export const JOURNAL_LIMIT = 32_768;

const COMMITTED = Uint8Array.of(0xa5);
const IDLE = Uint8Array.of(0);
const COMMIT_AT = 0;
const RECORD_AT = 1;

function encodeRecord(changes: readonly RangeChange[]): Uint8Array {
  const ranges = concat(...changes.flatMap(({ address, bytes }) => [uint(address, 4), uint(bytes.length, 4), bytes]));
  const body = concat(uint(ranges.length, 4), ranges);
  return concat(body, uint(crc32(body), 4));
}

/** The record in a journal; undefined when its checksum does not hold. */
function readRecord(journal: ByteMemory): readonly RangeChange[] | undefined {
  const length = readUint(journal.read(RECORD_AT, 4));
  if (length > JOURNAL_LIMIT) return undefined;
  const body = journal.read(RECORD_AT, 4 + length);
  if (readUint(journal.read(RECORD_AT + 4 + length, 4)) !== crc32(body)) return undefined;
  const changes: RangeChange[] = [];
  for (let at = 4; at < body.length; ) {
    const address = readUint(body.subarray(at, at + 4));
    const size = readUint(body.subarray(at + 4, at + 8));
    changes.push({ address, bytes: body.slice(at + 8, at + 8 + size) });
    at += 8 + size;
  }
  return changes;
}

function finish(journal: ByteMemory, cells: ByteMemory, changes: readonly RangeChange[]): void {
  for (const { address, bytes } of changes) cells.program(address, bytes);
  journal.program(COMMIT_AT, IDLE);
}

/** Bytes of the record that these changes make; above {@link JOURNAL_LIMIT} they must not be written. */
export const recordLength = (changes: readonly RangeChange[]): number =>
  changes.reduce((sum, { bytes }) => sum + 8 + bytes.length, 8);

/** All of the changes or, after the supply went, none once {@link recover} has run. Throws PowerCut. */
export function writeAtomically(journal: ByteMemory, cells: ByteMemory, changes: readonly RangeChange[]): void {
  journal.program(RECORD_AT, encodeRecord(changes));
  journal.program(COMMIT_AT, COMMITTED);
  finish(journal, cells, changes);
}

/** What a card does first when power comes. Throws PowerCut when it goes again. */
export function recover(journal: ByteMemory, cells: ByteMemory): void {
  const state = journal.read(COMMIT_AT, 1);
  if (equalBytes(state, IDLE)) return;
  const record = equalBytes(state, COMMITTED) ? readRecord(journal) : undefined;
  finish(journal, cells, record ?? []);
}
