import { beforeEach, describe, expect, it } from 'vitest';
import type { Row } from '../store/tables.ts';
import { signal } from '../testing/store-rows.ts';
import { type BreakGlassEntry, type BreakGlassLog, breakGlassLines, createBreakGlassLog } from './break-glass.ts';

const ENTRY: BreakGlassEntry = {
  kind: 'query',
  outcome: 'ok',
  institution: '0401180014',
  terminal: 'ab'.repeat(16),
  query_id: null,
  triage: 2,
  reason: '{"kind":"confused","words":"認不得家人"}',
  candidates: 1,
  pid: null,
  by: '',
  message_id: null,
  at: 1_000,
  fingers: null,
  vouched: null,
};

/** The store's table as whoever owns the file can change it. */
let table: Row<'break_glass'>[];
let log: BreakGlassLog;
beforeEach(async () => {
  table = [];
  log = createBreakGlassLog({
    lastBreakGlass: async () => table.at(-1),
    appendBreakGlass: async (line) => {
      if (table.some(({ position }) => position === line.position)) return false;
      table.push(line);
      return true;
    },
    breakGlass: async (after, limit) => table.filter(({ position }) => position > after).slice(0, limit),
  });
  for (const at of [1_000, 2_000, 3_000]) await log.append({ ...ENTRY, at }, signal);
});

describe('the break-glass log', () => {
  it('is whole as it was written, over several pages and by many at once', async () => {
    await Promise.all(Array.from({ length: 700 }, (_, i) => log.append({ ...ENTRY, at: 4_000 + i }, signal)));
    const { lines, broken } = await breakGlassLines({ breakGlass: log }, 1, signal);
    expect(broken).toBeNull();
    expect(lines.map(({ position }) => position)).toEqual(Array.from({ length: 500 }, (_, i) => i + 2));
    expect(lines[0]).toMatchObject({ reason: { kind: 'confused' }, triage: 2, at: '1970-01-01T00:00:02.000Z' });
    const [line] = table.slice(600);
    table[600] = { ...ENTRY, ...line, candidates: 5 } as Row<'break_glass'>;
    expect(await log.broken(signal)).toBe(601);
  });

  it('shows where a line was changed, whatever in it', async () => {
    const changes: Required<Partial<Row<'break_glass'>>> = {
      position: 7,
      previous: '11'.repeat(32),
      hash: '22'.repeat(32),
      kind: 'confirmation',
      outcome: 'repeated',
      institution: '0602030026',
      terminal: 'cd'.repeat(16),
      query_id: '33'.repeat(16),
      triage: 1,
      reason: null,
      candidates: 0,
      pid: '44'.repeat(16),
      by: '55',
      message_id: '66'.repeat(32),
      at: 2_001,
      fingers: 2,
      vouched: 0,
    };
    const [first, second, third] = table;
    if (first === undefined || second === undefined || third === undefined) throw new Error('a log of three lines');
    for (const [column, value] of Object.entries(changes)) {
      table = [first, { ...second, [column]: value }, third];
      expect([column, await log.broken(signal)]).toEqual([column, column === 'position' ? 7 : 2]);
    }
  });

  it('keeps the hashes of lines from before scanners were named, and covers the scanners since', async () => {
    // As docs/protocol.md says it.
    expect(table[0]?.hash).toBe('e9cfda5b8f20118ce972a07baf9611a518c4046ebb9e87f0a870bdf43460d5d2');
    await log.append({ ...ENTRY, fingers: 2, vouched: 1 }, signal);
    expect(await log.broken(signal)).toBeNull();
    const line = table[3];
    if (line === undefined) throw new Error('a log of four lines');
    for (const change of [{ vouched: 2 }, { fingers: 1 }, { vouched: null }, { fingers: null, vouched: null }]) {
      table[3] = { ...line, ...change };
      expect(await log.broken(signal)).toBe(4);
    }
  });

  it('shows where a line was taken out, put in again, or put in another order', async () => {
    const [first, second, third] = table;
    if (first === undefined || second === undefined || third === undefined) throw new Error('a log of three lines');
    for (const [rows, at] of [
      [[second, third], 2],
      [[first, third], 3],
      [[first, third, second], 3],
      [[first, first, second], 1],
    ] as const) {
      table = [...rows];
      expect(await log.broken(signal)).toBe(at);
    }
    // The end is missed by nobody but who holds its hash.
    table = [first, second];
    expect(await log.broken(signal)).toBeNull();
  });
});
