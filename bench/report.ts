/**
 * What a benchmark says last: one line of JSON with its figures beside their targets and peers.
 * @module
 */
import { cpus, totalmem } from 'node:os';

/**
 * One figure. `value` is the minimum of the repetitions unless `note` says otherwise, null where it could not be measured. `target` is the value
 * to reach: at most, or at least where the unit is `times` or `per_s`. `peer` is a measured rival, with its source in `note`.
 */
export interface Figure {
  readonly id: string;
  readonly value: number | null;
  readonly median?: number;
  readonly unit: 'ms' | 's' | 'bytes' | 'ratio' | 'times' | 'per_s' | 'pct';
  readonly target: number | null;
  readonly peer: number | null;
  readonly note: string;
}

/** The value below which a share of the samples lies (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('no samples');
  return value;
}

/** Three significant digits are more than a shared machine can promise. */
export const rounded = (value: number): number => Number(value.toPrecision(4));

/** Is the target reached? Undefined without a target or a value. */
export function isReached({ value, target, unit }: Figure): boolean | undefined {
  if (value === null || target === null) return undefined;
  return unit === 'times' || unit === 'per_s' ? value >= target : value <= target;
}

/** Prints the last line; `more` stands in it beside the figures. */
export function report(bench: string, figures: readonly Figure[], more: Readonly<Record<string, string>> = {}): void {
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  };
  const shown = figures.map((figure) => ({
    ...figure,
    value: figure.value === null ? null : rounded(figure.value),
    ...(figure.median === undefined ? {} : { median: rounded(figure.median) }),
  }));
  console.log(JSON.stringify({ bench, ...more, machine, figures: shown }));
}
