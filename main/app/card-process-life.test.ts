import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CardProcessLife, watchCardProcess } from './card-process-life.ts';

describe('the life of a card process', () => {
  let now: number;
  let life: CardProcessLife;
  let told: string[];
  let pings: number;
  let kills: number;
  let restarts: number[];
  let answers: boolean;
  let atRest: boolean;

  const start = (source: 'pcsc' | 'software' = 'pcsc'): void => {
    life.started({
      ping: () => {
        pings += 1;
        if (answers) life.signOfLife();
      },
      kill: () => {
        kills += 1;
        life.ended();
      },
    });
    life.ready(source);
  };
  /** Time passes, on the clock and for the timers alike. */
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 50) {
      now += 50;
      vi.advanceTimersByTime(50);
    }
  };

  beforeEach(() => {
    vi.useFakeTimers();
    now = 1_000_000;
    told = [];
    restarts = [];
    pings = 0;
    kills = 0;
    answers = true;
    atRest = false;
    life = watchCardProcess({
      clock: { now: () => now },
      restart: () => restarts.push(now),
      atRest: () => atRest,
      told: (what) => told.push(what),
    });
  });
  afterEach(() => {
    life.close();
    vi.useRealTimers();
  });

  it('starts the next one after 0.25, 0.5, 1, 2, 4, 5 and 5 s where none lives long', () => {
    const pauses: number[] = [];
    for (let i = 0; i < 7; i++) {
      start();
      pass(100);
      const ended = now;
      life.ended();
      pass(5_000);
      pauses.push((restarts.at(-1) ?? 0) - ended);
    }
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(restarts).toHaveLength(7);
  });

  it('starts the pauses over after a long life', () => {
    for (let i = 0; i < 4; i++) {
      start();
      life.ended();
      pass(5_000);
    }
    start();
    pass(30_000);
    const ended = now;
    life.ended();
    pass(5_000);
    expect((restarts.at(-1) ?? 0) - ended).toBe(250);
  });

  it('ends one that gives no sign of life for 10 s, and one that answers never', () => {
    start();
    pass(60_000);
    expect([kills, told]).toEqual([0, []]);
    expect(pings).toBe(30);
    answers = false;
    pass(8_000);
    expect(kills).toBe(0);
    pass(4_000);
    expect([kills, told]).toEqual([1, ['silent']]);
    pass(250);
    expect(restarts).toHaveLength(1);
  });

  it('gives one that starts more time', () => {
    answers = false;
    life.started({
      ping: () => undefined,
      kill: () => {
        kills += 1;
      },
    });
    pass(55_000);
    expect(kills).toBe(0);
    pass(10_000);
    expect(kills).toBe(1);
  });

  it('renews one after the clock jumped: the machine slept', () => {
    start();
    pass(10_000);
    now += 3_600_000;
    pass(2_000);
    expect([kills, told]).toEqual([1, ['slept']]);
    pass(50);
    expect(restarts).toHaveLength(1);
  });

  it('does not take a clock that was put back, or a busy moment, for sleep', () => {
    start();
    pass(10_000);
    now -= 3_600_000;
    pass(10_000);
    now += 9_000;
    pass(2_000);
    expect([kills, told]).toEqual([0, []]);
  });

  it('renews when it is told to, without a pause and without taking it for a crash', () => {
    for (let i = 0; i < 3; i++) {
      start();
      pass(5_000);
      life.renew();
      pass(50);
    }
    expect([kills, restarts.length]).toEqual([3, 3]);
    start();
    const ended = now;
    life.ended();
    pass(1_000);
    expect((restarts.at(-1) ?? 0) - ended).toBe(250);
  });

  it('renews once where two say so: the shell and the clock', () => {
    start();
    pass(10_000);
    now += 3_600_000;
    life.renew();
    pass(50);
    start();
    pass(2_000);
    expect(kills).toBe(1);
  });

  it('renews an old one when the desk is at rest, and not before', () => {
    start();
    atRest = true;
    pass(60_000);
    expect(kills).toBe(0);
    atRest = false;
    // In steps that are not taken for sleep.
    for (let hours = 0; hours < 13; hours++) {
      for (let i = 0; i < 300; i++) {
        now += 10_000;
        pass(2_000);
      }
    }
    expect([kills, told]).toEqual([0, []]);
    atRest = true;
    pass(2_000);
    expect([kills, told]).toEqual([1, []]);
  });

  it('leaves a tray of software cards as it is', () => {
    start('software');
    pass(10_000);
    life.renew();
    now += 3_600_000;
    pass(2_000);
    expect(kills).toBe(0);
  });

  it('starts nothing after close', () => {
    start();
    life.ended();
    life.close();
    pass(60_000);
    expect(restarts).toEqual([]);
  });
});
