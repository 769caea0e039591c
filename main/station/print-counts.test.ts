import { describe, expect, it } from 'vitest';
import type { LineOutcome } from '../../contract/messages.ts';
import { copyNumber } from '../../contract/paper.ts';
import type { PrintedSheet } from './ports.ts';
import { createPrintCounts, handOutPaper, type PrintStore, sheetsOf, slipSheet } from './print-counts.ts';

const { signal } = new AbortController();
const NOW = Date.parse('2026-11-29T10:00:00.000+08:00');
const RX = 'a1'.repeat(16);
const GIVEN: readonly LineOutcome[] = [
  { line: 2, outcome: 'substituted', code: 'A10BB09', reason: '缺藥' },
  { line: 1, outcome: 'given' },
  { line: 3, outcome: 'refused', reason: '病人不要' },
];

/** A disk; `fail` loses the power. */
function memoryStore(rows: PrintedSheet[] = []) {
  let failing = false;
  const store: PrintStore = {
    keepPrinted: async (sheets) => {
      if (failing) throw new Error('power lost');
      rows.push(...sheets);
    },
    // The newest row of a sheet is the one that counts.
    printedSheets: async () => rows,
    dropPrinted: async (before) => {
      rows.splice(0, rows.length, ...rows.filter(({ day }) => day >= before));
    },
  };
  return {
    store,
    fail: (): void => {
      failing = true;
    },
  };
}
const clock = { now: () => NOW };

describe('what was printed', () => {
  it('is an original once, a copy ever after, also after a restart', async () => {
    const { store } = memoryStore();
    const sheet = slipSheet({ rxId: RX });
    const counts = await createPrintCounts({ store, clock }, signal);
    expect([counts.of(sheet), copyNumber(counts.of(sheet))]).toEqual([0, undefined]);
    await counts.add([sheet], signal);
    expect([counts.of(sheet), copyNumber(counts.of(sheet))]).toEqual([1, undefined]);
    const restarted = await createPrintCounts({ store, clock }, signal);
    await restarted.add([sheet], signal);
    expect(copyNumber(restarted.of(sheet))).toBe(1);
    expect(restarted.of(slipSheet({ rxId: 'b2'.repeat(16) }))).toBe(0);
  });

  it('is counted for each of two at once', async () => {
    const { store } = memoryStore();
    const counts = await createPrintCounts({ store, clock }, signal);
    const sheet = slipSheet({ rxId: RX });
    await Promise.all([counts.add([sheet], signal), counts.add([sheet], signal)]);
    expect(counts.of(sheet)).toBe(2);
    expect((await createPrintCounts({ store, clock }, signal)).of(sheet)).toBe(2);
  });

  it('is refused when it cannot be kept, and is no original afterwards', async () => {
    const disk = memoryStore();
    const counts = await createPrintCounts({ store: disk.store, clock }, signal);
    disk.fail();
    await expect(counts.add([slipSheet({ rxId: RX })], signal)).rejects.toThrow('power lost');
    expect(counts.of(slipSheet({ rxId: RX }))).toBe(1);
  });

  it('is forgotten 120 days later', async () => {
    const old = (day: string): PrintedSheet => ({ ...slipSheet({ rxId: RX }), version: 1, count: 3, day });
    const at = async (day: string) =>
      (await createPrintCounts({ ...memoryStore([old(day)]), clock }, signal)).of(slipSheet({ rxId: RX }));
    expect(await at('2026-08-01')).toBe(3);
    expect(await at('2026-07-31')).toBe(0);
  });
});

describe('what is printed of a hand-out', () => {
  const part = { rxId: RX, part: 2, owed: [4, 5] };
  it('is a label for each line given, none for what was refused or is owed, and a slip for what is owed', async () => {
    const counts = await createPrintCounts({ ...memoryStore(), clock }, signal);
    const paper = handOutPaper(counts, part, GIVEN, '2026-11-29');
    expect(paper).toEqual({
      day: '2026-11-29',
      labels: [
        { line: 1, printed: 0 },
        { line: 2, printed: 0 },
      ],
      owedSlip: { printed: 0 },
    });
    await counts.add(sheetsOf(part, paper), signal);
    expect(handOutPaper(counts, part, GIVEN, '2026-11-29')).toMatchObject({
      labels: [{ printed: 1 }, { printed: 1 }],
      owedSlip: { printed: 1 },
    });
  });

  it('has labels of its own for lines that come later, and no slip once nothing is owed', async () => {
    const counts = await createPrintCounts({ ...memoryStore(), clock }, signal);
    await counts.add(sheetsOf(part, handOutPaper(counts, part, GIVEN, '2026-11-29')), signal);
    const later: LineOutcome[] = [{ line: 4, outcome: 'given' }];
    expect(handOutPaper(counts, { ...part, owed: [5] }, later, '2026-11-30')).toEqual({
      day: '2026-11-30',
      labels: [{ line: 4, printed: 0 }],
      owedSlip: { printed: 0 },
    });
    expect(handOutPaper(counts, { ...part, owed: [] }, [], '2026-11-30')).toEqual({ day: '2026-11-30', labels: [] });
    expect(handOutPaper(counts, { ...part, part: 3, owed: [] }, GIVEN, '2026-11-30').labels).toEqual([
      { line: 1, printed: 0 },
      { line: 2, printed: 0 },
    ]);
  });
});
