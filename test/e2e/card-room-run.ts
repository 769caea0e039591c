/**
 * Runs a script inside a card room and collects the lines of JSON it prints.
 * @module
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cardRoomCommand } from '../harness/card-room.ts';

/** Whether this machine lets us make namespaces: root, or a user who may. */
export const mayMakeRooms = (): boolean => process.getuid?.() === 0;

/** Resolves with every JSON line and the exit code. */
export function runInCardRoom(
  script: string,
  args: readonly string[] = [],
): Promise<{ lines: unknown[]; code: number | null; errors: string }> {
  const room = cardRoomCommand(script, args);
  const { promise, resolve, reject } = Promise.withResolvers<{
    lines: unknown[];
    code: number | null;
    errors: string;
  }>();
  const child = spawn(room.command, room.args, { env: room.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: unknown[] = [];
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) lines.push(JSON.parse(line));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8');
  });
  child.on('error', reject);
  child.on('close', (code) => {
    if (lines.length === 0) reject(new Error(`the card room did not run (exit ${code}): ${errors}`));
    else resolve({ lines, code, errors });
  });
  return promise;
}
