/**
 * Vitest reporter that counts, and refuses a skip whose cause is not on the list. Writes its tally where IMIS_TALLY says.
 * @module
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** The only causes for which a test may be skipped; the note of `ctx.skip(note)` must begin with one. */
export const SKIP_CAUSES = ['no ../shared', 'no root', 'no Electron binary'] as const;

/** What a run came to. `unexcused` are the names of tests skipped for another cause. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly unexcused: readonly string[];
}

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    let skipped = 0;
    const unexcused: string[] = [];
    for (const module of modules) {
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed += 1;
        else if (result.state === 'failed') failed += 1;
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
      writeFileSync(target, JSON.stringify({ passed, failed, skipped, unexcused } satisfies Tally));
  }
}
