/**
 * How a demo tells what happens: a line a step for people, or one JSON object a step (`--json`), and a last one with `"done": true`.
 * @module
 */

/** One step that happened. */
export interface Step {
  readonly step: string;
  /** The paper's equation, or empty. */
  readonly equation: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly detail: string;
}

export interface Narrator {
  tell(step: Step): void;
  /** Runs and times a step; a throw is told as a failure and passed on. `detail` says what came of it. */
  run<T>(step: string, equation: string, work: () => Promise<T>, detail: (result: T) => string): Promise<T>;
  /** Tells a throw that ended the story, as a failed step where no step has told it. */
  breakOff(cause: unknown): void;
  /** The last word; the exit code. */
  finish(): number;
}

const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

export function createNarrator(json: boolean): Narrator {
  let failed = 0;
  let steps = 0;
  let told: unknown;
  const tell = (step: Step): void => {
    steps += 1;
    if (!step.ok) failed += 1;
    if (json) console.log(JSON.stringify(step));
    else {
      const equation = step.equation === '' ? '      ' : `eq ${step.equation}`.padEnd(6);
      console.log(
        `${step.ok ? 'ok  ' : 'FAIL'} ${equation} ${step.ms.toFixed(1).padStart(8)} ms  ${step.step.padEnd(46)} ${step.detail}`,
      );
    }
  };
  return {
    tell,
    run: async (step, equation, work, detail) => {
      const started = performance.now();
      try {
        const result = await work();
        tell({ step, equation, ok: true, ms: performance.now() - started, detail: detail(result) });
        return result;
      } catch (cause) {
        told = cause;
        tell({ step, equation, ok: false, ms: performance.now() - started, detail: wordsOf(cause) });
        throw cause;
      }
    },
    breakOff: (cause) => {
      if (cause !== told) tell({ step: 'between two steps', equation: '', ok: false, ms: 0, detail: wordsOf(cause) });
      if (!json) console.error(cause);
    },
    finish: () => {
      if (json) console.log(JSON.stringify({ done: true, steps, failed }));
      else console.log(`\n${steps} steps, ${failed} failed`);
      return failed === 0 ? 0 : 1;
    },
  };
}
