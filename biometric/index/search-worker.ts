/**
 * A searching thread (search-threads.ts). It only reads the gallery's memory, and writes into its own part of the working room.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { readKernel } from '../kernel-memory.ts';
import { createMatcher } from '../match/create-matcher.ts';
import { MOST_MINUTIAE, RECORD, SHORT_CODE } from '../match/prepared-finger.ts';
import { THREAD_BYTES, workOf } from './gallery-memory.ts';
import { decodeFingers } from './person-codec.ts';
import { mediumOf, SEGMENT_ROWS, scanOf, templatesOf, viewOf } from './row-layout.ts';
import type { FromThread, SearchTask, ThreadMaterial, ToThread } from './search-protocol.ts';

/** What biometric/index/kernel exports. */
interface ScanKernel {
  beginProbe(probe: number, wanted: number, words: number, tables: number): void;
  scanShort(
    counts: number,
    codes: number,
    stride: number,
    rows: number,
    probe: number,
    wanted: number,
    tables: number,
    scores: number,
  ): void;
  scoreMedium(
    list: number,
    counts: number,
    rows: number,
    probe: number,
    wanted: number,
    tables: number,
    scores: number,
  ): void;
}

const port = parentPort;
if (port === null) throw new Error('search-worker runs as a worker thread');
// Given by the pool, in this very form.
const { thread } = workerData as ThreadMaterial;
const work = workOf(thread);
/** In the working room: the probe (what the kernel keeps of each code, then the codes), the kernel's tables, then what goes in and out. */
const PROBE_CODES = 128;
const PROBE_BYTES = 4_096;
const tables = work + PROBE_BYTES;
/** Sixteen groups of four codes, 16 bytes for each number of ones that a code of five words has. */
const TABLE_BYTES = (MOST_MINUTIAE / 4) * 16 * (64 * 5 + 1);
const room = tables + TABLE_BYTES;
/** Rows of one call of the finer scan: 4 bytes of address, 1 of count, 2 of score each. */
const LIST_ROWS = Math.floor((THREAD_BYTES - PROBE_BYTES - TABLE_BYTES) / 8);

const [code, matcher] = await Promise.all([readKernel('index'), createMatcher()]);
const memories: WebAssembly.Memory[] = [];
const kernels: Promise<ScanKernel>[] = [];

/** The kernel on one memory. */
function meet(number: number, memory: WebAssembly.Memory): void {
  memories[number] = memory;
  const abort = (): void => {
    throw new Error('the kernel of the index stopped');
  };
  kernels[number] = WebAssembly.instantiate(code, { env: { memory, abort } }).then(
    // The exports are those of biometric/index/kernel/index.ts, compiled from the same tree.
    ({ instance }) => instance.exports as unknown as ScanKernel,
  );
}

function bytesOf(number: number): Uint8Array {
  const memory = memories[number];
  if (memory === undefined) throw new Error('a memory that was never shown');
  return new Uint8Array(memory.buffer);
}

async function kernelOf(number: number): Promise<ScanKernel> {
  const kernel = kernels[number];
  if (kernel === undefined) throw new Error('a memory that was never shown');
  return kernel;
}

/** Brings a probe's codes, `each` bytes long, into the memory; how many they are. */
function bring(kernel: ScanKernel, memory: Uint8Array, codes: Uint8Array, each: number): number {
  const count = codes.length / each;
  if (codes.length > PROBE_BYTES - PROBE_CODES || count > MOST_MINUTIAE)
    throw new RangeError('more codes than a probe has');
  memory.set(codes, work + PROBE_CODES);
  kernel.beginProbe(work, count, each / 8, tables);
  return count;
}

async function scan({
  memory,
  segments,
  codes,
}: Extract<SearchTask, { stage: 'scan' }>): Promise<Uint16Array<ArrayBuffer>> {
  const kernel = await kernelOf(memory);
  const bytes = bytesOf(memory);
  const wanted = bring(kernel, bytes, codes, SHORT_CODE);
  const scores = new Uint16Array(segments.reduce((sum, { rows }) => sum + rows, 0));
  const out = room;
  let at = 0;
  for (const segment of segments) {
    const from = scanOf(segment.at);
    kernel.scanShort(from.counts, from.codes, from.stride, segment.rows, work, wanted, tables, out);
    scores.set(new Uint16Array(bytes.buffer, out, segment.rows), at);
    at += segment.rows;
  }
  return scores;
}

async function medium({
  memory,
  segments,
  rows,
  codes,
}: Extract<SearchTask, { stage: 'medium' }>): Promise<Uint16Array<ArrayBuffer>> {
  const kernel = await kernelOf(memory);
  const bytes = bytesOf(memory);
  const wanted = bring(kernel, bytes, codes, RECORD.code);
  const scores = new Uint16Array(rows.length);
  const list = room;
  const counts = list + 4 * LIST_ROWS;
  const out = counts + 2 * LIST_ROWS;
  for (let begin = 0; begin < rows.length; begin += LIST_ROWS) {
    const some = Math.min(LIST_ROWS, rows.length - begin);
    const addresses = new Uint32Array(bytes.buffer, list, some);
    for (let i = 0; i < some; i++) {
      const { at, count } = mediumOf(bytes, segments[begin + i] ?? 0, rows[begin + i] ?? 0);
      addresses[i] = at;
      bytes[counts + i] = count;
    }
    kernel.scoreMedium(list, counts, some, work, wanted, tables, out);
    scores.set(new Uint16Array(bytes.buffer, out, some), begin);
  }
  return scores;
}

function full({ probe, memory, segments, rows }: Extract<SearchTask, { stage: 'full' }>): Float32Array<ArrayBuffer> {
  const bytes = bytesOf(memory);
  return Float32Array.from(rows, (row, i) => {
    const view = viewOf(bytes, segments[i] ?? 0, row);
    return view.count === 0 ? 0 : matcher.compare(probe, { views: [view] });
  });
}

/** Of several rows for one finger of the probe the most alike counts; fingers add up, as `compareFingers` has it. */
function final({ probe, persons }: Extract<SearchTask, { stage: 'final' }>): Float32Array<ArrayBuffer> {
  return Float32Array.from(persons, (pairs) => {
    const best = new Map<number, number>();
    for (const { finger, row } of pairs) {
      const mine = probe[finger];
      const theirs = decodeFingers(templatesOf(bytesOf(row.memory), row.segment, row.row))?.[0];
      if (mine === undefined || theirs === undefined) continue;
      best.set(finger, Math.max(best.get(finger) ?? 0, matcher.compare(mine, matcher.prepare(theirs.templates))));
    }
    return [...best.values()].reduce((sum, score) => sum + score, 0);
  });
}

async function carryOut(task: SearchTask): Promise<Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>> {
  switch (task.stage) {
    case 'scan':
      return scan(task);
    case 'medium':
      return medium(task);
    case 'full':
      return full(task);
    case 'final':
      return final(task);
  }
}

if (SEGMENT_ROWS * 2 > THREAD_BYTES - PROBE_BYTES - TABLE_BYTES) throw new Error('no room for the scores of a segment');
port.on('message', (message: ToThread) => {
  if (message.kind === 'memory') {
    meet(message.number, message.memory);
    return;
  }
  const { id, task } = message;
  carryOut(task).then(
    (scores) => {
      const answer: FromThread = { id, scores };
      port.postMessage(answer, [scores.buffer]);
    },
    (cause: unknown) => {
      const answer: FromThread = { id, failed: cause instanceof Error ? cause.message : 'unknown' };
      port.postMessage(answer);
    },
  );
});
