/**
 * The helper process that holds one libfprint device: commands go in as lines of JSON, answers come as frames (libfprint-helper.py).
 * @module
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { readUint } from '../../crypto/common/bytes.ts';
import type { Unsubscribe } from './capture-driver.ts';

/** Frames carry one image at most. */
const MAX_FRAME = 8 * 1024 * 1024;
const PYTHON = '/usr/bin/python3';

/** What a helper says. `bytes` counts those of the image that follows. */
const HelperEvent = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('devices'),
    bytes: z.literal(0),
    devices: z.array(z.object({ id: z.string(), driver: z.string(), name: z.string() })),
  }),
  z.object({ event: z.literal('opened'), bytes: z.literal(0), driver: z.string(), name: z.string() }),
  z.object({ event: z.literal('finger'), bytes: z.literal(0), present: z.boolean() }),
  z.object({ event: z.literal('removed'), bytes: z.literal(0) }),
  z.object({ event: z.literal('failed'), bytes: z.literal(0), name: z.string(), message: z.string() }),
  z.object({
    event: z.literal('image'),
    bytes: z.int().min(1).max(MAX_FRAME),
    width: z.int().min(1),
    height: z.int().min(1),
    ppmm: z.number(),
  }),
]);
/** One answer, with the image where there is one. */
export type HelperAnswer = z.infer<typeof HelperEvent> & { readonly payload: Uint8Array };

/** Commands of a helper. */
export type HelperCommand =
  | { readonly op: 'list' | 'capture' | 'cancel' }
  | { readonly op: 'open'; readonly id: string };

/** A running helper. */
export interface HelperProcess {
  tell(command: HelperCommand): void;
  /** `undefined`: it has ended, and says nothing any more. */
  onAnswer(listener: (answer: HelperAnswer | undefined) => void): Unsubscribe;
  /** Ends it, and waits for that. Safe to call twice. */
  close(): Promise<void>;
}

/** Splits a stream into frames. Throws for what the helper never says. */
function createFrames(take: (answer: HelperAnswer) => void) {
  let rest: Uint8Array = new Uint8Array(0);
  return (data: Uint8Array): void => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 4) {
      const head = readUint(rest.subarray(0, 4));
      if (head > 65_536) throw new Error('libfprint helper: a frame that is no frame');
      if (rest.length < 4 + head) return;
      const event = HelperEvent.parse(JSON.parse(new TextDecoder().decode(rest.subarray(4, 4 + head))));
      const end = 4 + head + event.bytes;
      if (rest.length < end) return;
      take({ ...event, payload: rest.slice(4 + head, end) });
      rest = rest.slice(end);
    }
  };
}

/** Starts a helper. `environment` adds to this process's own: libfprint takes its virtual devices from there. */
export function startHelper(environment: Readonly<Record<string, string>>): HelperProcess {
  const child = spawn(PYTHON, [join(import.meta.dirname, 'libfprint-helper.py')], {
    env: { ...process.env, ...environment },
    // libfprint warns on the error stream of things that its answers say too.
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const listeners = new Set<(answer: HelperAnswer | undefined) => void>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let isOver = false;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    for (const listener of listeners) listener(undefined);
    end();
  };
  const frames = createFrames((answer) => {
    for (const listener of listeners) listener(answer);
  });
  child.stdout.on('data', (data: Buffer) => {
    try {
      frames(data);
    } catch {
      // It no longer says what it means: there is nobody to talk to.
      child.kill('SIGKILL');
    }
  });
  child.on('error', over);
  child.on('close', over);
  child.stdin.on('error', over);
  return {
    tell: (command) => {
      if (!isOver) child.stdin.write(`${JSON.stringify(command)}\n`);
    },
    onAnswer: (listener) => {
      if (isOver) queueMicrotask(() => listener(undefined));
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close: async () => {
      if (isOver) return;
      child.stdin.end();
      const hard = setTimeout(() => child.kill('SIGKILL'), 2_000);
      await ended;
      clearTimeout(hard);
    },
  };
}
