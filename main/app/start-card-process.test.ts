import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ImisError } from '../../contract/errors.ts';
import { type CardProcess, startCardProcess } from './start-card-process.ts';

/** A process that does what the test says; of ChildProcess, what is used. */
class FakeProcess extends EventEmitter {
  connected = true;
  exitCode: number | null = null;
  signalCode: string | null = null;
  pid: number | undefined;
  readonly heard: Record<string, unknown>[] = [];
  constructor(pid: number) {
    super();
    this.pid = pid;
  }
  /** Killed, and nobody has heard of it: node answers EPIPE to the callback, or as an event that ends the process where none listens. */
  brokenPipe = false;
  send(message: Record<string, unknown>, told?: (cause: Error | null) => void): void {
    if (!this.brokenPipe) this.heard.push(message);
    else if (told === undefined) this.emit('error', new Error('EPIPE'));
    else told(new Error('EPIPE'));
  }
  end(code: number | null, signal: string | null = null): void {
    this.connected = false;
    this.exitCode = code;
    this.signalCode = signal;
    this.emit('exit', code, signal);
  }
  kill(signal: string): void {
    this.end(null, signal);
  }
  disconnect(): void {
    this.end(0);
  }
}

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no refusal';
  } catch (cause) {
    return cause instanceof ImisError ? cause.code : String(cause);
  }
};

describe('a card process', () => {
  let processes: FakeProcess[];
  let cards: CardProcess | undefined;
  const log: string[] = [];
  const start = (): Promise<CardProcess> =>
    startCardProcess({ kind: 'pcsc' }, [], (_what, cause) => log.push(cause instanceof ImisError ? cause.code : ''), {
      launch: () => {
        const made = new FakeProcess(processes.length + 1);
        processes.push(made);
        // Of a ChildProcess nothing else is used.
        return made as unknown as ChildProcess;
      },
      clock: { now: () => Date.now() },
    });
  const running = async (): Promise<{ made: CardProcess; first: FakeProcess }> => {
    const starting = start();
    processes[0]?.emit('message', { kind: 'ready', source: 'pcsc' });
    const made = await starting;
    cards = made;
    const first = processes[0];
    if (first === undefined) throw new Error('nothing was launched');
    return { made, first };
  };

  beforeEach(() => {
    vi.useFakeTimers();
    processes = [];
    log.length = 0;
  });
  afterEach(async () => {
    await cards?.close();
    cards = undefined;
    vi.useRealTimers();
  });

  it.each([
    ['a crash of the native module', null, 'SIGSEGV'],
    ['a kill', null, 'SIGKILL'],
    ['an end by itself', 1, null],
  ])(
    'after %s refuses what was running with READER_FAILED, empties the slots and starts the next',
    async (_name, code, signal) => {
      const { made, first } = await running();
      const slots: unknown[] = [];
      made.as('').subscribe.slots((views) => slots.push(views));
      const call = codeOf(made.as('').staffCertificate({ slot: 'A' }));
      first.end(code, signal);
      expect(await call).toBe('READER_FAILED');
      expect(await codeOf(made.as('').staffCertificate({ slot: 'A' }))).toBe('READER_FAILED');
      expect(slots).toEqual([[]]);
      vi.advanceTimersByTime(250);
      expect(made.pid()).toBe(2);
      const view = { slot: 'A', state: 'ready', kind: 'staff', insertion: 1_000_001 };
      processes[1]?.emit('message', { kind: 'ready', source: 'pcsc' });
      processes[1]?.emit('message', { kind: 'event', name: 'slots', event: [view] });
      expect(slots).toEqual([[], [view]]);
    },
  );

  it('that died unheard while it is spoken to takes the desk nowhere: refused once its end is known', async () => {
    const { made, first } = await running();
    first.brokenPipe = true;
    const call = codeOf(made.as('').staffCertificate({ slot: 'A' }));
    first.end(null, 'SIGKILL');
    expect(await call).toBe('READER_FAILED');
    vi.advanceTimersByTime(250);
    expect(made.pid()).toBe(2);
  });

  it('that cannot be started, for want of memory say, is tried again', async () => {
    const { made, first } = await running();
    first.end(1);
    vi.advanceTimersByTime(250);
    const [, second] = processes;
    if (second === undefined) throw new Error('no second process');
    second.connected = false;
    second.pid = undefined;
    second.emit('error', new Error('spawn EAGAIN'));
    vi.advanceTimersByTime(5_000);
    expect(processes.length).toBe(3);
    expect(made.pid()).toBe(3);
  });

  it('numbers the insertions of each process from elsewhere', async () => {
    const { first } = await running();
    first.end(1);
    vi.advanceTimersByTime(250);
    expect(processes.map(({ heard }) => heard[0]?.['firstInsertion'])).toEqual([0, 1_000_000]);
  });

  it('ends one that cannot open its readers, and rejects the first start with its code', async () => {
    const starting = codeOf(start());
    processes[0]?.emit('message', { kind: 'failed', code: 'READER_SERVICE_DOWN' });
    expect(await starting).toBe('READER_SERVICE_DOWN');
    expect(processes[0]?.signalCode).toBe('SIGKILL');
    vi.advanceTimersByTime(60_000);
    expect(processes).toHaveLength(1);
  });

  it('goes on trying where a later one cannot', async () => {
    const { first } = await running();
    first.end(1);
    vi.advanceTimersByTime(250);
    processes[1]?.emit('message', { kind: 'failed', code: 'READER_SERVICE_DOWN' });
    vi.advanceTimersByTime(500);
    expect(processes).toHaveLength(3);
    expect(log).toEqual(['READER_FAILED', 'READER_SERVICE_DOWN', 'READER_FAILED']);
  });

  it('is asked for a sign of life and started anew when it gives none', async () => {
    const { made, first } = await running();
    const call = codeOf(made.as('').staffCertificate({ slot: 'A' }));
    vi.advanceTimersByTime(2_000);
    expect(first.heard.at(-1)).toEqual({ kind: 'ping' });
    first.emit('message', { kind: 'pong' });
    vi.advanceTimersByTime(10_000);
    expect(first.signalCode).toBe(null);
    vi.advanceTimersByTime(2_250);
    expect(first.signalCode).toBe('SIGKILL');
    expect(await call).toBe('READER_FAILED');
    expect(processes).toHaveLength(2);
  });

  it('is started anew to rebuild', async () => {
    const { made, first } = await running();
    vi.advanceTimersByTime(5_000);
    made.rebuild();
    expect(first.signalCode).toBe('SIGKILL');
    vi.advanceTimersByTime(0);
    expect(processes).toHaveLength(2);
  });
});
