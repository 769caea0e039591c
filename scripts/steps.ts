/**
 * The static checks, each a command of its own, and a way to run several at a time.
 * @module
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** A named command line. */
export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** Each checker works out the schemas' types for itself: two take a third less of two cores than the usual four. */
const TYPES = ['tsc', '--checkers', '2', '-p'] as const;

/** Format, types in three projects, lint, dead code. */
export const STATIC_STEPS: readonly Step[] = [
  { name: 'format', command: ['biome', 'ci', '--diagnostic-level=warn', '.'] },
  { name: 'types: pure', command: [...TYPES, 'tsconfig.pure.json'] },
  { name: 'types: node', command: [...TYPES, 'tsconfig.node.json'] },
  { name: 'types: web', command: [...TYPES, 'tsconfig.web.json'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings', '.'] },
  { name: 'dead code', command: ['knip'] },
];

/** Runs a step from the project's root; true when it exits 0. Output is shown only when it fails, unless `live`. */
export function runStep(step: Step, options: { live?: boolean; env?: NodeJS.ProcessEnv } = {}): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const started = performance.now();
  const [program, ...args] = step.command;
  const child = spawn(join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    stdio: options.live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
  child.on('error', (cause) => {
    output.push(Buffer.from(`${String(cause)}\n`));
    resolve(false);
  });
  child.on('close', (code) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (code !== 0) process.stdout.write(Buffer.concat(output));
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.name} (${seconds} s)`);
    resolve(code === 0);
  });
  return promise;
}

/** Runs all steps, so many at a time; returns the names of those that failed. */
export async function runSteps(steps: readonly Step[], lanes = 2): Promise<readonly string[]> {
  const queue = [...steps];
  const failed: string[] = [];
  const worker = async (): Promise<void> => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      if (!(await runStep(step))) failed.push(step.name);
    }
  };
  await Promise.all(Array.from({ length: lanes }, worker));
  return failed;
}
