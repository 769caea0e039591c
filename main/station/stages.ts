/**
 * Named steps of a longer piece of work, published as they happen: the screen shows them with a tick, the demo prints them.
 * @module
 */
import type { Stage } from '../../contract/stage.ts';

/** Runs one named step; `equation` is the paper's number or empty. */
export type RunStage = <T>(name: Stage['name'], equation: string, work: () => Promise<T>) => Promise<T>;

/** Steps of one piece of work. */
export interface StageList {
  readonly run: RunStage;
  readonly all: () => Stage[];
}

/** `changed` is called whenever a step begins or ends. */
export function createStages(now: () => number, changed: (stages: Stage[]) => void): StageList {
  const stages: Stage[] = [];
  const all = (): Stage[] => stages.map((stage) => ({ ...stage }));
  const run: RunStage = async (name, equation, work) => {
    const started = now();
    const at = stages.push({ name, equation, state: 'running', ms: 0 }) - 1;
    changed(all());
    const end = (state: 'done' | 'failed'): void => {
      stages[at] = { name, equation, state, ms: Math.round((now() - started) * 10) / 10 };
      changed(all());
    };
    try {
      const result = await work();
      end('done');
      return result;
    } catch (cause) {
      end('failed');
      throw cause;
    }
  };
  return { run, all };
}
