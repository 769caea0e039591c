import { afterEach, describe, expect, it, vi } from 'vitest';
import { createNarrator } from './steps.ts';

describe('the telling of a demo', () => {
  const lines: unknown[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(JSON.parse(line)));
  afterEach(() => {
    lines.length = 0;
  });

  it('fails for a throw between two steps', () => {
    const { breakOff, finish } = createNarrator(true);
    breakOff(new Error('no such reader'));
    expect(finish()).toBe(1);
    expect(lines).toEqual([
      { step: 'between two steps', equation: '', ok: false, ms: 0, detail: 'no such reader' },
      { done: true, steps: 1, failed: 1 },
    ]);
  });

  it('tells a step that failed once', async () => {
    const { run, breakOff, finish } = createNarrator(true);
    const cause = await run('insert', '6', () => Promise.reject(new Error('no such reader')), String).catch(
      (thrown: unknown) => thrown,
    );
    breakOff(cause);
    expect(finish()).toBe(1);
    expect(lines).toHaveLength(2);
  });
});
