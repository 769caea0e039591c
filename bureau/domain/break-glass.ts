/**
 * The break-glass log: one line for every query and confirmation of an emergency room, whatever came of it, each with the hash of the one before.
 * Whoever holds the hash of a line (an emergency room, a patient's notice) can be shown that nothing before it was changed since.
 * @module
 */
import type { z } from 'zod';
import { BreakGlassLine, EmergencyReason } from '../../contract/break-glass.ts';
import type { bureauApi } from '../../contract/bureau-api.ts';
import { instantOf } from '../../contract/calendar.ts';
import { refusalOf } from '../../contract/errors.ts';
import { fromHex, hex, lp1, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import type { Store } from '../store/store.ts';
import type { Row } from '../store/tables.ts';
import type { Bureau, RequestContext } from './bureau.ts';

/** A line before it has its place. */
export type BreakGlassEntry = Omit<Row<'break_glass'>, 'position' | 'previous' | 'hash'>;

/** The port; append-only. */
export interface BreakGlassLog {
  /** The entry in the next place, not written yet: whoever writes it with something else finds the place taken, or not. */
  next(entry: BreakGlassEntry, signal: AbortSignal): Promise<Row<'break_glass'>>;
  append(entry: BreakGlassEntry, signal: AbortSignal): Promise<void>;
  /** At most 500 lines after a position. */
  lines(after: number, signal: AbortSignal): Promise<readonly Row<'break_glass'>[]>;
  /** Position of the first line that does not fit the one before; null when all do. */
  broken(signal: AbortSignal): Promise<number | null>;
}

const FIRST = '00'.repeat(32);
const PAGE = 500;
const TAG = 'IMIS-BREAK-GLASS-V1';

/** H256(lp1(tag) ‖ hash before ‖ JSON array of the fields in the order of the contract), hex. */
function lineHash(row: Omit<Row<'break_glass'>, 'hash'>): string {
  const { position, previous, kind, outcome, institution, terminal, query_id, triage, reason } = row;
  const { candidates, pid, by, message_id, at, fingers, vouched } = row;
  const fields = [position, kind, outcome, institution, terminal, query_id, triage, reason];
  // Lines of before have no such fields, and their hashes stay what they were.
  const scanners = fingers === null && vouched === null ? [] : [fingers, vouched];
  const text = JSON.stringify([...fields, candidates, pid, by, message_id, at, ...scanners]);
  return hex(h256(lp1(TAG), fromHex(previous), utf8(text)));
}

/** Over the store's table. */
export function createBreakGlassLog(
  store: Pick<Store, 'lastBreakGlass' | 'appendBreakGlass' | 'breakGlass'>,
): BreakGlassLog {
  const next = async (entry: BreakGlassEntry, signal: AbortSignal): Promise<Row<'break_glass'>> => {
    const last = await store.lastBreakGlass(signal);
    const placed = { ...entry, position: (last?.position ?? 0) + 1, previous: last?.hash ?? FIRST };
    return { ...placed, hash: lineHash(placed) };
  };
  return {
    next,
    append: async (entry, signal) => {
      while (!(await store.appendBreakGlass(await next(entry, signal), signal))) signal.throwIfAborted();
    },
    lines: (after, signal) => store.breakGlass(after, PAGE, signal),
    broken: async (signal) => {
      let [position, previous] = [0, FIRST];
      for (;;) {
        const rows = await store.breakGlass(position, PAGE, signal);
        for (const row of rows) {
          if (row.position !== position + 1 || row.previous !== previous || row.hash !== lineHash(row))
            return row.position;
          [position, previous] = [row.position, row.hash];
        }
        if (rows.length === 0) return null;
      }
    },
  };
}

/** What is known of a request so far: its line says so much, also when it is refused then. */
export type LineFacts = {
  -readonly [K in Exclude<
    keyof BreakGlassEntry,
    'kind' | 'outcome' | 'institution' | 'terminal' | 'at'
  >]: BreakGlassEntry[K];
};

/** The entry of a request of this terminal. */
export const entryOf = (
  { clock }: Pick<Bureau, 'clock'>,
  { terminal }: RequestContext,
  line: Pick<BreakGlassEntry, 'kind' | 'outcome'> & LineFacts,
): BreakGlassEntry => ({ institution: terminal.institution, terminal: terminal.id, ...line, at: clock.now() });

/** Runs a query or confirmation, which writes its own line when it succeeds; a refusal leaves a line with its code. */
export async function breakingGlass<T>(
  bureau: Bureau,
  request: RequestContext,
  kind: BreakGlassLine['kind'],
  work: (facts: LineFacts) => Promise<T>,
): Promise<T> {
  const facts: LineFacts = {
    query_id: null,
    triage: null,
    reason: null,
    candidates: 0,
    pid: null,
    by: '',
    message_id: null,
    fingers: null,
    vouched: null,
  };
  try {
    return await work(facts);
  } catch (cause) {
    // Shown to nobody: what was refused has shown nobody anything.
    const line = { ...facts, kind, outcome: refusalOf(cause).code, candidates: 0 };
    await bureau.breakGlass.append(entryOf(bureau, request, line), new AbortController().signal);
    throw cause;
  }
}

/** The log as clerks and officers read it. */
export async function breakGlassLines(
  { breakGlass }: Pick<Bureau, 'breakGlass'>,
  after: number,
  signal: AbortSignal,
): Promise<z.output<typeof bureauApi.breakGlassLog.answer>> {
  const rows = await breakGlass.lines(after, signal);
  const lines = rows.map(({ query_id, message_id, at, reason, ...row }) =>
    BreakGlassLine.parse({
      ...row,
      queryId: query_id,
      messageId: message_id,
      reason: reason === null ? null : EmergencyReason.parse(JSON.parse(reason)),
      at: instantOf(at),
    }),
  );
  return { lines, broken: await breakGlass.broken(signal) };
}
