/**
 * How fingers lie in the memory that all searching threads share: in segments of {@link SEGMENT_ROWS} rows, all of one finger position, array after
 * array, so that a scan reads nothing that it does not compare.
 * @module
 */
import { MOST_MINUTIAE, type PreparedView, RECORD, SHORT_CODE } from '../match/prepared-finger.ts';

/** Rows of a segment. */
export const SEGMENT_ROWS = 1_024;
/** Codes of a row that the scan compares: those of the best minutiae. */
const SHORT_CODES = 36;
/** Bytes for the templates of a row (person-codec.ts), from which the last stage prepares everything anew. */
export const TEMPLATE_BYTES = 912;

const SHORT_STRIDE = SHORT_CODES * SHORT_CODE;
/** A block is a record of the matcher, with room for the longest. */
const BLOCK_STRIDE = RECORD.header + (RECORD.minutia + RECORD.code) * MOST_MINUTIAE;

/** Offsets within a segment. */
const AT = {
  /** Codes to scan, one byte a row; 0 for an empty one. */
  shortCounts: 0,
  /** Minutiae of the block, one byte a row. */
  blockCounts: SEGMENT_ROWS,
  /** Bytes of the templates, two a row. */
  lengths: 2 * SEGMENT_ROWS,
  shorts: 4 * SEGMENT_ROWS,
  blocks: 4 * SEGMENT_ROWS + SEGMENT_ROWS * SHORT_STRIDE,
  templates: 4 * SEGMENT_ROWS + SEGMENT_ROWS * (SHORT_STRIDE + BLOCK_STRIDE),
} as const;

/** Bytes of a segment; those of a row are a {@link SEGMENT_ROWS}th of it. */
export const SEGMENT_BYTES = AT.templates + SEGMENT_ROWS * TEMPLATE_BYTES;

/** Addresses for the scan of a segment that begins at `segment`. */
export const scanOf = (segment: number) => ({
  counts: segment + AT.shortCounts,
  codes: segment + AT.shorts,
  stride: SHORT_STRIDE,
});

/** Address and number of a row's codes for the finer scan. */
export function mediumOf(
  memory: Uint8Array,
  segment: number,
  row: number,
): { readonly at: number; readonly count: number } {
  const count = memory[segment + AT.blockCounts + row] ?? 0;
  return {
    at: segment + AT.blocks + row * BLOCK_STRIDE + RECORD.header + RECORD.minutia * count,
    count: Math.min(SHORT_CODES, count),
  };
}

/** Codes of a probe's view for the finer scan: those of its best minutiae, at most `most`. */
export function mediumCodes({ record, count }: PreparedView, most: number): Uint8Array {
  const from = RECORD.header + RECORD.minutia * count;
  return record.slice(from, from + RECORD.code * Math.min(most, count));
}

/** Codes of a probe's view for the scan. */
export const shortCodes = ({ short, count }: PreparedView, most: number): Uint8Array =>
  new Uint8Array(short.buffer, short.byteOffset, SHORT_CODE * Math.min(most, count)).slice();

/** Writes a finger into a row; what other threads see of it before it is whole is nothing. */
export function writeRow(
  memory: Uint8Array,
  segment: number,
  row: number,
  view: PreparedView,
  templates: Uint8Array,
): void {
  if (templates.length > TEMPLATE_BYTES) throw new RangeError('templates longer than a row has room for');
  memory.set(shortCodes(view, SHORT_CODES), segment + AT.shorts + row * SHORT_STRIDE);
  memory.set(view.record, segment + AT.blocks + row * BLOCK_STRIDE);
  memory.set(templates, segment + AT.templates + row * TEMPLATE_BYTES);
  memory[segment + AT.lengths + 2 * row] = templates.length & 0xff;
  memory[segment + AT.lengths + 2 * row + 1] = templates.length >> 8;
  memory[segment + AT.blockCounts + row] = view.count;
  memory[segment + AT.shortCounts + row] = Math.min(SHORT_CODES, view.count);
}

/** Erases a row: nothing of the finger is left. */
export function eraseRow(memory: Uint8Array, segment: number, row: number): void {
  memory[segment + AT.shortCounts + row] = 0;
  memory[segment + AT.blockCounts + row] = 0;
  memory.fill(0, segment + AT.lengths + 2 * row, segment + AT.lengths + 2 * row + 2);
  memory.fill(0, segment + AT.shorts + row * SHORT_STRIDE, segment + AT.shorts + (row + 1) * SHORT_STRIDE);
  memory.fill(0, segment + AT.blocks + row * BLOCK_STRIDE, segment + AT.blocks + (row + 1) * BLOCK_STRIDE);
  memory.fill(0, segment + AT.templates + row * TEMPLATE_BYTES, segment + AT.templates + (row + 1) * TEMPLATE_BYTES);
}

/** The first view of a row's finger, where it lies. */
export function viewOf(memory: Uint8Array, segment: number, row: number): PreparedView {
  const count = memory[segment + AT.blockCounts + row] ?? 0;
  const block = segment + AT.blocks + row * BLOCK_STRIDE;
  const record = memory.subarray(block, block + RECORD.header + (RECORD.minutia + RECORD.code) * count);
  return { count, record, short: new Uint32Array(0) };
}

/** The templates of a row (person-codec.ts), a copy; empty for an empty row. */
export function templatesOf(memory: Uint8Array, segment: number, row: number): Uint8Array {
  const at = segment + AT.lengths + 2 * row;
  const length = (memory[at] ?? 0) | ((memory[at + 1] ?? 0) << 8);
  const from = segment + AT.templates + row * TEMPLATE_BYTES;
  return Uint8Array.from(memory.subarray(from, from + Math.min(length, TEMPLATE_BYTES)));
}
