import { describe, expect, it } from 'vitest';
import { idlePhase } from './idle-clock.ts';

describe('idle clock', () => {
  it('asks after 45 s and clears after 60 s', () => {
    expect(idlePhase(0)).toEqual({ phase: 'shown' });
    expect(idlePhase(44_999)).toEqual({ phase: 'shown' });
    expect(idlePhase(45_000)).toEqual({ phase: 'asking', left: 15 });
    expect(idlePhase(59_001)).toEqual({ phase: 'asking', left: 1 });
    expect(idlePhase(60_000)).toEqual({ phase: 'over' });
  });
});
