import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadDesk } from '../main/app/desk-folder.ts';
import { createBureauClient } from '../nhi-client/bureau-client.ts';

const IMIS = join(import.meta.dirname, 'imis.ts');
let dir: string;
let serving: ChildProcess | undefined;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'imis-cli-'));
});
afterEach(() => {
  serving?.kill('SIGKILL');
  serving = undefined;
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs the command to its end. */
async function imis(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; out: string; err: string }>();
  execFile(process.execPath, [IMIS, ...args], { cwd: dir }, (error, out, err) =>
    resolve({ code: error === null ? 0 : Number(error.code), out, err }),
  );
  return promise;
}

const Ready = z.strictObject({ listening: z.url(), pid: z.int() });

/** Starts `bureau serve` on any port and waits for its line. */
async function serve(bureau: string): Promise<{ child: ChildProcess; ready: z.infer<typeof Ready> }> {
  const child = spawn(process.execPath, [IMIS, 'bureau', 'serve', '--dir', bureau, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  serving = child;
  if (child.stdout === null) throw new Error('no pipe');
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, ready: Ready.parse(JSON.parse(String(line))) };
}

describe('imis', () => {
  it('makes a bureau, serves it, takes terminals in beside it, and ends on SIGTERM', async () => {
    const bureau = ['--dir', 'bureau'];
    expect(await imis('bureau', 'init', ...bureau, '--name', '健保署')).toMatchObject({
      code: 0,
      out: '{"bureau":"bureau"}\n',
    });
    const { child, ready } = await serve(join(dir, 'bureau'));
    expect(ready.pid).toBe(child.pid);
    const hospital = ['--institution', '0401180014'];
    const add = await imis(
      'bureau',
      'add-institution',
      ...bureau,
      '--code',
      '0401180014',
      '--name',
      '教學醫院',
      '--kind',
      'hospital',
    );
    expect(add.code).toBe(0);
    const enrolled = await imis(
      'bureau',
      'enrol-terminal',
      ...bureau,
      ...hospital,
      '--role',
      'clinic',
      '--name',
      '診間一',
      '--out',
      'clinic',
    );
    expect(enrolled).toMatchObject({ code: 0, err: '' });
    const desk = await loadDesk(join(dir, 'clinic'));
    expect(JSON.parse(enrolled.out)).toMatchObject({ terminalId: desk.terminalId, desk: 'clinic' });

    const client = createBureauClient({ url: ready.listening, tls: desk.tls });
    const signal = new AbortController().signal;
    const material = await client.material({}, signal);
    expect(material.institutions.map(({ name }) => name)).toEqual(['健保署', '教學醫院']);
    const { serial } = desk.terminal;
    expect((await imis('bureau', 'revoke', ...bureau, '--serial', serial)).code).toBe(0);
    await expect(client.material({}, signal)).rejects.toMatchObject({ code: 'CERT_REVOKED' });
    await client.close();

    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });

  it('refuses with code, reference and a sentence in both languages', async () => {
    const { code, out, err } = await imis('bureau', 'init', '--dir', 'bureau');
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n').slice(0, 3)).toEqual([
      'FOLDER_EXISTS (B-101)',
      '資料夾已存在，不會覆寫。',
      'The folder exists; nothing was overwritten.',
    ]);
    const missing = await imis('bureau', 'serve', '--dir', 'nowhere');
    expect([missing.code, missing.err.split('\n')[0]]).toEqual([1, 'FOLDER_NOT_FOUND (B-102)']);
    // Shares the bureau has already may do: none has to be given.
    const combine = await imis('dispute', 'combine', '--dir', 'nowhere', '--case', 'c', '--out', 'proof.json');
    expect([combine.code, combine.err.split('\n')[0]]).toEqual([1, 'FOLDER_NOT_FOUND (B-102)']);
    const pid = '0'.repeat(32);
    const nobody = await imis('bureau', 'set-standing', '--dir', 'bureau', '--pid', pid, '--until', '2026-12-31');
    expect([nobody.code, nobody.err.split('\n')[0]]).toEqual([1, 'PERSON_UNKNOWN (B-110)']);
  });

  it('answers wrong usage with 2 and shows what is right', async () => {
    const wrong = [
      [],
      ['nonsense'],
      ['bureau'],
      ['bureau', 'init'],
      ['bureau', 'init', '--dir'],
      ['bureau', 'init', '--dir', 'a', '--dir', 'b'],
      ['bureau', 'init', '--dir', 'a', '--force'],
      ['bureau', 'init', '--dir', 'a', 'more'],
      ['bureau', 'serve', '--dir', 'bureau', '--port', '70000'],
      ['kiosk', '--desk', 'kitchen', '--bureau', 'https://127.0.0.1', '--config', 'x'],
      ['kiosk', '--desk', 'emergency', '--bureau', 'https://127.0.0.1', '--config', 'x', '--fingers', 'pictures'],
      ['kiosk', '--desk', 'emergency', '--bureau', 'https://127.0.0.1', '--config', 'x', '--demonstration', 'no'],
      ['scanner', 'enrol', '--config', 'x'],
    ];
    const results = await Promise.all(wrong.map((args) => imis(...args)));
    expect(results.map(({ code }) => code)).toEqual(wrong.map(() => 2));
    for (const { err, out } of results) {
      expect(out).toBe('');
      expect(err).toContain('imis');
    }
  });

  it('helps', async () => {
    const { code, out } = await imis('--help');
    expect(code).toBe(0);
    for (const name of ['init', 'serve', 'add-institution', 'enrol-terminal', 'revoke', 'set-standing', 'kiosk']) {
      expect(out).toContain(name);
    }
    expect((await imis('bureau', 'serve', '--help')).out).toContain('[--port PORT]');
  });

  it('helps in columns, however long a name is', async () => {
    const { out } = await imis('help');
    const rows = out.split('\n').filter((line) => line.startsWith('  imis '));
    expect(rows.length).toBeGreaterThan(19);
    const keygen = (await imis('officer', 'keygen', '--help')).out
      .split('\n')
      .filter((line) => line.startsWith('  --'));
    expect(keygen).toHaveLength(5);
    for (const lines of [rows, keygen]) {
      // Two spaces at least, and what follows begins where it begins in every line.
      const columns = lines.map((line) => /^ {2}\S+(?: \S+)* {2,}(?=\S)/u.exec(line)?.[0].length);
      expect(columns).toEqual(columns.map(() => columns[0]));
      expect(columns[0]).toBeGreaterThan(0);
    }
    expect((await imis('dispute', 'combine', '--help')).out).toContain('[--shares LIST]');
  });
});
