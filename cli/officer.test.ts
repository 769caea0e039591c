import { link, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bureauFiles } from '../main/app/bureau-files.ts';
import { officerFiles } from '../main/app/officers/officer-folder.ts';
import { bureauInit } from './bureau-init.ts';
import { bureauMakeIssuer } from './bureau-make-issuer.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { officerCeremonyAbandon } from './officer-ceremony-abandon.ts';
import { officerCeremonyShow } from './officer-ceremony-show.ts';
import { officerCeremonyStart } from './officer-ceremony-start.ts';
import { officerCeremonyStep } from './officer-ceremony-step.ts';
import { officerKeygen } from './officer-keygen.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'imis-officer-cli-'));
  await writeFile(join(dir, 'passphrase'), 'correct horse battery\n');
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs a sub-command in this process; what it prints. */
async function run(command: Command, args: Record<string, string>): Promise<unknown> {
  const printed: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  try {
    await command.run(
      readArguments(
        command,
        Object.entries(args).flatMap(([name, value]) => [`--${name}`, value]),
      ),
    );
  } finally {
    vi.restoreAllMocks();
  }
  return JSON.parse(printed.join(''));
}

describe('imis officer', () => {
  it('makes keys and convenes, shows and begins a ceremony', async () => {
    const at = (name: string): string => join(dir, name);
    const passphrase = { 'passphrase-file': at('passphrase') };
    await run(bureauMakeIssuer, { out: at('issuer') });
    const made = await run(officerKeygen, { out: at('jia'), name: '甲', ...passphrase });
    expect(made).toEqual({ officer: at('jia'), name: '甲', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/u) });
    await run(officerKeygen, { out: at('yi'), name: '乙', ...passphrase });
    const officers = ['jia', 'yi'].map((name) => officerFiles(at(name)).officer).join(',');
    const wish = { kind: 'generate', officers, threshold: '2', issuer: join(at('issuer'), 'issuer.json') };
    const convened = await run(officerCeremonyStart, { dir: at('c'), ...wish });
    expect(convened).toMatchObject({
      kind: 'generate',
      participants: [
        { name: '甲', dealer: 1, holder: 1 },
        { name: '乙', dealer: 2, holder: 2 },
      ],
    });
    expect(await run(officerCeremonyShow, { dir: at('c') })).toEqual(convened);
    const mine = { dir: at('c'), officer: at('jia') };
    expect(await run(officerCeremonyStep, { ...mine, ...passphrase })).toMatchObject({ step: 'join' });
    await expect(run(officerCeremonyStep, { ...mine, ...passphrase })).rejects.toMatchObject({
      code: 'CEREMONY_WAITING',
      message: 'join: 乙',
    });
    expect(await run(officerCeremonyAbandon, mine)).toEqual({ abandoned: expect.any(String) });
    expect(await readFile(join(at('c'), 'join-1.json'), 'utf8')).toContain('"step": "join"');
  });

  it('generates the opening key for a bureau, which leaves no second copy of the issuer’s secret', async () => {
    const at = (name: string): string => join(dir, `whole-${name}`);
    const passphrase = { 'passphrase-file': join(dir, 'passphrase') };
    const secret = join(at('issuer'), 'issuer.secret');
    await run(bureauMakeIssuer, { out: at('issuer') });
    const made = await readFile(secret);
    for (const name of ['jia', 'yi']) await run(officerKeygen, { out: at(name), name, ...passphrase });
    const officers = ['jia', 'yi'].map((name) => officerFiles(at(name)).officer).join(',');
    const wish = { kind: 'generate', officers, threshold: '2', issuer: join(at('issuer'), 'issuer.json') };
    await run(officerCeremonyStart, { dir: at('c'), ...wish });
    for (let turn = 0; turn < 5; turn++)
      for (const name of ['jia', 'yi'])
        await run(officerCeremonyStep, { dir: at('c'), officer: at(name), ...passphrase });
    const init = { issuer: at('issuer'), 'opener-set': join(at('c'), 'opener-set.json') };

    // While there is no bureau, the secret stays where it is. A second name shows what becomes of the bytes.
    await expect(run(bureauInit, { dir: at('c'), ...init })).rejects.toMatchObject({ code: 'FOLDER_EXISTS' });
    expect(await readFile(secret)).toEqual(made);
    await link(secret, at('link'));
    expect(await run(bureauInit, { dir: at('bureau'), ...init })).toEqual({ bureau: at('bureau'), erased: secret });
    await expect(readFile(secret)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile(at('link'))).toEqual(Buffer.alloc(made.length));
    expect(await readFile(bureauFiles(at('bureau')).issuerSecret)).toEqual(made);
    expect(await readdir(at('issuer'))).toEqual(['issuer.json']);
  });

  it('answers wrong usage before it does anything', async () => {
    const keygen = { out: join(dir, 'x'), name: 'x', 'passphrase-file': 'p' };
    const start = { dir: join(dir, 'x'), kind: 'generate', officers: 'a', threshold: '1', issuer: 'i' };
    const wrong: [Command, Record<string, string>][] = [
      [officerKeygen, { ...keygen, share: 'a' }],
      [officerKeygen, { ...keygen, 'share-passphrase-file': 'a' }],
      [officerCeremonyStart, { ...start, kind: 'rotate' }],
      [officerCeremonyStart, { ...start, threshold: 'three' }],
      [officerCeremonyStart, { dir: join(dir, 'x'), kind: 'generate', officers: 'a', threshold: '1' }],
      [officerCeremonyStart, { ...start, kind: 'refresh' }],
      [officerCeremonyStart, { ...start, kind: 'reshare', from: 'f' }],
      [officerCeremonyStart, { ...start, kind: 'reshare', from: 'f', dealers: 'a.json' }],
      [officerCeremonyStart, { ...start, kind: 'reshare', from: 'f', dealers: 'x=a.json' }],
      [bureauInit, { dir: join(dir, 'x'), issuer: 'i' }],
      [bureauInit, { dir: join(dir, 'x'), 'opener-set': 'o' }],
      [bureauInit, { dir: join(dir, 'x'), issuer: 'i', 'opener-set': 'o', 'opener-passphrase-file': 'p' }],
    ];
    for (const [command, args] of wrong) await expect(run(command, args)).rejects.toBeInstanceOf(UsageError);
  });
});
