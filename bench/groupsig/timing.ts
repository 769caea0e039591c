/**
 * Repeats work and keeps its times. The machine is shared, so the minimum is what the code needs and the median what it got.
 * @module
 */
import { percentile } from '../report.ts';

/** Milliseconds. */
export interface Timing {
  readonly value: number;
  readonly median: number;
  readonly times: number;
}

const timingOf = (samples: readonly number[]): Timing => ({
  value: Math.min(...samples),
  median: percentile(samples, 0.5),
  times: samples.length,
});

/** A value for every repetition, made outside the time that is taken. */
export interface Repeated<T> {
  readonly times: number;
  /** Repetitions before those that count: tables are built at their first uses, and the engine compiles. */
  readonly warmUp?: number;
  prepare(): T | Promise<T>;
  work(prepared: T): unknown;
}

/** Times of several works taken in turn, so that what disturbs one disturbs the others. */
export async function timedInTurn(
  times: number,
  warmUp: number,
  works: readonly (() => unknown)[],
): Promise<readonly Timing[]> {
  const samples = works.map((): number[] => []);
  for (let i = -warmUp; i < times; i++) {
    for (const [j, work] of works.entries()) {
      const started = performance.now();
      await work();
      const taken = performance.now() - started;
      if (i >= 0) samples[j]?.push(taken);
    }
  }
  return samples.map(timingOf);
}

/** Times of one work; what it consumes is prepared beside the clock. */
export async function timed<T>({ times, warmUp = 3, prepare, work }: Repeated<T>): Promise<Timing> {
  const samples: number[] = [];
  for (let i = -warmUp; i < times; i++) {
    const prepared = await prepare();
    const started = performance.now();
    await work(prepared);
    const taken = performance.now() - started;
    if (i >= 0) samples.push(taken);
  }
  return timingOf(samples);
}

/** The same times, each divided: of a batch to one of its signatures, of milliseconds to seconds. */
export const per = ({ value, median, times }: Timing, divisor: number): Timing => ({
  value: value / divisor,
  median: median / divisor,
  times,
});
