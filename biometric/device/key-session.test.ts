/**
 * Giving a fake scanner its key: once, the same again, and everything that can happen to the answer.
 */
import { describe, expect, it } from 'vitest';
import { hex } from '../../crypto/common/bytes.ts';
import type { Later } from './capture-driver.ts';
import { REPORT } from './capture-reports.ts';
import { codeOf } from './capture-suite.fixture.ts';
import { createFakeScanner, type FakeScannerOptions } from './fake-scanner.fixture.ts';
import { openKeySession } from './key-session.ts';

const signal = new AbortController().signal;
const NONCE = new Uint8Array(32).fill(3);
const [KEY, OTHER] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)];

/** A fake that takes keys; whatever waits happens at once when `hurry` is called. */
async function plugIn(options: Partial<FakeScannerOptions> = {}) {
  const scanner = createFakeScanner({ width: 320, height: 360, dpi: 500, takesKey: true, ...options });
  const due = new Set<() => void>();
  const later: Later = (_ms, run) => {
    due.add(run);
    return () => {
      due.delete(run);
    };
  };
  const hurry = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn++) {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      const runs = [...due];
      due.clear();
      for (const run of runs) run();
    }
  };
  const [device] = await scanner.bus.list();
  const open = () => openKeySession({ bus: scanner.bus, later }, device?.path ?? '', signal);
  return { scanner, open, hurry };
}
/** Does something to the answers about keys alone. */
const answers =
  (wire: (report: Uint8Array) => readonly Uint8Array[]) =>
  (report: Uint8Array): readonly Uint8Array[] =>
    report[0] === REPORT.keySet ? wire(report) : [report];

describe('the key of a scanner', () => {
  it('is taken once, proved, and proved again to whoever has it', async () => {
    const { scanner, open } = await plugIn();
    const session = await open();
    expect([session.deviceId, session.keySlot]).toEqual([hex(scanner.deviceId), 'empty']);
    expect(await session.give(KEY, signal)).toBe(true);
    expect(scanner.key()).toEqual(KEY);
    await session.close();
    const again = await open();
    expect(again.keySlot).toBe('held');
    expect(await again.proves(KEY, NONCE, signal)).toBe(true);
    expect(await again.proves(OTHER, NONCE, signal)).toBe(false);
    expect(await again.give(KEY, signal)).toBe(true);
    expect(await again.give(OTHER, signal)).toBe(false);
    expect(scanner.key()).toEqual(KEY);
  });

  it('is refused by a scanner that knows none', async () => {
    const { scanner, open } = await plugIn({ takesKey: false });
    const session = await open();
    expect(session.keySlot).toBe('absent');
    expect(await session.give(KEY, signal)).toBe(false);
    expect(scanner.key()).toBeUndefined();
  });

  it('is said again when the answer is lost, and nobody knows when all are', async () => {
    let lost = 0;
    const loses = await plugIn({ wire: answers((report) => (lost++ < 2 ? [] : [report])) });
    const given = (await loses.open()).give(KEY, signal);
    await loses.hurry();
    expect(await given).toBe(true);
    expect(loses.scanner.asked.filter((type) => type === REPORT.key)).toHaveLength(3);
    const silent = await plugIn({ wire: answers(() => []) });
    const never = codeOf((await silent.open()).give(KEY, signal));
    await silent.hurry();
    expect(await never).toBe('SCANNER_STALLED');
    // It took it nevertheless, and says so to the same key later.
    expect(silent.scanner.key()).toEqual(KEY);
  });

  it('is not believed without its proof, nor from half an answer', async () => {
    const lies = await plugIn({ wire: answers((report) => [report.with(5, (report[5] ?? 0) ^ 1)]) });
    expect(await codeOf((await lies.open()).give(KEY, signal))).toBe('SCANNER_UNTRUSTED');
    const cuts = await plugIn({ wire: answers((report) => [report.slice(0, 33)]) });
    const cut = codeOf((await cuts.open()).give(KEY, signal));
    await cuts.hurry();
    expect(await cut).toBe('SCANNER_STALLED');
  });

  it('is proved for this nonce alone, by nothing that is played back, and by no scanner without a key', async () => {
    let earlier: Uint8Array | undefined;
    const { open } = await plugIn({
      key: KEY,
      wire: (report) => {
        if (report[0] !== REPORT.proof) return [report];
        earlier ??= report;
        return [earlier];
      },
    });
    const session = await open();
    expect(await session.proves(KEY, NONCE, signal)).toBe(true);
    expect(await session.proves(KEY, new Uint8Array(32).fill(4), signal)).toBe(false);
    await expect(session.proves(KEY, NONCE.slice(1), signal)).rejects.toThrow(RangeError);
    const without = await plugIn();
    expect(await (await without.open()).proves(KEY, NONCE, signal)).toBe(false);
    const silent = await plugIn({ key: KEY, wire: (report) => (report[0] === REPORT.proof ? [] : [report]) });
    const never = codeOf((await silent.open()).proves(KEY, NONCE, signal));
    await silent.hurry();
    expect(await never).toBe('SCANNER_STALLED');
    const cut = await plugIn({ key: KEY, wire: (r) => [r[0] === REPORT.proof ? r.slice(0, 32) : r] });
    const half = codeOf((await cut.open()).proves(KEY, NONCE, signal));
    await cut.hurry();
    expect(await half).toBe('SCANNER_STALLED');
  });

  it('has 32 bytes, and is not given to a scanner that was pulled out or is open elsewhere', async () => {
    const { scanner, open } = await plugIn();
    const session = await open();
    await expect(session.give(KEY.slice(1), signal)).rejects.toThrow(RangeError);
    expect(await codeOf(open())).toBe('SCANNER_BUSY');
    scanner.unplug();
    expect(await codeOf(session.give(KEY, signal))).toBe('SCANNER_GONE');
    expect(await codeOf(open())).toBe('SCANNER_ABSENT');
  });
});
