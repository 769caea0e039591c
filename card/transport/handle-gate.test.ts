import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CHANGE_MS, createHandleGate } from './handle-gate.ts';

describe('the gate before card handles', () => {
  const done: string[] = [];
  const note = (what: string) => async () => {
    done.push(what);
  };
  beforeEach(() => {
    vi.useFakeTimers();
    done.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets nothing begin while a handle is made, and then everything', async () => {
    const gate = createHandleGate();
    const made = Promise.withResolvers<string>();
    const change = gate.change(() => made.promise);
    await vi.advanceTimersByTimeAsync(0);
    void gate.use(note('one'));
    void gate.use(note('two'));
    void gate.change(note('three'));
    await vi.advanceTimersByTimeAsync(CHANGE_MS - 1);
    expect(done).toEqual([]);
    made.resolve('handle');
    expect(await change).toBe('handle');
    await vi.advanceTimersByTimeAsync(0);
    expect(done.toSorted()).toEqual(['one', 'three', 'two']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets calls run beside each other, and a handle be made beside them', async () => {
    const gate = createHandleGate();
    void gate.use(() => new Promise(() => undefined));
    await gate.use(note('beside'));
    await gate.change(note('made'));
    expect(done).toEqual(['beside', 'made']);
  });

  it('keeps a call waiting for one change only, however many are in the queue', async () => {
    const gate = createHandleGate();
    const first = Promise.withResolvers<void>();
    void gate.change(() => first.promise);
    void gate.change(note('second'));
    void gate.change(note('third'));
    await vi.advanceTimersByTimeAsync(0);
    void gate.use(note('call'));
    first.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toEqual(['call', 'second', 'third']);
  });

  it('waits no longer than that for a reader that froze', async () => {
    const gate = createHandleGate();
    void gate.change(() => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(0);
    void gate.use(note('one'));
    await vi.advanceTimersByTimeAsync(CHANGE_MS - 1);
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toEqual(['one']);
  });

  it('goes on after one that failed or threw at once', async () => {
    const gate = createHandleGate();
    const thrown = gate.change(() => {
      throw new Error('busy');
    });
    await expect(thrown).rejects.toThrow('busy');
    await expect(gate.change(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    await gate.use(note('one'));
    expect(done).toEqual(['one']);
  });
});
