/**
 * Vitest reporter that counts, and refuses a skip whose cause is not on the list. Writes its tally where IMIS_TALLY says.
 * @module
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** The only causes for which a test may be skipped; the note of `ctx.skip(note)` must begin with one. */
export const SKIP_CAUSES = ['no ../shared', 'no root', 'no Electron binary'] as const;

/** What a run came to. `unexcused` are the names of tests skipped for another cause, `failures` a line for each that failed: its name and why. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly unexcused: readonly string[];
  readonly failures: readonly string[];
}

const MOST_OF_A_MESSAGE = 400;

/** What vitest keeps of a throw; of a comparison also what was there, which the message cuts short. */
interface Thrown {
  readonly message?: string;
  readonly actual?: string;
}

const onOneLine = ({ message = 'no message', actual }: Thrown): string => {
  const found = actual === undefined ? '' : ` (got ${actual})`;
  return `${message}${found}`.replaceAll(/\s+/gu, ' ').slice(0, MOST_OF_A_MESSAGE);
};

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly Thrown[]): void {
    let passed = 0;
    let skipped = 0;
    const unexcused: string[] = [];
    const failures = unhandledErrors.map((cause) => `outside a test: ${onOneLine(cause)}`);
    for (const module of modules) {
      failures.push(...module.errors().map((cause) => `${module.relativeModuleId}: ${onOneLine(cause)}`));
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed += 1;
        else if (result.state === 'failed')
          failures.push(`${module.relativeModuleId} > ${test.fullName}: ${onOneLine(result.errors[0] ?? {})}`);
        else {
          skipped += 1;
          const note = result.state === 'skipped' ? (result.note ?? '') : '';
          if (!SKIP_CAUSES.some((cause) => note.startsWith(cause)))
            unexcused.push(`${test.fullName} (${note || 'no note'})`);
        }
      }
    }
    const target = process.env['IMIS_TALLY'];
    if (target !== undefined)
      writeFileSync(
        target,
        JSON.stringify({ passed, failed: failures.length, skipped, unexcused, failures } satisfies Tally),
      );
  }
}
