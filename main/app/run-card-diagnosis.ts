/**
 * Runs the diagnosis in a process of its own and ends that process whatever it hangs in.
 * @module
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { DIAGNOSIS, type FindingCode } from './diagnosis-copy.ts';

const ENTRY = join(import.meta.dirname, 'card-diagnosis-process.ts');
/** Sixteen readers, the most pcscd holds, of which each may take its time. */
const MOST_MS = 150_000;

const isFindingCode = (value: unknown): value is FindingCode =>
  typeof value === 'string' && Object.hasOwn(DIAGNOSIS, value);

/** What was found. `usable`: no fault, and a card that we know answered. */
export const Diagnosis = z.strictObject({
  usable: z.boolean(),
  findings: z.array(
    z.strictObject({
      code: z.custom<FindingCode>(isFindingCode),
      level: z.enum(['ok', 'hint', 'fault']),
      values: z.record(z.string(), z.string()),
    }),
  ),
});
export type Diagnosis = z.infer<typeof Diagnosis>;

/** Looks at everything, or at one reader by its exact name. Never rejects for what it finds. */
export async function runCardDiagnosis(reader?: string): Promise<Diagnosis> {
  const { promise, resolve } = Promise.withResolvers<Diagnosis>();
  const child = fork(ENTRY, reader === undefined ? [] : [reader], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const crashed = (): void => {
    const fault = (code: FindingCode) => ({ code, level: 'fault', values: {} }) as const;
    resolve({ usable: false, findings: [fault('LIBRARY_CRASHED'), fault('NOT_USABLE')] });
  };
  const timer = setTimeout(crashed, MOST_MS);
  child.once('message', (message) => resolve(Diagnosis.parse(message)));
  child.once('exit', crashed);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}
