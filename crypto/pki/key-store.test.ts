import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeyStore, generateP256, type KeyStore, spkiOf } from './key-store.ts';
import { certified, codeOf } from './pki.fixture.ts';

let folder: string;
let store: KeyStore;

beforeAll(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'keys-')), 'store');
  store = createKeyStore(folder);
});
afterAll(() => {
  rmSync(join(folder, '..'), { recursive: true });
});

describe('a key store', () => {
  it('is empty before the first key', async () => {
    expect(await store.names()).toEqual([]);
    expect(await codeOf(() => store.load('none'))).toBe('KEY_NOT_FOUND');
  });

  it('gives back key and certificate, readable by the owner and by openssl', async () => {
    const key = await certified({ kind: 'bureau-ca', name: 'root' });
    await store.save('root', key);
    const loaded = await store.load('root');
    expect(spkiOf(loaded.privateKey)).toEqual(key.spki);
    expect(loaded.certificate).toEqual(key.certificate);
    expect(statSync(join(folder, 'root.key.pem')).mode & 0o777).toBe(0o600);
    expect(await store.names()).toEqual(['root']);
    execFileSync('openssl', ['pkey', '-in', join(folder, 'root.key.pem'), '-noout', '-check'], { stdio: 'ignore' });
  });

  it('wants the passphrase', async () => {
    const { privateKey } = await generateP256();
    await store.save('secret', { privateKey }, { passphrase: 'correct' });
    expect(spkiOf((await store.load('secret', { passphrase: 'correct' })).privateKey)).toEqual(spkiOf(privateKey));
    expect(await codeOf(() => store.load('secret'))).toBe('KEY_UNREADABLE');
    expect(await codeOf(() => store.load('secret', { passphrase: 'wrong' }))).toBe('KEY_UNREADABLE');
  });

  it('forgets the certificate of a replaced key', async () => {
    await store.save('turn', await certified({ kind: 'bureau-ca', name: 'a' }));
    await store.save('turn', { privateKey: (await generateP256()).privateKey });
    expect((await store.load('turn')).certificate).toBeUndefined();
  });

  it('refuses bad names, foreign certificates, open files, damaged files', async () => {
    const { privateKey } = await generateP256();
    for (const name of ['', '../x', '.hidden', 'A', 'a/b', 'a'.repeat(65)]) {
      expect(await codeOf(() => store.load(name))).toBe('KEY_NAME_INVALID');
      expect(await codeOf(() => store.save(name, { privateKey }))).toBe('KEY_NAME_INVALID');
    }
    const { certificate } = await certified({ kind: 'bureau-ca', name: 'b' });
    expect(await codeOf(() => store.save('b', { privateKey, certificate }))).toBe('KEY_MISMATCH');
    await store.save('open', { privateKey });
    chmodSync(join(folder, 'open.key.pem'), 0o644);
    expect(await codeOf(() => store.load('open'))).toBe('KEY_PERMISSIONS');
    writeFileSync(join(folder, 'bad.key.pem'), 'nonsense', { mode: 0o600 });
    expect(await codeOf(() => store.load('bad'))).toBe('KEY_UNREADABLE');
  });
});
