/**
 * A room of its own for cards: mount, network and process namespaces with a real pcscd and Debian's virtual readers (vpcd) in it,
 * so that several can run side by side and nothing outside is touched. For demos, benchmarks and tests; real desks use the system's pcscd.
 * The path of pcscd's socket is compiled in, hence namespaces and not an environment variable.
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PRELOAD = join(import.meta.dirname, '..', '..', 'out', 'vpcd-nodelay.so');
const VPCD = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';
const INSIDE = 'IMIS_CARD_ROOM';

/** Whether this process already runs inside a room. */
export const insideCardRoom = (): boolean => process.env[INSIDE] === '1';

/** Command and arguments that run Node with `script` inside a new room. Needs root, or user namespaces for everybody. */
export function cardRoomCommand(
  script: string,
  args: readonly string[],
): { command: string; args: string[]; env: NodeJS.ProcessEnv } {
  const asUser = process.getuid?.() === 0 ? [] : ['-r'];
  return {
    command: 'unshare',
    args: [...asUser, '-m', '-n', '-p', '-f', '--mount-proc', '--kill-child', process.execPath, script, ...args],
    // As the card process has it (main/app/start-card-process.ts): each PC/SC call that waits takes a thread of the pool.
    env: { ...process.env, [INSIDE]: '1', UV_THREADPOOL_SIZE: '40' },
  };
}

/** Runs `script` again inside a room with this process's standard streams and exits as it does. */
export async function moveIntoCardRoom(script: string, args: readonly string[]): Promise<never> {
  const room = cardRoomCommand(script, args);
  const { promise, resolve } = Promise.withResolvers<number>();
  const child = spawn(room.command, room.args, { env: room.env, stdio: 'inherit' });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => child.kill(name));
  child.on('error', (cause) => {
    console.error(`cannot make namespaces: ${cause.message}`);
    resolve(1);
  });
  child.on('close', (code) => resolve(code ?? 1));
  process.exit(await promise);
}

/** A running pcscd. Slot i of `ports` is the TCP port at which a software card plugs in (card/simulator/vpcd-link.ts). */
export interface Pcscd {
  readonly pid: number;
  readonly ports: readonly number[];
  /** Ends the service; `signal` SIGKILL imitates a crash. Leaves nothing behind. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

function command(program: string, ...args: string[]): void {
  const result = spawnSync(program, args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stderr || String(result.error)}`);
}

/** Whether somebody listens on a TCP port of this room. Asked of the kernel: a connection would count as a card. */
const listening = (port: number): boolean =>
  readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .some((line) => line.includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`));

/** Prepares the room once: loopback up, an empty folder for pcscd's socket. */
export function furnishCardRoom(): void {
  if (!insideCardRoom()) throw new Error('not inside a card room');
  command('ip', 'link', 'set', 'lo', 'up');
  if (!existsSync('/run/pcscd')) mkdirSync('/run/pcscd', { recursive: true });
  command('mount', '-t', 'tmpfs', 'tmpfs', '/run/pcscd');
}

/** Starts pcscd with `readers` virtual readers of two slots each, named `<name> 00 00` and `<name> 00 01`; at most 8 readers. */
export async function startPcscd(readers: readonly string[]): Promise<Pcscd> {
  const folder = mkdtempSync(join(tmpdir(), 'imis-pcscd-'));
  const ports: number[] = [];
  const entries = readers.map((name, i) => {
    const port = 40_000 + 2 * i;
    ports.push(port, port + 1);
    // vpcd keeps its slots in one static table whatever the reader: a copy of the library for each reader, or they share slots.
    const library = join(folder, `vpcd-${i}.so`);
    copyFileSync(VPCD, library);
    return `FRIENDLYNAME "${name}"\nDEVICENAME /dev/null:0x${port.toString(16).toUpperCase()}\nLIBPATH ${library}\nCHANNELID 0x${port.toString(16).toUpperCase()}\n`;
  });
  mkdirSync(join(folder, 'conf'));
  writeFileSync(join(folder, 'conf', 'readers'), entries.join('\n'));
  rmSync('/run/pcscd/pcscd.comm', { force: true });
  rmSync('/run/pcscd/pcscd.pid', { force: true });
  const child: ChildProcess = spawn('pcscd', ['-f', '-c', join(folder, 'conf')], {
    stdio: process.env['IMIS_PCSCD_LOG'] ? 'inherit' : 'ignore',
    env: { ...process.env, LD_PRELOAD: PRELOAD },
  });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  child.on('close', () => resolve());
  const deadline = performance.now() + 10_000;
  while (!existsSync('/run/pcscd/pcscd.comm') || !ports.every(listening)) {
    if (performance.now() > deadline || child.exitCode !== null) throw new Error('pcscd did not start');
    await pause(20);
  }
  return {
    pid: child.pid ?? 0,
    ports,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
