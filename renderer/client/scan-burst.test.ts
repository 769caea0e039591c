import { describe, expect, it } from 'vitest';
import { NO_BURST, takeKey } from './scan-burst.ts';

/** Types keys with a pause before each; answers every scan. */
function scans(keys: readonly string[], gap: number): readonly string[] {
  const found: string[] = [];
  let burst = NO_BURST;
  keys.forEach((key, i) => {
    const taken = takeKey(burst, key, 1000 + i * gap);
    burst = taken.burst;
    if (taken.scan !== undefined) found.push(taken.scan);
  });
  return found;
}
const CODE = 'STAND-IN-0123456789abcdef';
const KEYS = Array.from(CODE);

describe('a burst of keys', () => {
  it('is a scan when it is quick and ends in Enter', () => {
    expect(scans([...KEYS, 'Enter'], 5)).toEqual([CODE]);
    expect(scans([...KEYS, 'Enter'], 35)).toEqual([CODE]);
    expect(scans([...KEYS, 'Enter', ...KEYS, 'Enter'], 5)).toEqual([CODE, CODE]);
  });

  it('may have capitals typed with Shift', () => {
    expect(scans([...KEYS.flatMap((key) => ['Shift', key]), 'Enter'], 5)).toEqual([CODE]);
  });

  it('is no scan when a person types it, when it is short, or when it does not end', () => {
    expect(scans([...KEYS, 'Enter'], 36)).toEqual([]);
    expect(scans([...Array.from('123456'), 'Enter'], 5)).toEqual([]);
    expect(scans([...KEYS], 5)).toEqual([]);
    expect(scans([...KEYS, 'Tab', 'Enter'], 5)).toEqual([]);
    expect(scans(['Enter'], 5)).toEqual([]);
  });

  it('begins again after a pause', () => {
    const late = takeKey({ text: 'left over', at: 0 }, 'S', 500);
    expect(late.burst).toEqual({ text: 'S', at: 500 });
  });
});
